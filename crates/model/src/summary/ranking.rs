//! What each value of a field comes to, of which the greatest are asked for: the products that sell best.
//!
//! All values are kept, each with what it has come to so far, for the last of them may be the first in the end. So the
//! ranking is exact, and costs what its values cost.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::with_text;
use crate::datum::Datum;

/// What each value has come to: the sum of another field, in its units, or how many events had it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Weights(BTreeMap<CompactString, i128>);

impl Weights {
    /// Adds `units` to a value that is there, and returns by how many bytes it has grown.
    pub(super) fn add(&mut self, value: Datum<'_>, units: i128) -> usize {
        with_text(value, |text| {
            if let Some(weight) = self.0.get_mut(text) {
                *weight += units;
                return 0;
            }
            self.0.insert(text.into(), units);
            size_of::<(CompactString, i128)>() + text.len()
        })
    }

    /// Adds what others have come to.
    pub(super) fn merge(&mut self, others: &Weights) {
        for (value, units) in &others.0 {
            *self.0.entry(value.clone()).or_default() += units;
        }
    }

    /// The `k` values that have come to most, with what they have come to; of equal ones the lesser text is the first.
    #[must_use]
    pub fn top(&self, k: usize) -> Vec<(&str, i128)> {
        let mut all: Vec<_> = self.0.iter().map(|(value, units)| (&**value, *units)).collect();
        all.sort_unstable_by(|(value, units), (other, others)| others.cmp(units).then(value.cmp(other)));
        all.truncate(k);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_come_first_and_of_equal_ones_the_lesser_text() {
        let mut weights = Weights::default();
        assert!(weights.add(Datum::Text("b"), 5) > 0 && weights.add(Datum::Text("a"), 7) > 0);
        assert_eq!(weights.add(Datum::Text("b"), 2), 0, "it has not grown");
        weights.add(Datum::Exact(10), -1);
        let mut others = Weights::default();
        others.add(Datum::Exact(9), -1);
        others.add(Datum::Text("c"), 8);
        weights.merge(&others);
        assert_eq!(weights.top(9), [("c", 8), ("a", 7), ("b", 7), ("10", -1), ("9", -1)]);
        assert_eq!((weights.top(2), weights.top(0)), (vec![("c", 8), ("a", 7)], vec![]));
    }
}
