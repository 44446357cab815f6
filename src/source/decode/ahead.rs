//! How far an event time may lie in the future of its own record.

use super::Reject;
use crate::dataflow::EventPlan;
use crate::time::EventTime;

/// The bound on event times beyond the record's own Kafka timestamp, so that one broken clock can't close every window.
///
/// The record's timestamp and not the wall clock, so that the same records are rejected in every replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAhead {
    /// The bound, in milliseconds.
    ms: i64,
}

impl MaxAhead {
    /// The bound of a dataflow.
    #[must_use]
    pub fn new(event: &EventPlan) -> MaxAhead {
        MaxAhead { ms: event.max_ahead_ms }
    }

    /// Checks an event time against the timestamp of its record, in milliseconds since the Unix epoch. A record without one
    /// (none, or negative as Kafka writes "no timestamp") has no bound.
    ///
    /// # Errors
    /// [`Reject::Future`] if `time` is further ahead.
    #[inline]
    pub fn check(self, time: EventTime, record_timestamp_ms: Option<i64>) -> Result<(), Reject> {
        match record_timestamp_ms {
            Some(record_ms) if record_ms >= 0 && time.0 > record_ms.saturating_add(self.ms) => {
                Err(Reject::Future { time })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_may_be_as_far_ahead_as_the_bound_and_no_further() {
        let bound = MaxAhead { ms: 1000 };
        let check = |time, record| bound.check(EventTime(time), record).map_err(|reject| reject.reason());
        assert_eq!(check(6000, Some(5000)), Ok(()));
        assert_eq!(check(6001, Some(5000)), Err("future_time"));
        assert_eq!(check(1001, Some(0)), Err("future_time"));
        assert_eq!(check(-5000, Some(0)), Ok(()));
        assert_eq!(check(i64::MAX, Some(-1)), Ok(()));
        assert_eq!(check(i64::MAX, None), Ok(()));
        assert_eq!(check(i64::MAX, Some(i64::MAX)), Ok(()));
    }
}
