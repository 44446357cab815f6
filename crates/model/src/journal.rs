//! What is promised for partitions that have nothing to say: heartbeats, which are written down before they act. Pure.
//!
//! A heartbeat `(p, o, t)` is judged as if partition `p` had carried it in front of offset `o`: *every event of `p` at
//! an offset >= `o` is judged with a promise of at least `t`*. So which events are late is a function of the log and
//! of its journal, and whoever reads both comes to the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::position::{Offset, Partition, Positions};
use super::time::EventTime;

/// How many heartbeats a journal has at most: it stands in one document, which is written again with every batch.
/// Where there is no room, a partition that falls silent holds windows open, as it does without a journal.
pub const HEARTBEATS_MAX: usize = 10_000;

/// Every event of a partition at this offset or behind it is judged with this promise, or a larger one. It lives as
/// long as the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heartbeat {
    /// The partition.
    pub partition: Partition,
    /// The first offset that it is said of.
    pub offset: Offset,
    /// What is promised.
    pub promise: EventTime,
}

/// The heartbeats of a log. One that raises nothing is none: behind each, those of larger offsets promise more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal(BTreeMap<Partition, BTreeMap<Offset, EventTime>>);

impl Journal {
    /// Takes a heartbeat in, if it raises anything, and returns whether it does. Two of one offset become the larger
    /// one.
    pub fn add(&mut self, heartbeat: Heartbeat) -> bool {
        let Heartbeat { partition, offset, promise } = heartbeat;
        if promise <= self.promise(partition, offset) {
            return false;
        }
        let of_partition = self.0.entry(partition).or_default();
        of_partition.retain(|at, other| *at < offset || *other > promise);
        of_partition.insert(offset, promise);
        true
    }

    /// What is promised for an event at this offset, beside what the log says; [`EventTime::MIN`] if nothing.
    #[must_use]
    pub fn promise(&self, partition: Partition, offset: Offset) -> EventTime {
        let last = self.0.get(&partition).and_then(|of_partition| of_partition.range(..=offset).next_back());
        last.map_or(EventTime::MIN, |(_, promise)| *promise)
    }

    /// The heartbeats of a partition behind `offset`, in their order.
    pub fn behind(&self, partition: Partition, offset: Offset) -> impl Iterator<Item = Heartbeat> + '_ {
        let of_partition = self.0.get(&partition).into_iter().flatten();
        let behind = of_partition.filter(move |(at, _)| **at > offset);
        behind.map(move |(offset, promise)| Heartbeat { partition, offset: *offset, promise: *promise })
    }

    /// All of them, by partition and offset.
    pub fn heartbeats(&self) -> impl Iterator<Item = Heartbeat> + '_ {
        self.0.iter().flat_map(|(partition, of_partition)| {
            let heartbeat = |(offset, promise): (&Offset, &EventTime)| (*offset, *promise);
            of_partition.iter().map(heartbeat).map(|(offset, promise)| Heartbeat {
                partition: *partition,
                offset,
                promise,
            })
        })
    }

    /// Whether it is one of them, word for word.
    #[must_use]
    pub fn has(&self, Heartbeat { partition, offset, promise }: Heartbeat) -> bool {
        self.0.get(&partition).and_then(|of_partition| of_partition.get(&offset)) == Some(&promise)
    }

    /// The last heartbeat of each partition, which promises most. It stays whatever the log has lost.
    #[must_use]
    pub fn newest(&self) -> Journal {
        let newest = self.0.iter().filter_map(|(partition, of_partition)| {
            let (offset, promise) = of_partition.last_key_value()?;
            Some(Heartbeat { partition: *partition, offset: *offset, promise: *promise })
        });
        newest.collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This one, with those in front of the first record that is left of a partition put together: what they say of it
    /// is what the last of them says.
    #[must_use]
    pub fn beginning_at(mut self, firsts: &Positions) -> Journal {
        for (partition, of_partition) in &mut self.0 {
            let first = firsts.get(partition).copied().unwrap_or(Offset(0));
            let passed = of_partition.range(..=first).next_back().map(|(offset, _)| *offset);
            if let Some(passed) = passed {
                of_partition.retain(|offset, _| *offset >= passed);
            }
        }
        self
    }
}

impl FromIterator<Heartbeat> for Journal {
    fn from_iter<I: IntoIterator<Item = Heartbeat>>(heartbeats: I) -> Journal {
        let mut journal = Journal::default();
        for heartbeat in heartbeats {
            journal.add(heartbeat);
        }
        journal
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn heartbeat(partition: i32, offset: i64, promise: i64) -> Heartbeat {
        Heartbeat { partition: Partition(partition), offset: Offset(offset), promise: EventTime(promise) }
    }

    #[test]
    fn a_journal_says_the_largest_promise_before_an_offset_in_whatever_order_it_was_written() {
        for seed in mare_random::seeds(200) {
            let mut random = SmallRng::seed_from_u64(seed);
            let all: Vec<_> = (0..random.random_range(0..12))
                .map(|_| heartbeat(random.random_range(0..2), random.random_range(0..8), random.random_range(0..9)))
                .collect();
            let mut journal: Journal = all.iter().copied().collect();
            assert_eq!(journal.heartbeats().collect::<Journal>(), journal, "seed {seed}");
            let first = Offset(random.random_range(0..8));
            for left in [None, Some(first)] {
                let firsts = left.into_iter().flat_map(|first| [(Partition(0), first), (Partition(1), first)]);
                journal = journal.beginning_at(&firsts.collect());
                for offset in left.map_or(0, |first| first.0)..9 {
                    for partition in 0..2 {
                        let is_before = |other: &&Heartbeat| other.partition.0 == partition && other.offset.0 <= offset;
                        let must = all.iter().filter(is_before).map(|other| other.promise).max();
                        let says = journal.promise(Partition(partition), Offset(offset));
                        assert_eq!(says, must.unwrap_or(EventTime::MIN), "seed {seed}, {partition}[{offset}]");
                    }
                }
            }
            assert!((0..2).all(|at| journal.0.get(&Partition(at)).is_none_or(|of| of.range(..=first).count() <= 1)));
        }
    }

    #[test]
    fn a_partition_that_stays_silent_has_one_heartbeat() {
        let mut journal = Journal::default();
        assert!((1..1_000).all(|promise| journal.add(heartbeat(0, 7, promise))));
        assert_eq!((journal.len(), journal.add(heartbeat(0, 9, 999))), (1, false));
        let both: Journal = [heartbeat(0, 5, 1), heartbeat(0, 7, 999), heartbeat(1, 2, 3)].into_iter().collect();
        assert_eq!(both.newest(), [heartbeat(0, 7, 999), heartbeat(1, 2, 3)].into_iter().collect());
        assert_eq!(journal.behind(Partition(0), Offset(6)).collect::<Vec<_>>(), [heartbeat(0, 7, 999)]);
        assert_eq!(journal.behind(Partition(0), Offset(7)).count(), 0);
    }
}
