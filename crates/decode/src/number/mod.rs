//! From the text of a JSON number to an exact integer of units, never through a float.
//!
//! # Why a sum cannot overflow
//! The units of one event are less than [`UNITS_END`] = 10^24 in magnitude. A window would have to take 10^14 events, a
//! million a second for three years, before its sum could reach 10^38, and `i128` holds 1.7 * 10^38.
//!
//! # Why digits and not floats
//! 0.1 has no float, 1.005 has one below itself and would round down, and sums of floats depend on their order, so that
//! two runs over the same log could disagree. Integers of units add up the same in every order.
//!
//! The texts are numbers by the grammar of JSON, as both ways of reading a record have made sure of.

use serde::de::IgnoredAny;

/// The first magnitude that is out of range, in units.
pub(super) const UNITS_END: u128 = 10u128.pow(24);

/// How many digits the largest magnitude in range has.
const DIGITS_MAX: i64 = 24;

/// How many digits fit a `u64` whatever they are.
const DIGITS_WORD: usize = 19;

/// Powers of ten that fit a `u64`; a scale is at most 18.
const POWERS: [u64; 19] = {
    let mut powers = [1; 19];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};

/// What happens to digits behind the last unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest unit, ties to the even one.
    HalfEven,
    /// Towards minus infinity.
    Floor,
}

/// A number in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// How many; less than `10^24` in magnitude.
    pub units: i128,
    /// Whether that is exactly the number, so that nothing was rounded.
    pub exact: bool,
}

/// Whether `text`, which may be anything, is a number by the grammar of JSON, with nothing around it.
#[must_use]
pub fn is_number(text: &[u8]) -> bool {
    let is_bare = text.first().is_some_and(|first| *first == b'-' || first.is_ascii_digit())
        && text.last().is_some_and(u8::is_ascii_digit);
    is_bare && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// The number `text` in units of `10^-scale`, or `None` if its magnitude is `10^24` or more.
///
/// The work is bounded by the length of the text, whatever the exponent is.
#[inline]
pub fn units(text: &[u8], scale: u8, rounding: Rounding) -> Option<Units> {
    units_of(Digits::of(text), || text, scale, rounding)
}

/// The same of a text whose `digits` may be known.
#[inline]
pub(super) fn units_of<'a>(
    digits: Option<Digits>,
    text: impl FnOnce() -> &'a [u8],
    scale: u8,
    rounding: Rounding,
) -> Option<Units> {
    match digits.and_then(|digits| digits.units(scale)) {
        Some((negative, magnitude)) => in_range(negative, magnitude).map(|units| Units { units, exact: true }),
        None => long(std::str::from_utf8(text()).ok()?, scale, rounding),
    }
}

/// The usual number: no exponent, and few digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// Whether there is a minus sign.
    negative: bool,
    /// How many of the digits stand behind the point.
    behind: u8,
    /// The digits, as if there were no point.
    value: u64,
}

impl Digits {
    /// Those of a number of `all` digits that come to `value`, `whole` of them before the point; `None` if so many do
    /// not fit.
    #[inline]
    pub(super) fn new(negative: bool, value: u64, whole: usize, all: usize) -> Option<Digits> {
        (whole <= all && all <= DIGITS_WORD).then(|| Digits { negative, behind: (all - whole) as u8, value })
    }

    /// Those of `text`, which is a number; `None` if it is another.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Option<Digits> {
        let (negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if digits.len() > DIGITS_WORD {
            return None;
        }
        let (mut value, mut behind) = (0u64, 0);
        for (place, byte) in digits.iter().enumerate() {
            match byte {
                b'0'..=b'9' => value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
                b'.' => behind = digits.len() - place - 1,
                _ => return None,
            }
        }
        Some(Digits { negative, behind: behind as u8, value })
    }

