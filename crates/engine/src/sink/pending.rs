//! The newest totals that the writer does not have yet.

use mare_model::total::Change;

/// So many changes are not looked through for repetitions, however few keys they are of.
const FEW: usize = 64;

/// Changes in the order in which they came, each key once or, until they are looked through, more often.
///
/// A sealed batch gives each key once and in their order, so that mostly there is nothing to do but to hold what came:
/// a stable sort finds what is in order already, and leaves a newer change of a key behind an older one. They are
/// looked through when they have doubled since the last time, so that there are at most twice as many as keys.
#[derive(Default)]
pub(super) struct Pending {
    changes: Vec<Change>,
    /// How many there were when they had been looked through.
    keys: usize,
}

impl Pending {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Takes changes that are newer than those that are there.
    pub fn extend(&mut self, changes: impl Iterator<Item = Change>) {
        self.changes.extend(changes);
        if self.changes.len() > (2 * self.keys).max(FEW) {
            self.coalesce();
        }
    }

    /// Leaves the newest change of each key, in the order of the keys.
    fn coalesce(&mut self) {
        self.changes.sort_by(|one, other| one.key.cmp(&other.key));
        self.changes.dedup_by(|newer, older| {
            let is_repeated = newer.key == older.key;
            if is_repeated {
                std::mem::swap(newer, older);
            }
            is_repeated
        });
        self.keys = self.changes.len();
    }

    /// Takes out the newest change of each key.
    pub fn take(&mut self) -> Vec<Change> {
        self.coalesce();
        self.keys = 0;
        std::mem::take(&mut self.changes)
    }

    /// Takes out the newest change of each key of which `is_wanted`.
    pub fn take_if(&mut self, is_wanted: impl Fn(&Change) -> bool) -> Vec<Change> {
        let (wanted, rest) = self.take().into_iter().partition(is_wanted);
        (self.changes, self.keys) = (rest, 0);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use mare_model::time::{EventTime, Window};
    use mare_model::total::{Key, Total};
    use mare_model::view::ViewId;
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    fn change(group: u32, n: i64) -> Change {
        let window = Window { start: EventTime(0), end: EventTime(i64::from(group) % 3) };
        let key = Key { view: ViewId(0), window, group: group.to_string().into() };
        Change { key, total: Total { n, ..Total::default() }, is_final: false }
    }

    /// Whatever came in which order, what is taken out is the newest of each key, and never are there many more.
    #[test]
    fn the_newest_of_each_key_is_taken_out_once() {
        for seed in mare_random::seeds(100) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut pending, mut expected, mut n) = (Pending::default(), BTreeMap::new(), 0);
            let groups = [1, 5, 200][random.random_range(0..3)];
            for _ in 0..random.random_range(1..60) {
                let mut came = Vec::new();
                for _ in 0..random.random_range(0..50) {
                    n += 1;
                    came.push(change(random.random_range(0..groups), n));
                }
                expected.extend(came.iter().map(|change| (change.key.clone(), change.clone())));
                pending.extend(came.into_iter());
                assert!(pending.changes.len() <= (2 * expected.len()).max(FEW), "seed {seed}");
                let taken = match random.random_range(0..10) {
                    0 => pending.take(),
                    1 => pending.take_if(|change| change.key.window.end == EventTime(1)),
                    _ => Vec::new(),
                };
                for change in taken {
                    assert_eq!(expected.remove(&change.key), Some(change), "seed {seed}");
                }
            }
            assert_eq!(pending.take(), expected.into_values().collect::<Vec<_>>(), "seed {seed}");
        }
    }
}
