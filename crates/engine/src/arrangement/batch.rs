//! A batch of the arrangement, and how two of them become one.

use std::rc::Rc;

use differential_dataflow::trace::implementations::spine_fueled::{Merger, SpineBatch};
use timely::progress::frontier::AntichainRef;

use super::rows::{BatchRow, BatchRows, BatchRowsBuilder, RowPlace};
use mare_model::canary;
use mare_model::time::{Epoch, EventTime, Moment, Window};
use mare_model::view::View;

/// The rows of all views that a frontier has completed together.
#[derive(Debug)]
pub struct TotalsBatch {
    pub(super) views: Rc<[View]>,
    /// The rows of each view, by its id.
    pub(super) rows: Vec<BatchRows>,
}

impl TotalsBatch {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(BatchRows::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SpineBatch for TotalsBatch {
    type Time = Moment;
    type Merger = TotalsMerger;

    fn len(&self) -> usize {
        TotalsBatch::len(self)
    }
}

/// Through where what comes is told apart: what a merge forgets.
#[derive(Clone, Copy, Debug)]
struct Since {
    /// Epochs before this are not told apart any more.
    epoch: Epoch,
    /// Windows that close at or before this are not read any more.
    closed: EventTime,
}

impl Since {
    /// That of a compaction frontier. One that is empty lets nothing be forgotten, for nobody reads behind it anyway.
    fn new(frontier: AntichainRef<'_, Moment>) -> Since {
        Since {
            epoch: frontier.iter().map(|moment| moment.epoch).min().unwrap_or(Epoch(0)),
            closed: frontier.iter().map(|moment| moment.event).min().unwrap_or(EventTime::MIN),
        }
    }

    /// Whether a window of `view` is not read any more.
    fn forgets(self, view: &View, window: Window) -> bool {
        let close = view.windows.close(window);
        canary!(Retire, close <= self.closed && close < EventTime::MAX, without: false)
    }
}

/// Two batches that become one, view by view, for as long as there is fuel.
pub struct TotalsMerger {
    since: Since,
    /// The views that are done.
    done: Vec<BatchRows>,
    /// What has come of the view that is merged, and how far its rows in both batches have gone into it.
    merged: Option<(BatchRowsBuilder, [RowPlace; 2])>,
    views: Rc<[View]>,
}

impl Merger<TotalsBatch> for TotalsMerger {
    fn new(one: &TotalsBatch, _: &TotalsBatch, frontier: AntichainRef<'_, Moment>) -> TotalsMerger {
        let views = Rc::clone(&one.views);
        TotalsMerger { since: Since::new(frontier), done: Vec::with_capacity(views.len()), merged: None, views }
    }

    fn work(&mut self, one: &TotalsBatch, other: &TotalsBatch, fuel: &mut isize) {
        while let Some(one) = one.rows.get(self.done.len())
            && *fuel > 0
        {
            let (other, view) = (&other.rows[self.done.len()], &self.views[self.done.len()]);
            let (mut builder, mut places) =
                self.merged.take().unwrap_or_else(|| (BatchRowsBuilder::for_both(one, other), Default::default()));
            if self.since.merge(&mut builder, [one, other], &mut places, view, fuel) {
                self.done.push(builder.done());
            } else {
                self.merged = Some((builder, places));
            }
        }
    }

    fn done(self) -> Option<TotalsBatch> {
        let batch = TotalsBatch { views: self.views, rows: self.done };
        (!batch.is_empty()).then_some(batch)
    }
}

impl Since {
    /// Puts rows of two of a view into one, in their order, until there are none or no fuel; whether there are none.
    fn merge(
        self,
        builder: &mut BatchRowsBuilder,
        both: [&BatchRows; 2],
        places: &mut [RowPlace; 2],
        view: &View,
        fuel: &mut isize,
    ) -> bool {
        while *fuel > 0 {
            let [one, other] = [0, 1].map(|at| places[at].key(both[at]).map(|key| (key, places[at].get(both[at]))));
            let (at, key, row) = match (one, other) {
                (None, None) => return true,
                (Some((key, row)), None) => (0, key, row),
                (None, Some((key, row))) => (1, key, row),
                (Some((one, row)), Some((other, later))) => match (one, row.epoch) <= (other, later.epoch) {
                    true => (0, one, row),
                    false => (1, other, later),
                },
            };
            if !self.forgets(view, key.window) {
                builder.push(&key, BatchRow { epoch: row.epoch.max(self.epoch), ..row }, &view.measures);
            }
            places[at].step(both[at]);
            *fuel -= 1;
        }
        false
    }
}
