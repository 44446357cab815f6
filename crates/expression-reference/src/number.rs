//! Numbers: units of a scale, of which 127 bits and a sign hold every one.

use std::cmp::Ordering;

use super::big::Big;
use super::value::{NaiveFailure, NaiveValue};

/// The most digits that a number has behind the point.
const SCALE_MAX: usize = 18;

const OVERFLOW: NaiveFailure = "overflow";

fn power(digits: usize) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(digits).ok()?)
}

/// The quotient of whole numbers, to the nearest, half-even; `None` if it does not fit, or of no quotient.
#[must_use]
pub fn nearest(left: i128, right: i128) -> Option<i128> {
    let (size, of) = (left.unsigned_abs(), right.unsigned_abs());
    let (whole, rest) = (size.checked_div(of)?, size.checked_rem(of)?);
    let up = match rest.cmp(&(of - rest)) {
        Ordering::Less => 0,
        Ordering::Equal => whole % 2,
        Ordering::Greater => 1,
    };
    let whole = whole.checked_add(up)?;
    if (left < 0) == (right < 0) { i128::try_from(whole).ok() } else { 0_i128.checked_sub_unsigned(whole) }
}

/// A number in another scale. All other values stay as they are.
///
/// # Errors
/// `overflow` if it does not fit.
pub fn scaled(value: NaiveValue, to: usize) -> Result<NaiveValue, NaiveFailure> {
    let NaiveValue::Number(units, from) = value else { return Ok(value) };
    let units = if from <= to {
        power(to - from).and_then(|unit| units.checked_mul(unit))
    } else {
        power(from - to).and_then(|unit| nearest(units, unit))
    };
    Ok(NaiveValue::Number(units.ok_or(OVERFLOW)?, to))
}

/// How two numbers compare: by what stands before the point, and then by what stands behind it.
#[must_use]
pub fn compare((left, scale): (i128, usize), (right, other): (i128, usize)) -> Ordering {
    let parts = |units: i128, digits: usize| {
        let unit = power(digits).unwrap_or(i128::MAX);
        let finer = power(SCALE_MAX.saturating_sub(digits)).unwrap_or(1);
        (units.div_euclid(unit), units.rem_euclid(unit).saturating_mul(finer))
    };
    parts(left, scale).cmp(&parts(right, other))
}

/// What comes of two numbers, which are of one scale for all words but `*` and `/`.
///
/// # Errors
/// `division_by_zero`; `overflow` if it does not fit.
pub fn arithmetic(
    word: &str,
    (left, own): (i128, usize),
    (right, other): (i128, usize),
) -> Result<NaiveValue, NaiveFailure> {
    if matches!(word, "/" | "%" | "DIV") && right == 0 {
        return Err("division_by_zero");
    }
    let (units, scale) = match word {
        "+" => (left.checked_add(right), own),
        "-" => (left.checked_sub(right), own),
        "*" => (left.checked_mul(right), own + other),
        "%" => (Some(left.checked_rem(right).unwrap_or(0)), own), // the least number by -1 leaves nothing
        "DIV" => (left.checked_div(right), 0),
        _ => (quotient(left, right, own, other), own.max(6)),
    };
    Ok(NaiveValue::Number(units.ok_or(OVERFLOW)?, scale))
}

/// `left / 10^own / (right / 10^other)`, in units of the quotient's scale.
fn quotient(left: i128, right: i128, own: usize, other: usize) -> Option<i128> {
    let (more, less) = (other + own.max(6), own);
    let dividend = power(more).and_then(|unit| left.checked_mul(unit));
    let divisor = power(less).and_then(|unit| right.checked_mul(unit));
    if let (Some(dividend), Some(divisor)) = (dividend, divisor) {
        return nearest(dividend, divisor);
    }
    let dividend = Big::of(left).times(&Big::power(more));
    dividend.rounded(&Big::of(right).times(&Big::power(less))).to_i128()
}

/// The whole number at or below a number, or at or above it if `up`.
///
/// # Errors
/// `overflow` if it does not fit.
pub fn whole(units: i128, scale: usize, up: bool) -> Result<NaiveValue, NaiveFailure> {
    let unit = power(scale).ok_or(OVERFLOW)?;
    let (whole, rest) = (units / unit, units % unit);
    let away = match (up, rest.signum()) {
        (true, 1) => 1,
        (false, -1) => -1,
        _ => 0,
    };
    Ok(NaiveValue::Number(whole.checked_add(away).ok_or(OVERFLOW)?, 0))
}

/// A number of less than so many digits in all.
///
/// # Errors
/// `overflow` if it has more.
pub fn bounded(value: NaiveValue, precision: usize) -> Result<NaiveValue, NaiveFailure> {
    let is_within = |units: i128| power(precision).is_none_or(|end| -end < units && units < end);
    match value {
        NaiveValue::Number(units, _) if !is_within(units) => Err(OVERFLOW),
        _ => Ok(value),
    }
}

/// The text of a number, with all its digits behind the point.
#[must_use]
pub fn written(units: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs().to_string(), width = scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// A text as a number of a scale: a sign, digits with at most one point, and spaces around them; rounded half-even.
///
/// # Errors
/// `cast` if it is none, or does not fit.
pub fn parsed(text: &str, scale: usize) -> Result<NaiveValue, NaiveFailure> {
    let text = text.trim_matches(' ');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let mut all = whole.chars().chain(behind.chars());
    if whole.len() + behind.len() == 0 || !all.all(|letter| letter.is_ascii_digit()) {
        return Err("cast");
    }
    let (kept, rest) = behind.split_at(scale.min(behind.len()));
    let sign = if text.starts_with('-') { "-" } else { "" };
    let units: i128 = format!("{sign}0{whole}{kept:0<scale$}").parse().map_err(|_| "cast")?;
    let rest = rest.trim_end_matches('0');
    let up = rest > "5" || (rest == "5" && units % 2 != 0);
    let away = if sign.is_empty() { 1 } else { -1 };
    let units = if up { units.checked_add(away) } else { Some(units) };
    units.map(|units| NaiveValue::Number(units, scale)).ok_or("cast")
}
