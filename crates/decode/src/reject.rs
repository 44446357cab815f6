//! Why a record is no event, and under which name that is counted.

use super::ahead::{Cause, span};
use super::framing::Framing;
use super::time::unit;
use mare_expression::{EvaluationError, EvaluationFault};
use mare_model::time::EventTime;

/// Why a record is no event: it goes to the dead letters under this reason.
///
/// The fault lies with whoever produced the record, so decoding it again never helps; the remedy is a corrected
/// producer, or a declaration that fits what the topic really carries (`"string?"` for a field that may be missing).
/// What is compared is told by both of its sides: what the record has, and what the dataflow asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The record has no payload.
    #[error("null payload (tombstone)")]
    Tombstone,
    /// The record is larger than `event.max_bytes`.
    #[error("record of {bytes} bytes is larger than event.max_bytes, {max_bytes}")]
    TooLarge {
        /// Size of the payload.
        bytes: usize,
        /// The bound.
        max_bytes: usize,
    },
    /// The payload is not one JSON object; with what is wrong with it.
    #[error("not a JSON object: {0}")]
    NotJson(String),
    /// A required field is absent or null.
    #[error("field `{0}` is missing or null")]
    Missing(String),
    /// A field has another JSON type than declared.
    #[error("field `{field}` has the wrong type: it is {found}, and {declared} is declared")]
    WrongType {
        /// Its name in the dataflow file.
        field: String,
        /// What it is.
        found: &'static str,
        /// What it should be.
        declared: &'static str,
    },
    /// A number does not fit its declared type.
    #[error("field `{field}` is out of range: `{}` does not fit {declared}", text.escape_debug())]
    OutOfRange {
        /// Its name in the dataflow file.
        field: String,
        /// The beginning of what it is.
        text: String,
        /// What it should fit.
        declared: &'static str,
    },
    /// A time is not written as declared, or is no time of the calendar; with (the beginning of) its text.
    #[error("{}`{}` is not a time{}", of(field.as_ref()), text.escape_debug(), unit(text))]
    NotATime {
        /// The name of the field in the dataflow file; nothing for the event time.
        field: Option<String>,
        /// The beginning of what it is.
        text: String,
    },
    /// The event time lies further beyond the record's own timestamp than `event.max_ahead`.
    #[error(
        "event time {time} is {} beyond the record's own timestamp, {sent}; event.max_ahead is {}{}",
        span(time.0.saturating_sub(sent.0)), span(*max_ahead_ms), Cause::suffix(*time, *sent)
    )]
    Future {
        /// The event time.
        time: EventTime,
        /// The record's own timestamp.
        sent: EventTime,
        /// The bound, in milliseconds.
        max_ahead_ms: i64,
    },
    /// A text is too long for a group or an id.
    #[error("field `{field}` has {bytes} bytes, and {bound} may have {bytes_max}")]
    TooLong {
        /// Its name in the dataflow file.
        field: String,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
        /// What says so.
        bound: &'static str,
    },
    /// A string is no text: half of a surrogate pair is in it, or bytes that are no UTF-8.
    #[error("field `{field}` is no text: `{}` has half of a surrogate pair or bytes that are no UTF-8; is it Latin-1?", text.escape_debug())]
    NotText {
        /// Its name in the dataflow file.
        field: String,
        /// The beginning of what it is, as far as it is text.
        text: String,
    },
    /// The payload is not one JSON object, and it is known what it is instead.
    #[error("not a JSON object: {0}")]
    Framed(Framing),
    /// Something is wrong with one element of an array, each of which is an event.
    #[error("`{array}[{place}]`: {reject}")]
    Element {
        /// The path of the array.
        array: Box<str>,
        /// Which element, counted from 0.
        place: usize,
        /// What is wrong.
        reject: Box<Reject>,
    },
    /// An expression has no value for the event.
    #[error("{key}: {error}")]
    Expression {
        /// Its key in the dataflow file.
        key: Box<str>,
        /// What went wrong, and where in the expression.
        error: EvaluationError,
    },
}

impl Reject {
    /// The names of all reasons, for counters and labels: [`Reject::index`] points into it. New ones are added at the
    /// end.
    pub const REASONS: [&'static str; 21] = [
        "tombstone",
        "too_large",
        "not_json",
        "missing_field",
        "wrong_type",
        "out_of_range",
        "not_a_time",
        "future_time",
        "too_long",
        "not_text",
        "utf_16",
        "compressed",
        "schema_framed",
        "json_in_string",
        "several_objects",
        "division_by_zero",
        "overflow",
        "cast",
        "negative_length",
        "time_out_of_range",
        "text_too_long",
    ];

