//! Choosing among values, which have to be of one type: `CASE`, and functions that take their arguments as they come.

use std::cmp::Ordering;

use super::{Checked, Checker, Typed, finer, made};
use crate::error::ExpressionError;
use crate::node::{self, Item, Node};
use crate::scalar::{Scalar, ScalarType};
use crate::term::{Case, Function, Term};

impl Checker<'_> {
    pub(super) fn case(&self, at: u32, case: &Case) -> Checked {
        let operand = case.operand.as_ref().map(|operand| self.known(operand, "leave it out")).transpose()?;
        let mut are_constant = operand.as_ref().is_none_or(|(operand, _)| operand.node.is_constant());
        let (mut conditions, mut results) = (Vec::new(), Vec::new());
        for (when, then) in &case.arms {
            let (item, is_constant) = self.when(operand.as_ref().map(|(_, kind)| *kind), when)?;
            are_constant &= is_constant;
            conditions.push(item);
            results.push(self.typed(then)?);
        }
        results.push(match &case.otherwise {
            Some(otherwise) => self.typed(otherwise)?,
            None => super::constant(at, None, Scalar::Null),
        });
        let nullable = results.iter().any(|result| result.nullable);
        let (mut results, kind, all_constant) = unified(results)?;
        let otherwise = results.pop().unwrap_or(Node::Constant(Scalar::Null));
        let arms = conditions.into_iter().zip(results).collect();
        let node = node::Case { operand: operand.map(|(operand, _)| operand.node), arms, otherwise };
        made(at, kind, nullable, are_constant && all_constant, Node::Case(Box::new(node)))
    }

    /// What stands behind `WHEN`: a value to be compared with the operand, or a condition.
    fn when(&self, operand: Option<ScalarType>, when: &Term) -> Result<(Item, bool), ExpressionError> {
        match operand {
            Some(kind) => self.compared_with(kind, when).map(|(item, _, is_constant)| (item, is_constant)),
            None => {
                let when = self.truth(when)?;
                let is_constant = when.node.is_constant();
                Ok((Item { node: when.node, finer_by: (0, 0) }, is_constant))
            }
        }
    }

    pub(super) fn call(&self, at: u32, function: Function, terms: &[Term]) -> Checked {
        match (function, terms) {
            (Function::Coalesce, _) => self.coalesce(at, terms),
            (Function::Greatest, _) => self.extreme(at, Ordering::Greater, terms),
            (Function::Least, _) => self.extreme(at, Ordering::Less, terms),
            (Function::NullIf, [left, right]) => self.null_if(at, left, right),
            (Function::Abs, [inner]) => {
                let (inner, scale) = self.numeric(inner)?;
                self.unary(at, inner, scale, |node| Node::Abs(node, at))
            }
            (Function::Ceil | Function::Floor, [inner]) => {
                let (inner, digits) = self.numeric(inner)?;
                let up = function == Function::Ceil;
                self.unary(at, inner, 0, |number| Node::Whole { up, number, digits, at })
            }
            _ => self.call_of_text(at, function, terms),
        }
    }

    fn coalesce(&self, at: u32, terms: &[Term]) -> Checked {
        let parts = terms.iter().map(|term| self.typed(term)).collect::<Result<Vec<_>, _>>()?;
        let nullable = parts.iter().all(|part| part.nullable);
        let (nodes, kind, are_constant) = unified(parts)?;
        made(at, kind, nullable, are_constant, Node::Coalesce(nodes.into()))
    }

    fn extreme(&self, at: u32, wanted: Ordering, terms: &[Term]) -> Checked {
        let known = |term| self.known(term, "leave it out").map(|(typed, _)| typed);
        let parts = terms.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let nullable = parts.iter().any(|part| part.nullable);
        let (nodes, kind, are_constant) = unified(parts)?;
        made(at, kind, nullable, are_constant, Node::Extreme(wanted, nodes.into()))
    }

    fn null_if(&self, at: u32, left: &Term, right: &Term) -> Checked {
        let (left, kind) = self.known(left, "leave it out")?;
        let (item, _, is_constant) = self.compared_with(kind, right)?;
        let is_constant = is_constant && left.node.is_constant();
        let pair = node::Pair { left: left.node, right: item.node, finer_by: item.finer_by };
        made(at, Some(kind), true, is_constant, Node::NullIf(Box::new(pair)))
    }
}

/// Values of one type: the type, and whether all are constants. Numbers get the largest scale among them; NULL is of
/// any type.
fn unified(parts: Vec<Typed>) -> Result<(Vec<Node>, Option<ScalarType>, bool), ExpressionError> {
    let mut kind: Option<ScalarType> = None;
    for part in &parts {
        kind = match (kind, part.kind) {
            (Some(one), Some(other)) => Some(common(one, other).ok_or_else(|| {
                let what = format_args!("{other} stands beside {one}, and both are to be one value");
                ExpressionError::new(part.at, what, "CAST one of them to the type of the other")
            })?),
            (one, other) => one.or(other),
        };
    }
    let scale = kind.and_then(ScalarType::scale);
    let are_constant = parts.iter().all(|part| part.node.is_constant());
    let node = |part: Typed| match (scale, part.kind.and_then(ScalarType::scale)) {
        (Some(scale), Some(own)) => finer(part.node, scale - own, part.at),
        _ => part.node,
    };
    Ok((parts.into_iter().map(node).collect(), kind, are_constant))
}

/// The type that values of both types have.
fn common(one: ScalarType, other: ScalarType) -> Option<ScalarType> {
    match (one.scale(), other.scale()) {
        (Some(one), Some(other)) => Some(ScalarType::number(one.max(other))),
        _ => (one == other).then_some(one),
    }
}
