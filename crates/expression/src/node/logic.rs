//! Conditions, and choosing among values. Truth has three values: none of a `bool` is SQL's unknown.

use std::cmp::Ordering;

use super::{Case, Evaluated, Item, Node, Pair, order};
use crate::error::EvaluationError;
use crate::scalar::{FieldValues, Scalar};
use crate::term::{Comparison, Test};

/// A truth value, or what went wrong.
type Truth = Result<Option<bool>, EvaluationError>;

impl Node {
    /// The truth value of a condition.
    pub(in super::super) fn truth<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Truth {
        match self {
            Node::All(nodes) => chain(nodes, row, false),
            Node::Any(nodes) => chain(nodes, row, true),
            Node::CompareUnits(comparison, pair) => {
                let (left, right) = (pair[0].units(row)?, pair[1].units(row)?);
                Ok(left.zip(right).map(|(left, right)| comparison.holds(left.cmp(&right))))
            }
            Node::CompareTexts(comparison, pair) => {
                let (left, right) = (pair[0].text(row)?, pair[1].text(row)?);
                Ok(left.zip(right).map(|(left, right)| comparison.holds_of_texts(&left, &right)))
            }
            Node::Compare(comparison, pair) => Ok(pair.order(row)?.map(|order| comparison.holds(order))),
            Node::Not(inner) => Ok(inner.truth(row)?.map(|truth| !truth)),
            Node::Is(inner, test) => Ok(Some(is(&inner.evaluate(row)?, *test))),
            Node::Distinct(pair) => distinct(pair, row).map(Some),
            Node::Between(value, bounds) => between(&value.evaluate(row)?, bounds, row),
            Node::In(value, list) => one_of(&value.evaluate(row)?, list, row),
            Node::InTexts(value, list) => {
                let found = |text: &str| list.binary_search_by(|item| item.as_ref().cmp(text)).is_ok();
                Ok(value.text(row)?.map(|text| found(&text)))
            }
            Node::InUnits(value, list) => Ok(value.units(row)?.map(|units| list.binary_search(&units).is_ok())),
            Node::Like(value, pattern) => Ok(value.text(row)?.map(|text| pattern.matches(&text))),
            _ => Ok(self.evaluate_other(row)?.as_truth()),
        }
    }

    /// The value of what is no condition by itself: a boolean field, or a choice among booleans.
    fn evaluate_other<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Evaluated<'a> {
        match self {
            Node::Constant(Scalar::Boolean(truth)) => Ok(Scalar::Boolean(*truth)),
            Node::Constant(_) => Ok(Scalar::Null),
            _ => self.evaluate(row),
        }
    }
}

impl Comparison {
    /// Whether it holds for two texts. Whether they are the same is known by their lengths, mostly.
    #[inline]
    fn holds_of_texts(self, left: &str, right: &str) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Unequal => left != right,
            _ => self.holds(left.cmp(right)),
        }
    }

    /// Whether it holds for values that compare so.
    #[inline]
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Pair {
    /// How both compare; none if one of them is NULL.
    fn order<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Result<Option<Ordering>, EvaluationError> {
        Ok(order(&self.left.evaluate(row)?, &self.right.evaluate(row)?, self.finer_by))
    }
}

impl Item {
    /// How a value compares with it.
    fn order<'a, V: FieldValues<'a>>(
        &'a self,
        value: &Scalar<'_>,
        row: &V,
    ) -> Result<Option<Ordering>, EvaluationError> {
        Ok(order(value, &self.node.evaluate(row)?, self.finer_by))
    }
}

/// `AND`, decided by the first that is false; or `OR`, by the first that is true. What stands behind that is not
/// evaluated.
fn chain<'a, V: FieldValues<'a>>(nodes: &'a [Node], row: &V, decides: bool) -> Truth {
    let mut truth = Some(!decides);
    for node in nodes {
        match node.truth(row)? {
            Some(found) if found == decides => return Ok(Some(decides)),
            Some(_) => {}
            None => truth = None,
        }
    }
    Ok(truth)
}

fn is(value: &Scalar<'_>, test: Test) -> bool {
    match test {
        Test::Null | Test::Unknown => *value == Scalar::Null,
        Test::True => *value == Scalar::Boolean(true),
        Test::False => *value == Scalar::Boolean(false),
    }
}

fn distinct<'a, V: FieldValues<'a>>(pair: &'a Pair, row: &V) -> Result<bool, EvaluationError> {
    let (left, right) = (pair.left.evaluate(row)?, pair.right.evaluate(row)?);
    Ok(match order(&left, &right, pair.finer_by) {
        Some(order) => order.is_ne(),
        None => (left == Scalar::Null) != (right == Scalar::Null),
    })
}

/// Two comparisons joined by `AND`, of which the second is not made if the first is false.
fn between<'a, V: FieldValues<'a>>(value: &Scalar<'_>, [low, high]: &'a [Item; 2], row: &V) -> Truth {
    let above = low.order(value, row)?.map(Ordering::is_ge);
    if above == Some(false) {
        return Ok(above);
    }
    let below = high.order(value, row)?.map(Ordering::is_le);
    Ok(if below == Some(false) { below } else { above.and(below) })
}

/// Whether one of a list equals the value; those behind it are not evaluated.
fn one_of<'a, V: FieldValues<'a>>(value: &Scalar<'_>, list: &'a [Item], row: &V) -> Truth {
    let mut truth = Some(false);
    for item in list {
        match item.order(value, row)? {
            Some(Ordering::Equal) => return Ok(Some(true)),
            Some(_) => {}
            None => truth = None,
        }
    }
    Ok(truth)
}

/// The first arm whose condition is true, or that equals the operand.
pub(super) fn case<'a, V: FieldValues<'a>>(case: &'a Case, row: &V) -> Evaluated<'a> {
    let operand = case.operand.as_ref().map(|operand| operand.evaluate(row)).transpose()?;
    for (when, then) in &case.arms {
        let is_met = match &operand {
            Some(operand) => when.order(operand, row)? == Some(Ordering::Equal),
            None => when.node.truth(row)? == Some(true),
        };
        if is_met {
            return then.evaluate(row);
        }
    }
    case.otherwise.evaluate(row)
}

/// The first that is not NULL; those behind it are not evaluated.
pub(super) fn coalesce<'a, V: FieldValues<'a>>(nodes: &'a [Node], row: &V) -> Evaluated<'a> {
    for node in nodes {
        match node.evaluate(row)? {
            Scalar::Null => {}
            value => return Ok(value),
        }
    }
    Ok(Scalar::Null)
}

/// The left one, or NULL if both are equal.
pub(super) fn null_if<'a, V: FieldValues<'a>>(pair: &'a Pair, row: &V) -> Evaluated<'a> {
    let (left, right) = (pair.left.evaluate(row)?, pair.right.evaluate(row)?);
    let is_equal = order(&left, &right, pair.finer_by) == Some(Ordering::Equal);
    Ok(if is_equal { Scalar::Null } else { left })
}

/// The smallest or the largest; NULL if one of them is. All are evaluated.
pub(super) fn extreme<'a, V: FieldValues<'a>>(wanted: Ordering, nodes: &'a [Node], row: &V) -> Evaluated<'a> {
    let (mut best, mut is_null): (Option<Scalar<'a>>, bool) = (None, false);
    for node in nodes {
        let value = node.evaluate(row)?;
        is_null |= value == Scalar::Null;
        if best.as_ref().is_none_or(|best| order(&value, best, (0, 0)) == Some(wanted)) {
            best = Some(value);
        }
    }
    Ok(best.filter(|_| !is_null).unwrap_or(Scalar::Null))
}
