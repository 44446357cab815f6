//! Numbers, and the scale of what is calculated.

use super::{Checked, Checker, Typed, finer, made, mistaken};
use crate::canonical::operator_sign;
use crate::error::ExpressionError;
use crate::node::{Node, SECOND_SCALE};
use crate::scalar::{SCALE_MAX, ScalarType};
use crate::term::{Operator, Part, Term, What};

/// The fewest digits behind the point of a quotient. Six are what SQL Server and Spark keep at least; money has two,
/// and its quotients are summed.
const QUOTIENT_SCALE_MIN: u8 = 6;

impl Checker<'_> {
    pub(super) fn number(&self, term: &Term) -> Checked {
        let at = term.at;
        match &term.what {
            What::Negative(inner) => {
                let (inner, scale) = self.numeric(inner)?;
                self.unary(at, inner, scale, |node| Node::Negative(node, at))
            }
            What::Arithmetic(operator, terms) => self.arithmetic(at, *operator, terms),
            What::Round(inner, digits) => self.round(at, inner, *digits),
            What::Extract(part, zone, inner) => {
                let inner = self.wanted(inner, ScalarType::Time)?;
                let scale = if matches!(part, Part::Second | Part::Epoch) { SECOND_SCALE } else { 0 };
                let is_constant = inner.node.is_constant();
                let node = Node::Extract(*part, Box::new((inner.node, zone.clone())), at);
                made(at, Some(ScalarType::number(scale)), inner.nullable, is_constant, node)
            }
            _ => self.typed(term),
        }
    }

    /// A part that has to be a number, and its scale.
    pub(super) fn numeric(&self, term: &Term) -> Result<(Typed, u8), ExpressionError> {
        let (typed, kind) = self.known(term, "leave it out, or write CAST(NULL AS INTEGER)")?;
        match kind.scale() {
            Some(scale) => Ok((typed, scale)),
            None => Err(mistaken(typed.at, kind, "a number")),
        }
    }

    /// What is made of one number.
    pub(super) fn unary(&self, at: u32, inner: Typed, scale: u8, make: impl FnOnce(Box<Node>) -> Node) -> Checked {
        let is_constant = inner.node.is_constant();
        made(at, Some(ScalarType::number(scale)), inner.nullable, is_constant, make(Box::new(inner.node)))
    }

    fn arithmetic(&self, at: u32, operator: Operator, [left, right]: &[Term; 2]) -> Checked {
        let (left, left_scale) = self.numeric(left)?;
        let (right, right_scale) = self.numeric(right)?;
        let nullable = left.nullable || right.nullable;
        let are_constant = left.node.is_constant() && right.node.is_constant();
        let larger = left_scale.max(right_scale);
        let scale = match operator {
            Operator::Multiply if left_scale + right_scale > SCALE_MAX => {
                return Err(too_fine(at, operator, left_scale, right_scale));
            }
            Operator::Multiply => left_scale + right_scale,
            Operator::Divide => left_scale.max(QUOTIENT_SCALE_MIN),
            Operator::WholeDivide => 0,
            Operator::Add | Operator::Subtract | Operator::Remainder => larger,
        };
        let node = match operator {
            Operator::Divide => {
                let digits = scale - left_scale + right_scale;
                Node::Divide(Box::new([left.node, right.node]), digits, at)
            }
            Operator::Multiply => Node::Arithmetic(operator, Box::new([left.node, right.node]), at),
            _ => {
                let left = finer(left.node, larger - left_scale, left.at);
                let right = finer(right.node, larger - right_scale, right.at);
                Node::Arithmetic(operator, Box::new([left, right]), at)
            }
        };
        made(at, Some(ScalarType::number(scale)), nullable, are_constant, node)
    }

    fn round(&self, at: u32, inner: &Term, digits: u8) -> Checked {
        let (inner, scale) = self.numeric(inner)?;
        self.unary(at, inner, digits, |node| rescaled(*node, scale, digits, at))
    }
}

/// A number of one scale in another one, half-even.
pub(super) fn rescaled(node: Node, from: u8, to: u8, at: u32) -> Node {
    if from > to { Node::Coarser(Box::new(node), from - to, at) } else { finer(node, to - from, at) }
}

/// What is said of a product with too many digits.
fn too_fine(at: u32, operator: Operator, left: u8, right: u8) -> ExpressionError {
    let (digits, sign) = (left + right, operator_sign(operator));
    let what =
        format_args!("`{sign}` would have {digits} digits behind the point, {left} and {right}, more than {SCALE_MAX}");
    ExpressionError::new(at, what, "round one of both first, as ROUND(…, 2)")
}
