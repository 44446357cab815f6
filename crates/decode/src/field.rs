//! One declared field: the check of its type, and its value as an integer of units.

use super::Reject;
use super::fault::{Fault, beginning};
use super::number::{Digits, Rounding, is_number, units_of};
use super::slot::{Kind, Slot};
use super::time::TimeReader;
use super::wanted::Wanted;
use jiff::tz::TimeZone;
use mare_model::datum::Datum;
use mare_model::schema::{EpochUnit, Field, FieldType, TimeFormat};
use mare_model::time::EventTime;

/// The longest text that an id may have, in bytes. The ids of open windows are kept in memory: one broken producer must
/// not fill that.
pub(super) const ID_BYTES_MAX: usize = 1024;

/// Reads one declared field. It lives as long as its decoder.
pub(super) struct FieldReader {
    /// The name in the dataflow file, for rejects.
    name: String,
    /// Where its value is found.
    slot: usize,
    /// The declared type.
    kind: FieldType,
    /// What most events have there: the one of these that the type asks for.
    usual: Usual,
    /// Whether it may be missing.
    optional: bool,
    /// Whether a string that holds a number is one.
    from_text: bool,
    /// Reads its times, if that is its type.
    times: Option<Box<TimeReader>>,
    /// The longest text that it may hold.
    text_max: TextMax,
}

/// What most events have in a field of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usual {
    /// A string.
    String,
    /// A number.
    Number,
    /// Something else.
    Other,
}

impl Usual {
    /// That of a type.
    fn of(kind: FieldType) -> Usual {
        match kind {
            FieldType::String => Usual::String,
            FieldType::Integer | FieldType::Decimal { .. } => Usual::Number,
            FieldType::Boolean | FieldType::Time(_) => Usual::Other,
        }
    }
}

/// The longest text that a field may have, in bytes, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextMax(usize, &'static str);

/// The value of a field as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// Whether the event has the field.
    pub(super) present: bool,
    /// An integer as it is, a decimal in units of its scale, a boolean as 0 or 1, a time in milliseconds since the Unix
    /// epoch; 0 for everything else.
    pub(super) units: i128,
    /// Whether digits that weren't zero were rounded away.
    pub(super) rounded: bool,
}

impl FieldReader {
    /// A reader of `field`, whose path becomes wanted; with the longest text, in bytes, that it may have if its values
    /// name groups, and the zone of times without an offset.
    pub(super) fn new(field: &Field, group_max: Option<usize>, zone: &TimeZone, wanted: &mut Wanted) -> FieldReader {
        let times = match field.kind {
            FieldType::Time(format) => Some(Box::new(TimeReader::new(format, zone))),
            _ => None,
        };
        FieldReader {
            name: field.name.clone(),
            slot: wanted.want(&field.path),
            kind: field.kind,
            usual: Usual::of(field.kind),
            optional: field.optional,
            from_text: field.from_text,
            times,
            text_max: TextMax::of_group(group_max),
        }
    }

    /// Bounds the texts, which are ids and so kept in memory.
    pub(super) fn bound(&mut self) {
        self.text_max.bound();
    }

