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

/// Copies `from` to what `to` opens, line by line with `prefix` before each, until either ends.
///
/// # Errors
/// If the system gives no thread.
pub fn copy<W: Write>(
    from: impl Read + Send + 'static,
    prefix: String,
    to: impl Fn() -> W + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let copy = move || {
        let mut lines = BufReader::new(from);
        let mut line = prefix.clone().into_bytes();
        while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
            if !line.ends_with(b"\n") {
                line.push(b'\n');
            }
            // One write a line. When nobody reads any more, dropping our end tells the process so.
            let mut output = to();
            if output.write_all(&line).and_then(|()| output.flush()).is_err() {
                return;
            }
            line.truncate(prefix.len());
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
        let copier = copy(&b"one\n\ntwo \xff\nno end"[..], "process 3 | ".to_owned(), move || to.clone());
        copier.expect("a thread").join().expect("no panic");
        let expected = ["process 3 | one\n", "process 3 | \n", "process 3 | two \u{fffd}\n", "process 3 | no end\n"];
        assert_eq!(*writes.0.lock().expect("no panic"), expected);
    }
}
