//! Times from the values of JSON.
//!
//! The rule: ISO-8601 text, with an offset, a `Z` or a zone in brackets, or else of the dataflow's zone; or a number of
//! seconds, milliseconds, microseconds or nanoseconds since the Unix epoch, in a string as well where the format says
//! so. All are kept to the millisecond, downwards.

use std::borrow::Cow;

use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::amount::{Round, units};
use super::json::{self, JsonValue};
use mare_model::schema::{EpochUnit, TimeFormat};

/// The instant that `value` says, written like this, in milliseconds since the Unix epoch.
///
/// # Errors
/// The reason why it is none: `wrong_type` or `not_a_time`.
pub fn read(value: &JsonValue, format: TimeFormat, zone: &TimeZone) -> Result<i64, &'static str> {
    let time = match (format, value) {
        (TimeFormat::Iso, JsonValue::Text(text)) => text.as_ref().and_then(|text| iso(text, zone)),
        (TimeFormat::Epoch { unit, .. }, JsonValue::Number(number)) => epoch(number, unit),
        (TimeFormat::Epoch { unit, from_text: true }, JsonValue::Text(Some(text))) if json::is_number(text) => {
            epoch(text, unit)
        }
        (TimeFormat::Epoch { from_text: true, .. }, JsonValue::Text(Some(_))) => None,
        _ => return Err("wrong_type"),
    };
    time.ok_or("not_a_time")
}

fn epoch(number: &str, unit: EpochUnit) -> Option<i64> {
    let (digits, by) = match unit {
        EpochUnit::Seconds => (3, 1),
        EpochUnit::Millis => (0, 1),
        EpochUnit::Micros => (0, 1_000),
        EpochUnit::Nanos => (0, 1_000_000),
    };
    let millis = i64::try_from(units(number, digits, Round::Down)?.0.div_euclid(by)).ok()?;
    Timestamp::from_millisecond(millis).ok().map(|_| millis)
}

fn iso(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = with_nine_digits(text);
    let pieces = Pieces::parse(&*text).ok()?;
    let timestamp = if pieces.time_zone_annotation().is_some() {
        text.parse::<Zoned>().ok()?.timestamp()
    } else {
        let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        match pieces.to_numeric_offset() {
            Some(offset) => offset.to_timestamp(local).ok()?,
            None => zone.to_timestamp(local).ok()?,
        }
    };
    let millis = i64::try_from(timestamp.as_nanosecond().div_euclid(1_000_000)).ok()?;
    Timestamp::from_millisecond(millis).ok().map(|_| millis)
}

/// The text with at most nine digits of a second's fraction, which is as far as the calendar's library reads; those
/// behind them change no millisecond.
fn with_nine_digits(text: &str) -> Cow<'_, str> {
    let Some(point) = text.find(['.', ',']) else { return text.into() };
    let (before, fraction) = text.split_at(point + 1);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 { text.into() } else { format!("{before}{}{}", &fraction[..9], &fraction[digits..]).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn said(text: &str) -> JsonValue {
        JsonValue::Text(Some(text.to_owned()))
    }

    #[test]
    fn times_by_hand() {
        let utc = zone("UTC");
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Ok(1000)),
            ("1970-01-01T00:00:00.0019999", Ok(1)),
            ("1970-01-01T00:00:00.0019999999", Ok(1)),
            ("1970-01-01T00:00:00.001999999999999", Ok(1)),
            ("1969-12-31T23:59:59.9999Z", Ok(-1)),
            ("1970-01-01 01:00:00+01:00", Ok(0)),
            ("1970-01-02", Ok(86_400_000)),
            ("1970-01-01T00:00:60Z", Ok(59_000)),
            ("1970-01-01T00:00[America/Sao_Paulo]", Ok(10_800_000)),
            ("1970-02-30", Err("not_a_time")),
            ("amanhã", Err("not_a_time")),
            ("", Err("not_a_time")),
        ] {
            assert_eq!(read(&said(text), TimeFormat::Iso, &utc), expected, "{text}");
        }
        assert_eq!(read(&said("1970-01-01T00:00"), TimeFormat::Iso, &zone("America/Sao_Paulo")), Ok(10_800_000));
        assert_eq!(read(&JsonValue::Number("0".into()), TimeFormat::Iso, &utc), Err("wrong_type"));
        let seconds = |text: &str| read(&JsonValue::Number(text.to_owned()), EpochUnit::Seconds.format(), &utc);
        assert_eq!(seconds("1.0019"), Ok(1001));
        assert_eq!(seconds("1e30"), Err("not_a_time"));
        assert_eq!(seconds("-0.0001"), Ok(-1));
        assert_eq!(
            read(&JsonValue::Number("1764331200123".into()), EpochUnit::Millis.format(), &utc),
            Ok(1_764_331_200_123)
        );
        let micros = TimeFormat::Epoch { unit: EpochUnit::Micros, from_text: true };
        assert_eq!(read(&said("-1"), micros, &utc), Ok(-1));
        assert_eq!(read(&said("1999.9"), micros, &utc), Ok(1));
        assert_eq!(read(&said(" 1"), micros, &utc), Err("not_a_time"));
        assert_eq!(read(&said("1"), EpochUnit::Nanos.format(), &utc), Err("wrong_type"));
        assert_eq!(read(&JsonValue::Number("1e15".into()), EpochUnit::Nanos.format(), &utc), Ok(1_000_000_000));
    }
}
