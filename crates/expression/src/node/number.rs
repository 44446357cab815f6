//! Numbers, and what comes to one.

use mare_model::datum::Datum;

use super::{Node, time};
use crate::arithmetic;
use crate::error::{EvaluationError, EvaluationFault};
use crate::scalar::{FieldValues, Scalar, ScalarType};
use crate::term::Operator;

/// Units that are known, or none for NULL; or what went wrong.
type Units = Result<Option<i128>, EvaluationError>;

impl Node {
    /// The units of a number, or the milliseconds of a time.
    pub(in super::super) fn units<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Units {
        let fits = |units: Option<i128>, at: u32| units.map(Some).ok_or_else(|| EvaluationFault::Overflow.at(at));
        match self {
            Node::Field { index, kind, at } => known(row.datum(*index), *kind, *at),
            Node::Constant(value) => Ok(value.as_exact()),
            Node::Arithmetic(operator, pair, at) => {
                both(pair, row, |left, right| calculate(*operator, left, right, *at))
            }
            Node::Divide(pair, digits, at) => both(pair, row, |left, right| divide(left, right, *digits, *at)),
            Node::Length(inner) => Ok(length(&inner.evaluate(row)?)),
            Node::Extract(part, inner, at) => {
                let (node, zone) = &**inner;
                node.units(row)?.map(|millis| time::part(millis, *part, zone, *at)).transpose()
            }
            Node::Negative(inner, at) => inner.units(row)?.map_or(Ok(None), |units| fits(units.checked_neg(), *at)),
            Node::Abs(inner, at) => inner.units(row)?.map_or(Ok(None), |units| fits(units.checked_abs(), *at)),
            Node::Finer(inner, digits, at) => {
                inner.units(row)?.map_or(Ok(None), |units| fits(arithmetic::finer(units, *digits), *at))
            }
            Node::Coarser(inner, digits, at) => {
                inner.units(row)?.map_or(Ok(None), |units| fits(arithmetic::coarser(units, *digits), *at))
            }
            Node::Whole { up, number, digits, at } => {
                let whole = if *up { arithmetic::ceil } else { arithmetic::floor };
                number.units(row)?.map_or(Ok(None), |units| fits(whole(units, *digits), *at))
            }
            Node::Within(inner, bounds, at) => {
                let (least, most) = **bounds;
                let is_within = |units: &i128| (least..=most).contains(units);
                inner.units(row)?.map_or(Ok(None), |units| fits(Some(units).filter(is_within), *at))
            }
            _ => self.other_units(row),
        }
    }

    /// The units of what comes to a number in other ways too: constants, fields, choices, casts.
    fn other_units<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Units {
        match self {
            // What `evaluate` itself has an answer for; all others would come back here.
            Node::EventTime
            | Node::Case(_)
            | Node::Coalesce(_)
            | Node::NullIf(_)
            | Node::Extreme(..)
            | Node::Cast(..) => Ok(self.evaluate(row)?.as_exact()),
            _ => Ok(None),
        }
    }
}

/// The units of a field, if it has the type that it is declared with.
#[inline]
fn known(datum: Datum<'_>, kind: ScalarType, at: u32) -> Units {
    match (datum, kind) {
        (Datum::Exact(units), ScalarType::Integer | ScalarType::Decimal { .. }) => Ok(Some(units)),
        (Datum::Time(time), ScalarType::Time) => Ok(Some(time.0.into())),
        (Datum::Absent, _) => Ok(None),
        _ => Err(EvaluationFault::Mistyped.at(at)),
    }
}

/// What comes of two numbers: NULL if one of them is. The right one is evaluated in any case.
fn both<'a, V: FieldValues<'a>>(
    [left, right]: &'a [Node; 2],
    row: &V,
    result: impl Fn(i128, i128) -> Result<i128, EvaluationError>,
) -> Units {
    match (left.units(row)?, right.units(row)?) {
        (Some(left), Some(right)) => result(left, right).map(Some),
        _ => Ok(None),
    }
}

fn calculate(operator: Operator, left: i128, right: i128, at: u32) -> Result<i128, EvaluationError> {
    let is_division = matches!(operator, Operator::Divide | Operator::WholeDivide | Operator::Remainder);
    if is_division && right == 0 {
        return Err(EvaluationFault::DivisionByZero.at(at));
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => arithmetic::multiply(left, right),
        // The least number by -1 has no rest, though no quotient either.
        Operator::Remainder => Some(left.wrapping_rem(right)),
        Operator::Divide | Operator::WholeDivide => left.checked_div(right),
    };
    result.ok_or_else(|| EvaluationFault::Overflow.at(at))
}

fn divide(left: i128, right: i128, digits: u8, at: u32) -> Result<i128, EvaluationError> {
    if right == 0 {
        return Err(EvaluationFault::DivisionByZero.at(at));
    }
    arithmetic::divide(left, right, digits).ok_or_else(|| EvaluationFault::Overflow.at(at))
}

/// How many letters a text has.
fn length(text: &Scalar<'_>) -> Option<i128> {
    match text {
        Scalar::Text(text) => i128::try_from(text.chars().count()).ok(),
        _ => None,
    }
}
