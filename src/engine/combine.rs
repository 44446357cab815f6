//! Combining: the events of an epoch are folded by window and group before anything leaves the worker.
//!
//! Measured in trials, this is what makes the rest of the graph cost nothing measurable beside reading and decoding:
//! with few groups an epoch of a hundred thousand events becomes a handful of rows.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::partials::{Parcel, Partials};
use crate::checkpoint::{TotalRow, TotalRows};
use crate::source::decode::Event;
use crate::source::{Offset, Partition};
use crate::time::{Epoch, Window, Windows};

/// A worker seals early at this many rows for one destination, so that an epoch has a bounded size.
const MAX_ROWS: usize = 1 << 18;
/// A worker seals early at this many bytes of group text for one destination.
const MAX_TEXT_BYTES: usize = 1 << 26;

/// The events of the current epoch of one worker, combined, one [`Partials`] for each worker of the cluster.
pub struct Combine {
    /// The same on every worker, because it decides which worker holds a key.
    hasher: FixedState,
    /// One for each destination, by worker index.
    shelves: Vec<Shelf>,
    /// Measures of a row.
    width: usize,
    /// Events combined since the last seal.
    events: u64,
    /// Whether a shelf has reached its bound.
    full: bool,
}

/// The partials for one destination, and where each key's row is.
struct Shelf {
    /// Row numbers, found by the hash of window and group.
    index: HashTable<u32>,
    partials: Partials,
}

impl Combine {
    /// Nothing combined yet, for a cluster of `peers` workers and a plan of `width` measures.
    #[must_use]
    pub fn new(peers: usize, width: usize) -> Self {
        let shelf = || Shelf { index: HashTable::new(), partials: Partials::new(width) };
        let shelves = (0..peers).map(|_| shelf()).collect();
        Combine { hasher: FixedState::with_seed(0), shelves, width, events: 0, full: false }
    }

    /// Events combined since the last [`Combine::seal`].
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Whether the epoch has reached its bound and should be sealed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Folds an event of `window` in.
    #[inline]
    pub fn add(&mut self, window: Window, event: &Event<'_>) {
        self.fold(window, event.group, 1, event.measures);
        self.events += 1;
    }

    /// Folds in the totals of a checkpoint that belong to worker `index`.
    pub fn restore(&mut self, totals: &TotalRows, windows: Windows, index: usize) {
        for TotalRow { start, group, n, measures } in totals.rows() {
            let window = windows.starting(start);
            if destination(hash(&self.hasher, window, group), self.shelves.len()) == index {
                self.fold(window, group, n, measures);
            }
        }
    }

    /// Folds `n` events of `window` and `group` in, which have come to `measures`.
    #[inline]
    fn fold(&mut self, window: Window, group: &str, n: i64, measures: &[i128]) {
        let hash = hash(&self.hasher, window, group);
        let destination = destination(hash, self.shelves.len());
        let shelf = &mut self.shelves[destination];
        let partials = &shelf.partials;
        let row = match shelf.index.find(hash, |row| partials.is(*row as usize, window, group)) {
            Some(row) => *row as usize,
            None => {
                let row = shelf.insert(&self.hasher, hash, window, group);
                self.full |= shelf.is_full();
                row
            }
        };
        shelf.partials.add(row, n, measures);
    }

    /// Takes what has been combined as parcels of `epoch`, one for each destination that has rows; `positions` is how far
    /// the partitions have been taken in with it.
    pub fn seal(&mut self, epoch: Epoch, positions: &[(Partition, Offset)]) -> Vec<Parcel> {
        self.events = 0;
        self.full = false;
        let width = self.width;
        let occupied = self.shelves.iter_mut().enumerate().filter(|(_, shelf)| !shelf.partials.is_empty());
        occupied
            .map(|(destination, shelf)| {
                shelf.index.clear();
                let partials = std::mem::replace(&mut shelf.partials, Partials::new(width));
                Parcel { destination: destination as u64, epoch, positions: positions.to_vec(), partials }
            })
            .collect()
    }
}

impl Shelf {
    /// Appends a row for a key that has none and returns its number.
    #[cold]
    fn insert(&mut self, hasher: &FixedState, hash: u64, window: Window, group: &str) -> usize {
        let row = self.partials.len();
        self.partials.push(window, group);
        let partials = &self.partials;
        let rehash = |row: &u32| self::hash(hasher, partials.window(*row as usize), partials.group(*row as usize));
        self.index.insert_unique(hash, u32::try_from(row).expect("bounded by MAX_ROWS"), rehash);
        row
    }

    fn is_full(&self) -> bool {
        self.partials.len() >= MAX_ROWS || self.partials.text_bytes() >= MAX_TEXT_BYTES
    }
}

#[inline]
fn hash(hasher: &FixedState, window: Window, group: &str) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_i64(window.end.0);
    hasher.write(group.as_bytes());
    hasher.finish()
}

/// Which of `peers` workers holds the key of this hash: the hash's upper half, scaled (the table uses the lower bits).
#[inline]
fn destination(hash: u64, peers: usize) -> usize {
    (((hash >> 32) * peers as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Total;
    use crate::time::EventTime;
    use std::collections::BTreeMap;

    const MINUTES: Windows = Windows::tumbling(60_000, 0);

    fn event<'a>(group: &'a str, measures: &'a [i128]) -> Event<'a> {
        Event { time: EventTime(0), group, id: None, measures, rounded: 0 }
    }

    #[test]
    fn rows_are_the_sums_of_their_events_whatever_the_destination() {
        for peers in 1..=5 {
            let mut combine = Combine::new(peers, 1);
            let mut expected: BTreeMap<(i64, String), (i64, i128)> = BTreeMap::new();
            for i in 0..10_000_i64 {
                let (window, group) = (i % 7 * 60_000, format!("group {}", i % 311));
                combine.add(MINUTES.starting(EventTime(window)), &event(&group, &[i128::from(i)]));
                let row = expected.entry((window, group)).or_default();
                *row = (row.0 + 1, row.1 + i128::from(i));
            }
            assert_eq!(combine.events(), 10_000);
            let mut got = BTreeMap::new();
            for parcel in combine.seal(Epoch(1), &[]) {
                for (key, Total { n, measures }) in parcel.partials.totals() {
                    let twice = got.insert((key.window.start.0, key.group.to_string()), (n, measures[0]));
                    assert!(twice.is_none(), "a key stands in one row of one parcel only");
                }
            }
            assert_eq!(got, expected, "{peers} peers");
            assert!(combine.seal(Epoch(2), &[]).is_empty());
        }
    }

    #[test]
    fn a_key_goes_to_the_same_worker_in_every_epoch() {
        let mut combine = Combine::new(4, 0);
        let window = MINUTES.starting(EventTime(0));
        let mut seal = |epoch| {
            combine.add(window, &event("Gamer", &[]));
            combine.seal(Epoch(epoch), &[])[0].destination
        };
        assert_eq!(seal(1), seal(2));
    }

    #[test]
    fn an_epoch_is_bounded() {
        let mut combine = Combine::new(1, 0);
        for i in 0..MAX_ROWS as i64 {
            assert!(!combine.is_full());
            combine.add(MINUTES.starting(EventTime(i)), &event("x", &[]));
        }
        assert!(combine.is_full());
        combine.seal(Epoch(1), &[]);
        assert!(!combine.is_full());
    }
}
