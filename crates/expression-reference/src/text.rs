//! Texts, letter by letter.

use super::number;
use super::tree::{CastTo, LikeTree};
use super::value::{NaiveFailure, NaiveValue};

use NaiveValue::{Null, Number, Text, Truth};

/// The longest text that is made, in bytes.
const BYTES_MAX: usize = 1 << 20;

/// One text behind the other.
///
/// # Errors
/// `text_too_long`
pub fn concatenated(left: NaiveValue, right: NaiveValue) -> Result<NaiveValue, NaiveFailure> {
    match (left, right) {
        (Text(left), Text(right)) if left.len() + right.len() > BYTES_MAX => Err("text_too_long"),
        (Text(left), Text(right)) => Ok(Text(left + &right)),
        _ => Ok(Null),
    }
}

/// A text in lower case, or in upper case. What is so already, as far as ASCII goes, may be of any length.
///
/// # Errors
/// `text_too_long`
pub fn cased(value: NaiveValue, up: bool) -> Result<NaiveValue, NaiveFailure> {
    let Text(text) = value else { return Ok(Null) };
    let is_other = |letter: char| if up { letter.is_ascii_lowercase() } else { letter.is_ascii_uppercase() };
    let is_changed = !text.is_ascii() || text.contains(is_other);
    if is_changed && text.len() > BYTES_MAX {
        return Err("text_too_long");
    }
    Ok(Text(if up { text.to_uppercase() } else { text.to_lowercase() }))
}

/// The letters of a text from a first one, counted from 1, and so many if it is said.
///
/// # Errors
/// `negative_length`
pub fn substring(text: NaiveValue, first: NaiveValue, count: Option<NaiveValue>) -> Result<NaiveValue, NaiveFailure> {
    let (Text(text), Number(first, _)) = (text, first) else { return Ok(Null) };
    let end = match count {
        None => i128::MAX,
        Some(Number(count, _)) if count < 0 => return Err("negative_length"),
        Some(Number(count, _)) => first.saturating_add(count),
        Some(_) => return Ok(Null),
    };
    let letters = (1_i128..).zip(text.chars()).filter(|(place, _)| first <= *place && *place < end);
    Ok(Text(letters.map(|(_, letter)| letter).collect()))
}

/// A text without the letters of another at its ends.
#[must_use]
pub fn trimmed(text: NaiveValue, letters: NaiveValue, side: &str) -> NaiveValue {
    let (Text(text), Text(letters)) = (text, letters) else { return Null };
    let mut kept = text.chars();
    while side != "TRAILING" && kept.clone().next().is_some_and(|letter| letters.contains(letter)) {
        kept.next();
    }
    while side != "LEADING" && kept.clone().next_back().is_some_and(|letter| letters.contains(letter)) {
        kept.next_back();
    }
    Text(kept.collect())
}

/// Whether a text is as a pattern says: by how far into the pattern each letter of the text can lead.
#[must_use]
pub fn is_like(text: &str, like: &LikeTree) -> bool {
    let pieces = pieces(&like.pattern, like.escape);
    let is_any = |place: usize| matches!(pieces.get(place), Some(Piece::Any));
    // At `true` so much of the pattern can be used up: behind a `%` all that is before it counts too.
    let passed = |mut reached: Vec<bool>| {
        (0..pieces.len()).filter(|place| is_any(*place)).for_each(|place| reached[place + 1] |= reached[place]);
        reached
    };
    let mut reached = passed((0..=pieces.len()).map(|place| place == 0).collect());
    for letter in text.chars() {
        let mut next = vec![false; pieces.len() + 1];
        for (place, piece) in pieces.iter().enumerate().filter(|(place, _)| reached[*place]) {
            match piece {
                Piece::Any => next[place] = true,
                Piece::One => next[place + 1] = true,
                Piece::Letter(own) => next[place + 1] |= is_same(*own, letter, like.is_folded),
            }
        }
        reached = passed(next);
    }
    reached.last() == Some(&true)
}

/// What stands at one place of a pattern.
enum Piece {
    Any,
    One,
    Letter(char),
}

fn pieces(pattern: &str, escape: Option<char>) -> Vec<Piece> {
    let (mut letters, mut pieces) = (pattern.chars(), Vec::new());
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            letter if Some(letter) == escape => Piece::Letter(letters.next().unwrap_or(letter)),
            '%' => Piece::Any,
            '_' => Piece::One,
            letter => Piece::Letter(letter),
        });
    }
    pieces
}

/// Whether two letters are the same, or would be in lower case.
fn is_same(one: char, other: char, is_folded: bool) -> bool {
    one == other || is_folded && one.to_lowercase().to_string() == other.to_lowercase().to_string()
}

/// `CAST`; a number has as many digits behind the point as it says.
///
/// # Errors
/// `cast` if a text is not of that type; `overflow` if a number does not fit.
pub fn cast(value: NaiveValue, to: CastTo) -> Result<NaiveValue, NaiveFailure> {
    match (value, to) {
        (Truth(truth), CastTo::Integer) => Ok(Number(i128::from(truth), 0)),
        (Truth(truth), CastTo::Text) => Ok(Text(truth.to_string())),
        (Text(text), CastTo::Integer) => number::parsed(&text, 0),
        (Text(text), CastTo::Decimal(precision, scale)) => number::bounded(number::parsed(&text, scale)?, precision),
        (Text(text), CastTo::Boolean) => match text.trim_matches(' ').to_ascii_lowercase().as_str() {
            "true" => Ok(Truth(true)),
            "false" => Ok(Truth(false)),
            _ => Err("cast"),
        },
        (Number(units, scale), CastTo::Text) => Ok(Text(number::written(units, scale))),
        (value, CastTo::Integer) => number::scaled(value, 0),
        (value, CastTo::Decimal(precision, scale)) => number::bounded(number::scaled(value, scale)?, precision),
        (value, CastTo::Text | CastTo::Boolean) => Ok(value),
    }
}
