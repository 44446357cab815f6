//! What the writers of one process count, for the status line and the summary.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Written;
use mare_metrics::Absence;

/// Counters that the writer threads of a process share and anybody may read at any time.
///
/// They are statistics: no decision and no order of memory hangs on them.
#[derive(Debug, Default)]
pub struct SinkStatus {
    /// Documents inserted or replaced.
    written: AtomicU64,
    /// Documents of which the sink had a version that was as complete or more.
    stale: AtomicU64,
    /// Attempts that found the sink away.
    retries: AtomicU64,
    /// How many writers find the sink away at the moment.
    away: AtomicUsize,
    /// Since when, and why, as the writer says that was there last.
    absence: Mutex<Option<Absence>>,
    /// Duration of the last successful write, in microseconds.
    latency_us: AtomicU64,
}

impl SinkStatus {
    /// Documents inserted or replaced so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// Documents so far of which the sink had a version that was as complete or more.
    #[must_use]
    pub fn stale(&self) -> u64 {
        self.stale.load(Relaxed)
    }

    /// Attempts so far that found the sink away.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Relaxed)
    }

    /// How many writers of the process are waiting for the sink to come back.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.away.load(Relaxed)
    }

    /// Whether a writer of the process is waiting for the sink to come back.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away.load(Relaxed) > 0
    }

    /// Since when the sink is away, and why, if a writer of the process is waiting for it.
    #[must_use]
    pub fn absence(&self) -> Option<Absence> {
        self.since().clone()
    }

    /// How long the last successful write took, with a resolution of a microsecond; zero before the first.
    #[must_use]
    pub fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_us.load(Relaxed))
    }

    /// Counts a successful write.
    pub(super) fn wrote(&self, written: Written, latency: Duration) {
        self.written.fetch_add(written.written, Relaxed);
        self.stale.fetch_add(written.stale, Relaxed);
        self.latency_us.store(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Counts an attempt that found the sink away, because of `why`; the first one of them began at `begin`.
    pub(super) fn retried(&self, begin: Instant, why: &str) {
        self.retries.fetch_add(1, Relaxed);
        let mut absence = self.since();
        let absence = absence.get_or_insert_with(|| Absence { since: begin, why: String::new() });
        why.clone_into(&mut absence.why);
        absence.since = absence.since.min(begin); // another writer may have waited for longer, and found out later
    }

    /// One more writer finds the sink away. Returns whether it is the first of the process, who says so in the log.
    pub(super) fn left(&self) -> bool {
        self.away.fetch_add(1, Relaxed) == 0
    }

    /// One writer less finds the sink away. Returns whether it was the last of the process, who says so in the log.
    pub(super) fn returned(&self) -> bool {
        let is_last = self.away.fetch_sub(1, Relaxed) == 1;
        if is_last {
            self.since().take();
        }
        is_last
    }

    fn since(&self) -> MutexGuard<'_, Option<Absence>> {
        self.absence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_counted_from_the_first_attempt_that_found_it() {
        let (status, later) = (SinkStatus::default(), Instant::now());
        let earlier = later.checked_sub(Duration::from_secs(12)).expect("the machine is up for longer");
        for (begin, why) in [(later, "one"), (earlier, "another"), (later, "the newest")] {
            status.left();
            status.retried(begin, why);
        }
        let absence = status.absence().expect("it is away");
        assert_eq!((absence.since, &*absence.why), (earlier, "the newest"));
    }
}
