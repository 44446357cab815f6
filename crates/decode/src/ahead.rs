//! How far an event time may lie in the future of its own record, and what it usually means when it lies elsewhere.

use std::fmt;

use jiff::SignedDuration;
use jiff::fmt::friendly::{Designator, SpanPrinter};

use super::Reject;
use mare_model::schema::EventPlan;
use mare_model::time::EventTime;

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

    /// Checks an event time against the timestamp of its record, in milliseconds since the Unix epoch. A record without
    /// one (none, or negative as Kafka writes "no timestamp") has no bound.
    ///
    /// # Errors
    /// [`Reject::Future`] if `time` is further ahead.
    #[inline]
    pub fn check(self, time: EventTime, record_timestamp_ms: Option<i64>) -> Result<(), Reject> {
        match record_timestamp_ms {
            Some(record_ms) if record_ms >= 0 && time.0 > record_ms.saturating_add(self.ms) => {
                Err(Reject::Future { time, sent: EventTime(record_ms), max_ahead_ms: self.ms })
            }
            _ => Ok(()),
        }
    }
}

/// How far from a whole number of quarter hours a difference may be that zones explain: records are sent a while after
/// their event.
const ZONE_SLACK_MS: i64 = 5 * 60_000;
/// The largest offset of a zone.
const ZONE_MAX_MS: i64 = 14 * 3_600_000;
/// Offsets are whole multiples of this.
const ZONE_STEP_MS: i64 = 15 * 60_000;
/// The least offset that a zone is suspected for: from UTC none is nearer.
const ZONE_MIN_MS: i64 = 60 * 60_000;
/// From here on no record is sent late: a clock or a unit is wrong.
const WRONG_MS: i64 = 10 * 365 * 86_400_000;

/// Why an event time usually lies far from the timestamp of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A local time without its offset, read in another zone; the difference, in milliseconds, rounded to what zones
    /// have.
    Zone(i64),
    /// Seconds, read as milliseconds.
    Seconds,
    /// Milliseconds, read as seconds.
    Millis,
    /// No unit explains it: some clock is wrong.
    Clock,
}

impl Cause {
    /// What `time` in a record that was sent at `sent` usually means; nothing if it is near, or might mean anything.
    ///
    /// ```
    /// use mare_decode::Cause;
    /// use mare_model::time::EventTime;
    ///
    /// let (sent, hour) = (1_764_331_200_000, 3_600_000);
    /// assert_eq!(Cause::of(EventTime(sent - 3 * hour - 900), EventTime(sent)), Some(Cause::Zone(-3 * hour)));
    /// assert_eq!(Cause::of(EventTime(sent / 1000), EventTime(sent)), Some(Cause::Seconds));
    /// assert_eq!(Cause::of(EventTime(sent - 900), EventTime(sent)), None);
    /// ```
    #[must_use]
    pub fn of(time: EventTime, sent: EventTime) -> Option<Cause> {
        let difference = time.0.saturating_sub(sent.0);
        let near = |time_ms: i64| time_ms.abs_diff(sent.0) < WRONG_MS.unsigned_abs();
        if difference.abs() >= WRONG_MS {
            return Some(match time.0 {
                time if near(time.saturating_mul(1000)) => Cause::Seconds,
                time if near(time / 1000) => Cause::Millis,
                _ => Cause::Clock,
            });
        }
        let steps = (difference + ZONE_STEP_MS / 2).div_euclid(ZONE_STEP_MS) * ZONE_STEP_MS;
        let is_zone = (ZONE_MIN_MS..=ZONE_MAX_MS).contains(&steps.abs()) && (difference - steps).abs() <= ZONE_SLACK_MS;
        is_zone.then_some(Cause::Zone(steps))
    }

    /// The cause behind a sentence that tells of `time` and `sent`; nothing if none is known.
    pub(super) fn suffix(time: EventTime, sent: EventTime) -> String {
        Cause::of(time, sent).map(|cause| format!(": {cause}")).unwrap_or_default()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Zone(by_ms) => write!(
                to,
                "about {}, as a local time is that is written without its offset; is event.zone right?",
                span(by_ms.abs())
            ),
            Cause::Seconds => {
                to.write_str("it would fit if it were seconds; is event.time_format = \"epoch_seconds\" meant?")
            }
            Cause::Millis => {
                to.write_str("it would fit if it were milliseconds; is event.time_format = \"epoch_millis\" meant?")
            }
            Cause::Clock => to.write_str("no unit explains that; is the producer's clock right?"),
        }
    }
}

/// A length of time in words, to the second.
///
/// ```
/// assert_eq!(mare_decode::span(10_799_999), "2h 59m 59s");
/// ```
#[must_use]
pub fn span(ms: i64) -> String {
    let printer = SpanPrinter::new().designator(Designator::Compact);
    let length = SignedDuration::from_millis(ms);
    let whole = if ms.abs() < 1000 { length } else { SignedDuration::from_secs(length.as_secs()) };
    match whole.as_hours() {
        hours if hours.abs() < 48 => printer.duration_to_string(&whole),
        hours if hours.abs() < 24 * 730 => format!("{} days", hours / 24),
        hours => format!("{} years", hours / 8_766),
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

    #[test]
    fn causes_are_guessed_where_they_fit_and_nowhere_else() {
        let (sent, minute) = (1_764_331_200_000, 60_000);
        for (time, cause) in [
            (sent, None),
            (sent + 29 * minute, None),
            (sent + 68 * minute, None),
            (sent + 3 * 60 * minute - 4 * minute, Some(Cause::Zone(3 * 60 * minute))),
            (sent - 345 * minute, Some(Cause::Zone(-345 * minute))),
            (sent - 20 * 60 * minute, None),
            (sent * 1000, Some(Cause::Millis)),
            (sent / 1000, Some(Cause::Seconds)),
            (0, Some(Cause::Clock)),
            (i64::MAX, Some(Cause::Clock)),
        ] {
            assert_eq!(Cause::of(EventTime(time), EventTime(sent)), cause, "{time}");
        }
    }
}
