//! Parts of a date, from the civil calendar's own rules; of a zone only its offset is asked for.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::value::{NaiveFailure, NaiveValue};

/// The times that have a calendar: those of the years -9999 to 9999, as far as they are within them in every zone.
const LEAST: i64 = -377_705_023_201_000;
const MOST: i64 = 253_402_207_200_999;

const DAY: i64 = 86_400_000;

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn length(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

/// The year of a day since 1970-01-01, and the day of that year from 0.
fn year(mut day: i64) -> (i64, i64) {
    // 400 years are 146,097 days; from there on year by year.
    let mut year = 1970 + 400 * day.div_euclid(146_097);
    day = day.rem_euclid(146_097);
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    (year, day)
}

/// The month of a day of a year, from 1, and the day of that month, from 1.
fn month(year: i64, mut day: i64) -> (i64, i64) {
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    (month as i64 + 1, day + 1)
}

/// The week, counted from the one that has the year's first Thursday: it is that of the day's own Thursday.
fn week(day: i64) -> i64 {
    let thursday = day - (day + 3).rem_euclid(7) + 3;
    year(thursday).1 / 7 + 1
}

/// A part of the date in a zone at so many milliseconds since the Unix epoch.
///
/// # Errors
/// `time_out_of_range` if there is no date.
pub fn part(millis: i128, part: &str, zone: &TimeZone) -> Result<NaiveValue, NaiveFailure> {
    let number = |units: i64, scale| Ok(NaiveValue::Number(units.into(), scale));
    if part == "EPOCH" {
        return Ok(NaiveValue::Number(millis, 3));
    }
    let millis = i64::try_from(millis).ok().filter(|millis| (LEAST..=MOST).contains(millis));
    let at = millis.and_then(|millis| Some((millis, Timestamp::from_millisecond(millis).ok()?)));
    let (millis, instant) = at.ok_or("time_out_of_range")?;
    let millis = millis + i64::from(zone.to_offset(instant).seconds()) * 1_000;
    let (day, of_day) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (year, of_year) = year(day);
    let (month, of_month) = month(year, of_year);
    match part {
        "YEAR" => number(year, 0),
        "QUARTER" => number((month - 1) / 3 + 1, 0),
        "MONTH" => number(month, 0),
        "WEEK" => number(week(day), 0),
        "DAY" => number(of_month, 0),
        "HOUR" => number(of_day / 3_600_000, 0),
        "MINUTE" => number(of_day / 60_000 % 60, 0),
        "SECOND" => number(of_day % 60_000, 3),
        "DOW" => number((day + 4).rem_euclid(7), 0), // 1970-01-01 was a Thursday
        "ISODOW" => number((day + 3).rem_euclid(7) + 1, 0),
        _ => number(of_year + 1, 0),
    }
}
