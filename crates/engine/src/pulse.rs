//! Whether the workers of a process still run.
//!
//! A thread of a process may go on while a worker is stuck for ever. So a worker is believed to live only if its
//! source, once woken, has run: [`Pulses`] wakes all sources and looks whether each has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How often the source of one worker has run. A source that has ended drops it, and is no longer expected to run.
#[derive(Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The source runs.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What is known of the workers of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vitality {
    /// No worker is there yet: the process waits for its servers, or for the other processes.
    Starting,
    /// Every worker has run since the last time that this was said, or has nothing more to read.
    Alive,
    /// Some worker has not.
    Silent,
}

/// The pulses of all workers of a process.
#[derive(Debug, Default)]
pub struct Pulses {
    /// For each worker its count, and what that was when all were last found alive.
    workers: Mutex<Vec<(Weak<AtomicU64>, u64)>>,
}

impl Pulses {
    /// The pulse of one more worker.
    pub fn add(&self) -> Pulse {
        let pulse = Pulse::default();
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.push((Arc::downgrade(&pulse.0), 0));
        pulse
    }

    /// Looks whether every worker has run since all of them were last found [`Vitality::Alive`].
    pub fn take(&self) -> Vitality {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        if workers.is_empty() {
            return Vitality::Starting;
        }
        let now = |count: &Weak<AtomicU64>| count.upgrade().map(|count| count.load(Ordering::Relaxed));
        if workers.iter().any(|(count, seen)| now(count) == Some(*seen)) {
            return Vitality::Silent;
        }
        workers.iter_mut().for_each(|(count, seen)| *seen = now(count).unwrap_or(*seen));
        Vitality::Alive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alive_when_each_worker_has_run_since() {
        let pulses = Pulses::default();
        assert_eq!(pulses.take(), Vitality::Starting);
        let (first, second) = (pulses.add(), pulses.add());
        assert_eq!(pulses.take(), Vitality::Silent);
        first.beat();
        assert_eq!(pulses.take(), Vitality::Silent, "the second has not run");
        second.beat();
        assert_eq!(pulses.take(), Vitality::Alive, "the first has run since, though before the last look");
        assert_eq!(pulses.take(), Vitality::Silent);
    }

    #[test]
    fn a_source_that_has_ended_is_not_waited_for() {
        let pulses = Pulses::default();
        let (first, second) = (pulses.add(), pulses.add());
        drop(first);
        assert_eq!(pulses.take(), Vitality::Silent);
        second.beat();
        assert_eq!(pulses.take(), Vitality::Alive);
        drop(second);
        assert_eq!(pulses.take(), Vitality::Alive);
    }
}
