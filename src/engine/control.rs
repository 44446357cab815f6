//! What a process shares beside the dataflow: the wish to stop, the first failure, and what is known of progress.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::announcement::{Beginning, Reason};
use super::pulse::{Pulse, Pulses, Vitality};
use crate::source::Waker;
use crate::time::{Epoch, EventTime};

/// Why a run failed.
#[derive(Debug)]
struct Fault {
    /// In words.
    why: String,
    /// Whether it is that another run has taken over.
    is_superseded: bool,
}

/// Shared by every worker and thread of one process, for as long as the run lasts.
#[derive(Default)]
pub struct Control {
    /// Set once; the sources then seal what they hold and end.
    stopping: AtomicBool,
    /// Whether another run follows this one at once.
    restarting: AtomicBool,
    /// Whether it ends as if it were killed, without having failed.
    abandoned: AtomicBool,
    /// Why the run failed, if it did; the first failure wins.
    failure: OnceLock<Fault>,
    /// Wakes each worker's source, so that it sees that it should stop, or shows that it runs.
    wakers: Mutex<Vec<Waker>>,
    /// Whether the workers still run.
    pulses: Pulses,
    /// Wakes whoever waits in [`Control::stops_within`].
    stopped: Condvar,
    /// What the durable frontier says of event time, in milliseconds since the Unix epoch.
    frontier: AtomicI64,
    /// Which run of the dataflow this is, counting from 1; 0 until that is heard.
    generation: AtomicU64,
    /// The epoch of the checkpoint that the run goes on from; 0 until that is heard, or if it begins without one.
    restored: AtomicU64,
    /// Everything that was learnt before this epoch is durable.
    durable: AtomicU64,
    /// The epoch that was sealed when nothing else was on its way.
    busy_from: AtomicU64,
    /// How many workers of this process have caught up with what readers had seen before the run.
    speaking: AtomicUsize,
    /// The same as long as there is a frontier: where it stood at the end of the run.
    certain: AtomicI64,
    /// Epochs that the workers of this process have sealed and that are not durable yet.
    in_flight: AtomicUsize,
    /// For each worker of this process, how many updates its arrangement holds.
    updates: Mutex<Vec<Arc<AtomicU64>>>,
}

