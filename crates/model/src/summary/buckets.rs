//! How values are spread, nearly: their number in each of the integer buckets of an *HDR histogram* (Tene 2012), whose
//! widths grow with the values.
//!
//! A value of so many units keeps its highest 8 binary digits: below 256 units it is kept as it is, above that it
//! falls into a bucket of `2^e` neighbours, of which the middle stands for all. So what stands for a value is at most
//! 1/256 of the value away from it. The buckets are in the order of their values, so a quantile over buckets is in the
//! bucket of the quantile over the values. A number in a bucket is a sum, so nothing depends on an order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Quantile;

/// How many buckets there are for each power of two, once there are that many values.
const EACH: i128 = 1 << 7;

/// How many values are in each bucket that has any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Buckets(BTreeMap<i32, u64>);

impl Buckets {
    /// Takes a value in.
    pub(super) fn take(&mut self, units: i128) {
        *self.0.entry(bucket(units)).or_default() += 1;
    }

    /// Takes in what others have.
    pub(super) fn merge(&mut self, other: &Buckets) {
        for (bucket, count) in &other.0 {
            let mine = self.0.entry(*bucket).or_default();
            *mine = mine.saturating_add(*count);
        }
    }

    /// What stands for the least value that at least so many of all are not above (the *nearest rank*); none of no
    /// value.
    pub(super) fn quantile(&self, Quantile(millionths): Quantile) -> Option<i128> {
        let count: u128 = self.0.values().map(|count| u128::from(*count)).sum();
        let rank = (count * u128::from(millionths)).div_ceil(Quantile::END.into()).max(1);
        let mut through = 0;
        self.0.iter().find_map(|(bucket, count)| {
            through += u128::from(*count);
            (through >= rank).then(|| middle(*bucket))
        })
    }
}

/// The bucket of a value: of a negative one that of its size, with the sign.
fn bucket(units: i128) -> i32 {
    let size = units.unsigned_abs();
    let digits = u128::BITS - size.leading_zeros();
    let cut = digits.saturating_sub(8);
    // At most 8 digits, of which the highest is 1 where others are cut off: so the buckets of a length go on where
    // those of the one before end.
    let place = i128::from(cut) * EACH + i128::try_from(size >> cut).unwrap_or_default();
    let place = i32::try_from(place).unwrap_or(i32::MAX); // 120 lengths of 128, and 256
    if units < 0 { -place } else { place }
}

/// The value in the middle of a bucket, which stands for all in it.
fn middle(bucket: i32) -> i128 {
    let place = i128::from(bucket.unsigned_abs());
    let cut = (place / EACH - 1).clamp(0, 119); // 127 digits without the 8 that are kept
    let lowest = (place - cut * EACH) << cut;
    let size = lowest + ((1 << cut) - 1) / 2;
    if bucket < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::measure::VALUE_END;

    #[test]
    fn what_stands_for_a_value_is_near_and_in_its_order() {
        for units in -256..=256 {
            assert_eq!(middle(bucket(units)), units, "small ones stand for themselves");
        }
        for seed in mare_random::seeds(20_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let mut value = || random.random_range(1 - VALUE_END..VALUE_END) >> random.random_range(0..80);
            let (one, other) = (value(), value());
            let near = middle(bucket(one));
            assert!((near - one).abs() * 256 <= one.abs(), "seed {seed}: {near} stands for {one}");
            assert_eq!(bucket(near), bucket(one), "seed {seed}");
            assert!((one <= other) == (bucket(one) <= bucket(other)) || bucket(one) == bucket(other), "seed {seed}");
        }
    }

    /// The rule, over all values in their order.
    #[test]
    fn a_quantile_is_near_the_value_of_its_rank() {
        for seed in mare_random::seeds(400) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut buckets, mut values) = (Buckets::default(), Vec::new());
            for _ in 0..random.random_range(1..80) {
                values.push(random.random_range(-100_000..100_000) >> random.random_range(0..17));
            }
            values.iter().for_each(|value| buckets.take(*value));
            values.sort_unstable();
            for millionths in [0, 1, 250_000, 500_000, 950_000, 999_999, 1_000_000] {
                let share = f64::from(millionths) / 1e6 * values.len() as f64;
                let exact = values[(share.ceil() as usize).max(1) - 1];
                let near = buckets.quantile(Quantile(millionths)).expect("a value");
                assert_eq!(bucket(near), bucket(exact), "seed {seed}: {near} for {exact} at {millionths}");
            }
        }
        assert_eq!(Buckets::default().quantile(Quantile(500_000)), None);
    }
}
