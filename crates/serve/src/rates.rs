//! Events a second, from counters that somebody looks at every second.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mare_engine::Run;

/// The time over which rates are measured.
const SPAN: Duration = Duration::from_secs(5);

/// What a run had counted at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Records read.
    pub read: u64,
    /// Events counted.
    pub counted: u64,
    /// Events that are not wanted.
    pub filtered: u64,
    /// Late events.
    pub late: u64,
    /// Duplicates.
    pub duplicate: u64,
    /// Dead letters.
    pub dead: u64,
    /// Documents written.
    pub written: u64,
}

/// What was counted in the last seconds, one entry a second.
#[derive(Debug, Default)]
pub struct Rates(Mutex<VecDeque<(Instant, RunCounts)>>);

impl RunCounts {
    /// What `run` has counted by now.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let tally = run.ledger.total();
        RunCounts {
            read: tally.read,
            counted: tally.counted,
            filtered: tally.filtered,
            late: tally.late,
            duplicate: tally.duplicate,
            dead: tally.dead_total(),
            written: run.sink.written(),
        }
    }
}

impl Rates {
    /// Notes what was counted by `now`. Another run counts from 0 again, which begins anew here.
    pub fn note(&self, now: Instant, counts: RunCounts) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.back().is_some_and(|(_, last)| last.read > counts.read || last.written > counts.written) {
            marks.clear();
        }
        marks.push_back((now, counts));
        while marks.get(1).is_some_and(|(then, _)| now.duration_since(*then) >= SPAN) {
            marks.pop_front();
        }
    }

    /// What `of` counts, a second, over the last seconds; 0 as long as there is one look only.
    #[must_use]
    pub fn per_second(&self, of: impl Fn(&RunCounts) -> u64) -> f64 {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some((then, before)), Some((now, after))) = (marks.front(), marks.back()) else { return 0.0 };
        let seconds = now.duration_since(*then).as_secs_f64();
        let rate = of(after).saturating_sub(of(before)) as f64 / seconds;
        if rate.is_finite() { (rate * 10.0).round() / 10.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let (rates, start) = (Rates::default(), Instant::now());
        let rate = |second, read| {
            rates.note(start + Duration::from_secs(second), RunCounts { read, ..RunCounts::default() });
            rates.per_second(|counts| counts.read)
        };
        assert_eq!(rate(0, 1_000), 0.0);
        assert_eq!(rate(2, 2_000), 500.0);
        assert_eq!(rate(5, 4_000), 600.0);
        assert_eq!(rate(8, 5_000), 500.0, "from 2,000 at second 2");
        assert_eq!(rate(9, 10), 0.0, "another run");
        assert_eq!(rate(10, 30), 20.0);
    }
}
