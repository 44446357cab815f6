//! How far a number lies from others, by measures that a few wild ones among them do not move. Pure, and in whole
//! numbers.
//!
//! The score is the modified z-score of Iglewicz and Hoaglin (*How to Detect and Handle Outliers*, ASQC Quality Press
//! 1993):
//!
//! ```text
//! M = 0.6745 * |x - median| / MAD        MAD = median of |x_i - median|
//! ```
//!
//! They call 3.5 and more an outlier. If more than half of the others are alike, MAD is 0 and says nothing; the mean
//! absolute deviation about the median then takes its place, scaled to agree with it for normal numbers:
//!
//! ```text
//! M = |x - median| / (1.253314 * MeanAD)        MeanAD = mean of |x_i - median|
//! ```
//!
//! If all of the others are alike there is no score.

use std::cmp::Ordering;

use super::exact::compare;
use mare_dataflow::alerts::Exact;

/// The median and the spread of some numbers, against which others are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobustSpread {
    /// Twice the median: whole, also between two numbers.
    median_2: i128,
    /// A score is `|2x - median_2| * numerator / denominator`.
    numerator: i128,
    /// Not 0.
    denominator: i128,
}

impl RobustSpread {
    /// The spread of `numbers`, if they have one; `None` if they are all alike, or too large for the arithmetic (beyond
    /// 110 bits).
    #[must_use]
    pub fn of(numbers: &[i128]) -> Option<RobustSpread> {
        const LARGEST: u128 = 1 << 110;
        if numbers.iter().any(|number| number.unsigned_abs() > LARGEST) {
            return None;
        }
        let median_2 = twice_the_median(numbers.to_vec())?;
        let deviations_2: Vec<i128> = numbers.iter().map(|number| (2 * number - median_2).abs()).collect();
        let sum_2 = deviations_2.iter().try_fold(0_i128, |sum, each| sum.checked_add(*each))?;
        let count = i128::try_from(numbers.len()).ok()?;
        let mad_4 = twice_the_median(deviations_2)?;
        // |x - median| = d / 2, MAD = mad_4 / 4, MeanAD = sum_2 / 2 / count.
        let (numerator, denominator) = match (mad_4, sum_2) {
            (0, 0) => return None,
            (0, sum_2) => (1_000_000 * count, sum_2.checked_mul(1_253_314)?),
            (mad_4, _) => (2 * 6_745, mad_4.checked_mul(10_000)?),
        };
        Some(RobustSpread { median_2, numerator, denominator })
    }

    /// Whether the score of `x` is above `bound`, exactly.
    #[must_use]
    pub fn is_beyond(&self, x: i128, bound: Exact) -> bool {
        let scale = 10_i128.pow(bound.scale.into());
        let bound = bound.units.checked_mul(self.denominator);
        let score = self.numerator.checked_mul(scale);
        match (self.distance_2(x), score, bound) {
            (Some(distance_2), Some(score), Some(bound)) => {
                compare((distance_2, score), (bound, 1)) == Ordering::Greater
            }
            _ => false,
        }
    }

    /// The score of `x`, for people.
    #[must_use]
    pub fn score(&self, x: i128) -> f64 {
        self.distance_2(x).unwrap_or(i128::MAX) as f64 * self.numerator as f64 / self.denominator as f64
    }

    /// Twice the median of the numbers.
    #[must_use]
    pub fn median_2(&self) -> i128 {
        self.median_2
    }

    /// Twice how far `x` is from the median.
    fn distance_2(&self, x: i128) -> Option<i128> {
        Some(x.checked_mul(2)?.checked_sub(self.median_2)?.saturating_abs())
    }
}

/// Twice the median, which is the mean of the two in the middle if there are two; `None` of nothing.
fn twice_the_median(mut numbers: Vec<i128>) -> Option<i128> {
    let half = numbers.len() / 2;
    if numbers.is_empty() {
        return None;
    }
    let is_odd = numbers.len() % 2 == 1;
    let (below, upper, _) = numbers.select_nth_unstable(half);
    let lower = if is_odd { *upper } else { below.iter().copied().max().unwrap_or(*upper) };
    Some(lower + *upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn medians_lie_in_the_middle() {
        let twice = |numbers: &[i128]| twice_the_median(numbers.to_vec());
        assert_eq!((twice(&[]), twice(&[7]), twice(&[9, 1, 2])), (None, Some(14), Some(4)));
        assert_eq!((twice(&[9, 1, 2, 4]), twice(&[-3, -4])), (Some(6), Some(-7)));
    }

    #[test]
    fn the_score_is_the_published_one() {
        // Median 3, deviations 2 1 0 1 97, MAD 1: M(100) = 0.6745 * 97 = 65.4265.
        let spread = RobustSpread::of(&[1, 2, 3, 4, 100]).unwrap();
        assert_eq!(spread.median_2(), 6);
        assert!((spread.score(100) - 65.4265).abs() < 1e-9);
        assert!(spread.is_beyond(100, exact("65.426499")) && !spread.is_beyond(100, exact("65.4265")));
        assert!(!spread.is_beyond(3, exact("0")) && spread.is_beyond(2, exact("0")));
    }

    #[test]
    fn a_border_is_not_beyond() {
        // MAD 6745: a distance of 35,000 scores exactly 3.5.
        let spread = RobustSpread::of(&[-6_745, 0, 6_745]).unwrap();
        assert!(!spread.is_beyond(35_000, exact("3.5")) && spread.is_beyond(35_001, exact("3.5")));
        assert!(!spread.is_beyond(-35_000, exact("3.5")) && spread.is_beyond(-35_001, exact("3.5")));
    }

    #[test]
    fn where_most_are_alike_the_mean_deviation_counts() {
        // Median 5, MAD 0, MeanAD (0 + 0 + 0 + 4) / 4 = 1: M(x) = |x - 5| / 1.253314.
        let spread = RobustSpread::of(&[5, 5, 5, 9]).unwrap();
        assert!((spread.score(10) - 5.0 / 1.253_314).abs() < 1e-9);
        assert!(spread.is_beyond(10, exact("3.98")) && !spread.is_beyond(10, exact("3.99")));
        assert!(!spread.is_beyond(5, exact("0")));
    }

    #[test]
    fn without_spread_there_is_no_score() {
        assert_eq!(RobustSpread::of(&[]), None);
        assert_eq!(RobustSpread::of(&[7; 60]), None);
        assert_eq!(RobustSpread::of(&[i128::MAX, 0, 1]), None, "too large for the arithmetic");
    }

    #[test]
    fn large_amounts_are_exact() {
        let large = 10_i128.pow(30);
        let spread = RobustSpread::of(&[large - 6_745, large, large + 6_745]).unwrap();
        assert!(!spread.is_beyond(large + 35_000, exact("3.5")) && spread.is_beyond(large + 35_001, exact("3.5")));
    }
}
