//! When a record is due.

use std::time::{Duration, Instant};

use super::Rate;

/// The longest nap of a thread that waits: so often it looks after delivery reports and Ctrl-C.
const LONGEST_NAP: Duration = Duration::from_millis(5);
/// The shortest nap: at high rates the records of a millisecond are sent together.
const SHORTEST_NAP: Duration = Duration::from_millis(1);

/// Deadlines: record `i` is due `i / rate` after the start, so no delay ever adds up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// When record 0 is due.
    start: Instant,
    /// Records a second; `None` if all are due at once.
    rate: Option<f64>,
}

impl Schedule {
    /// Deadlines from `start` on.
    pub fn new(start: Instant, rate: Rate) -> Self {
        Schedule { start, rate: rate.per_second() }
    }

    /// How long to nap before looking again whether record `index` is due; `None` if it is.
    pub fn nap(&self, index: u64) -> Option<Duration> {
        self.rate?;
        self.nap_after(index, self.start.elapsed())
    }

    /// As [`Schedule::nap`], when `elapsed` has passed since the start.
    fn nap_after(&self, index: u64, elapsed: Duration) -> Option<Duration> {
        let due = Duration::try_from_secs_f64(index as f64 / self.rate?).unwrap_or(Duration::MAX);
        let rest = due.checked_sub(elapsed).filter(|rest| !rest.is_zero())?;
        Some(rest.clamp(SHORTEST_NAP, LONGEST_NAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(rate: &str) -> Schedule {
        Schedule::new(Instant::now(), rate.parse().unwrap_or_else(|error| panic!("{error}")))
    }

    #[test]
    fn deadlines_do_not_drift() {
        let schedule = schedule("1000");
        let hour = Duration::from_secs(3_600);
        assert_eq!(schedule.nap_after(3_600_000, hour), None);
        assert_eq!(schedule.nap_after(3_600_001, hour), Some(SHORTEST_NAP));
        assert_eq!(schedule.nap_after(3_600_003, hour), Some(Duration::from_millis(3)));
        assert_eq!(schedule.nap_after(3_700_000, hour), Some(LONGEST_NAP));
    }

    #[test]
    fn flat_out_everything_is_due() {
        assert_eq!(schedule("0").nap(u64::MAX), None);
    }

    #[test]
    fn an_endless_wait_is_no_overflow() {
        assert_eq!(schedule("1e-300").nap_after(u64::MAX, Duration::ZERO), Some(LONGEST_NAP));
    }
}