impl Control {
    /// A run that has just begun.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let never = || AtomicI64::new(EventTime::MIN.0);
        Arc::new(Control { frontier: never(), certain: never(), ..Control::default() })
    }

    /// Asks the run to end in good order: sources seal what they hold, the sink flushes.
    pub fn stop(&self) {
        let wakers = self.wakers();
        if self.is_stopping() && !self.is_aborted() {
            return; // everybody knows
        }
        self.stopping.store(true, Ordering::Release);
        self.stopped.notify_all();
        wakers.iter().for_each(|wake| wake());
    }

    /// Ends the run without failure, but as if it were killed: what it has not written stays unwritten.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        self.stop();
    }

    /// Whether the run ends as if it were killed.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.failure().is_some() || self.abandoned.load(Ordering::Acquire)
    }

    /// Asks the run to end in good order and to go on at once, with other partitions.
    pub fn restart(&self) {
        if !self.is_stopping() {
            self.restarting.store(true, Ordering::Release);
            self.stop();
        }
    }

    /// Why the run ends, if it is about to.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let is_restarting = self.restarting.load(Ordering::Acquire);
        match self.failure() {
            _ if !self.is_stopping() => None,
            Some(_) if self.is_superseded() => Some(Reason::Superseded),
            Some(_) => Some(Reason::Failed),
            None if self.is_aborted() => Some(Reason::Abandoned),
            None if is_restarting => Some(Reason::Restart),
            None => Some(Reason::Asked),
        }
    }

    /// Waits until the run is asked to end, at most for `time`, and returns whether it is.
    #[must_use]
    pub fn stops_within(&self, time: Duration) -> bool {
        let wait = self.stopped.wait_timeout_while(self.wakers(), time, |_| !self.is_stopping());
        drop(wait);
        self.is_stopping()
    }

    /// Ends the run because of `reason`.
    pub fn fail(&self, reason: impl Into<String>) {
        self.break_off(Fault { why: reason.into(), is_superseded: false });
    }

    /// Ends the run because another one has taken over; `reason` says so.
    pub fn supersede(&self, reason: impl Into<String>) {
        self.break_off(Fault { why: reason.into(), is_superseded: true });
    }

    fn break_off(&self, fault: Fault) {
        let _ = self.failure.set(fault); // the first one stays
        self.stop();
    }

    /// Whether the run has been asked to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Why the run failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(|fault| fault.why.as_str())
    }

    /// Whether it failed because another run has taken over.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.failure.get().is_some_and(|fault| fault.is_superseded)
    }

    /// The event-time coordinate of the durable frontier: every window that closes at or before it is final.
    #[must_use]
    pub fn frontier(&self) -> EventTime {
        EventTime(self.frontier.load(Ordering::Relaxed))
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

    /// Since when, at most, something is on its way to the sink that this process has read; `None` if nothing is. What was learnt
    /// before the durable frontier has arrived, and what came while nothing was on its way began with that.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Epoch> {
        let since = self.durable.load(Ordering::Relaxed).max(self.busy_from.load(Ordering::Relaxed));
        (self.epochs_in_flight() > 0).then_some(Epoch(since))
    }

    /// Whether `workers`, all of this process, have caught up with what readers had seen before the run.
    #[must_use]
    pub fn has_caught_up(&self, workers: usize) -> bool {
        self.speaking.load(Ordering::Relaxed) >= workers
    }

    /// How many epochs the workers of this process have sealed that are not durable yet, together.
    #[must_use]
    pub fn epochs_in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
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

    /// Notes which run of the dataflow this is, and what it goes on from.
    pub(crate) fn began(&self, beginning: &Beginning) {
        self.generation.store(beginning.generation, Ordering::Relaxed);
        let epoch = beginning.restored.as_ref().map_or(0, |restored| restored.epoch.0);
        self.restored.store(epoch, Ordering::Relaxed);
    }

    /// Notes that everything before `epoch` is durable, as any worker sees it.
    pub(crate) fn reached(&self, epoch: Epoch) {
        self.durable.fetch_max(epoch.0, Ordering::Relaxed);
    }

    /// Notes that one more worker of this process writes all that it has.
    pub(crate) fn speaks(&self) {
        self.speaking.fetch_add(1, Ordering::Relaxed);
    }

    /// The event time through which windows are final and their documents durable: as [`Control::frontier`], but of a run that
    /// has ended it stays what it was, since an end closes no window.
    #[must_use]
    pub fn certain(&self) -> EventTime {
        EventTime(self.certain.load(Ordering::Acquire))
    }

    /// How many updates the arrangements of this process hold: about two for each open window and group.
    #[must_use]
    pub fn arranged_updates(&self) -> u64 {
        let updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        updates.iter().map(|worker| worker.load(Ordering::Relaxed)).sum()
    }

    /// Notes the event-time coordinate of the durable frontier, as any worker sees it.
    pub(crate) fn passed(&self, frontier: EventTime) {
        self.frontier.fetch_max(frontier.0, Ordering::Relaxed);
        if frontier != EventTime::MAX {
            self.certain.fetch_max(frontier.0, Ordering::Release);
        }
    }

    /// Whether every worker of this process has run since this was last [`Vitality::Alive`]; wakes them for the next time.
    pub fn vitality(&self) -> Vitality {
        let vitality = self.pulses.take();
        self.wakers().iter().for_each(|wake| wake());
        vitality
    }

    /// Registers what wakes a worker's source; the source beats the pulse whenever it runs.
    #[must_use]
    pub(crate) fn wake_with(&self, waker: Waker) -> Pulse {
        self.wakers().push(waker);
        self.pulses.add()
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A gauge for one worker's arrangement.
    pub(crate) fn gauge(&self) -> Arc<AtomicU64> {
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
        let control = Control::new();
        assert_eq!(control.certain(), EventTime::MIN);
        for frontier in [EventTime(5), EventTime(9), EventTime(7), EventTime::MAX] {
            control.passed(frontier);
        }
        assert_eq!((control.frontier(), control.certain()), (EventTime::MAX, EventTime(9)));
    }

    #[test]
    fn what_is_on_its_way_has_waited_since_the_durable_frontier_or_since_nothing_was() {
        let control = Control::new();
        control.reached(Epoch(10));
        assert_eq!(control.waiting_since(), None);
        control.sealed(Epoch(500));
        control.sealed(Epoch(600));
        assert_eq!(control.waiting_since(), Some(Epoch(500)), "it was quiet from 10 to 500");
        control.reached(Epoch(501));
        control.made_durable();
        assert_eq!(control.waiting_since(), Some(Epoch(501)));
        control.made_durable();
        assert_eq!(control.waiting_since(), None);
    }
}
