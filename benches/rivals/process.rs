//! A contestant as a group of processes, and what they cost.
//!
//! A program may start others, and may end before they do: those become children of this process, which has said that
//! it wants them (a *subreaper*). So when all of them have been waited for, the system has counted the processor time
//! of each, however short it lived.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::support::leash;

/// Time between two looks at the memory of processes.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long processes may take to end when their first one has.
const FAREWELL: Duration = Duration::from_secs(10);
/// How many clock ticks `/proc` counts a second: Linux's USER_HZ.
const TICKS_A_SECOND: f64 = 100.0;

/// What a run has cost.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// From its start to the end of its first process, in seconds.
    pub wall: f64,
    /// Processor time of all its processes, user and system, in seconds.
    pub processor: f64,
    /// The largest sum of what its processes have had resident at most, in MiB.
    pub resident: f64,
}

/// The processes that come of a command; killed when dropped.
pub struct Group {
    child: Child,
    start: Instant,
}

impl Group {
    /// Starts a command in a group of its own.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(command: &mut Command) -> io::Result<Group> {
        let start = Instant::now();
        let child = command.process_group(0).spawn()?;
        leash().hold_group(child.id());
        Ok(Group { child, start })
    }

    /// Waits until it has ended, and says what it has cost.
    ///
    /// # Errors
    /// If it fails, or takes longer than `patience`.
    pub fn finish(mut self, patience: Duration) -> Result<Spent, String> {
        let (before, id, start) = (waited_for(), self.id(), self.start);
        let (ended, watched) = channel::<()>();
        let (status, resident) = std::thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let mut most = 0.0_f64;
                while watched.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    most = most.max(usage(id).resident);
                    if start.elapsed() > patience {
                        let _ = killpg(id, Signal::SIGKILL);
                    }
                }
                most
            });
            let status = self.child.wait();
            let wall = start.elapsed();
            drop(ended);
            (status.map(|status| (status, wall)), watch.join().expect("the watch does not panic"))
        });
        let (status, wall) = status.map_err(|e| e.to_string())?;
        self.reap();
        if wall > patience {
            return Err(format!("given up after {} s", patience.as_secs()));
        }
        let processor = waited_for() - before;
        success(status).map(|()| Spent { wall: wall.as_secs_f64(), processor, resident })
    }

    /// What its processes use now.
    pub fn usage(&self) -> Usage {
        usage(self.id())
    }

    /// Whether its first process has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Asks it to end.
    pub fn stop(&self) {
        let _ = killpg(self.id(), Signal::SIGTERM);
        let begin = Instant::now();
        while begin.elapsed() < FAREWELL && usage(self.id()).processes > 0 {
            std::thread::sleep(INTERVAL);
        }
    }

    fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"))
    }

    /// Waits for those of the group that outlive its first process, and kills what stays.
    fn reap(&self) {
        let (group, begin) = (Pid::from_raw(-self.id().as_raw()), Instant::now());
        loop {
            match waitpid(group, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return,
                Ok(WaitStatus::StillAlive) => {
                    if begin.elapsed() > FAREWELL {
                        let _ = killpg(self.id(), Signal::SIGKILL);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => {}
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = killpg(self.id(), Signal::SIGKILL);
        let _ = self.child.wait();
        self.reap();
        leash().free_group(self.child.id());
    }
}

fn success(status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("ended with {status}")) }
}

/// The processor time, in seconds, of all that this process has waited for, and what they have waited for.
fn waited_for() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// What some processes use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// How many there are that have not ended.
    pub processes: usize,
    /// Their processor time so far, user and system, in seconds.
    pub processor: f64,
    /// The sum of what each has had resident at most, in MiB.
    pub resident: f64,
}

/// What the processes of a group use now.
fn usage(group: Pid) -> Usage {
    let mut usage = Usage::default();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, behind_name)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = behind_name.split(' ').collect();
        if fields[0] != "Z" && fields[2] == group.to_string() {
            let ticks: f64 = fields[11..=12].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
            usage.processes += 1;
            usage.processor += ticks / TICKS_A_SECOND;
            usage.resident += fs::read_to_string(entry.path().join("status")).map_or(0.0, |status| peak_mib(&status));
        }
    }
    usage
}

/// The high-water mark in the text of `/proc/PID/status`, in MiB.
fn peak_mib(status: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.map_or(0.0, |kib| kib / 1024.0)
}