    /// Whether they are negative, and how many units of `10^-scale` they are then; `None` if there are more digits
    /// behind the point.
    #[inline]
    fn units(self, scale: u8) -> Option<(bool, u128)> {
        let zeros = scale.checked_sub(self.behind)?;
        Some((self.negative, u128::from(self.value) * u128::from(*POWERS.get(usize::from(zeros))?)))
    }
}

/// So many units, if they are in range.
#[inline]
fn in_range(negative: bool, magnitude: u128) -> Option<i128> {
    let units = (magnitude < UNITS_END).then_some(magnitude as i128)?;
    Some(if negative { -units } else { units })
}

/// Any number: the digits before place `kept` are the units, those from there on decide how to round.
///
/// `12.345e1` in cents has the digits 12345, its point behind the third of them, and so `kept` is 5; with `e-1` it
/// would be 3, and with `e9`, 13: eight zeros are missing. Only the distance from the first digit that isn't zero to
/// `kept` makes a number large.
fn long(text: &str, scale: u8, rounding: Rounding) -> Option<Units> {
    let parts = Parts::of(text);
    let kept = parts.point.saturating_add(i64::from(scale));
    let Some(first) = parts.digits().position(|digit| digit != 0) else {
        return Some(Units { units: 0, exact: true });
    };
    if kept.saturating_sub(i64::try_from(first).ok()?) > DIGITS_MAX {
        return None;
    }
    let length = usize::try_from(kept).unwrap_or(0);
    let missing = length.saturating_sub(parts.length());
    let whole = parts.digits().take(length).fold(0u128, |whole, digit| whole * 10 + u128::from(digit));
    let whole = whole * 10u128.checked_pow(u32::try_from(missing).ok()?)?;
    let rest = if kept < 0 { Rest::BelowHalf } else { Rest::of(parts.digits().skip(length)) };
    let up = match rounding {
        Rounding::HalfEven => rest == Rest::AboveHalf || rest == Rest::Half && whole % 2 == 1,
        Rounding::Floor => parts.negative && rest != Rest::Nothing,
    };
    let units = in_range(parts.negative, whole + u128::from(up))?;
    Some(Units { units, exact: rest == Rest::Nothing })
}

/// A number taken apart: `0.digits * 10^point`.
struct Parts<'a> {
    /// Whether there is a minus sign.
    negative: bool,
    /// The digits before the point.
    whole: &'a [u8],
    /// The digits behind it.
    behind: &'a [u8],
    /// Where the point stands among the digits once the exponent has moved it; saturated.
    point: i64,
}

impl<'a> Parts<'a> {
    /// Takes `text` apart.
    fn of(text: &'a str) -> Parts<'a> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, ""));
        let (negative, magnitude) = match mantissa.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, mantissa),
        };
        let (whole, behind) = magnitude.split_once('.').unwrap_or((magnitude, ""));
        let point = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent_of(exponent));
        Parts { negative, whole: whole.as_bytes(), behind: behind.as_bytes(), point }
    }

    /// All digits, as numbers.
    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.behind).map(|digit| digit - b'0')
    }

    /// How many digits there are.
    fn length(&self) -> usize {
        self.whole.len() + self.behind.len()
    }
}

/// The exponent that `text` says, saturated.
fn exponent_of(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude =
        digits.bytes().fold(0i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -magnitude } else { magnitude }
}

/// What is left of a number behind its last unit, compared with half a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing: the number is exact.
    Nothing,
    /// Less than a half.
    BelowHalf,
    /// Exactly a half.
    Half,
    /// More than a half.
    AboveHalf,
}

impl Rest {
    /// Compares `0.digits` with a half.
    fn of(mut digits: impl Iterator<Item = u8>) -> Rest {
        let first = digits.next().unwrap_or(0);
        let more = digits.any(|digit| digit != 0);
        match (first, more) {
            (0, false) => Rest::Nothing,
            (0..=4, _) => Rest::BelowHalf,
            (5, false) => Rest::Half,
            _ => Rest::AboveHalf,
        }
    }
}

#[cfg(test)]
mod tests;
