//! Spreads and quantiles. Pure.

use serde::{Deserialize, Serialize};

/// The least, the middle and the greatest of a few numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// The middle one; of two the greater.
    pub median: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// That of `values`; `None` without any.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Spread> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Spread { min: *sorted.first()?, median: sorted[sorted.len() / 2], max: *sorted.last()? })
    }

    /// Whether the two have a number in common.
    #[must_use]
    pub fn overlaps(&self, other: &Spread) -> bool {
        self.min <= other.max && other.min <= self.max
    }
}

/// The value that a `share` of all does not exceed, which are `sorted`; `None` without any.
#[must_use]
pub fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).ceil() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_that_of_the_values_in_any_order() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[2.0]), Some(Spread { min: 2.0, median: 2.0, max: 2.0 }));
        assert_eq!(Spread::of(&[5.0, -1.0, 3.0]), Some(Spread { min: -1.0, median: 3.0, max: 5.0 }));
        assert_eq!(Spread::of(&[4.0, 1.0, 3.0, 2.0]).map(|spread| spread.median), Some(3.0));
    }

    #[test]
    fn spreads_overlap_where_one_begins_before_the_other_ends() {
        let spread = |min, max| Spread { min, median: min, max };
        assert!(spread(1.0, 3.0).overlaps(&spread(3.0, 4.0)) && spread(3.0, 4.0).overlaps(&spread(1.0, 3.0)));
        assert!(!spread(1.0, 2.9).overlaps(&spread(3.0, 4.0)) && !spread(3.0, 4.0).overlaps(&spread(1.0, 2.9)));
    }

    #[test]
    fn a_quantile_is_one_of_the_values_and_never_below_its_share() {
        let sorted: Vec<u32> = (0..=100).collect();
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| quantile(&sorted, share)), [0, 50, 99, 100].map(Some));
        assert_eq!(quantile(&[1, 2], 0.01), Some(2));
        assert_eq!(quantile::<u32>(&[], 0.5), None);
    }
}
