//! From the bytes of a record to what the engine needs of it: an event time, a group, a number for each measure. Pure.

use crate::time::EventTime;

/// What the engine needs of a good event; borrowed from the record and from the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event time.
    pub time: EventTime,
    /// The canonical text of its group, see [`crate::dataflow::group`].
    pub group: &'a str,
    /// What it adds to each measure, in the order of the plan.
    pub measures: &'a [i128],
    /// How many of its numbers had more digits than their scale and were rounded half-even.
    pub rounded: u32,
}

/// Why a record is no event: it goes to the dead letters under this reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The record has no payload.
    #[error("null payload (tombstone)")]
    Tombstone,
    /// The record is larger than `event.max_bytes`.
    #[error("record of {bytes} bytes is larger than event.max_bytes")]
    TooLarge {
        /// Size of the payload.
        bytes: usize,
    },
    /// The payload is not one JSON object.
    #[error("not a JSON object: {0}")]
    NotJson(String),
    /// A required field is absent or null.
    #[error("field `{0}` is missing or null")]
    Missing(String),
    /// A field has another JSON type than declared.
    #[error("field `{0}` has the wrong type")]
    WrongType(String),
    /// A number does not fit its declared type.
    #[error("field `{0}` is out of range")]
    OutOfRange(String),
    /// The event time is not written as declared, or is no time of the calendar.
    #[error("`{0}` is not a time")]
    NotATime(String),
    /// The event time lies further beyond the record's own timestamp than `event.max_ahead`.
    #[error("event time {time} is more than event.max_ahead beyond the record's timestamp")]
    Future {
        /// The event time.
        time: EventTime,
    },
}
