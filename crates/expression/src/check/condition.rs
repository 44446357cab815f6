//! Conditions.

use super::{Checked, Checker, Typed, aligned, item, made, mistaken, pair};
use crate::arithmetic;
use crate::error::ExpressionError;
use crate::node::{Item, Node, Pair};
use crate::pattern::Pattern;
use crate::scalar::{Scalar, ScalarType};
use crate::term::{Comparison, Like, Term, Test, What};

const BOOLEAN: Option<ScalarType> = Some(ScalarType::Boolean);

/// What to write instead of a comparison with NULL.
const ASK_NULL: &str = "write IS NULL, IS NOT NULL or IS DISTINCT FROM";

impl Checker<'_> {
    pub(super) fn condition(&self, term: &Term) -> Checked {
        let at = term.at;
        match &term.what {
            What::Not(inner) => {
                let inner = self.truth(inner)?;
                made(at, BOOLEAN, inner.nullable, inner.node.is_constant(), Node::Not(Box::new(inner.node)))
            }
            What::All(terms) => self.chain(at, terms, Node::All),
            What::Any(terms) => self.chain(at, terms, Node::Any),
            What::Is(inner, test) => {
                let inner = if *test == Test::Null { self.typed(inner)? } else { self.truth(inner)? };
                made(at, BOOLEAN, false, inner.node.is_constant(), Node::Is(Box::new(inner.node), *test))
            }
            What::Compare(comparison, terms) => {
                let (pair, kind, nullable, are_constant) = self.compared(terms)?;
                made(at, BOOLEAN, nullable, are_constant, compare(*comparison, kind, pair))
            }
            What::Distinct(terms) => self.distinct(at, terms),
            What::Between(terms) => self.between(at, terms),
            What::In(value, list) => self.one_of(at, value, list),
            What::Like(like) => self.like(at, like),
            _ => self.typed(term),
        }
    }

    /// A part that has to be a condition. NULL is one: it is unknown.
    pub(super) fn truth(&self, term: &Term) -> Checked {
        let typed = self.typed(term)?;
        match typed.kind {
            None | Some(ScalarType::Boolean) => Ok(typed),
            Some(kind) => Err(mistaken(typed.at, kind, "a condition")),
        }
    }

    fn chain(&self, at: u32, terms: &[Term], join: fn(Box<[Node]>) -> Node) -> Checked {
        let parts: Vec<Typed> = terms.iter().map(|term| self.truth(term)).collect::<Result<_, _>>()?;
        let nullable = parts.iter().any(|part| part.nullable);
        let are_constant = parts.iter().all(|part| part.node.is_constant());
        made(at, BOOLEAN, nullable, are_constant, join(parts.into_iter().map(|part| part.node).collect()))
    }

    /// Two values that are compared, and the type of the left one; whether one may be NULL, and whether both are
    /// constants.
    fn compared(&self, [left, right]: &[Term; 2]) -> Result<(Pair, ScalarType, bool, bool), ExpressionError> {
        let (left, kind) = self.known(left, ASK_NULL)?;
        let (right, other) = self.known(right, ASK_NULL)?;
        let finer_by = aligned(kind, other).ok_or_else(|| incomparable(right.at, kind, other))?;
        let nullable = left.nullable || right.nullable;
        let are_constant = left.node.is_constant() && right.node.is_constant();
        Ok((pair(left, right, finer_by), kind, nullable, are_constant))
    }

    /// A value that another one is compared with; whether it may be NULL, and whether it is a constant.
    pub(super) fn compared_with(&self, kind: ScalarType, term: &Term) -> Result<(Item, bool, bool), ExpressionError> {
        let (right, other) = self.known(term, ASK_NULL)?;
        let finer_by = aligned(kind, other).ok_or_else(|| incomparable(right.at, kind, other))?;
        let (nullable, is_constant) = (right.nullable, right.node.is_constant());
        Ok((item(right, finer_by), nullable, is_constant))
    }

    /// `IS DISTINCT FROM` is where NULL may be written.
    fn distinct(&self, at: u32, [left, right]: &[Term; 2]) -> Checked {
        let (left, right) = (self.typed(left)?, self.typed(right)?);
        let finer_by = match (left.kind, right.kind) {
            (Some(kind), Some(other)) => aligned(kind, other).ok_or_else(|| incomparable(right.at, kind, other))?,
            _ => (0, 0),
        };
        let are_constant = left.node.is_constant() && right.node.is_constant();
        made(at, BOOLEAN, false, are_constant, Node::Distinct(Box::new(pair(left, right, finer_by))))
    }

    fn between(&self, at: u32, [value, low, high]: &[Term; 3]) -> Checked {
        let (value, kind) = self.known(value, ASK_NULL)?;
        let (low, low_nullable, low_constant) = self.compared_with(kind, low)?;
        let (high, high_nullable, high_constant) = self.compared_with(kind, high)?;
        let nullable = value.nullable || low_nullable || high_nullable;
        let are_constant = value.node.is_constant() && low_constant && high_constant;
        made(at, BOOLEAN, nullable, are_constant, Node::Between(Box::new(value.node), Box::new([low, high])))
    }

    fn one_of(&self, at: u32, value: &Term, list: &[Term]) -> Checked {
        let (value, kind) = self.known(value, ASK_NULL)?;
        let (mut nullable, mut are_constant, mut items) = (value.nullable, true, Vec::with_capacity(list.len()));
        for term in list {
            let (item, item_nullable, is_constant) = self.compared_with(kind, term)?;
            nullable |= item_nullable;
            are_constant &= is_constant;
            items.push(item);
        }
        let is_constant = are_constant && value.node.is_constant();
        let inner = Box::new(value.node);
        let node = match (sorted(&items, text_of), sorted(&items, units_of)) {
            (Some(texts), _) if kind == ScalarType::Text => Node::InTexts(inner, texts),
            (_, Some(units)) if kind.scale().is_some() || kind == ScalarType::Time => Node::InUnits(inner, units),
            _ => Node::In(inner, items.into()),
        };
        made(at, BOOLEAN, nullable, is_constant, node)
    }

    fn like(&self, at: u32, like: &Like) -> Checked {
        let text = self.wanted(&like.text, ScalarType::Text)?;
        let pattern = Pattern::new(&like.pattern, like.escape, like.folded).ok_or_else(|| {
            let remedy = "write it before %, _ or itself";
            ExpressionError::new(at, "the letter of ESCAPE stands in the pattern before what needs none", remedy)
        })?;
        let is_constant = text.node.is_constant();
        made(at, BOOLEAN, text.nullable, is_constant, Node::Like(Box::new(text.node), Box::new(pattern)))
    }
}

