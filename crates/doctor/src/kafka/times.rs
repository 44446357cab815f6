//! The clocks of the producers: event times against the times of their records. Pure.
//!
//! A record is stamped by its producer when it is sent (or by the broker when it comes). Where events are sent as they
//! happen, the two times agree; where all of them differ by the same hours, somebody reads a local time in another zone
//! than it was written in.

use super::sample::{NewestRecords, RecordHead};
use crate::Finding;
use crate::list::TIMES;
use mare_decode::span;
use mare_model::schema::{EpochUnit, TimeFormat};

/// So many records are no accident.
const FEW: usize = 3;
/// Events that are sent as they happen are on their way for no longer.
const PROMPT_MS: i64 = 2 * 60_000;
/// Zones are apart by multiples of this.
const ZONES_MS: i64 = 15 * 60_000;
/// No two zones are further apart.
const ZONES_MAX_MS: i64 = 26 * 3_600_000;
/// Within so long of its record's, an event time in the right unit lies.
const NEAR_MS: i64 = 400 * 86_400_000;

/// What the event times of `sample` are beside the times of their records, for a dataflow whose times are written as
/// `format`.
#[must_use]
pub fn judge(sample: &NewestRecords, format: TimeFormat) -> Finding {
    let both: Vec<(i64, i64)> = sample.looks.iter().filter_map(both).collect();
    if both.len() < FEW {
        return Finding::unknown(TIMES, "too few records have an event time and a time of their own");
    }
    if let Some(unit) = unit(&both, format) {
        return unit;
    }
    let mut apart: Vec<i64> = both.iter().map(|(event, record)| event.saturating_sub(*record)).collect();
    apart.sort_unstable();
    let at = |percent: usize| apart[(apart.len() - 1) * percent / 100];
    let (low, middle, high) = (at(5), at(50), at(95));
    let zones = (middle + middle.signum() * ZONES_MS / 2) / ZONES_MS * ZONES_MS;
    let together = high.saturating_sub(low) <= 2 * PROMPT_MS && (middle - zones).abs() <= PROMPT_MS;
    match zones {
        0 if together => Finding::ok(TIMES, "event times and those of their records agree"),
        _ if together && zones.abs() <= ZONES_MAX_MS => zoned(both.len(), zones),
        _ => Finding::ok(TIMES, format!("event times are {} to {} those of their records", side(low), side(high))),
    }
}

/// The event time and the time of the record.
fn both(look: &RecordHead) -> Option<(i64, i64)> {
    Some((look.time?.0, look.timestamp_ms?))
}

fn side(apart_ms: i64) -> String {
    format!("{} {}", span(apart_ms.saturating_abs()), if apart_ms > 0 { "ahead of" } else { "behind" })
}

/// All are by whole quarters of an hour where they should not be.
fn zoned(count: usize, zones_ms: i64) -> Finding {
    let remedy = "a local time without an offset is read in event.zone: name the zone of the producers there, or let them write the \
                  offset (2025-11-28T12:00:00-03:00); if these events are really so old or so new when they are sent, leave it";
    let finding = format!(
        "the event times of all {count} of the newest records are {} the records' own: is event.zone right?",
        side(zones_ms)
    );
    Finding::warning(TIMES, finding, remedy)
}

/// Whether the times are written in another unit than they are read in: most of them make sense in that other one
/// alone.
fn unit(both: &[(i64, i64)], format: TimeFormat) -> Option<Finding> {
    let TimeFormat::Epoch { unit: read, .. } = format else { return None };
    let near = |factor: f64| {
        let is_near = |(event, record): &&(i64, i64)| (*event as f64 * factor - *record as f64).abs() <= NEAR_MS as f64;
        both.iter().filter(is_near).count() * 2 > both.len()
    };
    let factor = |unit: EpochUnit| 10_f64.powi(i32::from(read.digits()) - i32::from(unit.digits()));
    let unit = EpochUnit::ALL.into_iter().find(|unit| *unit != read && !near(1.0) && near(factor(*unit)))?;
    let finding = format!(
        "the event times are {}, and read as {}: {} beside the records' own",
        unit.noun(),
        read.noun(),
        example(both)
    );
    Some(Finding::warning(TIMES, finding, format!("set event.time_format = \"{}\"", unit.word())))
}

fn example(both: &[(i64, i64)]) -> String {
    let times = both.first().map(|(event, record)| {
        format!("{} and {}", mare_model::time::EventTime(*event), mare_model::time::EventTime(*record))
    });
    times.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{look, sample};
    use super::*;
    use crate::Verdict;

    const NOW: i64 = 1_764_331_200_000;
    const HOUR: i64 = 3_600_000;

    /// Events that were each so far ahead of their records.
    fn apart(apart: &[i64]) -> Finding {
        let look = |(offset, apart): (usize, &i64)| look(0, offset as i64, Some(NOW), Some(NOW + apart));
        judge(&sample(vec![], apart.iter().enumerate().map(look).collect()), TimeFormat::Iso)
    }

    #[test]
    fn events_that_are_sent_as_they_happen_are_good() {
        assert_eq!(apart(&[0, -800, -60_000, 100]).verdict, Verdict::Ok);
        assert_eq!(apart(&[0, 0]).verdict, Verdict::Unknown);
    }

    #[test]
    fn all_by_the_same_hours_is_a_zone() {
        for (ms, words) in
            [(-3 * HOUR, "3h behind"), (5 * HOUR + HOUR / 2, "5h 30m ahead of"), (-HOUR / 4, "15m behind")]
        {
            let found = apart(&[ms, ms - 900, ms + 300, ms - 30_000]);
            assert!(found.verdict == Verdict::Warning && found.finding.contains(words), "{found:?}");
            assert!(found.finding.contains("is event.zone right?"));
        }
    }

    #[test]
    fn a_replay_of_old_events_is_no_zone() {
        assert_eq!(apart(&[-3 * HOUR, -2 * HOUR, -HOUR, 0]).verdict, Verdict::Ok, "an hour sent at once");
        assert_eq!(apart(&[-700 * HOUR, -700 * HOUR, -700 * HOUR]).verdict, Verdict::Ok, "a month ago");
        assert_eq!(apart(&[-3 * HOUR - 5 * 60_000; 4]).verdict, Verdict::Ok, "no multiple of a quarter");
    }

    #[test]
    fn another_unit_is_recognised_by_what_it_would_mean() {
        let of = |event: i64, format| {
            let looks = (0..4).map(|offset| look(0, offset, Some(NOW), Some(event))).collect();
            judge(&sample(vec![], looks), format)
        };
        let seconds = of(NOW / 1_000, EpochUnit::Millis.format());
        assert!(seconds.finding.contains("are seconds, and read as milliseconds: 1970-01-21"), "{seconds:?}");
        assert!(seconds.remedy.unwrap().contains("epoch_seconds"));
        assert!(of(NOW * 1_000, EpochUnit::Seconds.format()).remedy.unwrap().contains("epoch_millis"));
        assert!(of(NOW * 1_000, EpochUnit::Millis.format()).finding.contains("are microseconds"));
        assert_eq!(of(NOW - 100, EpochUnit::Millis.format()).verdict, Verdict::Ok);
        assert_eq!(of(NOW / 1_000, TimeFormat::Iso).verdict, Verdict::Ok, "a text is what it says");
    }
}
