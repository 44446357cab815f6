//! Times from the values of JSON.
//!
//! The rule: ISO-8601 text, with an offset, a `Z` or a zone in brackets, or else of the dataflow's zone; or a number of
//! seconds, milliseconds, microseconds or nanoseconds since the Unix epoch, in a string as well where the format says
//! so. All are kept to the millisecond, downwards.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::amount::{Round, units};
use super::json::{self, JsonValue};
use mare_model::schema::{EpochUnit, TimeFormat};

/// The instant that `value` says, written like this, in milliseconds since the Unix epoch.
///
/// # Errors
/// The reason why it is none: `wrong_type` or `not_a_time`.
pub fn read(value: &JsonValue<'_>, format: TimeFormat, zone: &TimeZone) -> Result<i64, &'static str> {
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
    let timestamp = match plain(text.as_bytes()) {
        Some((local, true)) => Offset::UTC.to_timestamp(local).ok()?,
        Some((local, false)) => zone.to_timestamp(local).ok()?,
        None => of_any(text, zone)?,
    };
    // Downwards; the library goes towards 1970.
    let millis = timestamp.as_millisecond() - i64::from(timestamp.subsec_nanosecond() % 1_000_000 < 0);
    Timestamp::from_millisecond(millis).ok().map(|_| millis)
}

/// The clock in a text like `2025-11-28T12:00:00.5`, as most are written, and whether there is a `Z` behind it; nothing
/// of any other text, right or wrong.
fn plain(text: &[u8]) -> Option<(DateTime, bool)> {
    let (local, is_utc) = text.strip_suffix(b"Z").map_or((text, false), |local| (local, true));
    let (clock, fraction) = local.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    separators.iter().all(|(place, byte)| clock[*place] == *byte).then_some(())?;
    let two = |from: usize| number(&clock[from..from + 2]).and_then(|number| i8::try_from(number).ok());
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] => {
            let shown = number(digits.get(..9).unwrap_or(digits))?;
            digits.iter().all(u8::is_ascii_digit).then_some(())?;
            shown * 10_i32.pow(9_u32.saturating_sub(digits.len() as u32))
        }
        _ => return None,
    };
    let year = number(&clock[..4]).and_then(|number| i16::try_from(number).ok())?;
    let local = DateTime::new(year, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, nanos);
    local.ok().map(|local| (local, is_utc))
}

/// The number of one to nine digits.
fn number(digits: &[u8]) -> Option<i32> {
    let digits = digits.iter().map(|byte| byte.is_ascii_digit().then(|| i32::from(byte - b'0')));
    digits.reduce(|number, digit| Some(number? * 10 + digit?))?
}

/// The instant of a text of any kind that there is.
fn of_any(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = with_nine_digits(text);
    let pieces = Pieces::parse(&*text).ok()?;
    if pieces.time_zone_annotation().is_some() {
        return Some(text.parse::<Zoned>().ok()?.timestamp());
    }
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    match pieces.to_numeric_offset() {
        Some(offset) => offset.to_timestamp(local).ok(),
        None => zone.to_timestamp(local).ok(),
    }
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
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn said(text: &str) -> JsonValue<'_> {
        JsonValue::Text(Some(text.into()))
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
        let seconds = |text: &str| read(&JsonValue::Number(text.into()), EpochUnit::Seconds.format(), &utc);
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

    /// Most texts are taken apart by code of our own: each of these is what the calendar's library makes of it.
    #[test]
    fn a_plain_time_is_what_any_time_is() {
        let (zones, mut taken) = (["UTC", "America/Sao_Paulo"].map(zone), 0);
        for seed in mare_random::seeds(20_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let [year, month, day, hour, minute, second] = [10_000, 12, 31, 24, 60, 60].map(|end| {
                let end = if random.random_ratio(1, 40) { 100 } else { end };
                random.random_range(0..end)
            });
            let fraction = ["", ".0", ".001", ".9999", ".123456789", ".1200000000001", ".", ".x", ",5"];
            let (fraction, end) = (fraction[random.random_range(0..9)], ["", "Z", "z"][random.random_range(0..3)]);
            let date = format!("{year:04}-{:02}-{:02}", month + 1, day + 1);
            let mut text = format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{end}");
            if random.random_ratio(1, 20) {
                let place = random.random_range(0..text.len());
                text.replace_range(place..=place, ["", "5", "-", "z", " "][random.random_range(0..5)]);
            }
            taken += usize::from(plain(text.as_bytes()).is_some());
            for zone in &zones {
                let millis = of_any(&text, zone).map(|time| time.as_nanosecond().div_euclid(1_000_000));
                let found = read(&said(&text), TimeFormat::Iso, zone).ok().map(i128::from);
                assert_eq!(found, millis, "seed {seed}: {text}");
            }
        }
        assert!(mare_random::asked().is_some() || taken > 5_000, "{taken}");
    }
}
