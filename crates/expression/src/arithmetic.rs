//! Exact arithmetic over units: nothing here is rounded but where half-even is said, and what does not fit is none.

use std::cmp::Ordering;

/// Powers of ten that fit.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};

/// `10^digits`, if it fits.
pub(super) fn power(digits: u8) -> Option<i128> {
    POWERS.get(usize::from(digits)).copied()
}

/// The product. Of two words it is one multiplication and always fits; of others the check takes several times as long.
#[inline]
pub(super) fn multiply(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(i128::from(left).wrapping_mul(i128::from(right))),
        _ => left.checked_mul(right),
    }
}

/// The quotient and the rest of magnitudes; `right` is not 0. Words are divided by the machine itself.
#[inline]
fn quotient(left: u128, right: u128) -> (u128, u128) {
    match (u64::try_from(left), u64::try_from(right)) {
        (Ok(left), Ok(right)) => ((left / right).into(), (left % right).into()),
        _ => (left / right, left % right),
    }
}

/// `units` of a unit that is so many digits finer.
pub(super) fn finer(units: i128, digits: u8) -> Option<i128> {
    multiply(units, power(digits)?)
}

/// `units` of a unit that is so many digits coarser, half-even.
pub(super) fn coarser(units: i128, digits: u8) -> Option<i128> {
    divide(units, power(digits)?, 0)
}

/// `left / right`, in units that are `digits` finer, half-even. None if that does not fit, or if `right` is 0.
pub(super) fn divide(left: i128, right: i128, digits: u8) -> Option<i128> {
    if right == 0 {
        return None;
    }
    let divisor = right.unsigned_abs();
    let (quotient, rest) = match finer(left, digits) {
        Some(left) => quotient(left.unsigned_abs(), divisor),
        None => long_division(left.unsigned_abs(), divisor, digits)?,
    };
    let magnitude = quotient.checked_add(u128::from(rounds_up(quotient, rest, divisor)))?;
    signed(magnitude, (left < 0) != (right < 0))
}

/// Whether a quotient becomes the next one, by the rest of its division.
fn rounds_up(quotient: u128, rest: u128, divisor: u128) -> bool {
    match rest.cmp(&(divisor - rest)) {
        Ordering::Less => false,
        Ordering::Equal => quotient % 2 == 1,
        Ordering::Greater => true,
    }
}

/// The quotient with so many more digits, and the rest, digit by digit: for what does not fit when it is multiplied
/// first.
fn long_division(left: u128, divisor: u128, digits: u8) -> Option<(u128, u128)> {
    let (mut quotient, mut rest) = (left / divisor, left % divisor);
    for _ in 0..digits {
        let (mut digit, mut tenfold) = (0, 0);
        // `tenfold` and `rest` are below the divisor, which is 2^127 at most: their sum fits.
        for _ in 0..10 {
            tenfold += rest;
            if tenfold >= divisor {
                tenfold -= divisor;
                digit += 1;
            }
        }
        quotient = quotient.checked_mul(10)?.checked_add(digit)?;
        rest = tenfold;
    }
    Some((quotient, rest))
}

