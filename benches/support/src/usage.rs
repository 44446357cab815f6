//! What a process costs from its start to its end.

use std::fs;
use std::io::{Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mare_test_support::leash::leash;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::proc;

/// Time between two looks at a process: its memory may have grown since the last one.
const INTERVAL: Duration = Duration::from_millis(5);

/// What a process has cost.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// From its start to its end.
    pub elapsed: Duration,
    /// User and system time of all its threads.
    pub processor: Duration,
    /// The most memory that was resident, in bytes.
    pub peak_bytes: u64,
}

impl Usage {
    /// Processor time for each of `events`, in microseconds.
    #[must_use]
    pub fn micros_an_event(&self, events: u64) -> f64 {
        self.processor.as_secs_f64() * 1e6 / events as f64
    }

    /// Events a second.
    #[must_use]
    pub fn rate(&self, events: u64) -> f64 {
        events as f64 / self.elapsed.as_secs_f64()
    }

    /// The most memory that was resident, in MB.
    #[must_use]
    pub fn peak_mb(&self) -> f64 {
        self.peak_bytes as f64 / 1e6
    }
}

/// Runs `command` to its end. No other child may end meanwhile: their times are told together.
///
/// # Panics
/// If it does not start.
pub fn measure(command: &mut Command) -> (Usage, ExitStatus) {
    let before = ended_children();
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{:?}: {e}", command.get_program()));
    leash().hold(child.id());
    let (status, peak_bytes) = watch(&mut child);
    leash().free(child.id());
    let usage = Usage { elapsed: start.elapsed(), processor: ended_children() - before, peak_bytes };
    (usage, status)
}

/// Runs `command` to its end, which must be a good one.
///
/// # Panics
/// If it fails; the message has what it said on its standard error.
pub fn succeed(command: &mut Command) -> Usage {
    let mut said = tempfile::tempfile().expect("a file");
    let (usage, status) = measure(command.stderr(Stdio::from(said.try_clone().expect("the file twice"))));
    if !status.success() {
        let mut text = String::new();
        said.rewind().and_then(|()| said.read_to_string(&mut text)).expect("what it said");
        panic!("{command:?} ended with {status}: {text}");
    }
    usage
}

/// Waits for the end, and looks at the memory until then.
fn watch(child: &mut Child) -> (ExitStatus, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let seen = fs::read_to_string(&status).ok().and_then(|text| proc::bytes(&text, "VmHWM"));
        peak = peak.max(seen.unwrap_or(0));
        match child.try_wait().expect("the state of a child") {
            Some(status) => return (status, peak),
            None => thread::sleep(INTERVAL),
        }
    }
}

/// User and system time of all children that have ended.
fn ended_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system's account of us");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_is_told_from_one_that_sleeps() {
        let run = |script: &str| measure(Command::new("sh").args(["-c", script]));
        let (asleep, status) = run("sleep 0.3; exit 3");
        assert_eq!(status.code(), Some(3));
        let (at_work, status) = run("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done");
        assert!(status.success() && at_work.processor > asleep.processor, "{at_work:?} {asleep:?}");
        assert!(at_work.peak_bytes > 100_000, "{at_work:?}");
    }
}
