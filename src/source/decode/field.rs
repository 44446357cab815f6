//! One declared field: the check of its type, and its value as an integer of units.

use super::Reject;
use super::number::{Rounding, units};
use super::slot::{Kind, Slot};
use super::wanted::Wanted;
use crate::dataflow::{Field, FieldType};

/// The longest text that a group may hold, in bytes.
pub(super) const GROUP_TEXT_MAX: usize = 1024;

/// Reads one declared field. It lives as long as its decoder.
pub(super) struct FieldReader {
    /// The name in the dataflow file, for rejects.
    name: String,
    /// Where its value is found.
    slot: usize,
    /// The declared type.
    kind: FieldType,
    /// Whether it may be missing.
    optional: bool,
    /// The longest text that it may hold, in bytes.
    text_max: usize,
}

/// The value of a field as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// Whether the event has the field.
    pub(super) present: bool,
    /// An integer as it is, a decimal in units of its scale, a boolean as 0 or 1; 0 for everything else.
    pub(super) units: i128,
    /// Whether digits that weren't zero were rounded away.
    pub(super) rounded: bool,
}

impl FieldReader {
    /// A reader of `field`, whose path becomes wanted; `grouped` if its values name groups.
    pub(super) fn new(field: &Field, grouped: bool, wanted: &mut Wanted) -> FieldReader {
        FieldReader {
            name: field.name.clone(),
            slot: wanted.want(&field.path),
            kind: field.kind,
            optional: field.optional,
            text_max: if grouped { GROUP_TEXT_MAX } else { usize::MAX },
        }
    }

    /// What stands in the field.
    #[inline]
    pub(super) fn slot(&self, slots: &[Slot]) -> Slot {
        slots.get(self.slot).copied().unwrap_or_default()
    }

    /// Whether the field is text, and so has no number as its value.
    pub(super) fn is_text(&self) -> bool {
        self.kind == FieldType::String
    }

    /// Whether the field is `true` or `false`.
    pub(super) fn is_boolean(&self) -> bool {
        self.kind == FieldType::Boolean
    }

    /// Checks the field, and reads its value.
    ///
    /// # Errors
    /// [`Reject::Missing`], [`Reject::WrongType`] and [`Reject::OutOfRange`].
    #[inline]
    pub(super) fn read(&self, text: &str, slots: &[Slot]) -> Result<Value, Reject> {
        let slot = self.slot(slots);
        match (self.kind, slot.kind) {
            (FieldType::String, Kind::String) if slot.end - slot.start <= self.text_max => Ok(exactly(0)),
            (FieldType::String, Kind::String) => Err(Reject::OutOfRange(self.name.clone())),
            (FieldType::Decimal { scale }, Kind::Number) => self.decimal(slot.text(text), scale),
            (FieldType::Integer, Kind::Number) => self.integer(slot.text(text)),
            (FieldType::Boolean, Kind::True) => Ok(exactly(1)),
            (FieldType::Boolean, Kind::False) => Ok(exactly(0)),
            (_, Kind::Absent | Kind::Null) if self.optional => Ok(Value::default()),
            (_, Kind::Absent | Kind::Null) => Err(Reject::Missing(self.name.clone())),
            _ => Err(Reject::WrongType(self.name.clone())),
        }
    }

    /// A decimal in units of its scale.
    #[inline]
    fn decimal(&self, text: &str, scale: u8) -> Result<Value, Reject> {
        match units(text, scale, Rounding::HalfEven) {
            Some(number) => Ok(Value { present: true, units: number.units, rounded: !number.exact }),
            None => Err(Reject::OutOfRange(self.name.clone())),
        }
    }

    /// An integer, which may be written as `1e3` or `1.0`.
    fn integer(&self, text: &str) -> Result<Value, Reject> {
        match units(text, 0, Rounding::HalfEven) {
            Some(number) if !number.exact => Err(Reject::WrongType(self.name.clone())),
            Some(number) if i64::try_from(number.units).is_ok() => Ok(exactly(number.units)),
            _ => Err(Reject::OutOfRange(self.name.clone())),
        }
    }
}

/// A value that is there and was not rounded.
#[inline]
fn exactly(units: i128) -> Value {
    Value { present: true, units, rounded: false }
}
