//! Texts. Letters are Unicode's scalar values; what is a part of a text is borrowed from it.

use std::borrow::Cow;
use std::ops::Range;

use mare_model::datum::Datum;
use mare_model::decimal;

use super::{Cast, Evaluated, Node};
use crate::arithmetic;
use crate::error::{EvaluationError, EvaluationFault};
use crate::scalar::{FieldValues, Scalar, ScalarType, TEXT_BYTES_MAX};
use crate::term::Side;

impl Node {
    /// The text that it comes to, if it is one that is known.
    #[inline]
    pub(in super::super) fn text<'a, V: FieldValues<'a>>(
        &'a self,
        row: &V,
    ) -> Result<Option<Cow<'a, str>>, EvaluationError> {
        match self {
            Node::Field { index, kind, at } => match (row.datum(*index), kind) {
                (Datum::Text(text), ScalarType::Text) => Ok(Some(Cow::Borrowed(text))),
                (Datum::Absent, _) => Ok(None),
                _ => Err(EvaluationFault::Mistyped.at(*at)),
            },
            Node::Constant(Scalar::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            _ => Ok(self.evaluate(row)?.into_text()),
        }
    }
}

/// Casts from and to text, and of booleans.
pub(super) fn cast(value: Scalar<'_>, cast: Cast, at: u32) -> Evaluated<'_> {
    let fails = || EvaluationFault::Cast.at(at);
    match (cast, value) {
        (Cast::NumberToText { scale }, Scalar::Exact(units)) => Ok(Scalar::Text(decimal::text(units, scale).into())),
        (Cast::BooleanToText, Scalar::Boolean(truth)) => Ok(Scalar::text(if truth { "true" } else { "false" })),
        (Cast::BooleanToInteger, Scalar::Boolean(truth)) => Ok(Scalar::Exact(truth.into())),
        (Cast::TextToBoolean, Scalar::Text(text)) => truth(&text).map(Scalar::Boolean).ok_or_else(fails),
        (Cast::TextToNumber { scale }, Scalar::Text(text)) => {
            arithmetic::parse(&text, scale).map(Scalar::Exact).ok_or_else(fails)
        }
        _ => Ok(Scalar::Null),
    }
}

/// `true` or `false`, in whatever case, with spaces around it.
fn truth(text: &str) -> Option<bool> {
    let text = text.trim_matches(' ');
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

/// Two texts, one behind the other.
pub(super) fn concat<'a, V: FieldValues<'a>>([left, right]: &'a [Node; 2], row: &V, at: u32) -> Evaluated<'a> {
    match (left.text(row)?, right.text(row)?) {
        (Some(left), Some(right)) => {
            if left.len() + right.len() > TEXT_BYTES_MAX {
                return Err(EvaluationFault::TextTooLong.at(at));
            }
            Ok(Scalar::Text(left + right))
        }
        _ => Ok(Scalar::Null),
    }
}

/// The text in lower case; the same if nothing of it is in upper case.
pub(super) fn lower(value: Scalar<'_>, at: u32) -> Evaluated<'_> {
    let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    cased(value, at, is_lower, str::to_lowercase)
}

/// The text in upper case; the same if nothing of it is in lower case.
pub(super) fn upper(value: Scalar<'_>, at: u32) -> Evaluated<'_> {
    let is_upper = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase());
    cased(value, at, is_upper, str::to_uppercase)
}

fn cased(value: Scalar<'_>, at: u32, is_done: fn(&str) -> bool, change: fn(&str) -> String) -> Evaluated<'_> {
    match value.into_text() {
        None => Ok(Scalar::Null),
        Some(text) if is_done(&text) => Ok(Scalar::Text(text)),
        Some(text) if text.len() > TEXT_BYTES_MAX => Err(EvaluationFault::TextTooLong.at(at)),
        Some(text) => Ok(Scalar::Text(change(&text).into())),
    }
}

/// The letters from the first that is asked for, counted from 1, and so many. A first one before the text counts too,
/// as SQL has it: `SUBSTRING('abc' FROM 0 FOR 2)` is `'a'`.
pub(super) fn substring<'a, V: FieldValues<'a>>(
    parts: &'a (Node, Node, Option<Node>),
    row: &V,
    at: u32,
) -> Evaluated<'a> {
    let (text, first, count) = parts;
    let (text, first) = (text.text(row)?, first.units(row)?);
    let count = count.as_ref().map(|count| count.units(row)).transpose()?;
    let (Some(text), Some(first)) = (text, first) else { return Ok(Scalar::Null) };
    let end = match count {
        None => i128::MAX,
        Some(None) => return Ok(Scalar::Null),
        Some(Some(count)) if count < 0 => return Err(EvaluationFault::NegativeLength.at(at)),
        Some(Some(count)) => first.saturating_add(count),
    };
    let place = |letter: i128| usize::try_from(letter.saturating_sub(1).max(0)).unwrap_or(usize::MAX);
    let from = byte(&text, place(first), 0);
    let count = place(end).saturating_sub(place(first));
    let range = from..byte(text.get(from..).unwrap_or_default(), count, from);
    Ok(Scalar::Text(part(text, range)))
}

/// Where the letter of that number begins, or the text ends.
fn byte(text: &str, letter: usize, before: usize) -> usize {
    before + text.char_indices().nth(letter).map_or(text.len(), |(byte, _)| byte)
}

/// The text without the letters of another one, on one side or both.
pub(super) fn trim<'a, V: FieldValues<'a>>(side: Side, [text, letters]: &'a [Node; 2], row: &V) -> Evaluated<'a> {
    let (text, letters) = (text.text(row)?, letters.text(row)?);
    let (Some(text), Some(letters)) = (text, letters) else { return Ok(Scalar::Null) };
    let is_taken = |letter: char| letters.contains(letter);
    let start = if side == Side::Trailing { 0 } else { text.len() - text.trim_start_matches(is_taken).len() };
    let end = if side == Side::Leading { text.len() } else { text.trim_end_matches(is_taken).len() };
    let range = start..end.max(start);
    Ok(Scalar::Text(part(text, range)))
}

/// A part of a text, borrowed if the text is.
fn part(text: Cow<'_, str>, range: Range<usize>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    }
}
