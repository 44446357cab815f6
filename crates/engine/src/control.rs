//! What ends a run: the wish to stop, the first failure, and whether the workers still run. What is known of progress
//! is in [`gauges`](super::gauges).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::announcement::Reason;
use super::pulse::{Pulse, Pulses, Vitality};
use mare_model::fault::{Fault, Retry};
use mare_model::record::Waker;

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
}

impl Control {
    /// A run that has just begun.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
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

    /// Ends the run because of `fault`; one that is never to be tried again says that another run has taken over.
    pub fn fail(&self, fault: Fault) {
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
    pub fn failure(&self) -> Option<&Fault> {
        self.failure.get()
    }

    /// Whether it failed because another run has taken over.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.failure.get().is_some_and(|fault| fault.retry == Retry::Never)
    }

    /// Whether every worker of this process has run since this was last [`Vitality::Alive`]; wakes them for the next
    /// time.
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
}
