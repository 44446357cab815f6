//! Why a record is no event, and under which name that is counted.

use crate::time::EventTime;

/// Why a record is no event: it goes to the dead letters under this reason.
///
/// The fault lies with whoever produced the record, so decoding it again never helps; the remedy is a corrected
/// producer, or a declaration that fits what the topic really carries (`"string?"` for a field that may be missing).
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
    /// The payload is not one JSON object in UTF-8; with what is wrong with it.
    #[error("not a JSON object: {0}")]
    NotJson(String),
    /// A required field is absent or null.
    #[error("field `{0}` is missing or null")]
    Missing(String),
    /// A field has another JSON type than declared.
    #[error("field `{0}` has the wrong type")]
    WrongType(String),
    /// A number does not fit its declared type, or a text is too long for a group or an id.
    #[error("field `{0}` is out of range")]
    OutOfRange(String),
    /// The event time is not written as declared, or is no time of the calendar; with (the beginning of) its text.
    #[error("`{0}` is not a time")]
    NotATime(String),
    /// The event time lies further beyond the record's own timestamp than `event.max_ahead`.
    #[error("event time {time} is more than event.max_ahead beyond the record's timestamp")]
    Future {
        /// The event time.
        time: EventTime,
    },
}

impl Reject {
    /// The names of all reasons, for counters and labels: [`Reject::index`] points into it.
    pub const REASONS: [&'static str; 8] = [
        "tombstone",
        "too_large",
        "not_json",
        "missing_field",
        "wrong_type",
        "out_of_range",
        "not_a_time",
        "future_time",
    ];

    /// The place of the reason in [`Reject::REASONS`], and so in an array of counters.
    #[must_use]
    pub fn index(&self) -> usize {
        match self {
            Reject::Tombstone => 0,
            Reject::TooLarge { .. } => 1,
            Reject::NotJson(_) => 2,
            Reject::Missing(_) => 3,
            Reject::WrongType(_) => 4,
            Reject::OutOfRange(_) => 5,
            Reject::NotATime(_) => 6,
            Reject::Future { .. } => 7,
        }
    }

    /// The name of the reason, without what is particular to the record.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        Reject::REASONS[self.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_place_and_a_name_of_its_own() {
        let text = String::new;
        let rejects = [
            (Reject::Tombstone, "tombstone"),
            (Reject::TooLarge { bytes: 1 }, "too_large"),
            (Reject::NotJson(text()), "not_json"),
            (Reject::Missing(text()), "missing_field"),
            (Reject::WrongType(text()), "wrong_type"),
            (Reject::OutOfRange(text()), "out_of_range"),
            (Reject::NotATime(text()), "not_a_time"),
            (Reject::Future { time: EventTime(0) }, "future_time"),
        ];
        assert_eq!(rejects.len(), Reject::REASONS.len());
        for (place, (reject, reason)) in rejects.iter().enumerate() {
            assert_eq!((reject.index(), reject.reason()), (place, *reason));
        }
    }
}