/// A magnitude with its sign, if it fits.
fn signed(magnitude: u128, is_negative: bool) -> Option<i128> {
    if is_negative { 0_i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
}

/// How the numbers compare whose units are made finer by so many digits. Never fails: what does not fit is the larger
/// one in magnitude.
pub(super) fn compare(left: i128, right: i128, finer_by: (u8, u8)) -> Ordering {
    match (finer(left, finer_by.0), finer(right, finer_by.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (None, _) => left.cmp(&0),
        (_, None) => 0.cmp(&right),
    }
}

/// The whole number at or below `units` of `10^-digits`.
pub(super) fn floor(units: i128, digits: u8) -> Option<i128> {
    Some(units.div_euclid(power(digits)?))
}

/// The whole number at or above.
pub(super) fn ceil(units: i128, digits: u8) -> Option<i128> {
    let unit = power(digits)?;
    Some(units.div_euclid(unit) + i128::from(units.rem_euclid(unit) != 0))
}

/// A text as units of `10^-scale`, half-even: a sign, digits with at most one point, and spaces around them.
pub(super) fn parse(text: &str, scale: u8) -> Option<i128> {
    let text = text.trim_matches(' ');
    let (is_negative, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, behind) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let are_digits = whole.bytes().chain(behind.bytes()).all(|byte| byte.is_ascii_digit());
    if !are_digits || whole.len() + behind.len() == 0 {
        return None;
    }
    let scale = usize::from(scale);
    let kept = behind.bytes().chain(std::iter::repeat(b'0')).take(scale);
    let mut units: u128 = 0;
    for digit in whole.bytes().chain(kept) {
        units = units.checked_mul(10)?.checked_add(u128::from(digit - b'0'))?;
    }
    let mut rest = behind.bytes().skip(scale);
    let first = rest.next().unwrap_or(b'0');
    let is_tie = first == b'5' && rest.all(|digit| digit == b'0');
    let up = if is_tie { units % 2 == 1 } else { first >= b'5' };
    signed(units.checked_add(u128::from(up))?, is_negative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_to_the_even_one() {
        for (left, right, digits, expected) in [
            (1, 2, 0, 0),
            (3, 2, 0, 2),
            (5, 2, 0, 2),
            (-1, 2, 0, 0),
            (-3, 2, 0, -2),
            (5, -2, 0, -2),
            (1, 3, 6, 333_333),
            (2, 3, 6, 666_667),
            (-2, 3, 6, -666_667),
        ] {
            assert_eq!(divide(left, right, digits), Some(expected), "{left} / {right} to {digits}");
        }
        assert_eq!((divide(1, 0, 0), divide(0, 0, 6)), (None, None));
    }

    #[test]
    fn division_is_exact_where_multiplying_first_does_not_fit() {
        assert_eq!(divide(i128::MAX, i128::MAX, 18), power(18));
        assert_eq!(divide(i128::MIN, i128::MAX, 18), Some(-power(18).unwrap()));
        assert_eq!(divide(i128::MIN, i128::MIN, 36), power(36));
        assert_eq!(divide(i128::MAX, i128::MIN, 0), Some(-1));
        assert_eq!(divide(i128::MIN, -1, 0), None);
        assert_eq!(divide(i128::MIN, 1, 0), Some(i128::MIN));
        assert_eq!(divide(i128::MAX, 3, 6), None);
        let third = power(38).unwrap();
        assert_eq!(divide(third / 3, third, 18), Some(333_333_333_333_333_333));
        assert_eq!(divide(third, 8 * power(37).unwrap(), 3), Some(1_250));
    }

    #[test]
    fn products_of_words_and_of_more() {
        let word = i128::from(i64::MIN);
        assert_eq!((multiply(word, word), multiply(word, 1)), (Some(1 << 126), Some(word)));
        assert_eq!((multiply(word - 1, 2), multiply(1 << 64, -(1 << 63))), (Some(2 * word - 2), Some(i128::MIN)));
        assert_eq!((multiply(1 << 64, 1 << 63), multiply(i128::MIN, -1)), (None, None));
    }

    #[test]
    fn comparing_never_fails() {
        assert_eq!(compare(i128::MAX, 1, (18, 0)), Ordering::Greater);
        assert_eq!(compare(i128::MIN, i128::MAX, (18, 0)), Ordering::Less);
        assert_eq!(compare(1, i128::MIN, (0, 18)), Ordering::Greater);
        assert_eq!(compare(0, i128::MAX, (0, 18)), Ordering::Less);
        assert_eq!(compare(150, 15, (0, 1)), Ordering::Equal);
    }

    #[test]
    fn whole_numbers_lie_on_either_side() {
        for (units, below, above) in [(150, 1, 2), (-150, -2, -1), (200, 2, 2), (-200, -2, -2), (0, 0, 0)] {
            assert_eq!((floor(units, 2), ceil(units, 2)), (Some(below), Some(above)), "{units}");
        }
        assert_eq!((floor(i128::MIN, 0), ceil(i128::MAX, 0)), (Some(i128::MIN), Some(i128::MAX)));
    }

    #[test]
    fn texts_are_numbers_or_none() {
        for (text, scale, expected) in [
            ("12.345", 2, Some(1_234)),
            ("12.355", 2, Some(1_236)),
            ("12.3450001", 2, Some(1_235)),
            (" -0.5 ", 0, Some(0)),
            ("-1.5", 0, Some(-2)),
            ("+7", 1, Some(70)),
            (".5", 1, Some(5)),
            ("5.", 1, Some(50)),
            ("-170141183460469231731687303715884105728", 0, Some(i128::MIN)),
            ("170141183460469231731687303715884105728", 0, None),
            ("", 0, None),
            (".", 0, None),
            ("-", 0, None),
            ("- 1", 0, None),
            ("1e3", 0, None),
            ("1_000", 0, None),
            ("1.2.3", 0, None),
            ("\u{661}", 0, None),
        ] {
            assert_eq!(parse(text, scale), expected, "{text:?}");
        }
    }
}
