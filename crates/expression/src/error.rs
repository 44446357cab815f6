//! What is wrong with an expression, found before the start; and what goes wrong with one event.

use std::fmt;

use thiserror::Error;

/// What is wrong with the text of an expression, where, and what to do about it.
///
/// ```
/// use mare_expression::{Expression, Scope};
/// use mare_model::schema::{Field, FieldType};
///
/// let fields = [Field::new("valor", FieldType::Integer)];
/// let scope = Scope::new(&fields, jiff::tz::TimeZone::UTC);
/// let error = Expression::parse("1 < valr", &scope).unwrap_err();
/// assert_eq!(error.column, 5);
/// assert_eq!(error.to_string(), "column 5: there is no field `valr`; did you mean `valor`?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where the mistake is: characters of the text, counted from 1, whatever lines it has. One behind the last if
    /// something is missing there.
    pub column: usize,
    /// What is wrong, a sentence without a full stop, with names in backticks.
    pub what: String,
    /// What to do about it, an imperative or a question.
    pub remedy: String,
}

impl ExpressionError {
    /// A mistake at a column.
    pub(super) fn new(at: u32, what: impl fmt::Display, remedy: impl fmt::Display) -> ExpressionError {
        ExpressionError {
            column: usize::try_from(at).unwrap_or(usize::MAX),
            what: what.to_string(),
            remedy: remedy.to_string(),
        }
    }
}

impl fmt::Display for ExpressionError {
    /// `column n: what; remedy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}; {}", self.column, self.what, self.remedy)
    }
}

impl std::error::Error for ExpressionError {}

/// Why an expression has no value for one event. It is about that event alone: the next one may be good.
///
/// It holds nothing of the event, so that it is made without an allocation and can be shown to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{fault} (column {column})")]
pub struct EvaluationError {
    /// What went wrong.
    pub fault: EvaluationFault,
    /// Where in the expression, as in [`ExpressionError::column`].
    pub column: u32,
}

/// What goes wrong in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvaluationFault {
    /// A division, or the rest of one, by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number that does not fit: 127 bits of units while calculating, or the type that the result is declared with.
    #[error("the number is too large for its type")]
    Overflow,
    /// A text that is not what it is cast to.
    #[error("the text is not of the type that it is cast to")]
    Cast,
    /// A negative length of `SUBSTRING`.
    #[error("a negative length")]
    NegativeLength,
    /// A time outside the years -9999 to 9999 has no calendar.
    #[error("the time is outside of the calendar")]
    TimeOutOfRange,
    /// A text longer than [`TEXT_BYTES_MAX`](crate::TEXT_BYTES_MAX).
    #[error("the text is too long")]
    TextTooLong,
    /// The row has a value of another type than the scope says: a mistake of whoever calls.
    #[error("a field has another type than it was declared with")]
    Mistyped,
}

impl EvaluationFault {
    /// A stable name for metrics and dead letters.
    ///
    /// ```
    /// assert_eq!(mare_expression::EvaluationFault::DivisionByZero.name(), "division_by_zero");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EvaluationFault::DivisionByZero => "division_by_zero",
            EvaluationFault::Overflow => "overflow",
            EvaluationFault::Cast => "cast",
            EvaluationFault::NegativeLength => "negative_length",
            EvaluationFault::TimeOutOfRange => "time_out_of_range",
            EvaluationFault::TextTooLong => "text_too_long",
            EvaluationFault::Mistyped => "mistyped",
        }
    }

    /// The same, at a column.
    #[cold]
    pub(super) fn at(self, column: u32) -> EvaluationError {
        EvaluationError { fault: self, column }
    }
}
