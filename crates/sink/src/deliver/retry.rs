//! Trying again for as long as a sink is away, in a wait that can be cut short.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::BackoffBuilder;

use crate::events::{SinkAway, SinkBack, SinkRetry};
use crate::{SinkError, SinkStatus};
use mare_metrics::events::InternalEvent;

/// Tells a writer thread to give up at once; clones tell the same thread. It may outlive the thread.
#[derive(Clone, Debug, Default)]
pub struct Stopper {
    /// Whether the thread is to give up, and how a waiting thread hears of it.
    told: Arc<(Mutex<bool>, Condvar)>,
}

impl Stopper {
    /// Makes the thread give up what it has not written. A write in progress still ends by itself.
    pub fn stop(&self) {
        *self.told.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.1.notify_all();
    }

    /// Whether the thread has been told to give up.
    pub(super) fn is_told(&self) -> bool {
        *self.told.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `delay`, or until told to give up, which is the return value.
    fn wait(&self, delay: Duration) -> bool {
        let told = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = self.told.1.wait_timeout_while(told, delay, |told| !*told);
        *outcome.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Why an attempt was given up.
#[derive(Debug)]
pub(super) enum GivenUp {
    /// Somebody said so.
    Stopped,
    /// The sink will never take it.
    Refused(SinkError),
}

/// How a writer thread tries again.
#[derive(Debug)]
pub(super) struct Retrying<B> {
    /// The delays between the attempts of one absence.
    pub(super) backoff: B,
    /// Cuts a wait short.
    pub(super) stopper: Stopper,
    /// Told of each absence.
    pub(super) status: Arc<SinkStatus>,
}

impl<B: BackoffBuilder + Clone> Retrying<B> {
    /// Attempts until the sink is not away.
    ///
    /// # Errors
    /// [`GivenUp`], if the sink refuses or somebody tells the thread to stop.
    pub(super) fn until_done<T>(&self, mut attempt: impl FnMut() -> Result<T, SinkError>) -> Result<T, GivenUp> {
        let (mut absence, begin): (Option<Absence<B::Backoff>>, _) = (None, Instant::now());
        loop {
            match attempt() {
                Ok(value) => {
                    if let Some(absence) = absence {
                        absence.end();
                    }
                    return Ok(value);
                }
                Err(SinkError::Away(fault)) => {
                    let why = fault.to_string();
                    self.status.retried(begin, &why);
                    SinkRetry { why: &why }.emit();
                    let absence = absence
                        .get_or_insert_with(|| Absence::begin(&self.status, (begin, &why), self.backoff.clone()));
                    if self.stopper.wait(absence.delays.next().unwrap_or_default()) {
                        return Err(GivenUp::Stopped);
                    }
                }
                Err(refused) => return Err(GivenUp::Refused(refused)),
            }
        }
    }
}

/// One time during which the sink is away, from the beginning of the attempt that found out: until then it had
/// answered. The first writer of the process to find out says so in the log, and the last one to be served again says
/// that.
#[derive(Debug)]
struct Absence<'a, D> {
    /// Counts the writers that are waiting.
    status: &'a SinkStatus,
    /// When that attempt began.
    since: Instant,
    /// How long to wait before each next attempt, endless.
    delays: D,
    /// Whether it ended well.
    ended: bool,
}

impl<'a, D> Absence<'a, D> {
    /// The sink is away since `since` because of `why`, which names it.
    fn begin(status: &'a SinkStatus, (since, why): (Instant, &str), backoff: impl BackoffBuilder<Backoff = D>) -> Self {
        if status.left() {
            SinkAway { why }.emit();
        }
        Absence { status, since, delays: backoff.build(), ended: false }
    }

    /// The sink is back.
    fn end(mut self) {
        self.ended = true;
    }
}

impl<D> Drop for Absence<'_, D> {
    fn drop(&mut self) {
        if self.status.returned() && self.ended {
            SinkBack { after: self.since.elapsed() }.emit();
        }
    }
}
