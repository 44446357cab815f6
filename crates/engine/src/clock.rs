//! The clock of a run, so that a test can bring its own.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use timely::scheduling::Activator;

use mare_decode::span;
use mare_model::time::Epoch;

/// What time it is. One clock serves every worker of a process.
pub trait Clock: Send + Sync {
    /// The ingest clock: the epoch that begins now. It may step back; a source's epoch then stays where it was.
    fn epoch(&self) -> Epoch;

    /// A clock that never steps back, for measuring durations.
    fn now(&self) -> Instant;

    /// How much processor time the calling thread has used; none where nobody counts it.
    fn spent(&self) -> Duration {
        Duration::ZERO
    }

    /// Schedules the operator of `activator` again after `delay`.
    fn wake(&self, activator: &Activator, delay: Duration);
}

/// What it means that the newest checkpoint lies so many milliseconds ahead of the clock, for a person.
#[must_use]
pub fn ahead(ms: u64) -> String {
    format!(
        "the newest checkpoint is {} ahead of the clock: it was written by a clock that was wrong, or this one is; epochs go on from \
         there, and nothing is lost by that",
        span(i64::try_from(ms).unwrap_or(i64::MAX))
    )
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The clock, to be shared.
    #[must_use]
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }
}

impl Clock for SystemClock {
    fn epoch(&self) -> Epoch {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Epoch(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn spent(&self) -> Duration {
        clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
    }

    fn wake(&self, activator: &Activator, delay: Duration) {
        activator.activate_after(delay);
    }
}
