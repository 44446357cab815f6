//! What the flagship's documents must be, computed from the raw topic by naive code that shares nothing with `src/`.
//!
//! # Layout
//! * [`sale`]: one record's payload, checked
//! * [`cents`]: amounts as text, rounded half-even
//! * [`topic`]: a topic read by a plain consumer
//! * [`compare`]: documents found against documents expected, both ways

mod cents;
mod compare;
mod sale;
mod topic;

pub use compare::{assert_same, differences};
pub use topic::{Read, read};

use std::collections::{BTreeMap, BTreeSet};

use sale::Sale;

const MINUTE_MS: i64 = 60_000;
const LATENESS_MS: i64 = 2 * MINUTE_MS;

/// What became of the records of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Sales folded into a document.
    pub counted: u64,
    /// Sales whose window had closed.
    pub late: u64,
    /// Sales that repeat one of their partition and window, if ids are counted once.
    pub duplicate: u64,
    /// Records that are no sale.
    pub dead: u64,
}

/// What becomes of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is folded into a document.
    Counted,
    /// Its window had closed.
    Late,
    /// It repeats one that is counted.
    Duplicate,
    /// It is no sale.
    Dead,
}

/// The documents that a topic leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oracle {
    /// (Start of the window in milliseconds, category) to (cents, number of sales).
    pub documents: BTreeMap<(i64, String), (i128, i64)>,
    /// What became of the records, by partition.
    pub partitions: BTreeMap<i32, Counts>,
    /// The smallest amount counted, in cents.
    pub least: Option<i128>,
    /// The largest event time counted, by partition.
    promises: BTreeMap<i32, i64>,
    /// How long windows are, in milliseconds.
    window_ms: i64,
    /// Partition, window and id of each sale counted, if ids are counted once.
    ids: Option<BTreeSet<(i32, i64, String)>>,
}

impl Default for Oracle {
    /// One of the flagship's windows, which counts every sale.
    fn default() -> Oracle {
        let (documents, partitions, promises) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Oracle { documents, partitions, least: None, promises, window_ms: MINUTE_MS, ids: None }
    }
}

impl Oracle {
    /// One of windows of another length.
    pub fn of_windows(window_ms: i64) -> Oracle {
        Oracle { window_ms, ..Oracle::default() }
    }

    /// One for whose partitions windows are closed at first that close at or before a time, because they were certain before
    /// these partitions came.
    pub fn since(promises: &BTreeMap<i32, i64>) -> Oracle {
        Oracle { promises: promises.clone(), ..Oracle::default() }
    }

    /// Every window that closes at or before this time is certain.
    pub fn certain_ms(&self) -> i64 {
        let promises = self.partitions.keys().map(|partition| self.promises.get(partition).copied());
        promises.map(|promise| promise.unwrap_or(i64::MIN)).min().unwrap_or(i64::MIN)
    }

    /// Whether no partition can bring a sale any more into the window that ends then.
    pub fn is_certain(&self, end_ms: i64) -> bool {
        end_ms + LATENESS_MS <= self.certain_ms()
    }

    /// One that counts each id once for each partition and window.
    pub fn of_ids() -> Oracle {
        Oracle { ids: Some(BTreeSet::new()), ..Oracle::default() }
    }

    /// Takes the next record of a partition, and says what becomes of it.
    pub fn take(&mut self, partition: i32, record_ms: i64, payload: Option<&[u8]>) -> Fate {
        let counts = self.partitions.entry(partition).or_default();
        counts.read += 1;
        let Some(sale) = Sale::read(payload, record_ms) else {
            counts.dead += 1;
            return Fate::Dead;
        };
        let start = sale.time_ms.div_euclid(self.window_ms) * self.window_ms;
        let promise = self.promises.entry(partition).or_insert(i64::MIN);
        if start + self.window_ms + LATENESS_MS <= *promise {
            counts.late += 1;
            return Fate::Late;
        }
        if self.ids.as_mut().is_some_and(|ids| !ids.insert((partition, start, sale.id))) {
            counts.duplicate += 1;
            return Fate::Duplicate;
        }
        *promise = sale.time_ms.max(*promise);
        counts.counted += 1;
        self.least = Some(self.least.map_or(sale.cents, |least| least.min(sale.cents)));
        let document = self.documents.entry((start, sale.category)).or_default();
        document.0 += sale.cents;
        document.1 += 1;
        Fate::Counted
    }

    /// What became of the records of all partitions.
    pub fn counts(&self) -> Counts {
        self.partitions.values().fold(Counts::default(), |all, each| Counts {
            read: all.read + each.read,
            counted: all.counted + each.counted,
            late: all.late + each.late,
            duplicate: all.duplicate + each.duplicate,
            dead: all.dead + each.dead,
        })
    }
}