    /// The place of the reason in [`Reject::REASONS`], and so in an array of counters.
    #[must_use]
    pub fn index(&self) -> usize {
        match self {
            Reject::Tombstone => 0,
            Reject::TooLarge { .. } => 1,
            Reject::NotJson(_) => 2,
            Reject::Missing(_) => 3,
            Reject::WrongType { .. } => 4,
            Reject::OutOfRange { .. } => 5,
            Reject::NotATime { .. } => 6,
            Reject::Future { .. } => 7,
            Reject::TooLong { .. } => 8,
            Reject::NotText { .. } => 9,
            Reject::Framed(Framing::Utf16(_)) => 10,
            Reject::Framed(Framing::Compressed(_)) => 11,
            Reject::Framed(Framing::Schema { .. }) => 12,
            Reject::Framed(Framing::JsonInString) => 13,
            Reject::Framed(Framing::Several { .. } | Framing::Array { .. }) => 14,
            Reject::Element { reject, .. } => reject.index(),
            Reject::Expression { error, .. } => match error.fault {
                EvaluationFault::Mistyped => 4,
                EvaluationFault::DivisionByZero => 15,
                EvaluationFault::Overflow => 16,
                EvaluationFault::Cast => 17,
                EvaluationFault::NegativeLength => 18,
                EvaluationFault::TimeOutOfRange => 19,
                EvaluationFault::TextTooLong => 20,
            },
        }
    }

    /// The same of the element at `place` of the array at the path `array`.
    #[cold]
    #[must_use]
    pub fn of_element(self, array: &str, place: usize) -> Reject {
        Reject::Element { array: array.into(), place, reject: Box::new(self) }
    }

    /// The name of the reason, without what is particular to the record.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        Reject::REASONS[self.index()]
    }
}

/// How the name of a field is put before what is wrong with it.
fn of(field: Option<&String>) -> String {
    field.map_or_else(String::new, |field| format!("field `{field}`: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_time(text: &str) -> Reject {
        Reject::NotATime { field: None, text: text.to_owned() }
    }

    #[test]
    fn every_reason_has_a_place_and_a_name_of_its_own() {
        let text = String::new;
        let failed =
            |fault| Reject::Expression { key: "totals.where".into(), error: EvaluationError { fault, column: 1 } };
        let rejects = [
            (Reject::Tombstone, "tombstone"),
            (Reject::TooLarge { bytes: 1, max_bytes: 0 }, "too_large"),
            (Reject::NotJson(text()), "not_json"),
            (Reject::Missing(text()), "missing_field"),
            (Reject::WrongType { field: text(), found: "", declared: "" }, "wrong_type"),
            (Reject::OutOfRange { field: text(), text: text(), declared: "" }, "out_of_range"),
            (no_time(&text()), "not_a_time"),
            (Reject::Future { time: EventTime(1), sent: EventTime(0), max_ahead_ms: 0 }, "future_time"),
            (Reject::TooLong { field: text(), bytes: 2, bytes_max: 1, bound: "" }, "too_long"),
            (Reject::NotText { field: text(), text: text() }, "not_text"),
            (Reject::Framed(Framing::Utf16("UTF-16")), "utf_16"),
            (Reject::Framed(Framing::Compressed("gzip")), "compressed"),
            (Reject::Framed(Framing::Schema { id: 1, is_json: true }), "schema_framed"),
            (Reject::Framed(Framing::JsonInString), "json_in_string"),
            (Reject::Framed(Framing::Several { objects: 2 }), "several_objects"),
            (failed(EvaluationFault::DivisionByZero), "division_by_zero"),
            (failed(EvaluationFault::Overflow), "overflow"),
            (failed(EvaluationFault::Cast), "cast"),
            (failed(EvaluationFault::NegativeLength), "negative_length"),
            (failed(EvaluationFault::TimeOutOfRange), "time_out_of_range"),
            (failed(EvaluationFault::TextTooLong), "text_too_long"),
        ];
        assert_eq!(rejects.len(), Reject::REASONS.len());
        for (place, (reject, reason)) in rejects.iter().enumerate() {
            assert_eq!((reject.index(), reject.reason()), (place, *reason));
        }
    }

    #[test]
    fn a_time_in_the_future_is_told_by_both_sides_with_the_usual_cause() {
        let future = |ahead_ms: i64| {
            let sent = EventTime(1_764_331_200_000);
            Reject::Future { time: EventTime(sent.0 + ahead_ms), sent, max_ahead_ms: 3_600_000 }.to_string()
        };
        let three_hours = future(3 * 3_600_000 - 1_200);
        for part in ["2025-11-28T14:59:58.8Z", "2025-11-28T12:00:00Z", "2h 59m 58s", "is 1h", "without its offset"] {
            assert!(three_hours.contains(part), "{part} is not in: {three_hours}");
        }
        assert!(!future(4_000_000).contains('?'), "no cause is known: {}", future(4_000_000));
        assert!(future(50 * 365 * 86_400_000).contains("clock"), "{}", future(50 * 365 * 86_400_000));
    }

    #[test]
    fn a_number_that_is_no_time_is_guessed_to_be_of_another_unit() {
        let millis = no_time("1764331200000123").to_string();
        assert!(millis.contains("microseconds") && millis.contains("2025-11-28T12:00:00"), "{millis}");
        assert_eq!(no_time("ontem").to_string(), "`ontem` is not a time");
        assert_eq!(no_time("\u{1b}[31m").to_string(), "`\\u{1b}[31m` is not a time");
    }
}
