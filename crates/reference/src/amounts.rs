//! What is said of amounts beside their sum, over all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// An amount, and the event that had it: the smallest is the first, and the greatest is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenAmount {
    /// When the event was.
    pub time_ms: i64,
    /// The partition that it is in.
    pub partition: i32,
    /// Where it is there.
    pub offset: i64,
    /// Which event of its record it is.
    pub place: usize,
    /// How much.
    pub units: i128,
}

/// The amount of the first event: by time, then by partition, offset and place.
#[must_use]
pub fn first(amounts: &[SeenAmount]) -> Option<i128> {
    amounts.iter().min().map(|amount| amount.units)
}

/// The amount of the last event, in the same order.
#[must_use]
pub fn last(amounts: &[SeenAmount]) -> Option<i128> {
    amounts.iter().max().map(|amount| amount.units)
}

/// How many different amounts there are.
#[must_use]
pub fn distinct(amounts: &[SeenAmount]) -> usize {
    amounts.iter().map(|amount| amount.units).collect::<BTreeSet<_>>().len()
}

/// The least amount that at least so many millionths of all are not above, [rounded](about).
#[must_use]
pub fn quantile(amounts: &[SeenAmount], millionths: u32) -> Option<i128> {
    let mut units: Vec<_> = amounts.iter().map(|amount| amount.units).collect();
    units.sort_unstable();
    let enough = |rank: &usize| *rank as u64 * 1_000_000 >= u64::from(millionths) * units.len() as u64;
    let rank = (1..=units.len()).find(enough)?;
    Some(about(units[rank - 1]))
}

/// A number in eight binary digits: where it has more, the middle of all numbers that begin with the same eight and are
/// as long, and of two in the middle the smaller; of a negative one the same with its sign.
#[must_use]
pub fn about(units: i128) -> i128 {
    if units < 0 {
        return -about(-units);
    }
    let (mut step, mut from) = (1, units);
    while from >= 256 {
        (step, from) = (step * 2, from / 2);
    }
    from * step + (step - 1) / 2
}

/// The `k` values that come to most, each with the sum of what stands beside it, the greatest first; of equal ones the
/// lesser.
#[must_use]
pub fn ranked<V: Ord>(amounts: impl IntoIterator<Item = (V, i128)>, k: usize) -> Vec<(V, i128)> {
    let mut sums = BTreeMap::new();
    amounts.into_iter().for_each(|(value, units)| *sums.entry(value).or_default() += units);
    let mut all: Vec<(V, i128)> = sums.into_iter().collect();
    all.sort_by_key(|(_, units)| Reverse(*units)); // it keeps the order of those that are equal
    all.truncate(k);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(units: &[i128]) -> Vec<SeenAmount> {
        let amount = |(offset, units): (i64, &i128)| SeenAmount {
            time_ms: 9 - offset,
            partition: 0,
            offset,
            place: 0,
            units: *units,
        };
        (0..).zip(units).map(amount).collect()
    }

    #[test]
    fn of_a_few_amounts() {
        let of = amounts(&[5, 3, 9, 3, 1_000]);
        assert_eq!((first(&of), last(&of), distinct(&of)), (Some(1_000), Some(5), 4));
        let quantiles = [0, 200_000, 200_001, 500_000, 800_000, 800_001, 1_000_000];
        let about_1000 = 4 * 250 + 1;
        let expected = [3, 3, 3, 5, 9, about_1000, about_1000].map(Some);
        assert_eq!(quantiles.map(|millionths| quantile(&of, millionths)), expected);
        let sold = [("b", 2), ("a", 3), ("c", 1), ("b", 1), ("c", -9)];
        assert_eq!((ranked(sold, 9), ranked(sold, 1)), (vec![("a", 3), ("b", 3), ("c", -8)], vec![("a", 3)]));
        assert_eq!((first(&[]), distinct(&[]), quantile(&[], 500_000)), (None, 0, None));
        assert_eq!([0, 255, 256, 257, 258, 511, -511, 512].map(about), [0, 255, 256, 256, 258, 510, -510, 513]);
    }
}
