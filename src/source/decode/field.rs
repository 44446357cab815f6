//! One declared field: the check of its type, and its value as an integer of units.

use super::fault::Fault;
use super::number::{Rounding, units};
use super::slot::{Kind, Slot};
use super::wanted::Wanted;
use crate::dataflow::{Field, FieldType};

/// The longest text that a group or an id may hold, in bytes.
///
/// A group is the key of an arrangement and the end of a document's `_id`, and the ids of open windows are kept in memory: one broken
/// producer must not fill that, nor write documents that an index of the sink refuses.
pub(super) const KEY_TEXT_MAX: usize = 1024;

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
            text_max: if grouped { KEY_TEXT_MAX } else { usize::MAX },
        }
    }

    /// The same reader, whose texts are kept in memory and so have a bound.
    pub(super) fn bound(&mut self) {
        self.text_max = KEY_TEXT_MAX;
    }

    /// What stands in the field.
    #[inline]
    pub(super) fn slot<'s>(&self, slots: &'s [Slot]) -> &'s Slot {
        Slot::of(slots, self.slot)
    }

    /// Whether the field is text, and so has no number as its value.
    pub(super) fn is_text(&self) -> bool {
        self.kind == FieldType::String
    }

    /// Whether the field is `true` or `false`.
    pub(super) fn is_boolean(&self) -> bool {
        self.kind == FieldType::Boolean
    }

    /// The name of the field in the dataflow file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Checks the field, and writes its value in its place: returned, it would be copied before it has settled.
    #[inline]
    pub(super) fn read(&self, text: &str, slots: &[Slot], value: &mut Value) -> Result<(), Fault> {
        let slot = self.slot(slots);
        match (self.kind, slot.kind) {
            (FieldType::String, Kind::String) if slot.end - slot.start <= self.text_max => value.set(0),
            (FieldType::String, Kind::String) => return Err(Fault::OutOfRange),
            (FieldType::Decimal { scale }, Kind::Number) => {
                let number = units(slot.text(text), scale, Rounding::HalfEven).ok_or(Fault::OutOfRange)?;
                value.set(number.units);
                value.rounded = !number.exact;
            }
            (FieldType::Integer, Kind::Number) => value.set(integer(slot.text(text))?.into()),
            (FieldType::Boolean, Kind::True) => value.set(1),
            (FieldType::Boolean, Kind::False) => value.set(0),
            (_, Kind::Absent | Kind::Null) if self.optional => *value = Value::default(),
            (_, Kind::Absent | Kind::Null) => return Err(Fault::Missing),
            _ => return Err(Fault::WrongType),
        }
        Ok(())
    }
}

impl Value {
    /// Makes it `units`. Only decimals are ever rounded, and they say so each time.
    #[inline]
    fn set(&mut self, units: i128) {
        self.present = true;
        self.units = units;
    }
}

/// The integer `text`, which may be written as `1e3` or `1.0`.
fn integer(text: &str) -> Result<i64, Fault> {
    let number = units(text, 0, Rounding::HalfEven).ok_or(Fault::OutOfRange)?;
    if !number.exact {
        return Err(Fault::WrongType);
    }
    i64::try_from(number.units).map_err(|_| Fault::OutOfRange)
}
