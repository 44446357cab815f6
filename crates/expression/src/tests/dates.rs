//! Parts of dates, and times that stand there.

use jiff::tz::TimeZone;
use mare_model::time::EventTime;

use super::{SALE, TIME, scope, value};
use crate::{Expression, Scalar, ScalarType, Scope};

#[test]
fn parts_of_a_time() {
    for (part, expected) in [
        ("YEAR", "2025"),
        ("QUARTER", "4"),
        ("MONTH", "11"),
        ("WEEK", "48"),
        ("DAY", "28"),
        ("HOUR", "12"),
        ("MINUTE", "0"),
        ("SECOND", "30.250"),
        ("DOW", "5"),
        ("ISODOW", "5"),
        ("DOY", "332"),
        ("EPOCH", "1764331230.250"),
    ] {
        assert_eq!(value(&format!("EXTRACT({part} FROM event_time)")), expected, "{part}");
        assert_eq!(value(&format!("date_part('{}', event_time)", part.to_lowercase())), expected, "{part}");
    }
}

/// The value of an expression for an event at a time, its calendar in São Paulo.
fn local(text: &str, time: i64) -> Result<Scalar<'static>, &'static str> {
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let expression = Expression::parse(text, &Scope::new(&[], zone)).unwrap();
    let value = expression.evaluate(&(EventTime(time), &[][..]));
    value.map(Scalar::into_owned).map_err(|error| error.fault.name())
}

#[test]
fn the_calendar_is_that_of_the_zone() {
    let midnight_utc = 1_767_225_600_000; // 2026-01-01T00:00:00Z
    for (text, expected) in [
        ("EXTRACT(YEAR FROM event_time)", 2025),
        ("EXTRACT(HOUR FROM event_time)", 21),
        ("EXTRACT(DOY FROM event_time)", 365),
        ("EXTRACT(WEEK FROM event_time)", 1),
        ("EXTRACT(YEAR FROM event_time AT TIME ZONE 'UTC')", 2026),
        ("EXTRACT(HOUR FROM (event_time AT TIME ZONE '+05:30'))", 5),
        ("EXTRACT(HOUR FROM event_time AT TIME ZONE '-03:00:00')", 21),
    ] {
        assert_eq!(local(text, midnight_utc), Ok(Scalar::Exact(expected)), "{text}");
    }
}

#[test]
fn a_local_time_that_a_clock_shows_twice_or_never_is_refused() {
    let scope = Scope::new(&[], TimeZone::get("America/New_York").unwrap());
    let parses = |time: &str| Expression::parse(&format!("event_time > TIMESTAMP '{time}'"), &scope).is_ok();
    assert!(parses("2025-11-02T00:59:59") && !parses("2025-11-02T01:30:00") && !parses("2025-03-09T02:30:00"));
    assert!(parses("2025-11-02T01:30:00-05:00"));
}

#[test]
fn a_zone_without_a_name_has_no_canonical_text() {
    let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
    let error = Expression::parse("EXTRACT(HOUR FROM event_time)", &Scope::new(&[], zone)).unwrap_err();
    assert!(error.to_string().starts_with("column 19: the time zone has no name; take one of the IANA"), "{error}");
}

#[test]
fn before_1970_and_beyond_the_calendar() {
    assert_eq!(local("EXTRACT(SECOND FROM event_time)", -1), Ok(Scalar::Exact(59_999)));
    assert_eq!(local("EXTRACT(YEAR FROM event_time)", -1), Ok(Scalar::Exact(1969)));
    assert_eq!(local("EXTRACT(YEAR FROM event_time)", i64::MAX), Err("time_out_of_range"));
    assert_eq!(local("EXTRACT(EPOCH FROM event_time)", i64::MAX), Ok(Scalar::Exact(i64::MAX.into())));
}

#[test]
fn sundays_begin_a_week_or_end_it() {
    let sunday = TIME.0 + 2 * 86_400_000;
    assert_eq!(local("EXTRACT(DOW FROM event_time)", sunday), Ok(Scalar::Exact(0)));
    assert_eq!(local("EXTRACT(ISODOW FROM event_time)", sunday), Ok(Scalar::Exact(7)));
}

#[test]
fn times_are_compared_with_times_that_stand_there() {
    for (text, expected) in [
        ("event_time >= TIMESTAMP '2025-11-28T12:00:30.25Z'", "true"),
        ("event_time < TIMESTAMP '2025-11-28 12:00:30.251'", "true"),
        ("event_time BETWEEN TIMESTAMP '2025-11-28T09:00:00-03:00' AND TIMESTAMP '2025-11-28T09:01:00-03:00'", "true"),
        ("pago_em IN (TIMESTAMP '2025-11-28T12:00:00Z')", "true"),
        ("EXTRACT(EPOCH FROM event_time) - EXTRACT(EPOCH FROM pago_em)", "30.250"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    let noon = TIMESTAMP_NOON;
    assert_eq!(local("COALESCE(TIMESTAMP '2025-11-28 09:00:00', event_time)", 0), Ok(Scalar::Exact(noon)));
}

/// 2025-11-28T12:00:00Z, nine in the morning in São Paulo.
const TIMESTAMP_NOON: i128 = 1_764_331_200_000;

#[test]
fn a_field_of_that_name_comes_before_the_time_of_the_event() {
    let scope = scope().with("event_time", ScalarType::Integer, false);
    let expression = Expression::parse("event_time + 1", &scope).unwrap();
    assert!(!expression.uses_event_time() && expression.fields() == [10]);
    let mut row = SALE.to_vec();
    row.push(mare_model::datum::Datum::Exact(41));
    assert_eq!(expression.evaluate(&(TIME, &row[..])), Ok(Scalar::Exact(42)));
}
