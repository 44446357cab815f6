//! What a value is cast to.

use super::{Operand, Parser, Read, shortened};
use crate::error::ExpressionError;
use crate::scalar::SCALE_MAX;
use crate::term::{Target, What};
use crate::tokens::Token;

/// The most digits of `DECIMAL(precision, scale)`.
const PRECISION_MAX: u8 = 38;

impl Parser<'_> {
    /// An operand cast to the type whose words stand between `place` and here.
    pub(super) fn cast(&self, first: usize, inner: Operand, place: usize) -> Read<Operand> {
        let at = inner.term.at;
        let target = match self.tokens.between(place, self.next).as_slice() {
            [token] => simple(*token),
            [word, Token::Sign("("), Token::Number(precision), Token::Sign(")")] if is_decimal(*word) => {
                Some(decimal(precision, "0", at)?)
            }
            [
                word,
                Token::Sign("("),
                Token::Number(precision),
                Token::Sign(","),
                sign @ ..,
                Token::Number(scale),
                Token::Sign(")"),
            ] if is_decimal(*word) && matches!(sign, [] | [Token::Sign("+")]) => Some(decimal(precision, scale, at)?),
            _ => None,
        };
        let Some(target) = target else {
            let what = format_args!("`{}` is no type here", shortened(self.tokens.written(place, self.next)));
            return Err(ExpressionError::new(at, what, "cast to INTEGER, DECIMAL(precision, scale), TEXT or BOOLEAN"));
        };
        self.made(first, inner.height + 1, at, What::Cast(Box::new(inner.term), target))
    }
}

/// A type of one word.
fn simple(token: Token<'_>) -> Option<Target> {
    let types = [
        ("BOOLEAN", Target::Boolean),
        ("BOOL", Target::Boolean),
        ("INTEGER", Target::Integer),
        ("INT", Target::Integer),
        ("TEXT", Target::Text),
    ];
    types.into_iter().find(|(word, _)| token.is(word)).map(|(_, target)| target)
}

/// Whether a word is that of decimals.
fn is_decimal(token: Token<'_>) -> bool {
    token.is("DECIMAL") || token.is("NUMERIC")
}

/// `DECIMAL(precision, scale)`.
fn decimal(precision: &str, scale: &str, at: u32) -> Read<Target> {
    let precision = precision.parse().ok().filter(|precision| (1..=PRECISION_MAX).contains(precision));
    let scale = scale.parse().ok().filter(|scale| *scale <= SCALE_MAX);
    match (precision, scale) {
        (Some(precision), Some(scale)) if scale <= precision => Ok(Target::Decimal { precision, scale }),
        _ => {
            let remedy = format_args!(
                "precision goes from 1 to {PRECISION_MAX}, scale from 0 to {SCALE_MAX} and not above precision"
            );
            Err(ExpressionError::new(at, "there is no such DECIMAL", remedy))
        }
    }
}
