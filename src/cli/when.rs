//! Times and periods as a person names them on the command line.
//!
//! A time without an offset is one of the dataflow's zone, so it is resolved once the dataflow file is read.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::fmt::friendly::SpanParser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use super::Failure;
use crate::time::EventTime;

/// How to write a time.
const TIMES: &str =
    "write 2025-11-28T12:00 (in the dataflow's zone), 2025-11-28T12:00:00Z, now, today, yesterday, or -2h";

/// A time: an instant, a local time, or one that depends on when it is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Now.
    Now,
    /// So long ago: `-2h`, `-1d 12h`.
    Ago(SpanText),
    /// The beginning of the day so many days ago: `today`, `yesterday`.
    Day(i32),
    /// With an offset or a `Z`.
    At(Timestamp),
    /// Without one; a date alone is its midnight.
    Local(DateTime),
}

/// A span that was read from a text; spans compare by their fields.
#[derive(Clone, Copy, Debug)]
pub struct SpanText(Span);

impl PartialEq for SpanText {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<When, String> {
        let refused = || format!("`{text}` is no time; {TIMES}");
        match text {
            "now" => Ok(When::Now),
            "today" => Ok(When::Day(0)),
            "yesterday" => Ok(When::Day(1)),
            _ => match text.strip_prefix('-') {
                Some(span) => {
                    SpanParser::new().parse_span(span).map(|span| When::Ago(SpanText(span))).map_err(|_| refused())
                }
                None => match text.parse() {
                    Ok(at) => Ok(When::At(at)),
                    Err(_) => text.parse().map(When::Local).map_err(|_| refused()),
                },
            },
        }
    }
}

impl When {
    /// The instant that it is, seen from `now`, which carries the zone.
    ///
    /// # Errors
    /// If the calendar does not have it.
    pub fn resolve(&self, now: &Zoned) -> Result<EventTime, Failure> {
        let zoned = match self {
            When::Now => Ok(now.clone()),
            When::Ago(span) => now.checked_sub(span.0),
            When::Day(ago) => now.checked_sub(Span::new().days(*ago)).and_then(|day| day.start_of_day()),
            When::At(at) => Ok(at.to_zoned(now.time_zone().clone())),
            When::Local(local) => local.to_zoned(now.time_zone().clone()),
        };
        let millis = zoned.map(|zoned| zoned.timestamp().as_nanosecond().div_euclid(1_000_000));
        let millis = millis.map_err(|error| Failure::new(format!("there is no such time: {error}")))?;
        Ok(EventTime(i64::try_from(millis).unwrap_or(i64::MAX)))
    }
}

/// Windows from one time to another.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RangeArgs {
    /// Windows that start at or after this: a time such as 2025-11-28T12:00, now, today, yesterday, or -2h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<When>,
    /// Windows that start before this
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<When>,
}

impl RangeArgs {
    /// The two instants; without one, the first or last of all.
    ///
    /// # Errors
    /// If nothing lies between them.
    pub fn resolve(&self, now: &Zoned) -> Result<(EventTime, EventTime), Failure> {
        let at = |when: &Option<When>, open| when.as_ref().map_or(Ok(open), |when| when.resolve(now));
        let (from, to) = (at(&self.from, EventTime::MIN)?, at(&self.to, EventTime::MAX)?);
        if from >= to {
            let message = format!("nothing lies between --from {from} and --to {to}");
            return Err(Failure::new(message).remedy("give --from the earlier time"));
        }
        Ok((from, to))
    }
}

/// A period: `FROM..TO`, or a day.
#[derive(Clone, Debug, PartialEq)]
pub enum Period {
    /// From one time to another.
    Between(When, When),
    /// The day in which a time lies.
    DayOf(When),
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Period, String> {
        if let Some((from, to)) = text.split_once("..") {
            let to = if to.is_empty() { When::Now } else { to.parse()? };
            return Ok(Period::Between(from.parse()?, to));
        }
        let day = text.parse()?;
        match &day {
            When::Day(_) => Ok(Period::DayOf(day)),
            When::Local(local) if local.time() == jiff::civil::Time::midnight() => Ok(Period::DayOf(day)),
            _ => Err(format!("`{text}` is one time, not a period; write FROM..TO, such as -2h..-1h, or a day")),
        }
    }
}

