//! What the flagship's documents must be, computed from the raw topic by the reference model and naive code, which
//! share nothing with `src/`.
//!
//! # Layout
//! * [`sale`]: one record's payload, checked
//! * [`cents`]: amounts as text, rounded half-even
//! * [`topic`]: a topic read by a plain consumer
//! * [`statistics`]: the least, the greatest and the mean of a few numbers
//! * [`compare`]: documents found against documents expected, both ways

mod cents;
mod compare;
mod sale;
pub mod statistics;
mod topic;

pub use compare::{assert_same, differences};
pub use topic::{Read, read};

use std::collections::BTreeMap;

pub use mare_reference::{Counts, Fate};
use mare_reference::{Event, Model, Rules, WindowRule};

use sale::Sale;

const MINUTE_MS: i64 = 60_000;
const LATENESS_MS: i64 = 2 * MINUTE_MS;

/// The flagship's rules.
const RULES: Rules = Rules {
    windows: WindowRule::Every { size_ms: MINUTE_MS, offset_ms: 0 },
    lateness_ms: LATENESS_MS,
    confirm: 1,
    dedups: false,
};

/// The documents that a topic leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oracle {
    rules: Rules,
    model: Model,
    /// Only sales of more cents than this are wanted, if any.
    above: Option<i128>,
    /// The smallest amount counted, in cents.
    pub least: Option<i128>,
}

impl Default for Oracle {
    /// One of the flagship's windows, which counts every sale.
    fn default() -> Oracle {
        Oracle::of(RULES)
    }
}

impl Oracle {
    fn of(rules: Rules) -> Oracle {
        Oracle { rules, model: Model::new(rules), above: None, least: None }
    }

    /// One of windows of another length.
    pub fn of_windows(size_ms: i64) -> Oracle {
        Oracle::between(WindowRule::Every { size_ms, offset_ms: 0 })
    }

    /// One of other windows.
    pub fn between(windows: WindowRule) -> Oracle {
        Oracle::of(Rules { windows, ..RULES })
    }

    /// One that wants sales of more cents than these alone.
    pub fn of_more_than(cents: i128) -> Oracle {
        Oracle { above: Some(cents), ..Oracle::default() }
    }

    /// One for whose partitions windows are closed at first that close at or before a time, because they were certain
    /// before these partitions came.
    pub fn since(promises: &BTreeMap<i32, i64>) -> Oracle {
        let mut oracle = Oracle::default();
        promises.iter().for_each(|(partition, promise)| oracle.model.close_before(*partition, *promise));
        oracle
    }

    /// Every window that closes at or before this time is certain.
    pub fn certain_ms(&self) -> i64 {
        let promises = self.model.partitions().map(|partition| self.model.watermark_ms(partition));
        promises.map(|promise| promise.unwrap_or(i64::MIN)).min().unwrap_or(i64::MIN)
    }

    /// Whether no partition can bring a sale any more into the window that ends then.
    pub fn is_certain(&self, end_ms: i64) -> bool {
        end_ms + LATENESS_MS <= self.certain_ms()
    }

    /// One that counts each id once for each partition and window.
    pub fn of_ids() -> Oracle {
        Oracle::of(Rules { dedups: true, ..RULES })
    }

    /// In front of the next record of a partition the journal has a heartbeat that promises this.
    pub fn hear(&mut self, partition: i32, promise_ms: i64) {
        self.model.hear(partition, promise_ms);
    }

    /// Takes the next record of a partition, and says what becomes of it.
    pub fn take(&mut self, partition: i32, record_ms: i64, payload: Option<&[u8]>) -> Fate {
        let sale = Sale::read(payload, record_ms);
        let event = sale.as_ref().map(|sale| Event {
            time_ms: sale.time_ms,
            group: &sale.category,
            id: &sale.id,
            amount: Some(sale.cents),
            is_wanted: self.above.is_none_or(|above| sale.cents > above),
            cancels: false,
        });
        let fate = self.model.take(partition, event);
        if let (Fate::Counted, Some(sale)) = (fate, sale) {
            self.least = Some(self.least.map_or(sale.cents, |least| least.min(sale.cents)));
        }
        fate
    }

    /// When the window ends that starts then, in milliseconds.
    fn end_ms(&self, start_ms: i64) -> i64 {
        self.rules.close_ms(start_ms) - self.rules.lateness_ms
    }

    /// (Start of the window in milliseconds, category) to (cents, number of sales).
    pub fn documents(&self) -> BTreeMap<(i64, String), (i128, i64)> {
        self.model.totals().iter().map(|(key, total)| (key.clone(), (total.sum, total.events))).collect()
    }

    /// What became of the records, by partition.
    pub fn partitions(&self) -> BTreeMap<i32, Counts> {
        self.model.partitions().map(|partition| (partition, self.model.counts(partition))).collect()
    }

    /// What became of the records of all partitions.
    pub fn counts(&self) -> Counts {
        self.partitions().into_values().sum()
    }
}
