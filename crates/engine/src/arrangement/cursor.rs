//! Reading the batches of a trace as if they were one.

use std::rc::Rc;

use smallvec::SmallVec;

use super::batch::TotalsBatch;
use super::rows::{BatchRow, BatchRows, RowKey, RowPlace};
use mare_model::summary::Summary;
use mare_model::total::Total;
use mare_model::view::{View, ViewId};

/// A place in the rows that several batches have of one view, which goes on from key to key in their order.
pub struct TotalsCursor<'a> {
    sources: Vec<(&'a BatchRows, RowPlace)>,
}

impl<'a> TotalsCursor<'a> {
    /// Before the first key that `batches` have of `view`.
    #[must_use]
    pub fn new(batches: &'a [Rc<TotalsBatch>], view: ViewId) -> TotalsCursor<'a> {
        let rows = batches.iter().filter_map(|batch| batch.rows.get(usize::from(view.0)));
        TotalsCursor { sources: rows.filter(|rows| !rows.is_empty()).map(|rows| (rows, RowPlace::default())).collect() }
    }

    /// The key that it stands at; `None` behind the last.
    #[must_use]
    pub fn key(&self) -> Option<RowKey<'a>> {
        self.sources.iter().filter_map(|(rows, place)| place.key(rows)).min()
    }

    /// Goes on to the first key that is not before `key`.
    pub fn seek(&mut self, key: &RowKey<'_>) {
        self.sources.iter_mut().for_each(|(rows, place)| place.seek(rows, key));
    }

    /// Goes behind the rows of `key`, at which it stands or before which there is none, and has each of them visited.
    pub fn pass(&mut self, key: &RowKey<'_>, mut visit: impl FnMut(BatchRow<'a>)) {
        for (rows, place) in &mut self.sources {
            while place.key(rows).is_some_and(|other| other == *key) {
                visit(place.get(rows));
                place.step(rows);
            }
        }
    }
}

/// What the rows of one key come to.
#[derive(Debug, Default)]
pub struct RowSum<'a> {
    n: i64,
    measures: SmallVec<[i128; 2]>,
    /// The summaries of the only row so far, which are not copied before there is another one.
    only: &'a [Summary],
    summaries: Vec<Summary>,
}

impl<'a> RowSum<'a> {
    /// Adds a row of `view`.
    #[inline]
    pub fn add(&mut self, row: BatchRow<'a>, view: &View) {
        self.n += row.n;
        for (at, (units, measure)) in row.measures.iter().zip(&view.measures).enumerate() {
            match self.measures.get_mut(at) {
                Some(mine) => *mine = measure.function.merge(*mine, *units),
                None => self.measures.push(*units),
            }
        }
        if self.only.is_empty() {
            self.only = row.summaries;
        } else {
            if self.summaries.is_empty() {
                self.summaries.extend_from_slice(self.only);
            }
            self.summaries.iter_mut().zip(row.summaries).for_each(|(mine, other)| mine.merge(other));
        }
    }

    /// The total; `None` if there is none.
    #[inline]
    #[must_use]
    pub fn total(&self, view: &View) -> Option<Total> {
        let summaries = if self.summaries.is_empty() { self.only } else { &self.summaries };
        (self.n != 0).then(|| Total::new(self.n, &view.measures, &self.measures).summarized(summaries))
    }
}
