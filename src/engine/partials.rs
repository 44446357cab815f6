//! Combined partials: what one worker's events of one epoch add to the totals of one other worker.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Key, Total};
use crate::source::{Offset, Partition};
use crate::time::{Epoch, EventTime, Window};

/// Partial totals as columns, one row a window and group.
///
/// Columns instead of rows, so that an epoch travels as a handful of plain arrays however many rows it has, and so that
/// the source can add to a row without touching an allocator. It lives from the first event of an epoch until the
/// receiving worker has turned it into updates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partials {
    /// Start of each row's window, in milliseconds since the Unix epoch.
    pub(super) windows: Vec<i64>,
    /// Where each row's group ends in `text`; it begins where the row before ends.
    pub(super) ends: Vec<u32>,
    /// The canonical texts of the groups, one behind the other.
    pub(super) text: String,
    /// Events folded into each row.
    pub(super) counts: Vec<i64>,
    /// Measures of each row: `width` numbers a row.
    pub(super) measures: Vec<i128>,
    /// How many measures a row has.
    pub(super) width: u32,
}

impl Partials {
    /// No rows, each of which will have `width` measures.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Partials { width: u32::try_from(width).expect("a plan has few measures"), ..Partials::default() }
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
        self.text.len()
    }

    /// The window of row `row`.
    #[must_use]
    pub fn window(&self, row: usize) -> Window {
        Window { start: EventTime(self.windows[row]) }
    }

    /// The group of row `row`, its canonical text.
    #[must_use]
    pub fn group(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.text[start..self.ends[row] as usize]
    }

    /// Whether row `row` is the one of `window` and `group`.
    #[inline]
    #[must_use]
    pub fn is(&self, row: usize, window: Window, group: &str) -> bool {
        self.windows[row] == window.start.0 && self.group(row) == group
    }

    /// Appends a row of zero events.
    pub fn push(&mut self, window: Window, group: &str) {
        self.text.push_str(group);
        self.windows.push(window.start.0);
        self.ends.push(u32::try_from(self.text.len()).expect("an epoch is sealed long before its text has 4 GiB"));
        self.counts.push(0);
        self.measures.resize(self.measures.len() + self.width as usize, 0);
    }

    /// How many events are folded into row `row`.
    #[must_use]
    pub fn count(&self, row: usize) -> i64 {
        self.counts[row]
    }

    /// What they have come to.
    #[must_use]
    pub fn measures(&self, row: usize) -> &[i128] {
        let width = self.width as usize;
        &self.measures[row * width..][..width]
    }

    /// Folds `n` events that have come to `measures` into row `row`.
    #[inline]
    pub fn add(&mut self, row: usize, n: i64, measures: &[i128]) {
        self.counts[row] += n;
        let width = self.width as usize;
        for (mine, theirs) in self.measures[row * width..][..width].iter_mut().zip(measures) {
            *mine += theirs;
        }
    }

    /// Whether the columns fit together, so that every row can be read. Rows that came from elsewhere may not.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let columns = [self.ends.len(), self.counts.len()].iter().all(|length| *length == self.len());
        let measures = self.len().checked_mul(self.width as usize) == Some(self.measures.len());
        let cuts = self.ends.is_sorted() && self.ends.iter().all(|end| self.text.is_char_boundary(*end as usize));
        let end = self.ends.last().map_or(0, |end| *end as usize);
        columns && measures && cuts && end == self.text.len()
    }

    /// The rows as keys and totals, in the order in which they were appended.
    pub fn totals(&self) -> impl Iterator<Item = (Key, Total)> + '_ {
        (0..self.len()).map(move |row| {
            let key = Key { window: self.window(row), group: self.group(row).into() };
            (key, Total { n: self.count(row), measures: SmallVec::from_slice(self.measures(row)) })
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
