//! From the text of a time to milliseconds since the Unix epoch.
//!
//! # Layout
//! * `iso`: the usual ISO-8601 text, by hand
//! * `zone`: the offset of a local time
//!
//! What `iso` doesn't know is read by jiff, which decides as well what is a time at all. So a leap second `:60` is read
//! as `:59`, a date alone as its midnight, and `[America/Sao_Paulo]` behind a time is a zone.

mod iso;
mod zone;

use std::borrow::Cow;

use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use self::iso::IsoReader;
use self::zone::Zone;
use super::Reject;
use super::fault::{Fault, beginning};
use super::number::{Rounding, is_number, units};
use super::slot::Kind;
use mare_model::schema::{EpochUnit, TimeFormat};
use mare_model::time::EventTime;

/// Reads times. It lives as long as its decoder.
pub(super) struct TimeReader {
    /// How they are written.
    format: TimeFormat,
    /// Reads the usual texts.
    usual: IsoReader,
    /// Where they are local, without an offset.
    zone: Zone,
}

impl TimeReader {
    /// A reader of times that are written like this; without an offset they are of `zone`.
    pub(super) fn new(format: TimeFormat, zone: &TimeZone) -> TimeReader {
        TimeReader { format, usual: IsoReader::new(), zone: Zone::new(zone.clone()) }
    }

    /// The time that a value of JSON type `kind` and text `text` says, or what is wrong with it. Each record is asked
    /// for its event time: what else asks goes by [`TimeReader::read_apart`], so that this is part of whoever decodes.
    #[inline(always)]
    pub(super) fn read(&mut self, kind: Kind, text: &[u8]) -> Result<EventTime, Fault> {
        let time = match (self.format, kind) {
            (TimeFormat::Iso, Kind::String) => self.iso(text),
            (TimeFormat::Iso, Kind::NotText) => None,
            (TimeFormat::Epoch { unit, .. }, Kind::Number) => epoch(text, unit),
            (TimeFormat::Epoch { unit, from_text: true }, Kind::String) => epoch_text(text, unit),
            (_, Kind::Absent | Kind::Null) => return Err(Fault::Missing),
            _ => return Err(Fault::WrongType),
        };
        time.ok_or(Fault::NotATime)
    }

    /// The same for a field.
    #[inline(never)]
    pub(super) fn read_apart(&mut self, kind: Kind, text: &[u8]) -> Result<EventTime, Fault> {
        self.read(kind, text)
    }

    /// The reject of a record whose event time at `name`, of JSON type `kind` and text `text`, has this fault.
    #[cold]
    pub(super) fn reject(&self, fault: Fault, name: &str, kind: Kind, text: &[u8]) -> Reject {
        let declared = match self.format {
            TimeFormat::Iso => "a string in ISO-8601 (event.time_format = \"iso\")",
            TimeFormat::Record => "the record's own timestamp",
            TimeFormat::Epoch { unit: EpochUnit::Seconds, .. } => {
                "a number of seconds (event.time_format = \"epoch_seconds\")"
            }
            TimeFormat::Epoch { unit: EpochUnit::Millis, .. } => {
                "a number of milliseconds (event.time_format = \"epoch_millis\")"
            }
            TimeFormat::Epoch { unit: EpochUnit::Micros, .. } => {
                "a number of microseconds (event.time_format = \"epoch_micros\")"
            }
            TimeFormat::Epoch { unit: EpochUnit::Nanos, .. } => {
                "a number of nanoseconds (event.time_format = \"epoch_nanos\")"
            }
        };
        match fault {
            Fault::Missing => Reject::Missing(name.to_owned()),
            Fault::NotATime => Reject::NotATime { field: None, text: beginning(&String::from_utf8_lossy(text)) },
            _ => Reject::WrongType { field: name.to_owned(), found: kind.noun(), declared },
        }
    }

    /// The time that an ISO-8601 text says.
    #[inline]
    fn iso(&mut self, text: &[u8]) -> Option<EventTime> {
        let Some(written) = self.usual.read(text) else { return self.calendar(std::str::from_utf8(text).ok()?) };
        let second = match written.offset_s {
            Some(offset_s) => written.local_s - offset_s,
            None => self.zone.second(written.local_s)?,
        };
        checked(second * 1000 + written.millis)
    }

    /// The time that jiff reads in `text`.
    fn calendar(&self, text: &str) -> Option<EventTime> {
        let text = &*to_nanoseconds(text);
        let pieces = Pieces::parse(text).ok()?;
        if pieces.time_zone_annotation().is_some() {
            return floored(text.parse::<Zoned>().ok()?.timestamp());
        }
        let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        match pieces.to_numeric_offset() {
            Some(offset) => floored(offset.to_timestamp(local).ok()?),
            None => floored(self.zone.timestamp(local)?),
        }
    }
}

/// `text` without the digits of a fraction behind the ninth, which jiff does not read. A time is floored to the
/// millisecond, so they never matter.
fn to_nanoseconds(text: &str) -> Cow<'_, str> {
    let Some((whole, rest)) = text.split_once(['.', ',']) else { return Cow::Borrowed(text) };
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    match (rest.get(..9), rest.get(end..)) {
        (Some(fraction), Some(zone)) if end > 9 => Cow::Owned(format!("{whole}.{fraction}{zone}")),
        _ => Cow::Borrowed(text),
    }
}

/// The time that a number of units since the Unix epoch says, floored to the millisecond.
fn epoch(text: &[u8], unit: EpochUnit) -> Option<EventTime> {
    let digits = unit.digits();
    let units = units(text, 3_u8.saturating_sub(digits), Rounding::Floor)?.units;
    let millis = units.div_euclid(10_i128.pow(u32::from(digits.saturating_sub(3))));
    checked(i64::try_from(millis).ok()?)
}

/// The same of a text that may be none.
#[inline(never)]
fn epoch_text(text: &[u8], unit: EpochUnit) -> Option<EventTime> {
    is_number(text).then(|| epoch(text, unit)).flatten()
}

/// What a text that is no time may be: a number of another unit, if it is of our years in that; behind a sentence that
/// has said that it is no time.
pub(super) fn unit(text: &str) -> String {
    let number = text.parse::<i128>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let found = number.and_then(|number| {
        EpochUnit::ALL.into_iter().find_map(|unit| {
            let second = i64::try_from(number / 10_i128.pow(u32::from(unit.digits()))).ok()?;
            let time = Timestamp::from_second(second).ok()?;
            (2000..2100)
                .contains(&time.to_zoned(jiff::tz::TimeZone::UTC).year())
                .then(|| format!(": it would be {time} in {} (event.time_format = \"{}\")", unit.noun(), unit.word()))
        })
    });
    found.unwrap_or_default()
}

/// `millis` as a time, if the calendar has it.
#[inline]
fn checked(millis: i64) -> Option<EventTime> {
    Timestamp::from_millisecond(millis).ok().map(|_| EventTime(millis))
}

/// `timestamp` to the millisecond, downwards.
fn floored(timestamp: Timestamp) -> Option<EventTime> {
    i64::try_from(timestamp.as_nanosecond().div_euclid(1_000_000)).ok().and_then(checked)
}

#[cfg(test)]
mod tests;
