//! A run as a child process, with what the system knows of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Setup;
use crate::support::mare;

/// How many clock ticks `/proc` counts a second: Linux's USER_HZ.
const TICKS_A_SECOND: f64 = 100.0;

/// A run that reads on until it is stopped; one that is dropped is killed.
pub struct Running(Child);

impl Running {
    /// Starts a run over `topic` with what `sets` override, and waits until it knows where to begin.
    ///
    /// # Panics
    /// If it ends before that.
    pub fn start(setup: &Setup, topic: &str, sets: &[String]) -> Self {
        let mut command = mare::run(&setup.brokers, topic, setup.workers, sets);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the run starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let banner = lines.by_ref().map(|line| line.expect("text")).find(|line| line.starts_with("  run "));
        assert!(banner.is_some(), "the run has ended at once");
        std::thread::spawn(move || lines.for_each(drop)); // so that the pipe never fills
        Running(child)
    }

    /// What the run prints; `None` the second time.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// The share of one processor that the run uses while `work` is done.
    pub fn processor_share(&mut self, work: impl FnOnce()) -> f64 {
        let (start, before) = (Instant::now(), self.processor_time());
        work();
        (self.processor_time() - before).as_secs_f64() / start.elapsed().as_secs_f64()
    }

    /// User and system time so far, from `/proc/PID/stat`, in steps of 10 ms.
    fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("a process that lives");
        let (_, behind_name) = stat.rsplit_once(") ").expect("the name in parentheses");
        let ticks: u64 =
            behind_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
        Duration::from_secs_f64(ticks as f64 / TICKS_A_SECOND)
    }

    /// Resident memory now, in MiB.
    pub fn resident_mib(&self) -> f64 {
        resident_mib(&self.0).expect("a process that lives")
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
    }
}

/// Resident memory of `child` in MiB, from `/proc/PID/status`; `None` if it has ended.
pub fn resident_mib(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kib.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}
