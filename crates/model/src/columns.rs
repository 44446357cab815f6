//! Totals of groups as columns: how they travel between workers, and how a checkpoint keeps them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Groups, and what events of each have come to: one row a group and whatever it stands beside.
///
/// Columns instead of rows, so that many travel as a handful of plain arrays, and a row is added to without touching an
/// allocator. What comes from elsewhere may not fit together: it is asked whether it [is
/// consistent](Columns::is_consistent) before a row is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Where each row's group ends in `text`; it begins where the row before ends.
    pub ends: Vec<u32>,
    /// The canonical texts of the groups, one behind the other.
    pub text: String,
    /// Events folded into each row.
    pub counts: Vec<i64>,
    /// Measures of each row: `width` numbers a row.
    pub measures: Vec<i128>,
    /// How many measures a row has.
    pub width: u32,
}

impl Columns {
    /// No rows, each of which will have `width` measures.
    ///
    /// # Panics
    /// If `width` has more than 32 bits.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Columns::with_capacity(width, 0, 0)
    }

    /// The same, with room for so many rows, whose groups have so many bytes.
    ///
    /// # Panics
    /// If `width` has more than 32 bits.
    #[must_use]
    pub fn with_capacity(width: usize, rows: usize, text_bytes: usize) -> Self {
        Columns {
            ends: Vec::with_capacity(rows),
            text: String::with_capacity(text_bytes),
            counts: Vec::with_capacity(rows),
            measures: Vec::with_capacity(rows * width),
            width: u32::try_from(width).expect("a plan has few measures"),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a row of zero events that have come to `units`, one number for each measure.
    ///
    /// # Panics
    /// If the text has 4 GiB.
    pub fn push(&mut self, group: &str, units: impl IntoIterator<Item = i128>) {
        self.text.push_str(group);
        self.ends.push(u32::try_from(self.text.len()).expect("an epoch is sealed long before its text has 4 GiB"));
        self.counts.push(0);
        self.measures.extend(units);
    }

    /// The group of row `row`, its canonical text.
    #[inline]
    #[must_use]
    pub fn group(&self, row: usize) -> &str {
        &self.text[self.place(row)]
    }

    /// Whether `group` is that of row `row`: its bytes are compared, without asking whether they are cut out between
    /// characters.
    #[inline]
    #[must_use]
    pub fn is_group(&self, row: usize, group: &[u8]) -> bool {
        self.text.as_bytes()[self.place(row)] == *group
    }

    /// Where the group of row `row` stands in `text`.
    #[inline]
    fn place(&self, row: usize) -> Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        start..self.ends[row] as usize
    }

    /// How many events are folded into row `row`.
    #[inline]
    #[must_use]
    pub fn count(&self, row: usize) -> i64 {
        self.counts[row]
    }

    /// What they have come to.
    #[inline]
    #[must_use]
    pub fn measures(&self, row: usize) -> &[i128] {
        let width = self.width as usize;
        &self.measures[row * width..][..width]
    }

    /// Folds `n` events into row `row`, where `merge` says what a measure's number comes to with them.
    #[inline]
    pub fn fold(&mut self, row: usize, n: i64, merge: impl Fn(usize, i128) -> i128) {
        self.counts[row] += n;
        let width = self.width as usize;
        for (index, units) in self.measures[row * width..][..width].iter_mut().enumerate() {
            *units = merge(index, *units);
        }
    }

    /// Whether the columns fit together, so that every row can be read.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let measures = self.len().checked_mul(self.width as usize) == Some(self.measures.len());
        let cuts = self.ends.is_sorted() && self.ends.iter().all(|end| self.text.is_char_boundary(*end as usize));
        let end = self.ends.last().map_or(0, |end| *end as usize);
        self.counts.len() == self.len() && measures && cuts && end == self.text.len()
    }
}
