//! What is arranged of one view, as columns.

use std::cmp::Ordering;

use compact_str::CompactString;
use differential_dataflow::trace::implementations::OffsetList;

use mare_model::measure::Measure;
use mare_model::summary::Summary;
use mare_model::time::{Epoch, Window};
use mare_model::total::Key;
use mare_model::view::ViewId;

/// What the events of some epochs come to, by window and group: a row for each epoch that is told apart.
///
/// They are in the order of their windows, groups and epochs, and none is of no events. They are plain columns, so
/// that a group takes up its name and 44 bytes with one measure, and so that merging rows asks no allocator for each of
/// them: a window is written once for all of its groups, and most groups are told apart by their heads.
#[derive(Debug)]
pub struct BatchRows {
    /// The windows, and where the rows of each end.
    windows: Vec<(Window, usize)>,
    /// The [head](head) of each row's group.
    heads: Vec<u64>,
    /// Where each row's group ends in `text`.
    ends: OffsetList,
    /// The canonical texts of the groups, one behind the other.
    text: Vec<u8>,
    epochs: Vec<Epoch>,
    /// How many events are folded into each row.
    counts: Vec<i64>,
    /// What they have come to, row by row.
    measures: Vec<i128>,
    /// The summaries of each row, row by row.
    summaries: Vec<Summary>,
    /// How many measures and how many summaries a row has.
    each: [usize; 2],
}

/// What names a row within its view. Ordered as rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKey<'a> {
    /// The window.
    pub window: Window,
    head: u64,
    /// The group, its canonical text: bytes, for it is looked at as a text only by who writes a document.
    pub group: &'a [u8],
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct BatchRow<'a> {
    /// The last epoch that is folded in.
    pub epoch: Epoch,
    /// How many events are folded in; less than none where what had been put in was taken out.
    pub n: i64,
    /// What they have come to.
    pub measures: &'a [i128],
    /// The summaries of them.
    pub summaries: &'a [Summary],
}

/// The first eight bytes of a group as a number, which is ordered as they are: of two groups whose heads differ no more
/// needs to be seen.
#[inline]
pub(super) fn head(group: &[u8]) -> u64 {
    match group.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let mut first = [0; 8];
            first[..group.len()].copy_from_slice(group);
            u64::from_be_bytes(first)
        }
    }
}

impl<'a> RowKey<'a> {
    /// The key of a window and group.
    #[inline]
    #[must_use]
    pub fn new(window: Window, group: &'a [u8]) -> RowKey<'a> {
        RowKey { window, head: head(group), group }
    }

    /// The same of a key.
    #[must_use]
    pub fn of(key: &'a Key) -> RowKey<'a> {
        RowKey::new(key.window, key.group.as_bytes())
    }

    /// It as a key of `view`.
    #[inline]
    #[must_use]
    pub fn owned(&self, view: ViewId) -> Key {
        // It is text, as whoever put it here has seen; to look at it once more is quickest so.
        let group = CompactString::from_utf8(self.group);
        let group = group.unwrap_or_else(|_| CompactString::from_utf8_lossy(self.group));
        Key { view, window: self.window, group }
    }

    /// How it is ordered against another one of the same window.
    #[inline]
    fn cmp_group(&self, other: &RowKey<'_>) -> Ordering {
        self.head.cmp(&other.head).then_with(|| self.group.cmp(other.group))
    }
}

impl Ord for RowKey<'_> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.window.cmp(&other.window).then_with(|| self.cmp_group(other))
    }
}

impl PartialOrd for RowKey<'_> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl BatchRows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The group of row `row`.
    #[inline]
    fn group(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends.index(row - 1) };
        &self.text[start..self.ends.index(row)]
    }

    /// The key of row `row`, which is of `window`.
    #[inline]
    fn key(&self, window: Window, row: usize) -> RowKey<'_> {
        RowKey { window, head: self.heads[row], group: self.group(row) }
    }

    /// BatchRow `row`.
    #[inline]
    fn row(&self, row: usize) -> BatchRow<'_> {
        let [measures, summaries] = self.each;
        BatchRow {
            epoch: self.epochs[row],
            n: self.counts[row],
            measures: &self.measures[row * measures..][..measures],
            summaries: &self.summaries[row * summaries..][..summaries],
        }
    }

    /// The first of the rows from `from` to `end`, all of one window, whose group is not before that of `key`: found by
    /// steps that double, for who asks walks along with the rows.
    fn seek(&self, from: usize, end: usize, key: &RowKey<'_>) -> usize {
        let is_before = |row: usize| {
            let of_heads = self.heads[row].cmp(&key.head);
            of_heads.then_with(|| self.group(row).cmp(key.group)).is_lt()
        };
        let (mut from, mut step) = (from, 1);
        while from + step <= end && is_before(from + step - 1) {
            from += step;
            step *= 2;
        }
        let mut end = end.min(from + step - 1);
        while from < end {
            let middle = from.midpoint(end);
            if is_before(middle) { from = middle + 1 } else { end = middle }
        }
        from
    }
}

/// A place in rows: at first before all of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowPlace {
    /// Of which window it is, by its index.
    window: usize,
    /// Of which row; behind the last, it is the end.
    row: usize,
}

