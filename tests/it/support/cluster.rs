//! A supervised cluster of the built binary, and its processes.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::flagship::Flagship;
use super::mare::{BOUND, Mare};
use super::wait;

/// A process of a cluster. Its id is its own as long as the cluster lives, or no process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member(i32);

/// The command line of a cluster that runs what `flagship` would.
pub fn arguments(flagship: &Flagship, more: &[&str]) -> Vec<String> {
    let mut arguments = flagship.arguments(more);
    arguments[0] = "cluster".to_owned();
    arguments
}

/// Waits until `cluster` has been up for the `life`th time, counting from 1, and returns the processes of that life, by
/// index.
///
/// # Panics
/// If it ends or is not up within [`BOUND`].
pub fn members(cluster: &Mare, life: usize, processes: usize) -> Vec<Member> {
    cluster.wait_for_lines(life, "the cluster is up");
    let output = cluster.output();
    let pids = output.lines().filter_map(|line| line.split_once(" started, pid ").map(|(_, pid)| pid.trim()));
    let pids: Vec<i32> = pids.map(|pid| pid.parse().unwrap_or_else(|_| panic!("a process id, not {pid}"))).collect();
    assert!(pids.len() >= life * processes, "{} processes in {life} lives:\n{output}", pids.len());
    pids[pids.len() - processes..].iter().map(|pid| Member(*pid)).collect()
}

impl Member {
    /// Sends a signal.
    pub fn signal(self, which: Signal) {
        signal::kill(Pid::from_raw(self.0), which).expect("a signal to a process of the cluster");
    }

    /// Waits until there is no such process, or only what is left until its parent asks how it ended.
    pub fn wait_gone(self) {
        wait::until(BOUND.min(Duration::from_secs(60)), "the end of a process", || {
            let state = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
            let state = state.rsplit_once(") ").map(|(_, rest)| rest.chars().next().unwrap_or('?'));
            if matches!(state, None | Some('Z' | 'X')) {
                Ok(())
            } else {
                Err(format!("{self:?} is in state {state:?}"))
            }
        });
    }
}
