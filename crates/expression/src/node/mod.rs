//! A checked expression: a tree that is evaluated as it stands. Types are settled, scales are aligned by nodes of their
//! own, constants are folded, so that an evaluation decides nothing but what depends on the event.

mod logic;
mod number;
mod text;
mod time;

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use mare_model::datum::Datum;

use super::arithmetic;
use super::error::{EvaluationError, EvaluationFault};
use super::pattern::Pattern;
use super::scalar::{FieldValues, Nothing, Scalar, ScalarType};
use super::term::{Comparison, Operator, Part, Side, Test};

pub(super) use self::time::SECOND_SCALE;

/// A part of a checked expression. `u32` is the column that an error names.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Constant(Scalar<'static>),
    Field {
        index: usize,
        kind: ScalarType,
        at: u32,
    },
    EventTime,
    Not(Box<Node>),
    All(Box<[Node]>),
    Any(Box<[Node]>),
    Is(Box<Node>, Test),
    Compare(Comparison, Box<Pair>),
    /// The same of two numbers of one scale, or two times: what filters are mostly made of.
    CompareUnits(Comparison, Box<[Node; 2]>),
    /// The same of two texts.
    CompareTexts(Comparison, Box<[Node; 2]>),
    Distinct(Box<Pair>),
    /// A value, and what it is compared with on either side.
    Between(Box<Node>, Box<[Item; 2]>),
    In(Box<Node>, Box<[Item]>),
    /// Constants, in order.
    InTexts(Box<Node>, Box<[Box<str>]>),
    /// The same, in the units of the value.
    InUnits(Box<Node>, Box<[i128]>),
    Like(Box<Node>, Box<Pattern>),
    Negative(Box<Node>, u32),
    Abs(Box<Node>, u32),
    /// All operators but the two of division; the operands of all but `Multiply` have the same scale.
    Arithmetic(Operator, Box<[Node; 2]>, u32),
    /// The quotient in units that are so many digits finer than those of the plain quotient.
    Divide(Box<[Node; 2]>, u8, u32),
    /// The same number in units that are so many digits finer.
    Finer(Box<Node>, u8, u32),
    /// The nearest number in units that are so many digits coarser.
    Coarser(Box<Node>, u8, u32),
    /// The whole number below or above a number of so many digits.
    Whole {
        up: bool,
        number: Box<Node>,
        digits: u8,
        at: u32,
    },
    /// A number that has to be less than this in magnitude, or between these.
    Within(Box<Node>, Box<(i128, i128)>, u32),
    /// A cast from or to text, or of a boolean.
    Cast(Box<Node>, Cast, u32),
    Case(Box<Case>),
    Coalesce(Box<[Node]>),
    NullIf(Box<Pair>),
    /// The smallest (`Less`) or the largest (`Greater`).
    Extreme(Ordering, Box<[Node]>),
    Concat(Box<[Node; 2]>, u32),
    Lower(Box<Node>, u32),
    Upper(Box<Node>, u32),
    Length(Box<Node>),
    /// A text, its first letter, and how many.
    Substring(Box<(Node, Node, Option<Node>)>, u32),
    Trim(Side, Box<[Node; 2]>),
    Extract(Part, Box<(Node, TimeZone)>, u32),
}

/// How many digits finer the units of either side are made to compare them.
pub(super) type FinerBy = (u8, u8);

/// Two values to be compared.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) left: Node,
    pub(super) right: Node,
    pub(super) finer_by: FinerBy,
}

/// What a value is compared with.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) node: Node,
    pub(super) finer_by: FinerBy,
}

/// Casts that are more than another unit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cast {
    NumberToText { scale: u8 },
    BooleanToText,
    BooleanToInteger,
    TextToBoolean,
    TextToNumber { scale: u8 },
}

/// Both forms of `CASE`.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) operand: Option<Node>,
    /// What is compared with the operand, or is a condition; and what comes of it.
    pub(super) arms: Box<[(Item, Node)]>,
    pub(super) otherwise: Node,
}

