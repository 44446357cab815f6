//! The value of a field of an event, as its declared type has it.

use crate::time::EventTime;

/// One value of a row. It is borrowed from the record, or from whoever has decoded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum<'a> {
    /// The event does not have the field, which is optional.
    Absent,
    /// A boolean.
    Boolean(bool),
    /// A number, as an exact integer of the field's units: of 1, or of `10^-scale`.
    Exact(i128),
    /// A text.
    Text(&'a str),
    /// A time.
    Time(EventTime),
}
