//! Exact numbers from the text of JSON numbers.
//!
//! The rule: a number is kept as a whole number of units of its scale. Digits beyond the scale round half-even (times:
//! downwards). From 10^24 units on it is out of range.

/// How many digits a number in range has at most.
const DIGITS: i64 = 24;

/// What happens to digits beyond the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// To the nearest, ties to the even one.
    HalfEven,
    /// Downwards.
    Down,
}

/// The number `text` in units of `10^-scale`, and whether that is exactly the number; `None` if it is out of range.
///
/// ```
/// use mare_verify::amount::{Round, units};
/// assert_eq!(units("12.345", 2, Round::HalfEven), Some((1234, false)));
/// assert_eq!(units("-1.5e1", 2, Round::HalfEven), Some((-1500, true)));
/// ```
#[must_use]
pub fn units(text: &str, scale: u8, round: Round) -> Option<(i128, bool)> {
    let is_negative = text.starts_with('-');
    let number = text.trim_start_matches('-');
    let (mantissa, exponent) = apart(number, |byte| matches!(byte, b'e' | b'E'));
    let (whole, _) = apart(mantissa, |byte| byte == b'.');
    let mut digits = mantissa.bytes().filter(|byte| *byte != b'.').peekable();
    let mut zeros = 0;
    while digits.next_if_eq(&b'0').is_some() {
        zeros += 1;
    }
    if digits.peek().is_none() {
        return Some((0, true));
    }
    // Without these zeros the number is 0.digits times 10^size.
    let size = whole.len() as i64 - zeros + saturated(exponent);
    let units = size.saturating_add(scale.into());
    if units > DIGITS {
        return None;
    }
    let mut magnitude = 0_i128;
    for _ in 0..units {
        let digit = char::from(digits.next().unwrap_or(b'0')).to_digit(10)?;
        magnitude = magnitude.wrapping_mul(10) + i128::from(digit); // 24 digits are far from the end
    }
    // Far below one unit, a digit that is not zero says as much as where it stands.
    let first = if units < 0 { b'0' } else { digits.next().unwrap_or(b'0') };
    let is_more = digits.any(|digit| digit != b'0');
    let is_exact = first == b'0' && !is_more;
    let up = match round {
        Round::Down => is_negative && !is_exact,
        Round::HalfEven => first > b'5' || (first == b'5' && (is_more || magnitude % 2 == 1)),
    };
    let magnitude = magnitude + i128::from(up);
    let in_range = magnitude < 10_i128.pow(DIGITS as u32);
    in_range.then_some((if is_negative { -magnitude } else { magnitude }, is_exact))
}

/// What is before the first such byte, and what is behind it.
fn apart(text: &str, is_between: impl Fn(u8) -> bool) -> (&str, &str) {
    let between = text.bytes().position(is_between);
    between.map_or((text, ""), |between| (&text[..between], &text[between + 1..]))
}

/// An exponent, cut off where it makes no difference any more.
fn saturated(exponent: &str) -> i64 {
    const END: i64 = 1 << 40;
    if exponent.is_empty() {
        return 0;
    }
    let number = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { -END } else { END });
    number.clamp(-END, END)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::decimal;

    /// Two readings that share no code. A sink may refuse what the auditor reads: exponents that no database writes.
    #[test]
    fn any_number_is_read_as_the_decimals_of_sinks_are() {
        mare_random::fuzz("decimals", 12_000, |input| {
            let Ok(number) = std::str::from_utf8(input) else { return false };
            let is_plain = number.trim() == number && serde_json::from_str::<serde_json::Number>(number).is_ok();
            for scale in [0, 2, 18].into_iter().filter(|_| is_plain) {
                let Some((read, is_exact)) = units(number, scale, Round::HalfEven) else { continue };
                let found = decimal::units(number, scale);
                assert!(found.is_none() || found == is_exact.then_some(read), "{number} at {scale}: {found:?}, {read}");
            }
            is_plain
        });
    }

    #[test]
    fn numbers_by_hand() {
        for (text, expected) in [
            ("0", Some((0, true))),
            ("-0.000", Some((0, true))),
            ("0e999999999999999999999", Some((0, true))),
            ("1", Some((100, true))),
            ("0.29", Some((29, true))),
            ("0.005", Some((0, false))),
            ("0.015", Some((2, false))),
            ("0.0150000001", Some((2, false))),
            ("0.0049999999", Some((0, false))),
            ("-2.675", Some((-268, false))),
            ("-2.665", Some((-266, false))),
            ("99.999", Some((10_000, false))),
            ("1234567890123456789012.34", Some((123_456_789_012_345_678_901_234, true))),
            ("9999999999999999999999.995", None),
            ("1e22", None),
            ("1E21", Some((10_i128.pow(23), true))),
            ("1e-1", Some((10, true))),
            ("5e-3", Some((0, false))),
            ("15e-3", Some((2, false))),
            ("9e-999999999999999999999", Some((0, false))),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(units(text, 2, Round::HalfEven), expected, "{text}");
        }
    }

    #[test]
    fn times_round_downwards() {
        for (text, expected) in [("1.0005", 1000), ("-1.0005", -1001), ("-1e-9", -1), ("1e-9", 0), ("12", 12_000)] {
            assert_eq!(units(text, 3, Round::Down).map(|(units, _)| units), Some(expected), "{text}");
        }
    }

    /// As the engine reads them, by code that shares nothing with this one.
    #[test]
    fn any_number_of_json_is_read_as_the_engine_reads_it() {
        use mare_decode::number::{self, Rounding};
        mare_random::fuzz("decimals", 12_000, |input| {
            let Ok(text) = std::str::from_utf8(input) else { return false };
            if text.trim() != text || serde_json::from_str::<serde_json::Number>(text).is_err() {
                return false;
            }
            for scale in [0, 2, 3, 18] {
                for (ours, theirs) in [(Round::HalfEven, Rounding::HalfEven), (Round::Down, Rounding::Floor)] {
                    let theirs = number::units(text.as_bytes(), scale, theirs).map(|it| (it.units, it.exact));
                    assert_eq!(units(text, scale, ours), theirs, "{text} at {scale}");
                }
            }
            true
        });
    }
}