impl Period {
    /// Its first instant and the one behind it, seen from `now`, which carries the zone.
    ///
    /// # Errors
    /// If the calendar does not have it, or it is empty.
    pub fn resolve(&self, now: &Zoned) -> Result<(EventTime, EventTime), Failure> {
        match self {
            Period::Between(from, to) => RangeArgs { from: Some(from.clone()), to: Some(to.clone()) }.resolve(now),
            Period::DayOf(day) => {
                let from = day.resolve(now)?;
                let start = zoned(from, now.time_zone());
                let next = start.and_then(|start| start.tomorrow().and_then(|next| next.start_of_day()).ok());
                let next = next.ok_or_else(|| Failure::new("the calendar ends within that day"))?;
                Ok((from, EventTime(next.timestamp().as_millisecond())))
            }
        }
    }
}

/// An instant in a zone, if the calendar has it.
#[must_use]
pub fn zoned(time: EventTime, zone: &TimeZone) -> Option<Zoned> {
    time.timestamp().map(|timestamp| timestamp.to_zoned(zone.clone()))
}

/// An instant as text: ISO-8601 with the offset of `zone`, which is `Z` for UTC.
#[must_use]
pub fn text(time: EventTime, zone: &TimeZone) -> String {
    match zoned(time, zone) {
        Some(zoned) if *zone != TimeZone::UTC => {
            let fraction =
                if zoned.subsec_nanosecond() == 0 { "%Y-%m-%dT%H:%M:%S%:z" } else { "%Y-%m-%dT%H:%M:%S%.3f%:z" };
            zoned.strftime(fraction).to_string()
        }
        _ => crate::sink::document::iso(time),
    }
}

/// Reads a duration that is not zero, such as `30s` or `5m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or_else(|| "write it as 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2025-11-28T12:30:00-03:00[America/Sao_Paulo]".parse().unwrap()
    }

    fn at(text: &str) -> String {
        text.parse::<When>().unwrap().resolve(&now()).unwrap().to_string()
    }

    #[test]
    fn times_are_those_of_the_zone() {
        for (written, expected) in [
            ("now", "2025-11-28T15:30:00Z"),
            ("-2h", "2025-11-28T13:30:00Z"),
            ("-1d 30m", "2025-11-27T15:00:00Z"),
            ("today", "2025-11-28T03:00:00Z"),
            ("yesterday", "2025-11-27T03:00:00Z"),
            ("2025-11-28T12:00", "2025-11-28T15:00:00Z"),
            ("2025-11-28", "2025-11-28T03:00:00Z"),
            ("2025-11-28T12:00:00Z", "2025-11-28T12:00:00Z"),
            ("2025-11-28T12:00:00.0009+01:00", "2025-11-28T11:00:00Z"),
        ] {
            assert_eq!(at(written), expected, "{written}");
        }
        for wrong in ["", "noon", "-", "-2", "2025-13-01", "12:00"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn periods_are_ranges_or_days() {
        let period = |text: &str| {
            let (from, to) = text.parse::<Period>().unwrap().resolve(&now()).unwrap();
            format!("{from} {to}")
        };
        assert_eq!(period("-2h..-1h"), "2025-11-28T13:30:00Z 2025-11-28T14:30:00Z");
        assert_eq!(period("-2h.."), "2025-11-28T13:30:00Z 2025-11-28T15:30:00Z");
        assert_eq!(period("yesterday"), "2025-11-27T03:00:00Z 2025-11-28T03:00:00Z");
        assert_eq!(period("2025-11-26"), "2025-11-26T03:00:00Z 2025-11-27T03:00:00Z");
        for wrong in ["-2h", "now", "2025-11-28T12:00", "x..y"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
        assert!("now..-1h".parse::<Period>().unwrap().resolve(&now()).is_err(), "nothing lies between");
    }

    #[test]
    fn instants_have_the_offset_of_the_zone() {
        let zone = now().time_zone().clone();
        assert_eq!(text(EventTime(1_764_331_200_000), &zone), "2025-11-28T09:00:00-03:00");
        assert_eq!(text(EventTime(1_764_331_200_250), &zone), "2025-11-28T09:00:00.250-03:00");
        assert_eq!(text(EventTime(1_764_331_200_000), &TimeZone::UTC), "2025-11-28T12:00:00Z");
    }

    #[test]
    fn durations_have_bounds() {
        assert_eq!(parse_duration("3s"), Ok(Duration::from_secs(3)));
        assert_eq!(parse_duration("1m 500ms"), Ok(Duration::from_millis(60_500)));
        for duration in ["0s", "-3s", "3", "soon"] {
            assert!(parse_duration(duration).is_err(), "{duration}");
        }
    }
}
