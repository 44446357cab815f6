//! From the text of a JSON number to an exact integer of units, never through a float.
//!
//! # Why a sum cannot overflow
//! The units of one event are less than [`UNITS_END`] = 10^24 in magnitude. A window would have to take 10^14 events, a million
//! a second for three years, before its sum could reach 10^38, and `i128` holds 1.7 * 10^38.
//!
//! The texts are numbers by the grammar of JSON, as both ways of reading a record have made sure of.

/// The first magnitude that is out of range, in units.
pub(super) const UNITS_END: u128 = 10u128.pow(24);

/// How many digits the largest magnitude in range has.
const DIGITS_MAX: i64 = 24;

/// How many digits fit a `u64` whatever they are.
const DIGITS_WORD: usize = 19;

/// What happens to digits behind the last unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To the nearest unit, ties to the even one.
    HalfEven,
    /// Towards minus infinity.
    Floor,
}

/// A number in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    /// How many; less than [`UNITS_END`] in magnitude.
    pub(super) units: i128,
    /// Whether that is exactly the number, so that nothing was rounded.
    pub(super) exact: bool,
}

/// The number `text` in units of `10^-scale`, or `None` if its magnitude is [`UNITS_END`] or more.
///
/// The work is bounded by the length of the text, whatever the exponent is.
#[inline]
pub(super) fn units(text: &str, scale: u8, rounding: Rounding) -> Option<Units> {
    match short(text.as_bytes(), scale) {
        Some(units) => in_range(units).map(|units| Units { units, exact: true }),
        None => long(text, scale, rounding),
    }
}

/// The usual number: no exponent, few digits, not more behind the point than the scale. `None` if it is another.
#[inline]
fn short(text: &[u8], scale: u8) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > DIGITS_WORD {
        return None;
    }
    let (mut value, mut behind) = (0u64, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                behind = behind.map(|behind: u8| behind + 1);
            }
            b'.' => behind = Some(0),
            _ => return None,
        }
    }
    let zeros = scale.checked_sub(behind.unwrap_or(0))?;
    let magnitude = i128::from(value) * i128::from(10u64.checked_pow(u32::from(zeros))?);
    Some(if negative { -magnitude } else { magnitude })
}

/// `units`, if they are in range.
#[inline]
fn in_range(units: i128) -> Option<i128> {
    (units.unsigned_abs() < UNITS_END).then_some(units)
}

/// Any number.
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
    let whole = parts.digits().take(length).skip(first).fold(0u128, |whole, digit| whole * 10 + u128::from(digit));
    let whole = whole * 10u128.checked_pow(u32::try_from(missing).ok()?)?;
    let rest = if kept < 0 { Rest::BelowHalf } else { Rest::of(parts.digits().skip(length)) };
    let up = match rounding {
        Rounding::HalfEven => rest == Rest::AboveHalf || rest == Rest::Half && whole % 2 == 1,
        Rounding::Floor => parts.negative && rest != Rest::Nothing,
    };
    let magnitude = i128::try_from(whole + u128::from(up)).ok()?;
    let units = in_range(if parts.negative { -magnitude } else { magnitude })?;
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
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn half_even(text: &str, scale: u8) -> Option<(i128, bool)> {
        units(text, scale, Rounding::HalfEven).map(|it| (it.units, it.exact))
    }

    #[test]
    fn digits_beyond_the_scale_round_half_even() {
        for (text, units, exact) in [
            ("123.45", 12345, true),
            ("0", 0, true),
            ("-0", 0, true),
            ("-0.00", 0, true),
            ("7", 700, true),
            ("7.5", 750, true),
            ("-7.5", -750, true),
            ("1.500", 150, true),
            ("0.005", 0, false),
            ("0.015", 2, false),
            ("0.025", 2, false),
            ("0.0250000000000000000000001", 3, false),
            ("0.02499999999999999999999999", 2, false),
            ("-0.005", 0, false),
            ("-0.015", -2, false),
            ("-0.025", -2, false),
            ("-0.026", -3, false),
            ("9.995", 1000, false),
            ("0.004", 0, false),
            ("0.0004999", 0, false),
            ("1e2", 10000, true),
            ("1E+2", 10000, true),
            ("12345e-3", 1234, false),
            ("12355e-3", 1236, false),
            ("12345e-4", 123, false),
            ("5e-3", 0, false),
            ("5.1e-3", 1, false),
            ("5e-4", 0, false),
            ("1e-999999999999999999999", 0, false),
            ("0e999999999999999999999", 0, true),
            ("0.000000000000000000000000000001e30", 100, true),
            ("1000000000000000000000000000000e-30", 100, true),
        ] {
            assert_eq!(half_even(text, 2), Some((units, exact)), "{text}");
        }
    }

    #[test]
    fn magnitudes_from_the_end_of_the_range_on_are_refused() {
        let largest = i128::try_from(UNITS_END).unwrap() - 1;
        assert_eq!(half_even("9999999999999999999999.99", 2), Some((largest, true)));
        assert_eq!(half_even("-9999999999999999999999.99", 2), Some((-largest, true)));
        assert_eq!(half_even("999999999999999999999999", 0), Some((largest, true)));
        for text in [
            "1e22",
            "9999999999999999999999.995",
            "-1e22",
            "1e999999999",
            "1e99999999999999999999999",
            "12345678901234567890123",
        ] {
            assert_eq!(half_even(text, 2), None, "{text}");
        }
        assert_eq!(half_even("9999999", 18), None, "few digits, but many units");
        assert_eq!(half_even("999999.9", 18), Some((999_999_900_000_000_000_000_000, true)));
    }

    #[test]
    fn floors_go_down_on_both_sides_of_zero() {
        for (text, expected) in [
            ("1.9999", 1999),
            ("1.9", 1900),
            ("-1.9991", -2000),
            ("-0.0001", -1),
            ("0.0009", 0),
            ("-2", -2000),
            ("1e-9", 0),
        ] {
            assert_eq!(units(text, 3, Rounding::Floor).map(|it| it.units), Some(expected), "{text}");
        }
        assert_eq!(units("-1e-9", 3, Rounding::Floor), Some(Units { units: -1, exact: false }));
    }

    #[test]
    fn short_and_long_agree() {
        let seed = 0x6d61_7265;
        let mut random = SmallRng::seed_from_u64(seed);
        for round in 0..200_000 {
            let sign = if random.random() { "-" } else { "" };
            let whole = random.random::<u64>() >> random.random_range(0..64);
            let behind = random.random_range(0..1000);
            let text = match random.random_range(0..4) {
                0 => format!("{sign}{whole}"),
                1 => format!("{sign}{whole}.{behind}"),
                2 => format!("{sign}{whole}.{behind:05}"),
                _ => format!("{sign}0.{whole}"),
            };
            let scale = random.random_range(0..=18);
            if let Some(units) = short(text.as_bytes(), scale) {
                let expected = in_range(units).map(|units| Units { units, exact: true });
                assert_eq!(
                    long(&text, scale, Rounding::HalfEven),
                    expected,
                    "seed {seed:#x} round {round}: {text} at {scale}"
                );
                assert_eq!(
                    long(&text, scale, Rounding::Floor),
                    expected,
                    "seed {seed:#x} round {round}: {text} at {scale}"
                );
            }
        }
    }
}
