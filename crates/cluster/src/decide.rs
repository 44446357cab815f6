//! What a supervisor does, as a function of what it knows.
//!
//! A process that has died or hangs takes the whole cluster down with it, at once: the others cannot finish without it,
//! and everything that is not in the last checkpoint is read again. Then all are started again, after a pause that
//! doubles from [`FIRST_PAUSE`] to [`LONGEST_PAUSE`], at most [`Policy::restarts_max`] times within [`MEMORY`]; older
//! restarts are forgotten, so a cluster that runs well begins with a short pause again. A cluster that has never been
//! up and whose processes keep refusing to start gives up after [`REFUSALS_MAX`] of those: there is something for a
//! person to do.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::beat::ProcessPhase;

/// How long a restart is remembered.
pub const MEMORY: Duration = Duration::from_secs(600);
/// Pause before the first restart.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often a process may refuse to start before the cluster has ever been up.
pub const REFUSALS_MAX: usize = 3;
/// Exit code of a process that panicked or lost a peer: the least telling of all ends.
const PANICKED: i32 = 101;
/// Exit code of a process that has stopped because another run has taken over.
pub const SUPERSEDED: u8 = 3;
/// Exit codes of a process that says itself what is wrong: a failure, or a misspelt command.
const REFUSED: [i32; 2] = [1, 2];

/// What a supervisor puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A process without a beat for longer than this hangs.
    pub beat_timeout: Duration,
    /// Restarts within [`MEMORY`].
    pub restarts_max: usize,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// What is known of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// It has not ended.
    Running {
        /// How far it has come.
        phase: ProcessPhase,
        /// Time since its last beat, or since its start.
        since_beat: Duration,
    },
    /// It has ended.
    Ended {
        /// How.
        ending: Ending,
        /// Time since then.
        since: Duration,
    },
}

/// Whether the cluster is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopping {
    /// Nobody has asked.
    No,
    /// Somebody has, and the processes don't know.
    Asked,
    /// The processes have been told.
    Told,
}

/// All that a decision depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The processes of this life of the cluster, by index; none between two lives.
    pub children: Vec<Child>,
    /// Whether the cluster is to stop.
    pub stopping: Stopping,
    /// Restarts within [`MEMORY`].
    pub restarts: usize,
    /// Whether all processes of any life have been up at once.
    pub has_been_up: bool,
}

/// Why a life of the cluster ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// A process ended and should not have.
    Died {
        /// Index of the process.
        process: usize,
        /// How it ended.
        ending: Ending,
    },
    /// A process does not beat.
    Hangs {
        /// Index of the process.
        process: usize,
        /// Time since its last beat.
        since: Duration,
    },
    /// A process ended in good order while another had not begun.
    LeftEarly {
        /// Index of the process.
        process: usize,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisionDecision {
    /// Nothing for now.
    Wait,
    /// Ask all processes to end in good order.
    Stop,
    /// Kill what is left, and start all again after a pause.
    RestartAll {
        /// The pause.
        after: Duration,
        /// Why.
        cause: EndCause,
    },
    /// Kill what is left, and fail.
    GiveUp {
        /// Why the last life ended.
        cause: EndCause,
        /// Why it is the last.
        because: LastStraw,
    },
    /// All processes have ended in good order.
    Done,
}

/// Why there is no restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastStraw {
    /// The cluster was to stop.
    Stopping,
    /// Too many restarts.
    Limit(usize),
    /// A process refuses to start, and there has never been a cluster.
    Refusal,
    /// Another run has taken over, and would be taken over from in turn.
    Superseded,
}

impl Policy {
    /// Decides.
    #[must_use]
    pub fn decide(&self, facts: &Facts) -> SupervisionDecision {
        match (self.cause(&facts.children), facts.stopping) {
            (Some(cause), stopping) => self.after(cause, stopping, facts),
            (None, _) if facts.children.iter().all(|child| matches!(child, Child::Ended { .. })) => {
                SupervisionDecision::Done
            }
            (None, Stopping::Asked) => SupervisionDecision::Stop,
            (None, Stopping::No | Stopping::Told) => SupervisionDecision::Wait,
        }
    }

