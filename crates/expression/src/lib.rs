//! SQL scalar expressions over the typed fields of an event: filters, computed fields. Pure.
//!
//! The grammar is a part of SQL's scalar expressions, in PostgreSQL's spelling and precedence. All else is refused
//! before the start, with the column of the mistake, what is wrong and what to do. `docs/expressions.md` says what
//! there is, for people who write it; tests hold it against the crate `sqlparser`, which has all of SQL.
//!
//! * Everything is exact: integers, and decimals of a scale that is known before the start. Nothing is a float, nothing
//!   is rounded but where it is said, and what overflows is an error.
//! * NULL is SQL's: an absent field is NULL, truth has three values, and a filter takes an event only if its condition
//!   is true.
//! * A value depends on the event alone: there is no clock, nothing random, and the zone of dates is given.
//!
//! # Scales
//! `+`, `-` and `%` have the larger scale of both operands, `*` the sum of both, refused before the start if that is
//! above [`SCALE_MAX`]. `/` is exact division, rounded half-even to the scale of the dividend, or to six digits if that
//! is less: also of two integers, for `valor_total / quantidade` that is cut to a whole number loses money without a
//! word. `DIV(x, y)` is the whole part of the quotient. Overflow means beyond 127 bits and a sign; operands are brought
//! to the scale of the result before they are added.
//!
//! # Layout
//! * `expression`: [`Expression`]; `scope`: [`Scope`], what it may name; `scalar`: types, values, and what an event is
//!   asked for; `error`
//! * `tokens`, `read`: from a text, by a grammar of our own, to a `term`
//! * `canonical`: the text of a term that goes into fingerprints
//! * `constant`: what fields are compared with
//! * `check`: from a term to a `node`, with all types settled
//! * `node`: evaluating, on `arithmetic` and `pattern`
#![forbid(unsafe_code)]

mod arithmetic;
mod canonical;
mod check;
mod constant;
mod error;
mod expression;
mod node;
mod pattern;
mod read;
mod scalar;
mod scope;
mod term;
mod tokens;

pub use constant::{ComparedConstant, Constant};
pub use error::{EvaluationError, EvaluationFault, ExpressionError};
pub use expression::Expression;
pub use read::is_function;
pub use scalar::{FieldValues, SCALE_MAX, Scalar, ScalarType, TEXT_BYTES_MAX};
pub use scope::Scope;
pub use tokens::EXPRESSION_BYTES_MAX;

#[cfg(test)]
mod tests;
