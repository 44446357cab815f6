//! From parcels to batches: what a frontier completes, put in order once.

use std::rc::Rc;

use differential_dataflow::batcher::{Batcher, Extract};
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

use super::batch::TotalsBatch;
use super::rows::{BatchRow, BatchRows, BatchRowsBuilder, RowKey, head};
use crate::partials::Parcel;
use crate::signals::Signals;
use mare_model::time::{EventTime, Moment, Window};
use mare_model::view::View;

/// Holds parcels until a frontier completes what is in them, window by window.
pub struct ParcelBatcher {
    views: Rc<[View]>,
    /// Hears how far the log has been taken in with what is here.
    signals: Rc<Signals>,
    held: Vec<HeldParcel>,
    /// The least times of what is held.
    frontier: Antichain<Moment>,
}

/// A parcel of which not all is complete.
struct HeldParcel {
    parcel: Parcel,
    /// The rows that are not.
    rows: Vec<u32>,
    /// The least event coordinate of theirs.
    event: EventTime,
}

impl ParcelBatcher {
    /// Nothing held yet, of these views.
    #[must_use]
    pub fn new(views: Rc<[View]>, signals: Rc<Signals>) -> ParcelBatcher {
        ParcelBatcher { views, signals, held: Vec::new(), frontier: Antichain::new() }
    }
}

impl HeldParcel {
    fn new(parcel: Parcel, views: &[View]) -> HeldParcel {
        let rows = (0..u32::try_from(parcel.partials.len()).expect("a shelf is bounded")).collect();
        let mut held = HeldParcel { parcel, rows, event: EventTime::MAX };
        held.measure(views);
        held
    }

    /// The event coordinate of a row.
    fn event(&self, row: u32, views: &[View]) -> EventTime {
        let view = &views[usize::from(self.parcel.view.0)];
        EventTime(view.windows.close(self.parcel.partials.window(row as usize)).0 - 1)
    }

    /// Finds the least event coordinate again.
    fn measure(&mut self, views: &[View]) {
        let events = self.rows.iter().map(|row| self.event(*row, views));
        self.event = events.min().unwrap_or(EventTime::MAX);
    }

    /// Takes out the rows that `upper` completes.
    fn take(&mut self, upper: AntichainRef<'_, Moment>, views: &[View]) -> Vec<u32> {
        // Of this epoch, what comes before this event time is complete; all of it, if there is none.
        let of_epoch = upper.iter().filter(|moment| moment.epoch <= self.parcel.epoch);
        let Some(through) = of_epoch.map(|moment| moment.event).min() else { return std::mem::take(&mut self.rows) };
        if self.event >= through {
            return Vec::new();
        }
        let (complete, rest) =
            std::mem::take(&mut self.rows).into_iter().partition(|row| self.event(*row, views) < through);
        self.rows = rest;
        self.measure(views);
        complete
    }
}

impl Batcher<Vec<Parcel>> for ParcelBatcher {
    fn insert(&mut self, parcels: &mut Vec<Parcel>) {
        for parcel in parcels.drain(..) {
            self.signals.take(&parcel.positions);
            self.held.push(HeldParcel::new(parcel, &self.views));
        }
    }
}

impl Extract for ParcelBatcher {
    type Time = Moment;
    type Output = Rc<TotalsBatch>;

    fn extract<'a>(
        &'a mut self,
        upper: AntichainRef<'_, Moment>,
    ) -> (Option<Rc<TotalsBatch>>, AntichainRef<'a, Moment>) {
        // STEP 1: the rows that are complete.
        let views = &*self.views;
        let complete: Vec<_> = self.held.iter_mut().map(|held| held.take(upper, views)).collect();
        // STEP 2: in their order, view by view.
        let parcels = || self.held.iter().map(|held| &held.parcel).zip(&complete);
        let of_view =
            |(id, view): (usize, &View)| rows(view, parcels().filter(|(parcel, _)| usize::from(parcel.view.0) == id));
        let batch =
            TotalsBatch { views: Rc::clone(&self.views), rows: views.iter().enumerate().map(of_view).collect() };
        // STEP 3: what is held on.
        self.held.retain(|held| !held.rows.is_empty());
        self.frontier.clear();
        for HeldParcel { parcel, event, .. } in &self.held {
            self.frontier.insert(Moment { epoch: parcel.epoch, event: *event });
        }
        ((!batch.is_empty()).then(|| Rc::new(batch)), self.frontier.borrow())
    }
}

/// A row of a parcel, by what it is put in order by: mostly no more is asked.
struct SortedRow {
    window: Window,
    head: u64,
    parcel: u32,
    row: u32,
}

/// These rows of these parcels of a view, in their order.
fn rows<'a>(view: &View, parcels: impl Iterator<Item = (&'a Parcel, &'a Vec<u32>)>) -> BatchRows {
    let (parcels, of_parcels): (Vec<_>, Vec<_>) = parcels.unzip();
    let mut order = Vec::with_capacity(of_parcels.iter().map(|rows| rows.len()).sum());
    for (parcel, rows) in (0..).zip(of_parcels) {
        let partials = &parcels[parcel as usize].partials;
        let entry = |row: u32| {
            let (window, group) = (partials.window(row as usize), partials.group(row as usize));
            SortedRow { window, head: head(group.as_bytes()), parcel, row }
        };
        order.extend(rows.iter().map(|row| entry(*row)));
    }
    let group =
        |SortedRow { parcel, row, .. }: &SortedRow| parcels[*parcel as usize].partials.group(*row as usize).as_bytes();
    let epoch = |entry: &SortedRow| parcels[entry.parcel as usize].epoch;
    order.sort_unstable_by(|one, other| {
        let by_head = (one.window, one.head).cmp(&(other.window, other.head));
        by_head.then_with(|| (group(one), epoch(one)).cmp(&(group(other), epoch(other))))
    });
    let text_bytes = parcels.iter().map(|parcel| parcel.partials.text_bytes()).sum();
    let mut builder =
        BatchRowsBuilder::with_capacity(order.len(), text_bytes, [view.measures.len(), view.summaries.len()]);
    for entry in &order {
        let (partials, row) = (&parcels[entry.parcel as usize].partials, entry.row as usize);
        let key = RowKey::new(entry.window, group(entry));
        let (n, measures, summaries) = (partials.count(row), partials.measures(row), partials.summaries(row));
        builder.push(&key, BatchRow { epoch: epoch(entry), n, measures, summaries }, &view.measures);
    }
    builder.done()
}
