//! Combined partials: what one worker's events of one epoch add to the totals of one other worker.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Key, Total};
use crate::columns::Columns;
use crate::source::{Offset, Partition};
use crate::time::{Epoch, EventTime, Window};

/// Partial totals as columns, one row a window and group. It lives from the first event of an epoch until the receiving
/// worker has turned it into updates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partials {
    /// Start and end of each row's window, in milliseconds since the Unix epoch.
    pub(super) windows: Vec<[i64; 2]>,
    /// The groups, and what they come to.
    pub(super) columns: Columns,
}

impl Partials {
    /// No rows, each of which will have `width` measures.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Partials { windows: Vec::new(), columns: Columns::new(width) }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Size of the groups' texts, in bytes.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.columns.text.len()
    }

    /// The window of row `row`.
    #[inline]
    #[must_use]
    pub fn window(&self, row: usize) -> Window {
        let [start, end] = self.windows[row];
        Window { start: EventTime(start), end: EventTime(end) }
    }

    /// The group of row `row`, its canonical text.
    #[inline]
    #[must_use]
    pub fn group(&self, row: usize) -> &str {
        self.columns.group(row)
    }

    /// Whether row `row` is the one of `window` and `group`.
    #[inline]
    #[must_use]
    pub fn is(&self, row: usize, window: Window, group: &str) -> bool {
        self.windows[row] == [window.start.0, window.end.0] && self.group(row) == group
    }

    /// Appends a row of zero events.
    pub fn push(&mut self, window: Window, group: &str) {
        self.windows.push([window.start.0, window.end.0]);
        self.columns.push(group);
    }

    /// Folds `n` events that have come to `measures` into row `row`.
    #[inline]
    pub fn add(&mut self, row: usize, n: i64, measures: &[i128]) {
        self.columns.add(row, n, measures);
    }

    /// Whether the columns fit together, so that every row can be read. Rows that came from elsewhere may not.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.windows.len() == self.columns.len() && self.columns.is_consistent()
    }

    /// The rows as keys and totals, in the order in which they were appended.
    pub fn totals(&self) -> impl Iterator<Item = (Key, Total)> + '_ {
        (0..self.len()).map(move |row| {
            let key = Key { window: self.window(row), group: self.group(row).into() };
            let measures = SmallVec::from_slice(self.columns.measures(row));
            (key, Total { n: self.columns.count(row), measures })
        })
    }
}

/// The partials of one epoch on their way to the worker that holds their totals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    /// Index of the receiving worker.
    pub destination: u64,
    /// The epoch in which they were sealed.
    pub epoch: Epoch,
    /// How far the sender has taken its partitions in with them.
    pub positions: Vec<(Partition, Offset)>,
    /// The partials.
    #[cfg_attr(feature = "abomonation", serde(with = "super::wire"))]
    pub partials: Partials,
}
