//! A server process on the leash, with its log.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::leash::leash;
use super::wait;

/// A server process; killed when dropped.
pub struct Process {
    /// What it is, for messages.
    name: &'static str,
    child: Child,
    /// Both its streams, written from the start of this process.
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both streams in the file `log`.
    pub fn spawn(name: &'static str, command: &mut Command, log: &Path) -> Process {
        let file = File::create(log).expect("a log file");
        let both = file.try_clone().expect("the log file twice");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(both).spawn();
        let child = child.unwrap_or_else(|e| panic!("{name}: {:?}: {e}", command.get_program()));
        leash().hold(child.id());
        Process { name, child, log: log.to_owned() }
    }

    /// Waits until the process has printed `line` and `probe` agrees.
    ///
    /// # Panics
    /// With the end of the log, if the process ends or is not ready in time.
    pub fn wait_ready(&mut self, line: &str, mut probe: impl FnMut() -> Result<(), String>) {
        wait::until(wait::SERVER_START, self.name, || {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                panic!("{} ended with {status}:\n{}", self.name, self.log_tail());
            }
            if !self.log_text().contains(line) {
                return Err(format!("no `{line}` in its log:\n{}", self.log_tail()));
            }
            probe().map_err(|complaint| format!("{complaint}\n{}", self.log_tail()))
        });
    }

    /// Waits for an orderly end.
    ///
    /// # Panics
    /// If it fails or takes longer than `bound`.
    pub fn wait_success(mut self, bound: Duration) {
        let status = wait::until(bound, self.name, || {
            let status = self.child.try_wait().map_err(|e| e.to_string())?;
            status.ok_or_else(|| format!("still running:\n{}", self.log_tail()))
        });
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.log_tail());
    }

    /// Its id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, which: Signal) {
        signal::kill(Pid::from_raw(self.child.id() as i32), which).expect("a signal to a child");
    }

    fn log_text(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn log_tail(&self) -> String {
        let text = self.log_text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        leash().free(self.child.id());
    }
}