    /// What stands in the field.
    #[inline]
    pub(super) fn slot<'s>(&self, slots: &'s [Slot]) -> &'s Slot {
        Slot::of(slots, self.slot)
    }

    /// The declared type.
    #[inline]
    pub(super) fn kind(&self) -> FieldType {
        self.kind
    }

    /// The reject of a record with this fault in the field; `text` is what its slot was filled from.
    #[cold]
    pub(super) fn reject(&self, fault: Fault, text: &[u8], slots: &[Slot]) -> Reject {
        let (field, slot) = (self.name.clone(), self.slot(slots));
        let (text, declared) = (slot.text(text), self.declared());
        match fault {
            Fault::Missing => Reject::Missing(field),
            Fault::OutOfRange => Reject::OutOfRange { field, text: beginning(text), declared },
            Fault::NotATime => Reject::NotATime { field: Some(field), text: beginning(text) },
            Fault::TooLong => self.text_max.exceeded(field, text.len()),
            Fault::NotText => Reject::NotText { field, text: beginning(text) },
            Fault::WrongType if self.kind == FieldType::Integer && slot.kind == Kind::Number => {
                Reject::WrongType { field, found: "a number with a fraction", declared }
            }
            Fault::WrongType => Reject::WrongType { field, found: slot.kind.noun(), declared },
        }
    }

    /// What is declared, for a person.
    fn declared(&self) -> &'static str {
        match self.kind {
            FieldType::String => "a string",
            FieldType::Integer => "an integer of 64 bits",
            FieldType::Decimal { .. } => "a decimal of 24 digits, those behind the point with it",
            FieldType::Boolean => "a boolean",
            FieldType::Time(TimeFormat::Iso) => "a time in ISO-8601",
            FieldType::Time(TimeFormat::Record) => "the record's own timestamp",
            FieldType::Time(TimeFormat::Epoch { unit: EpochUnit::Seconds, .. }) => {
                "a number of seconds since the Unix epoch"
            }
            FieldType::Time(TimeFormat::Epoch { unit: EpochUnit::Millis, .. }) => {
                "a number of milliseconds since the Unix epoch"
            }
            FieldType::Time(TimeFormat::Epoch { unit: EpochUnit::Micros, .. }) => {
                "a number of microseconds since the Unix epoch"
            }
            FieldType::Time(TimeFormat::Epoch { unit: EpochUnit::Nanos, .. }) => {
                "a number of nanoseconds since the Unix epoch"
            }
        }
    }

    /// Checks the field, and writes its value in its place: returned, it would be copied before it has settled.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8], slots: &[Slot], value: &mut Value) -> Result<(), Fault> {
        let slot = self.slot(slots);
        match (slot.kind, self.usual) {
            (Kind::String, Usual::String) if slot.length > self.text_max.0 => Err(Fault::TooLong),
            (Kind::String, Usual::String) => {
                value.set(0);
                Ok(())
            }
            (Kind::Number, Usual::Number) => self.number(slot.digits, || slot.bytes(text), value),
            _ => self.read_other(*slot, text, value),
        }
    }

    /// The same of what most events do not have.
    #[inline(never)]
    fn read_other(&mut self, slot: Slot, text: &[u8], value: &mut Value) -> Result<(), Fault> {
        match (self.kind, slot.kind) {
            (FieldType::String, Kind::NotText) => return Err(Fault::NotText),
            (FieldType::Boolean, Kind::True) => value.set(1),
            (FieldType::Boolean, Kind::False) => value.set(0),
            (_, Kind::Absent | Kind::Null) if self.optional => *value = Value::default(),
            (_, Kind::Absent | Kind::Null) => return Err(Fault::Missing),
            (FieldType::Time(_), kind) => {
                let times = self.times.as_mut().ok_or(Fault::WrongType)?;
                value.set(times.read_apart(kind, slot.bytes(text))?.0.into());
            }
            (FieldType::Decimal { .. } | FieldType::Integer, Kind::String) => {
                self.number_in_text(slot.bytes(text), value)?
            }
            _ => return Err(Fault::WrongType),
        }
        Ok(())
    }

    /// Reads the number `text`, whose digits may be known.
    #[inline]
    fn number<'a>(
        &self,
        digits: Option<Digits>,
        text: impl FnOnce() -> &'a [u8],
        value: &mut Value,
    ) -> Result<(), Fault> {
        match self.kind {
            FieldType::Decimal { scale } => {
                let number = units_of(digits, text, scale, Rounding::HalfEven).ok_or(Fault::OutOfRange)?;
                value.set(number.units);
                value.rounded = !number.exact;
            }
            _ => value.set(integer(digits, text)?.into()),
        }
        Ok(())
    }

    /// Reads the number that stands in a string, where that is declared.
    #[inline(never)]
    fn number_in_text(&self, text: &[u8], value: &mut Value) -> Result<(), Fault> {
        if self.from_text && is_number(text) {
            self.number(Digits::of(text), || text, value)
        } else {
            Err(Fault::WrongType)
        }
    }
}

impl TextMax {
    /// That of a field whose values name groups, if it is bounded; else there is none.
    pub(super) fn of_group(group_max: Option<usize>) -> TextMax {
        TextMax(group_max.unwrap_or(usize::MAX), "a field of totals.group_by (totals.group_max_bytes)")
    }

    /// Makes it that of an id, if that is less.
    pub(super) fn bound(&mut self) {
        *self = (*self).min(TextMax(ID_BYTES_MAX, "an id (dedup.by)"));
    }

    /// Refuses a text of `field` that is longer.
    #[inline]
    pub(super) fn check(self, field: &str, bytes: usize) -> Result<(), Reject> {
        if bytes > self.0 { Err(self.exceeded(field.to_owned(), bytes)) } else { Ok(()) }
    }

    #[cold]
    fn exceeded(self, field: String, bytes: usize) -> Reject {
        Reject::TooLong { field, bytes, bytes_max: self.0, bound: self.1 }
    }
}

impl Value {
    /// The value of a field of this type; a text stands elsewhere.
    #[inline]
    pub(super) fn datum<'a>(&self, kind: FieldType, text: impl FnOnce() -> &'a str) -> Datum<'a> {
        match kind {
            _ if !self.present => Datum::Absent,
            FieldType::String => Datum::Text(text()),
            FieldType::Boolean => Datum::Boolean(self.units == 1),
            FieldType::Integer | FieldType::Decimal { .. } => Datum::Exact(self.units),
            // A time is of the calendar, so it fits.
            FieldType::Time(_) => Datum::Time(EventTime(i64::try_from(self.units).unwrap_or_default())),
        }
    }

    /// Makes it `units`. Only decimals are ever rounded, and they say so each time.
    #[inline]
    fn set(&mut self, units: i128) {
        self.present = true;
        self.units = units;
    }
}

/// The integer `text`, which may be written as `1e3` or `1.0`, and whose digits may be known.
fn integer<'a>(digits: Option<Digits>, text: impl FnOnce() -> &'a [u8]) -> Result<i64, Fault> {
    let number = units_of(digits, text, 0, Rounding::HalfEven).ok_or(Fault::OutOfRange)?;
    if !number.exact {
        return Err(Fault::WrongType);
    }
    i64::try_from(number.units).map_err(|_| Fault::OutOfRange)
}