    /// What follows when a life of the cluster has failed.
    fn after(&self, cause: EndCause, stopping: Stopping, facts: &Facts) -> SupervisionDecision {
        if stopping != Stopping::No {
            return SupervisionDecision::GiveUp { cause, because: LastStraw::Stopping };
        }
        if cause.is_superseded() {
            return SupervisionDecision::GiveUp { cause, because: LastStraw::Superseded };
        }
        if cause.is_refusal() && !facts.has_been_up && facts.restarts + 1 >= REFUSALS_MAX {
            return SupervisionDecision::GiveUp { cause, because: LastStraw::Refusal };
        }
        if facts.restarts >= self.restarts_max {
            return SupervisionDecision::GiveUp { cause, because: LastStraw::Limit(facts.restarts) };
        }
        SupervisionDecision::RestartAll { after: pause(facts.restarts), cause }
    }

    /// What has gone wrong, if anything has: the most telling of it.
    fn cause(&self, children: &[Child]) -> Option<EndCause> {
        let died = children.iter().enumerate().filter_map(|(process, child)| match *child {
            Child::Ended { ending, .. } if ending != Ending::Code(0) => Some((process, ending)),
            _ => None,
        });
        let died = died.max_by_key(|(process, ending)| (ending.weight(), std::cmp::Reverse(*process)));
        let died = died.map(|(process, ending)| EndCause::Died { process, ending });
        died.or_else(|| self.hangs(children)).or_else(|| self.left_early(children))
    }

    fn hangs(&self, children: &[Child]) -> Option<EndCause> {
        children.iter().enumerate().find_map(|(process, child)| match *child {
            Child::Running { since_beat: since, .. } if since > self.beat_timeout => {
                Some(EndCause::Hangs { process, since })
            }
            _ => None,
        })
    }

    /// Those that have not begun would wait for one that has ended for ever. Its end and their first beat with all
    /// workers may be learnt in either order, hence the time.
    fn left_early(&self, children: &[Child]) -> Option<EndCause> {
        let waits = |child: &Child| matches!(child, Child::Running { phase: ProcessPhase::Starting, .. });
        children.iter().enumerate().find_map(|(process, child)| match *child {
            Child::Ended { since, .. } if since > self.beat_timeout && children.iter().any(waits) => {
                Some(EndCause::LeftEarly { process })
            }
            _ => None,
        })
    }
}

/// The pause after `restarts` earlier ones.
fn pause(restarts: usize) -> Duration {
    let pauses =
        ExponentialBuilder::new().with_min_delay(FIRST_PAUSE).with_max_delay(LONGEST_PAUSE).without_max_times();
    pauses.build().nth(restarts).unwrap_or(LONGEST_PAUSE)
}

impl Ending {
    /// How much an end tells of the cause, when several processes have ended: the others of one that is killed panic.
    fn weight(self) -> u8 {
        match self {
            ending if ending.is_superseded() => 3,
            Ending::Signal(_) => 2,
            Ending::Code(PANICKED) => 0,
            Ending::Code(_) => 1,
        }
    }

    fn is_superseded(self) -> bool {
        self == Ending::Code(SUPERSEDED.into())
    }
}

impl EndCause {
    /// Whether another run has taken over.
    fn is_superseded(self) -> bool {
        matches!(self, EndCause::Died { ending, .. } if ending.is_superseded())
    }

    /// Whether a process has said itself what is wrong.
    fn is_refusal(self) -> bool {
        matches!(self, EndCause::Died { ending: Ending::Code(code), .. } if REFUSED.contains(&code))
    }
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndCause::Died { process, ending: Ending::Code(code) } => {
                write!(f, "process {process} ended with code {code}")
            }
            EndCause::Died { process, ending: Ending::Signal(signal) } => {
                write!(f, "process {process} was ended by signal {signal}")
            }
            EndCause::Hangs { process, since } => {
                write!(f, "process {process} hangs: no heartbeat for {:.1} s", since.as_secs_f64())
            }
            EndCause::LeftEarly { process } => write!(f, "process {process} ended before the others had begun"),
        }
    }
}

impl fmt::Display for LastStraw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LastStraw::Stopping => {
                f.write_str("while the cluster was stopping; what it had not written is read again at the next start")
            }
            LastStraw::Limit(restarts) => {
                write!(f, "after {restarts} restarts within {} minutes: that is the limit", MEMORY.as_secs() / 60)
            }
            LastStraw::Superseded => {
                f.write_str("because another run has taken over: the two would take over from each other in turn")
            }
            LastStraw::Refusal => write!(f, "{REFUSALS_MAX} times in a row, before the cluster was ever up"),
        }
    }
}

#[cfg(test)]
mod tests;
