//! Types, values, and what an event is asked for.

use std::borrow::Cow;
use std::fmt;

use mare_model::datum::Datum;
use mare_model::schema::FieldType;
use mare_model::time::EventTime;

/// The most digits behind the point that a decimal has, as those of fields.
pub const SCALE_MAX: u8 = 18;

/// The longest text that an expression makes, in bytes. What it only passes on may be longer.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// The type of an expression's value. Whether it may be NULL is said beside it.
///
/// A decimal without digits behind the point is an integer, and is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// True or false.
    Boolean,
    /// A whole number of up to 127 bits.
    Integer,
    /// An exact number of units of `10^-scale`, of up to 127 bits.
    Decimal {
        /// Digits behind the point, 1 to 18.
        scale: u8,
    },
    /// A text.
    Text,
    /// An instant, as milliseconds since the Unix epoch.
    Time,
}

impl ScalarType {
    /// The type of a number with so many digits behind the point.
    pub(super) fn number(scale: u8) -> ScalarType {
        if scale == 0 { ScalarType::Integer } else { ScalarType::Decimal { scale } }
    }

    /// How many digits are behind the point, if it is a number.
    pub(super) fn scale(self) -> Option<u8> {
        match self {
            ScalarType::Integer => Some(0),
            ScalarType::Decimal { scale } => Some(scale),
            ScalarType::Boolean | ScalarType::Text | ScalarType::Time => None,
        }
    }
}

impl From<FieldType> for ScalarType {
    fn from(kind: FieldType) -> ScalarType {
        match kind {
            FieldType::String => ScalarType::Text,
            FieldType::Integer => ScalarType::Integer,
            FieldType::Decimal { scale } => ScalarType::number(scale),
            FieldType::Boolean => ScalarType::Boolean,
            FieldType::Time(_) => ScalarType::Time,
        }
    }
}

impl fmt::Display for ScalarType {
    /// As a sentence has it, with an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScalarType::Boolean => f.write_str("a boolean"),
            ScalarType::Integer => f.write_str("an integer"),
            ScalarType::Decimal { scale } => write!(f, "a decimal({scale})"),
            ScalarType::Text => f.write_str("a text"),
            ScalarType::Time => f.write_str("a time"),
        }
    }
}

/// A value. A text is borrowed from the event or from the expression wherever it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// SQL's NULL: the event does not have it, or nobody knows.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A number in units of its type, or the milliseconds of a time.
    Exact(i128),
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// A text that is borrowed.
    pub(super) fn text(text: &'a str) -> Scalar<'a> {
        Scalar::Text(Cow::Borrowed(text))
    }

    /// A truth value: none is unknown.
    pub(super) fn truth(truth: Option<bool>) -> Scalar<'a> {
        truth.map_or(Scalar::Null, Scalar::Boolean)
    }

    /// The truth value, if it is one that is known.
    pub(super) fn as_truth(&self) -> Option<bool> {
        match self {
            Scalar::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The units, if it is a number that is known.
    pub(super) fn as_exact(&self) -> Option<i128> {
        match self {
            Scalar::Exact(units) => Some(*units),
            _ => None,
        }
    }

    /// The text, if it is one that is known.
    pub(super) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same as the value of a field, as a row has it; a field that is computed is one.
    ///
    /// ```
    /// use mare_expression::Scalar;
    /// use mare_model::datum::Datum;
    /// assert_eq!(Scalar::Text("PAID".into()).as_datum(), Datum::Text("PAID"));
    /// assert_eq!(Scalar::Null.as_datum(), Datum::Absent);
    /// ```
    #[must_use]
    pub fn as_datum(&self) -> Datum<'_> {
        match self {
            Scalar::Null => Datum::Absent,
            Scalar::Boolean(truth) => Datum::Boolean(*truth),
            Scalar::Exact(units) => Datum::Exact(*units),
            Scalar::Text(text) => Datum::Text(text),
        }
    }

    /// The same without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Scalar<'static> {
        match self {
            Scalar::Null => Scalar::Null,
            Scalar::Boolean(truth) => Scalar::Boolean(truth),
            Scalar::Exact(units) => Scalar::Exact(units),
            Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
        }
    }
}

/// An event, as an expression asks for it.
///
/// Whoever decodes events implements it over a row; a pair of a time and values is one already.
pub trait FieldValues<'a> {
    /// The value of a field, by its index in the [`Scope`](crate::Scope); absent if there is none.
    fn datum(&self, field: usize) -> Datum<'a>;

    /// The time of the event itself.
    fn event_time(&self) -> EventTime;
}

impl<'a> FieldValues<'a> for (EventTime, &[Datum<'a>]) {
    fn datum(&self, field: usize) -> Datum<'a> {
        self.1.get(field).copied().unwrap_or(Datum::Absent)
    }

    fn event_time(&self) -> EventTime {
        self.0
    }
}

/// An event without anything, over which constants are evaluated.
pub(super) struct Nothing;

impl<'a> FieldValues<'a> for Nothing {
    fn datum(&self, _: usize) -> Datum<'a> {
        Datum::Absent
    }

    fn event_time(&self) -> EventTime {
        EventTime(0)
    }
}