/// A comparison, in the way that is fastest for its types.
fn compare(comparison: Comparison, kind: ScalarType, pair: Pair) -> Node {
    match kind {
        ScalarType::Text => Node::CompareTexts(comparison, Box::new([pair.left, pair.right])),
        ScalarType::Integer | ScalarType::Decimal { .. } | ScalarType::Time if pair.finer_by == (0, 0) => {
            Node::CompareUnits(comparison, Box::new([pair.left, pair.right]))
        }
        _ => Node::Compare(comparison, Box::new(pair)),
    }
}

/// The values of a list in order, if all of them are constants in the units of what is compared with them.
fn sorted<T: Ord>(items: &[Item], value: fn(&Item) -> Option<T>) -> Option<Box<[T]>> {
    let mut values: Vec<T> = items.iter().map(value).collect::<Option<_>>()?;
    values.sort_unstable();
    Some(values.into())
}

fn text_of(item: &Item) -> Option<Box<str>> {
    match &item.node {
        Node::Constant(Scalar::Text(text)) => Some(text.as_ref().into()),
        _ => None,
    }
}

/// The units of a constant, if it has some in the units of the value: `1.50` among whole numbers is dropped to none
/// only if it has a rest, and then the list is compared one by one.
fn units_of(item: &Item) -> Option<i128> {
    match (&item.node, item.finer_by) {
        (Node::Constant(Scalar::Exact(units)), (0, 0)) => Some(*units),
        (Node::Constant(Scalar::Exact(units)), (digits, 0)) => {
            let unit = arithmetic::power(digits)?;
            (units % unit == 0).then_some(units / unit)
        }
        _ => None,
    }
}

/// What is said of two values that cannot be compared.
pub(super) fn incomparable(at: u32, kind: ScalarType, other: ScalarType) -> ExpressionError {
    let remedy = match (kind, other) {
        (ScalarType::Text, ScalarType::Integer | ScalarType::Decimal { .. }) => {
            "write the value in 'single quotes', or CAST the text"
        }
        (ScalarType::Integer | ScalarType::Decimal { .. }, ScalarType::Text) => {
            "write the number without quotes, or CAST the text"
        }
        (ScalarType::Time, ScalarType::Text) => "write TIMESTAMP '2025-11-28T12:00:00-03:00'",
        _ => "compare values of one type",
    };
    ExpressionError::new(at, format_args!("{kind} is compared with {other}"), remedy)
}
