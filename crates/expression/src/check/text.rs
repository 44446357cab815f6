//! Texts, and casts.

use super::number::rescaled;
use super::{Checked, Checker, finer, made};
use crate::arithmetic;
use crate::error::ExpressionError;
use crate::node::{Cast, Node};
use crate::scalar::{Scalar, ScalarType};
use crate::term::{Function, Target, Term, What};

const TEXT: Option<ScalarType> = Some(ScalarType::Text);

impl Checker<'_> {
    pub(super) fn text(&self, term: &Term) -> Checked {
        let at = term.at;
        match &term.what {
            What::Concat(terms) => self.two_texts(at, terms, |pair| Node::Concat(pair, at)),
            What::Trim(side, terms) => self.two_texts(at, terms, |pair| Node::Trim(*side, pair)),
            What::Cast(inner, target) => self.cast(at, inner, *target),
            _ => self.typed(term),
        }
    }

    fn two_texts(&self, at: u32, [left, right]: &[Term; 2], make: impl FnOnce(Box<[Node; 2]>) -> Node) -> Checked {
        let (left, right) = (self.wanted(left, ScalarType::Text)?, self.wanted(right, ScalarType::Text)?);
        let nullable = left.nullable || right.nullable;
        let are_constant = left.node.is_constant() && right.node.is_constant();
        made(at, TEXT, nullable, are_constant, make(Box::new([left.node, right.node])))
    }

    /// The functions that take a text.
    pub(super) fn call_of_text(&self, at: u32, function: Function, terms: &[Term]) -> Checked {
        let [text, rest @ ..] = terms else {
            return Err(ExpressionError::new(at, "there is no argument", "give it one"));
        };
        let text = self.wanted(text, ScalarType::Text)?;
        let (nullable, is_constant, node) = (text.nullable, text.node.is_constant(), Box::new(text.node));
        match (function, rest) {
            (Function::Lower, _) => made(at, TEXT, nullable, is_constant, Node::Lower(node, at)),
            (Function::Upper, _) => made(at, TEXT, nullable, is_constant, Node::Upper(node, at)),
            (Function::Substring, [first, count @ ..]) => {
                let first = self.wanted(first, ScalarType::Integer)?;
                let count = count.first().map(|count| self.wanted(count, ScalarType::Integer)).transpose()?;
                let nullable = nullable || first.nullable || count.as_ref().is_some_and(|count| count.nullable);
                let are_constant = is_constant
                    && first.node.is_constant()
                    && count.as_ref().is_none_or(|count| count.node.is_constant());
                let parts = (*node, first.node, count.map(|count| count.node));
                made(at, TEXT, nullable, are_constant, Node::Substring(Box::new(parts), at))
            }
            _ => made(at, Some(ScalarType::Integer), nullable, is_constant, Node::Length(node)),
        }
    }

    fn cast(&self, at: u32, inner: &Term, target: Target) -> Checked {
        let inner = self.typed(inner)?;
        let (wanted, is_constant) = (kind_of(target), inner.node.is_constant());
        let Some(kind) = inner.kind else { return Ok(super::constant(at, Some(wanted), Scalar::Null)) };
        let node = Box::new(inner.node);
        let node = match (kind, target, kind.scale()) {
            (_, Target::Text, Some(scale)) => Node::Cast(node, Cast::NumberToText { scale }, at),
            (ScalarType::Boolean, Target::Text, _) => Node::Cast(node, Cast::BooleanToText, at),
            (ScalarType::Boolean, Target::Integer, _) => Node::Cast(node, Cast::BooleanToInteger, at),
            (ScalarType::Text, Target::Boolean, _) => Node::Cast(node, Cast::TextToBoolean, at),
            (ScalarType::Text, Target::Integer, _) => Node::Cast(node, Cast::TextToNumber { scale: 0 }, at),
            (ScalarType::Text, Target::Decimal { precision, scale }, _) => {
                within(Node::Cast(node, Cast::TextToNumber { scale }, at), precision, at)
            }
            (_, Target::Integer, Some(scale)) => rescaled(*node, scale, 0, at),
            (_, Target::Decimal { precision, scale }, Some(own)) => {
                within(rescaled(*node, own, scale, at), precision, at)
            }
            _ if kind == wanted => *node,
            _ => return Err(uncastable(at, kind, wanted)),
        };
        made(at, Some(wanted), inner.nullable, is_constant, node)
    }
}

/// The type that a target is.
fn kind_of(target: Target) -> ScalarType {
    match target {
        Target::Boolean => ScalarType::Boolean,
        Target::Integer => ScalarType::Integer,
        Target::Decimal { scale, .. } => ScalarType::number(scale),
        Target::Text => ScalarType::Text,
    }
}

/// A number of so many digits at most.
fn within(node: Node, precision: u8, at: u32) -> Node {
    let end = arithmetic::power(precision).unwrap_or(i128::MAX);
    Node::Within(Box::new(finer(node, 0, at)), Box::new((1 - end, end - 1)), at)
}

/// What is said of a cast that there isn't.
fn uncastable(at: u32, kind: ScalarType, wanted: ScalarType) -> ExpressionError {
    let remedy = match (kind, wanted) {
        (ScalarType::Time, _) => "take a part of the time, as EXTRACT(HOUR FROM …)",
        (_, ScalarType::Boolean) => "compare it, as in `… <> 0`",
        _ => "choose a value with CASE WHEN … THEN … END",
    };
    ExpressionError::new(at, format_args!("{kind} cannot be cast to {wanted}"), remedy)
}
