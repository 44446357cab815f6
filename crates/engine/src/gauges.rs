//! What a process shows of a run: how far it has come. Operators set it, and whoever watches reads it at any time.
//!
//! No operator waits for any of it or decides by it: [`signals`](super::signals) and [`control`](super::control) are
//! for that.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::announcement::Beginning;
use mare_model::time::{Epoch, EventTime};

/// Shared by every worker of one process and whoever watches, for as long as the run lasts.
#[derive(Default)]
pub struct Gauges {
    /// What the durable frontier says of event time, in milliseconds since the Unix epoch.
    frontier: AtomicI64,
    /// The same as long as there is a frontier: where it stood at the end of the run.
    certain: AtomicI64,
    /// Which run of the dataflow this is, counting from 1; 0 until that is heard.
    generation: AtomicU64,
    /// The epoch of the checkpoint that the run goes on from; 0 until that is heard, or if it begins without one.
    restored: AtomicU64,
    /// Everything that was learnt before this epoch is durable.
    durable: AtomicU64,
    /// The epoch that was sealed when nothing else was on its way.
    busy_from: AtomicU64,
    /// Epochs that the workers of this process have sealed and that are not durable yet.
    in_flight: AtomicUsize,
    /// How many workers of this process have caught up with what readers had seen before the run.
    speaking: AtomicUsize,
    /// For each worker of this process, how many updates its arrangement holds.
    updates: Mutex<Vec<Arc<AtomicU64>>>,
}

impl Gauges {
    /// A run that has just begun.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let never = || AtomicI64::new(EventTime::MIN.0);
        Arc::new(Gauges { frontier: never(), certain: never(), ..Gauges::default() })
    }

    /// The event-time coordinate of the durable frontier: every window that closes at or before it is final.
    #[must_use]
    pub fn frontier(&self) -> EventTime {
        EventTime(self.frontier.load(Ordering::Relaxed))
    }

    /// The event time through which windows are final and their documents durable: as [`Gauges::frontier`], but of a
    /// run that has ended it stays what it was, since an end closes no window.
    #[must_use]
    pub fn certain(&self) -> EventTime {
        EventTime(self.certain.load(Ordering::Acquire))
    }

    /// Which run of the dataflow this is, once the workers have heard it.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        Some(self.generation.load(Ordering::Relaxed)).filter(|generation| *generation > 0)
    }

    /// The checkpoint from which the run goes on, once the workers have heard of it, if there is one.
    #[must_use]
    pub fn restored(&self) -> Option<Epoch> {
        Some(Epoch(self.restored.load(Ordering::Relaxed))).filter(|epoch| epoch.0 > 0)
    }

    /// Since when, at most, something is on its way to the sink that this process has read; `None` if nothing is. What
    /// was learnt before the durable frontier has arrived, and what came while nothing was on its way began with that.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Epoch> {
        let since = self.durable.load(Ordering::Relaxed).max(self.busy_from.load(Ordering::Relaxed));
        (self.epochs_in_flight() > 0).then_some(Epoch(since))
    }

    /// How many epochs the workers of this process have sealed that are not durable yet, together.
    #[must_use]
    pub fn epochs_in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether `workers`, all of this process, have caught up with what readers had seen before the run.
    #[must_use]
    pub fn has_caught_up(&self, workers: usize) -> bool {
        self.speaking.load(Ordering::Relaxed) >= workers
    }

    /// How many updates the arrangements of this process hold: about one for each open window and group.
    #[must_use]
    pub fn arranged_updates(&self) -> u64 {
        let updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        updates.iter().map(|worker| worker.load(Ordering::Relaxed)).sum()
    }

    /// Notes the event-time coordinate of the durable frontier, as any worker sees it.
    pub fn passed(&self, frontier: EventTime) {
        self.frontier.fetch_max(frontier.0, Ordering::Relaxed);
        if frontier != EventTime::MAX {
            self.certain.fetch_max(frontier.0, Ordering::Release);
        }
    }

    /// Notes which run of the dataflow this is, and what it goes on from.
    pub fn began(&self, beginning: &Beginning) {
        self.generation.store(beginning.generation, Ordering::Relaxed);
        let epoch = beginning.restored.as_ref().map_or(0, |restored| restored.epoch.0);
        self.restored.store(epoch, Ordering::Relaxed);
    }

    /// Notes that a worker has sealed `epoch`.
    pub(crate) fn sealed(&self, epoch: Epoch) {
        if self.in_flight.fetch_add(1, Ordering::Relaxed) == 0 {
            self.busy_from.fetch_max(epoch.0, Ordering::Relaxed);
        }
    }

    /// Notes that an epoch that a worker has sealed is durable.
    pub(crate) fn made_durable(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// Notes that everything before `epoch` is durable, as any worker sees it.
    pub(crate) fn reached(&self, epoch: Epoch) {
        self.durable.fetch_max(epoch.0, Ordering::Relaxed);
    }

    /// Notes that one more worker of this process writes all that it has.
    pub fn speaks(&self) {
        self.speaking.fetch_add(1, Ordering::Relaxed);
    }

    /// Where one worker shows how many updates its arrangement holds.
    pub(crate) fn updates(&self) -> Arc<AtomicU64> {
        let gauge = Arc::new(AtomicU64::new(0));
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&gauge));
        gauge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_makes_no_window_certain() {
        let gauges = Gauges::new();
        assert_eq!(gauges.certain(), EventTime::MIN);
        for frontier in [EventTime(5), EventTime(9), EventTime(7), EventTime::MAX] {
            gauges.passed(frontier);
        }
        assert_eq!((gauges.frontier(), gauges.certain()), (EventTime::MAX, EventTime(9)));
    }

    #[test]
    fn what_is_on_its_way_has_waited_since_the_durable_frontier_or_since_nothing_was() {
        let gauges = Gauges::new();
        gauges.reached(Epoch(10));
        assert_eq!(gauges.waiting_since(), None);
        gauges.sealed(Epoch(500));
        gauges.sealed(Epoch(600));
        assert_eq!(gauges.waiting_since(), Some(Epoch(500)), "it was quiet from 10 to 500");
        gauges.reached(Epoch(501));
        gauges.made_durable();
        assert_eq!(gauges.waiting_since(), Some(Epoch(501)));
        gauges.made_durable();
        assert_eq!(gauges.waiting_since(), None);
    }
}
