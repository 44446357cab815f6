//! The least, the greatest and the mean of a few numbers, by the plainest code there is.

/// The least and the greatest of `numbers`; `None` without any.
pub fn extremes(numbers: &[i64]) -> Option<(i64, i64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    Some((*sorted.first()?, *sorted.last()?))
}

/// A whole number of units as a decimal with so many digits behind the point.
pub fn decimal(units: i64, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}
