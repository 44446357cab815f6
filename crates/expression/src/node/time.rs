//! Parts of a date.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::{EvaluationError, EvaluationFault};
use crate::term::Part;

/// Digits behind the point of seconds: times are milliseconds.
pub(in super::super) const SECOND_SCALE: u8 = 3;

/// A part of the date that a time is in a zone.
pub(super) fn part(millis: i128, part: Part, zone: &TimeZone, at: u32) -> Result<i128, EvaluationError> {
    if part == Part::Epoch {
        return Ok(millis);
    }
    let time = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let time = time.ok_or_else(|| EvaluationFault::TimeOutOfRange.at(at))?;
    Ok(of_date(&time.to_zoned(zone.clone()), part))
}

fn of_date(date: &Zoned, part: Part) -> i128 {
    match part {
        Part::Year => date.year().into(),
        Part::Quarter => i128::from((date.month() + 2) / 3),
        Part::Month => date.month().into(),
        Part::Week => date.date().iso_week_date().week().into(),
        Part::Day => date.day().into(),
        Part::Hour => date.hour().into(),
        Part::Minute => date.minute().into(),
        Part::Second => i128::from(date.second()) * 1_000 + i128::from(date.millisecond()),
        Part::DayOfWeek => date.weekday().to_sunday_zero_offset().into(),
        Part::IsoDayOfWeek => date.weekday().to_monday_one_offset().into(),
        Part::DayOfYear => date.day_of_year().into(),
        Part::Epoch => date.timestamp().as_millisecond().into(),
    }
}
