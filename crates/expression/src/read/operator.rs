//! Operators.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, UnaryOperator, Value};

use super::{Read, Reader};
use crate::error::ExpressionError;
use crate::term::{Comparison, Like, Operator, Term, What};

impl Reader<'_> {
    /// The operators that are allowed; or a function.
    pub(super) fn operation(&self, expr: &Expr, at: u32) -> Read {
        match expr {
            Expr::BinaryOp { op: BinaryOperator::And, .. } => self.chain(expr, &BinaryOperator::And, at),
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => self.chain(expr, &BinaryOperator::Or, at),
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right, at),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right, false, at),
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, right, true, at),
            Expr::Between { expr, negated, low, high } => {
                let value = self.term(expr, at)?;
                let at = value.at;
                let parts = [value, self.term(low, at)?, self.term(high, at)?];
                Ok(Term::new(at, What::Between(Box::new(parts))).negated(*negated))
            }
            Expr::In { expr, target: InTarget::List(list), negated, global: false } => {
                let value = self.term(expr, at)?;
                let at = value.at;
                let list = list.iter().map(|item| self.term(item, at)).collect::<Result<_, _>>()?;
                Ok(Term::new(at, What::In(Box::new(value), list)).negated(*negated))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), false, at).map(|like| like.negated(*negated))
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), true, at).map(|like| like.negated(*negated))
            }
            _ => self.call(expr, at),
        }
    }

    /// A sign, or `NOT`.
    pub(super) fn unary(&self, op: UnaryOperator, inner: &Expr, at: u32) -> Read {
        let term = self.term(inner, at)?;
        let at = term.at;
        match op {
            UnaryOperator::Plus => Ok(term),
            UnaryOperator::Minus => Ok(Term::new(at, What::Negative(Box::new(term)))),
            UnaryOperator::Not => Ok(term.negated(true)),
            other => {
                let what = format_args!("`{other}` is no operator here");
                Err(ExpressionError::new(at, what, "what there is stands in docs/expressions.md"))
            }
        }
    }

    /// A chain of `AND`, or of `OR`, however it is grouped. The parser makes it as deep as it is long, so it is walked
    /// and not descended.
    fn chain(&self, expr: &Expr, joint: &BinaryOperator, at: u32) -> Read {
        let (mut first, mut behind) = (expr, Vec::new());
        while let Expr::BinaryOp { left, op, right } = first
            && op == joint
        {
            behind.push(&**right);
            first = left;
        }
        let is_all = *joint == BinaryOperator::And;
        let mut terms = Vec::with_capacity(behind.len() + 1);
        for operand in std::iter::once(first).chain(behind.into_iter().rev()) {
            let term = self.term(operand, at)?;
            match term.what {
                What::All(inner) if is_all => terms.extend(inner),
                What::Any(inner) if !is_all => terms.extend(inner),
                what => terms.push(Term::new(term.at, what)),
            }
        }
        let at = terms.first().map_or(at, |first| first.at);
        Ok(Term::new(at, if is_all { What::All(terms) } else { What::Any(terms) }))
    }

    /// An operator between two operands.
    fn binary(&self, expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr, at: u32) -> Read {
        let make: fn(Box<[Term; 2]>) -> What = match op {
            BinaryOperator::Plus => |pair| What::Arithmetic(Operator::Add, pair),
            BinaryOperator::Minus => |pair| What::Arithmetic(Operator::Subtract, pair),
            BinaryOperator::Multiply => |pair| What::Arithmetic(Operator::Multiply, pair),
            BinaryOperator::Divide => |pair| What::Arithmetic(Operator::Divide, pair),
            BinaryOperator::Modulo => |pair| What::Arithmetic(Operator::Remainder, pair),
            BinaryOperator::StringConcat => What::Concat,
            BinaryOperator::Eq => |pair| What::Compare(Comparison::Equal, pair),
            BinaryOperator::NotEq => |pair| What::Compare(Comparison::Unequal, pair),
            BinaryOperator::Lt => |pair| What::Compare(Comparison::Less, pair),
            BinaryOperator::LtEq => |pair| What::Compare(Comparison::LessOrEqual, pair),
            BinaryOperator::Gt => |pair| What::Compare(Comparison::Greater, pair),
            BinaryOperator::GtEq => |pair| What::Compare(Comparison::GreaterOrEqual, pair),
            _ => return self.refuse(expr, at),
        };
        let left = self.term(left, at)?;
        let at = left.at;
        let right = self.term(right, at)?;
        Ok(Term::new(at, make(Box::new([left, right]))))
    }

    /// `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`.
    fn distinct(&self, left: &Expr, right: &Expr, is_negated: bool, at: u32) -> Read {
        let left = self.term(left, at)?;
        let at = left.at;
        let pair = [left, self.term(right, at)?];
        Ok(Term::new(at, What::Distinct(Box::new(pair))).negated(is_negated))
    }

    /// `LIKE` and `ILIKE`, whose pattern stands there.
    fn like(&self, text: &Expr, pattern: &Expr, escape: Option<&Expr>, folded: bool, at: u32) -> Read {
        let text = self.term(text, at)?;
        let at = text.at;
        let Some(written) = text_of(pattern) else {
            let remedy = "write the pattern as a text: it cannot be computed";
            return Err(ExpressionError::new(self.column(pattern, at), "the pattern of LIKE is no text", remedy));
        };
        let escape = escape.map(|escape| self.escape(escape, at)).transpose()?;
        if escape.is_none() && written.contains('\\') {
            let remedy = "say ESCAPE '\\' if it makes the next letter stand for itself, or ESCAPE '!' if it doesn't";
            return Err(ExpressionError::new(self.column(pattern, at), "the pattern has a backslash", remedy));
        }
        let like = Like { text, pattern: written.to_owned(), escape, folded };
        Ok(Term::new(at, What::Like(Box::new(like))))
    }

    /// The one letter behind `ESCAPE`.
    fn escape(&self, escape: &Expr, at: u32) -> Result<char, ExpressionError> {
        let mut letters = text_of(escape).unwrap_or_default().chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(letter),
            _ => {
                let at = self.column(escape, at);
                Err(ExpressionError::new(at, "ESCAPE takes one letter", "write for instance ESCAPE '!'"))
            }
        }
    }
}

/// A text that stands there.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => text_of(inner),
        _ => None,
    }
}
