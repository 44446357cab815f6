//! What the processes of a cluster print, by whole lines: two processes never share one.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread::{self, JoinHandle};

use console::{Color, Style};

/// Colours of processes, in turn.
const COLOURS: [Color; 6] = [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Blue, Color::Red];

/// What stands before each line that process `index` prints to standard error; in a colour of its own on a terminal.
#[must_use]
pub fn prefix(index: usize) -> String {
    let colour = COLOURS.iter().cycle().nth(index % COLOURS.len()).copied().unwrap_or(Color::Cyan);
    Style::new().for_stderr().fg(colour).apply_to(format!("process {index} | ")).to_string()
}

/// What becomes of each line of a process.
#[derive(Clone, Debug)]
pub enum LineMark {
    /// Nothing.
    None,
    /// This goes before it.
    Prefix(String),
    /// It is a JSON object, which gets a field that says which process it is from. A line that is none becomes the
    /// message of one, so that the whole stays readable for a machine.
    Field(usize),
}

impl LineMark {
    /// Appends `line`, which has no end of line, to `marked`.
    fn mark(&self, line: &[u8], marked: &mut Vec<u8>) {
        match self {
            LineMark::None => marked.extend_from_slice(line),
            LineMark::Prefix(prefix) => marked.extend([prefix.as_bytes(), line].into_iter().flatten()),
            LineMark::Field(process) => match line.strip_prefix(b"{\"") {
                Some(fields) if line.ends_with(b"}") => {
                    marked.extend_from_slice(format!("{{\"process\":{process},\"").as_bytes());
                    marked.extend_from_slice(fields);
                }
                _ => {
                    let message = String::from_utf8_lossy(line);
                    let object = serde_json::json!({ "process": process, "level": "ERROR", "message": message });
                    marked.extend_from_slice(object.to_string().as_bytes());
                }
            },
        }
    }
}

/// What becomes of a line that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// The process is told so by the end of its stream: they are documents, and it is for the process to say that
    /// nobody takes them.
    Ends,
    /// It is let go, and the next one is tried: they are words, and a full disk may have room again.
    LetGo,
}

/// Copies `from` to what `to` opens, line by line, each with its mark, until `from` ends.
///
/// # Errors
/// If the system gives no thread.
pub fn copy<W: Write>(
    from: impl Read + Send + 'static,
    mark: LineMark,
    unwritten: Unwritten,
    to: impl Fn() -> W + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let copy = move || {
        let mut lines = BufReader::new(from);
        let (mut line, mut marked) = (Vec::new(), Vec::new());
        while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
            mark.mark(line.strip_suffix(b"\n").unwrap_or(&line), &mut marked);
            marked.push(b'\n');
            // One write a line. Where documents have no reader any more, dropping our end tells the process so.
            let mut output = to();
            let written = output.write_all(&marked).and_then(|()| output.flush());
            if written.is_err() && unwritten == Unwritten::Ends {
                return;
            }
            line.clear();
            marked.clear();
        }
    };
    thread::Builder::new().name("lines".to_owned()).spawn(copy)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Remembers each write.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<String>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_line_is_one_write_with_its_prefix() {
        let writes = Writes::default();
        let to = writes.clone();
        let mark = LineMark::Prefix("process 3 | ".to_owned());
        let copier = copy(&b"one\n\ntwo \xff\nno end"[..], mark, Unwritten::Ends, move || to.clone());
        copier.expect("a thread").join().expect("no panic");
        let expected = ["process 3 | one\n", "process 3 | \n", "process 3 | two \u{fffd}\n", "process 3 | no end\n"];
        assert_eq!(*writes.0.lock().expect("no panic"), expected);
    }

    /// Has no room the first time.
    struct Full(Arc<Mutex<usize>>);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut writes = self.0.lock().expect("no panic");
            *writes += 1;
            if *writes == 1 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn words_that_cannot_be_written_are_let_go_and_documents_end() {
        for (unwritten, expected) in [(Unwritten::LetGo, 3), (Unwritten::Ends, 1)] {
            let writes = Arc::new(Mutex::new(0));
            let to = Arc::clone(&writes);
            let copier = copy(&b"one\ntwo\nthree\n"[..], LineMark::None, unwritten, move || Full(Arc::clone(&to)));
            copier.expect("a thread").join().expect("no panic");
            assert_eq!(*writes.lock().expect("no panic"), expected, "{unwritten:?}");
        }
    }

    #[test]
    fn a_json_line_gets_the_process_and_any_other_becomes_one() {
        let marked = |line: &str| {
            let mut marked = Vec::new();
            LineMark::Field(2).mark(line.as_bytes(), &mut marked);
            serde_json::from_slice::<serde_json::Value>(&marked).expect("JSON")
        };
        let line = marked(r#"{"level":"INFO","message":"one \"two\""}"#);
        assert_eq!(line, serde_json::json!({ "process": 2, "level": "INFO", "message": "one \"two\"" }));
        let panic = marked("thread 'x' panicked at {\"");
        assert_eq!((&panic["process"], &panic["message"]), (&2.into(), &"thread 'x' panicked at {\"".into()));
        assert_eq!(marked("")["message"], "");
    }
}
