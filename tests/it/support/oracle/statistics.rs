//! The least, the greatest and the mean of a few numbers, by the plainest code there is.

/// The least and the greatest of `numbers`; `None` without any.
pub fn extremes(numbers: &[i64]) -> Option<(i64, i64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    Some((*sorted.first()?, *sorted.last()?))
}

/// The mean of `numbers` with `more` digits more than they have: of all whole numbers the nearest, and of two that are
/// as near the even one. `None` without any.
pub fn mean(numbers: &[i64], more: u32) -> Option<i64> {
    let (count, sum) = (i64::try_from(numbers.len()).expect("few"), numbers.iter().sum::<i64>() * 10_i64.pow(more));
    let distance = |candidate: &i64| ((sum - candidate * count).abs(), candidate % 2 != 0);
    let about = sum.checked_div(count)?;
    (about - 1..=about + 1).min_by_key(distance)
}

/// A whole number of units as a decimal with so many digits behind the point.
pub fn decimal(units: i64, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}
