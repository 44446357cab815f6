//! A few numbers in short.

/// The ends of some numbers, and the one in their middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The median; of two in the middle the greater.
    pub median: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// That of some numbers.
    ///
    /// # Panics
    /// If there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1).expect("one number at least");
        Spread { least: values[0], median: values[values.len() / 2], greatest: values[last] }
    }
}

/// The least of sorted numbers that at least a `share` of all are not above.
///
/// # Panics
/// If there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// What each further event costs: the difference of two runs, of a part of a log and of all of it, for each event more.
/// What a start costs is in neither. `None` if the longer run was not longer.
pub fn each_further(part: (u64, f64), whole: (u64, f64)) -> Option<f64> {
    let events = whole.0.saturating_sub(part.0) as f64;
    Some((whole.1 - part.1) / events).filter(|each| *each > 0.0 && each.is_finite())
}
