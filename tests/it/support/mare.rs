//! The built binary, run to its end or spawned and watched.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::leash::leash;
use super::{troubles, wait};

pub use super::wait::BOUND;

/// A run that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Finished {
    /// Both streams, standard output first.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// This run, which must have succeeded.
    pub fn success(self) -> Finished {
        assert!(self.status.success(), "ended with {}:\n{}", self.status, self.output());
        self
    }

    /// The number behind `label` in the summary at the end, such as `read         30,000 events …`.
    pub fn summary(&self, label: &str) -> u64 {
        let of_label = |line: &str| line.strip_prefix(label).and_then(|rest| rest.split_whitespace().next()).map(plain);
        let found = self.stderr.lines().rev().find_map(of_label);
        found.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no `{label}` in:\n{}", self.output()))
    }

    /// This run, which must have failed by its own exit code and named all of `words`.
    pub fn refused(self, words: &[&str]) -> Finished {
        let output = self.output();
        assert!(self.status.code().is_some_and(|code| code != 0), "ended with {}:\n{output}", self.status);
        assert!(!output.contains("panicked"), "a refusal is not a panic:\n{output}");
        for word in words {
            assert!(output.to_lowercase().contains(&word.to_lowercase()), "`{word}` is not in:\n{output}");
        }
        self
    }

    /// This run, whose failure the page of troubles explains.
    pub fn explained(self) -> Finished {
        troubles::assert_explained(&self.output());
        self
    }
}

/// A number without the commas that part its thousands.
fn plain(number: &str) -> String {
    number.chars().filter(|character| *character != ',').collect()
}

/// A run of the binary; killed when dropped.
pub struct Mare {
    child: Child,
    /// What it has printed so far.
    output: Arc<Output>,
    /// One thread a stream.
    readers: Vec<JoinHandle<()>>,
}

impl Mare {
    /// Runs `mare` with `arguments` to its end.
    ///
    /// # Panics
    /// If it takes longer than [`BOUND`].
    pub fn run<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Finished {
        Mare::spawn(arguments).wait()
    }

    /// Starts `mare` with `arguments`, in the root of the checkout and with nothing of the caller's configuration.
    pub fn spawn<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Mare {
        Mare::spawn_by(&[], arguments)
    }

    /// The same through a program that becomes the one that it is told, such as `nsenter`.
    pub fn spawn_by<S: AsRef<str>>(through: &[&str], arguments: impl IntoIterator<Item = S>) -> Mare {
        let mut words = through.iter().chain(&[env!("CARGO_BIN_EXE_mare")]);
        let mut command = Command::new(words.next().expect("at least the binary"));
        command.args(words).args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
        let foreign = [
            "KAFKA_BROKERS",
            "MONGODB_URI",
            "MARE_CHECKPOINTS",
            "MARE_HTTP_TOKEN",
            "MARE_HTTP_HOSTS",
            "MARE_LOG_FORMAT",
            "RUST_LOG",
        ];
        for variable in foreign {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the built binary starts");
        leash().hold(child.id());
        let output = Arc::new(Output::default());
        let stdout = Box::new(child.stdout.take().expect("piped"));
        let stderr = Box::new(child.stderr.take().expect("piped"));
        let readers = vec![output.follow(Stream::Stdout, stdout), output.follow(Stream::Stderr, stderr)];
        Mare { child, output, readers }
    }

    /// Waits until so many lines, on both streams, contain `text`.
    ///
    /// # Panics
    /// With all that was printed, if the run ends or [`BOUND`] passes without them.
    pub fn wait_for_lines(&self, times: usize, text: &str) {
        self.output.wait_for_lines(times, text);
    }

    /// Whether the run is still going on.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_none()
    }

    /// Everything printed so far, on both streams.
    pub fn output(&self) -> String {
        let seen = self.output.lock();
        format!("{}{}", seen.text[0], seen.text[1])
    }

    /// Sends a signal.
    pub fn signal(&self, which: Signal) {
        signal::kill(Pid::from_raw(self.child.id() as i32), which).expect("a signal to a child");
    }

    /// Sends a signal and waits for the end.
    pub fn end_by(self, which: Signal) -> Finished {
        self.signal(which);
        self.wait()
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// If it does not come within [`BOUND`].
    pub fn wait(mut self) -> Finished {
        let status = wait::until(BOUND, "mare", || {
            let status = self.child.try_wait().map_err(|e| e.to_string())?;
            status.ok_or_else(|| format!("still running:\n{}", self.output()))
        });
        for reader in self.readers.drain(..) {
            reader.join().expect("a stream is read to its end");
        }
        let [stdout, stderr] = self.output.lock().text.clone();
        Finished { status, stdout, stderr }
    }
}

impl Drop for Mare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        leash().free(self.child.id());
    }
}

/// Which stream, as an index.
#[derive(Clone, Copy)]
enum Stream {
    Stdout = 0,
    Stderr = 1,
}

/// What a run has printed so far.
#[derive(Default)]
struct Output {
    seen: Mutex<Seen>,
    /// Told of each line and each end.
    more: Condvar,
}

#[derive(Default)]
struct Seen {
    /// By [`Stream`].
    text: [String; 2],
    /// How many streams have ended.
    ended: usize,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Reads a stream in a thread of its own.
    fn follow(self: &Arc<Self>, stream: Stream, from: Box<dyn Read + Send>) -> JoinHandle<()> {
        let output = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let text = &mut output.lock().text[stream as usize];
                text.push_str(&String::from_utf8_lossy(&line));
                text.push('\n');
                output.more.notify_all();
            }
            output.lock().ended += 1;
            output.more.notify_all();
        })
    }

    fn wait_for_lines(&self, times: usize, text: &str) {
        let begin = Instant::now();
        let mut seen = self.lock();
        while seen.text.iter().flat_map(|text| text.lines()).filter(|line| line.contains(text)).count() < times {
            let all = || format!("{}{}", seen.text[0], seen.text[1]);
            assert!(seen.ended < 2, "mare ended without printing `{text}` {times} times:\n{}", all());
            let left = BOUND.checked_sub(begin.elapsed());
            let left = left.unwrap_or_else(|| panic!("no `{text}` {times} times within {BOUND:?}:\n{}", all()));
            seen = self.more.wait_timeout(seen, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }
}