impl RowPlace {
    /// The key of the row; `None` at the end.
    #[inline]
    #[must_use]
    pub fn key(self, rows: &BatchRows) -> Option<RowKey<'_>> {
        let (window, _) = rows.windows.get(self.window)?;
        Some(rows.key(*window, self.row))
    }

    /// The row, which is there.
    #[inline]
    #[must_use]
    pub fn get(self, rows: &BatchRows) -> BatchRow<'_> {
        rows.row(self.row)
    }

    /// Steps to the next row.
    #[inline]
    pub fn step(&mut self, rows: &BatchRows) {
        self.row += 1;
        if rows.windows.get(self.window).is_some_and(|(_, end)| *end == self.row) {
            self.window += 1;
        }
    }

    /// Goes on to the first row that is not before `key`.
    #[inline]
    pub fn seek(&mut self, rows: &BatchRows, key: &RowKey<'_>) {
        let windows = &rows.windows;
        if windows.get(self.window).is_some_and(|(window, _)| *window < key.window) {
            self.window += windows[self.window..].partition_point(|(window, _)| *window < key.window);
            self.row = windows[self.window - 1].1;
        }
        if let Some((window, end)) = windows.get(self.window)
            && *window == key.window
        {
            self.row = rows.seek(self.row, *end, key);
            self.window += usize::from(self.row == *end);
        }
    }
}

/// Makes rows of rows that come in their order; those of one window, group and epoch become one.
#[derive(Debug)]
pub struct BatchRowsBuilder {
    rows: BatchRows,
    /// Of which window the last row is, which more may come for.
    open: Option<Window>,
}

impl BatchRowsBuilder {
    /// No rows yet of a view that keeps so many measures and summaries of each, with room for so many rows, whose
    /// groups have so many bytes.
    #[must_use]
    pub fn with_capacity(rows: usize, text_bytes: usize, each: [usize; 2]) -> BatchRowsBuilder {
        let rows = BatchRows {
            windows: Vec::new(),
            heads: Vec::with_capacity(rows),
            ends: OffsetList::with_capacity(rows),
            text: Vec::with_capacity(text_bytes),
            epochs: Vec::with_capacity(rows),
            counts: Vec::with_capacity(rows),
            measures: Vec::with_capacity(rows * each[0]),
            summaries: Vec::with_capacity(rows * each[1]),
            each,
        };
        BatchRowsBuilder { rows, open: None }
    }

    /// The same for what two others have.
    #[must_use]
    pub fn for_both(one: &BatchRows, other: &BatchRows) -> BatchRowsBuilder {
        BatchRowsBuilder::with_capacity(one.len() + other.len(), one.text.len() + other.text.len(), one.each)
    }

    /// Puts `row` to what is there, of a view with these `measures`.
    #[inline]
    pub fn push(&mut self, key: &RowKey<'_>, row: BatchRow<'_>, measures: &[Measure]) {
        if self.is_of(key, row.epoch) {
            return self.fold(row, measures);
        }
        self.close();
        self.open = Some(key.window);
        self.rows.heads.push(key.head);
        self.rows.text.extend_from_slice(key.group);
        self.rows.epochs.push(row.epoch);
        self.rows.counts.push(row.n);
        self.rows.measures.extend_from_slice(row.measures);
        self.rows.summaries.extend_from_slice(row.summaries);
    }

    /// Whether the last row is the one of `key` and `epoch`.
    #[inline]
    fn is_of(&self, key: &RowKey<'_>, epoch: Epoch) -> bool {
        let BatchRows { heads, ends, text, epochs, .. } = &self.rows;
        self.open == Some(key.window)
            && heads.last() == Some(&key.head)
            && epochs.last() == Some(&epoch)
            && text[ends.len().checked_sub(1).map_or(0, |last| ends.index(last))..] == *key.group
    }

    /// Puts more to the last row.
    fn fold(&mut self, row: BatchRow<'_>, measures: &[Measure]) {
        let BatchRows { counts, measures: numbers, summaries, .. } = &mut self.rows;
        if let Some(n) = counts.last_mut() {
            *n += row.n;
        }
        let mine = numbers.len() - row.measures.len();
        for ((mine, other), measure) in numbers[mine..].iter_mut().zip(row.measures).zip(measures) {
            *mine = measure.function.merge(*mine, *other);
        }
        let mine = summaries.len() - row.summaries.len();
        summaries[mine..].iter_mut().zip(row.summaries).for_each(|(mine, other)| mine.merge(other));
    }

    /// Has done with the last row: it stays unless nothing is folded into it any more.
    #[inline]
    fn close(&mut self) {
        let Some(window) = self.open.take() else { return };
        let last = self.rows.len() - 1;
        if self.rows.counts[last] == 0 {
            return self.drop_last(last);
        }
        self.rows.ends.push(self.rows.text.len());
        match self.rows.windows.last_mut() {
            Some((same, end)) if *same == window => *end = last + 1,
            _ => self.rows.windows.push((window, last + 1)),
        }
    }

    #[cold]
    fn drop_last(&mut self, last: usize) {
        let rows = &mut self.rows;
        let [measures, summaries] = rows.each;
        rows.heads.truncate(last);
        rows.text.truncate(last.checked_sub(1).map_or(0, |before| rows.ends.index(before)));
        rows.epochs.truncate(last);
        rows.counts.truncate(last);
        rows.measures.truncate(last * measures);
        rows.summaries.truncate(last * summaries);
    }

    /// The rows.
    #[must_use]
    pub fn done(mut self) -> BatchRows {
        self.close();
        self.rows
    }
}
