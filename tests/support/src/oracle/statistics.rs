//! The least, the greatest, the mean and the spread of a few numbers, by the plainest code there is.

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

/// The variance of `numbers` as a quotient: by one less than their number if they are a `sample`; `None` of too few.
fn variance_as_quotient(numbers: &[i64], sample: bool) -> Option<(i128, i128)> {
    let (count, sum) = (numbers.len() as i128, numbers.iter().map(|number| i128::from(*number)).sum::<i128>());
    let degrees = count - i128::from(sample);
    // Each distance from the mean, times their number, so that it is whole.
    let distances = numbers.iter().map(|number| (i128::from(*number) * count - sum).pow(2)).sum::<i128>();
    (degrees > 0).then_some((distances, count * count * degrees))
}

/// The variance with `digits` more than twice as many as the numbers have, to the nearest, half-even.
pub fn variance(numbers: &[i64], sample: bool, digits: u32) -> Option<i64> {
    let (above, below) = variance_as_quotient(numbers, sample)?;
    let distance = |candidate: &i128| ((above * 10_i128.pow(digits) - candidate * below).abs(), candidate % 2 != 0);
    let about = above * 10_i128.pow(digits) / below;
    i64::try_from((about..=about + 1).min_by_key(distance)?).ok()
}

/// The standard deviation with `digits` more than the numbers have: the whole number between whose middles with both
/// its neighbours the root lies; of two the even one.
pub fn deviation(numbers: &[i64], sample: bool, digits: u32) -> Option<i64> {
    let (above, below) = variance_as_quotient(numbers, sample)?;
    let square = 4 * above * 10_i128.pow(2 * digits);
    let about = (square as f64 / below as f64 / 4.0).sqrt() as i128;
    let fits = |candidate: &i128| {
        let middle = |odd: i128| odd * odd * below;
        middle((2 * candidate - 1).max(0)) <= square && square <= middle(2 * candidate + 1)
    };
    let nearest = (about.saturating_sub(2).max(0)..=about + 2).filter(fits).min_by_key(|candidate| candidate % 2);
    nearest.and_then(|nearest| i64::try_from(nearest).ok())
}

/// A whole number of units as a decimal with so many digits behind the point.
pub fn decimal(units: i64, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}
