//! Amounts as text, to whole cents, rounded half-even.

/// The cents of a JSON number's text; `None` if they are far beyond any amount.
pub fn half_even(number: &str) -> Option<i128> {
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, number),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return Some(0);
    }
    // The amount in cents is 0.DIGITS times ten to this power.
    let trimmed = whole.len() + fraction.len() - digits.len();
    let point = exponent.parse::<i64>().ok()? + whole.len() as i64 - trimmed as i64 + 2;
    if point > 30 {
        return None;
    }
    if point < 0 {
        return Some(0);
    }
    let padded = format!("{digits:0<30}");
    let (kept, dropped) = padded.split_at(point as usize);
    let kept: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    Some(sign * if rounds_up(kept, dropped) { kept + 1 } else { kept })
}

/// Whether the digits behind the last kept one lift it.
fn rounds_up(kept: i128, dropped: &str) -> bool {
    match dropped.bytes().next() {
        None | Some(b'0'..=b'4') => false,
        Some(b'5') => kept % 2 == 1 || dropped.bytes().skip(1).any(|digit| digit != b'0'),
        Some(_) => true,
    }
}
