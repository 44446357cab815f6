//! A run as a child process that goes on until it is stopped, with what the system knows of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mare_test_support::leash::leash;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::proc;

/// A run that reads on until it is stopped; one that is dropped is killed.
pub struct Running(Child);

impl Running {
    /// Starts `command` and waits until it has printed a line that begins with `ready` on its standard error.
    ///
    /// # Panics
    /// If it ends before that, with what it said.
    pub fn start(mut command: Command, ready: &str) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{:?}: {e}", command.get_program()));
        leash().hold(child.id());
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.starts_with(ready)) {
            said.push(lines.next().unwrap_or_else(|| panic!("ended at once: {}", said.join("\n"))).expect("text"));
        }
        std::thread::spawn(move || lines.for_each(drop)); // so that the pipe never fills
        Running(child)
    }

    /// What the run prints; `None` the second time.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// The share of one processor that the run uses while `work` is done.
    ///
    /// # Panics
    /// If the run has ended.
    pub fn processor_share(&self, work: impl FnOnce()) -> f64 {
        let (start, before) = (Instant::now(), self.processor_time());
        work();
        (self.processor_time() - before).as_secs_f64() / start.elapsed().as_secs_f64()
    }

    fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("a process that lives");
        proc::processor_time(&stat).expect("its times")
    }

    /// Resident memory now, in MB.
    ///
    /// # Panics
    /// If the run has ended.
    #[must_use]
    pub fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("a process that lives");
        proc::bytes(&status, "VmRSS").expect("its memory") as f64 / 1e6
    }

    /// Stops the run in good order.
    ///
    /// # Panics
    /// If it fails.
    pub fn stop(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).expect("a process id"));
        kill(pid, Signal::SIGTERM).expect("the signal is sent");
        let status = self.0.wait().expect("its end");
        assert!(status.success(), "the run failed: {status}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
        leash().free(self.0.id());
    }
}