/// What an evaluation comes to.
pub(super) type Evaluated<'a> = Result<Scalar<'a>, EvaluationError>;

impl Node {
    /// The value for an event.
    pub(super) fn evaluate<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Evaluated<'a> {
        match self {
            Node::Constant(value) => Ok(borrowed(value)),
            Node::Field { index, kind, at } => field(row.datum(*index), *kind, *at),
            Node::EventTime => Ok(Scalar::Exact(row.event_time().0.into())),
            Node::Not(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Is(..)
            | Node::Compare(..)
            | Node::CompareUnits(..)
            | Node::CompareTexts(..)
            | Node::Distinct(_)
            | Node::Between(..)
            | Node::In(..)
            | Node::InTexts(..)
            | Node::InUnits(..)
            | Node::Like(..) => Ok(Scalar::truth(self.truth(row)?)),
            Node::Case(case) => logic::case(case, row),
            Node::Coalesce(nodes) => logic::coalesce(nodes, row),
            Node::NullIf(pair) => logic::null_if(pair, row),
            Node::Extreme(wanted, nodes) => logic::extreme(*wanted, nodes, row),
            Node::Cast(inner, cast, at) => text::cast(inner.evaluate(row)?, *cast, *at),
            Node::Concat(pair, at) => text::concat(pair, row, *at),
            Node::Lower(inner, at) => text::lower(inner.evaluate(row)?, *at),
            Node::Upper(inner, at) => text::upper(inner.evaluate(row)?, *at),
            Node::Substring(parts, at) => text::substring(parts, row, *at),
            Node::Trim(side, parts) => text::trim(*side, parts, row),
            _ => Ok(self.units(row)?.map_or(Scalar::Null, Scalar::Exact)),
        }
    }

    /// The value, if it is the same for each event; an error if it always fails.
    pub(super) fn folded(self) -> Result<Node, EvaluationError> {
        let value = self.evaluate(&Nothing)?.into_owned();
        Ok(Node::Constant(value))
    }

    /// Whether it is a value that is known.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Node::Constant(_))
    }
}

/// A constant without copying its text.
fn borrowed<'a>(value: &'a Scalar<'static>) -> Scalar<'a> {
    match value {
        Scalar::Null => Scalar::Null,
        Scalar::Boolean(truth) => Scalar::Boolean(*truth),
        Scalar::Exact(units) => Scalar::Exact(*units),
        Scalar::Text(text) => Scalar::text(text),
    }
}

/// The value of a field, if it has the type that it is declared with.
fn field(datum: Datum<'_>, kind: ScalarType, at: u32) -> Evaluated<'_> {
    match (datum, kind) {
        (Datum::Absent, _) => Ok(Scalar::Null),
        (Datum::Boolean(truth), ScalarType::Boolean) => Ok(Scalar::Boolean(truth)),
        (Datum::Time(time), ScalarType::Time) => Ok(Scalar::Exact(time.0.into())),
        (Datum::Exact(units), ScalarType::Integer | ScalarType::Decimal { .. }) => Ok(Scalar::Exact(units)),
        (Datum::Text(text), ScalarType::Text) => Ok(Scalar::text(text)),
        _ => Err(EvaluationFault::Mistyped.at(at)),
    }
}

/// How two values compare; none if one of them is NULL.
fn order(left: &Scalar<'_>, right: &Scalar<'_>, finer_by: FinerBy) -> Option<Ordering> {
    match (left, right) {
        (Scalar::Text(left), Scalar::Text(right)) => Some(left.as_ref().cmp(right.as_ref())),
        (Scalar::Exact(left), Scalar::Exact(right)) if finer_by == (0, 0) => Some(left.cmp(right)),
        (Scalar::Exact(left), Scalar::Exact(right)) => Some(arithmetic::compare(*left, *right, finer_by)),
        (Scalar::Boolean(left), Scalar::Boolean(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
