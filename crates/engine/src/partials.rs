//! Combined partials: what one worker's events of one epoch add to the totals of one other worker.

use serde::{Deserialize, Serialize};

use mare_model::columns::Columns;
use mare_model::measure::Measure;
use mare_model::position::{Offset, Partition};
use mare_model::summary::{Summarize, Summary};
use mare_model::time::{Epoch, EventTime, Window};
use mare_model::total::{Key, Total};
use mare_model::view::{View, ViewId};

/// Partial totals as columns, one row a window and group. It lives from the first event of an epoch until the receiving
/// worker has turned it into updates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partials {
    /// Start and end of each row's window, in milliseconds since the Unix epoch.
    pub(super) windows: Vec<[i64; 2]>,
    /// The groups, and what they come to.
    pub(super) columns: Columns,
    /// What is kept of each row beside that, row by row: as many a row as the view keeps summaries.
    pub(super) summaries: Vec<Summary>,
}

impl Partials {
    /// No rows, each of which will have `width` measures.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Partials { windows: Vec::new(), columns: Columns::new(width), summaries: Vec::new() }
    }

    /// No rows, with room for as many as `before` has, which are like those that come.
    #[must_use]
    pub fn like(before: &Partials) -> Self {
        let Partials { windows, columns, summaries } = before;
        let (rows, text_bytes) = (windows.len(), columns.text.len());
        Partials {
            windows: Vec::with_capacity(rows),
            columns: Columns::with_capacity(columns.width as usize, rows, text_bytes),
            summaries: Vec::with_capacity(summaries.len()),
        }
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
    pub fn is(&self, row: usize, window: Window, group: &[u8]) -> bool {
        self.windows[row] == [window.start.0, window.end.0] && self.columns.is_group(row, group)
    }

    /// Appends a row of zero events that have come to `units`, one number for each measure.
    pub fn push(&mut self, window: Window, group: &str, units: impl IntoIterator<Item = i128>) {
        self.windows.push([window.start.0, window.end.0]);
        self.columns.push(group, units);
    }

    /// Appends a row of a total of `view`. What it has no say in is what no event comes to.
    pub fn push_total(&mut self, view: &View, Key { window, group, .. }: &Key, total: &Total) {
        let units = |(at, measure): (usize, &Measure)| total.units(at).unwrap_or(measure.function.identity());
        self.push(*window, group, view.measures.iter().enumerate().map(units));
        self.fold(self.len() - 1, total.n, |_, mine| mine);
        match total.cells.summaries() {
            [] => self.summarize(&view.summaries),
            summaries => self.summaries.extend_from_slice(summaries),
        }
    }

    /// Gives the last row summaries of no value.
    pub fn summarize(&mut self, summaries: &[Summarize]) {
        self.summaries.extend(summaries.iter().map(|summary| summary.function.identity()));
    }

    /// How many events are folded into row `row`.
    #[inline]
    #[must_use]
    pub fn count(&self, row: usize) -> i64 {
        self.columns.count(row)
    }

    /// What they have come to.
    #[inline]
    #[must_use]
    pub fn measures(&self, row: usize) -> &[i128] {
        self.columns.measures(row)
    }

    /// The summaries of row `row`.
    #[must_use]
    pub fn summaries(&self, row: usize) -> &[Summary] {
        let each = self.summaries.len() / self.len().max(1);
        &self.summaries[row * each..(row + 1) * each]
    }

    /// The same, of which each row has so many.
    #[inline]
    pub fn summaries_mut(&mut self, row: usize, each: usize) -> &mut [Summary] {
        self.summaries.get_mut(row * each..(row + 1) * each).unwrap_or_default()
    }

    /// Folds `n` events into row `row`, where `merge` says what a measure's number comes to with them.
    #[inline]
    pub fn fold(&mut self, row: usize, n: i64, merge: impl Fn(usize, i128) -> i128) {
        self.columns.fold(row, n, merge);
    }

    /// Whether the columns fit together, so that every row can be read. Rows that came from elsewhere may not.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let is_one_for_each = self.summaries.is_empty() || self.summaries.len().is_multiple_of(self.len().max(1));
        self.windows.len() == self.columns.len() && is_one_for_each && self.columns.is_consistent()
    }

    /// The rows as keys and totals of a view that has these measures, in the order in which they were appended.
    pub fn totals<'a>(&'a self, view: ViewId, measures: &'a [Measure]) -> impl Iterator<Item = (Key, Total)> + 'a {
        (0..self.len()).map(move |row| {
            let key = Key { view, window: self.window(row), group: self.group(row).into() };
            let total = Total::new(self.count(row), measures, self.measures(row));
            (key, total.summarized(self.summaries(row)))
        })
    }
}

/// The partials of one epoch and view on their way to the worker that holds their totals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    /// Index of the receiving worker.
    pub destination: u64,
    /// The view whose totals they add to.
    pub view: ViewId,
    /// The epoch in which they were sealed.
    pub epoch: Epoch,
    /// How far the sender has taken its partitions in with them.
    pub positions: Vec<(Partition, Offset)>,
    /// The partials.
    #[cfg_attr(feature = "abomonation", serde(with = "super::wire"))]
    pub partials: Partials,
}
