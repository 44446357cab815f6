//! What an intake does with each event for one view: whether it is wanted, late or a repetition, and else into which
//! windows and group it is folded.
//!
//! Nothing here knows of another view: each has its own promise of a partition, ids and account. So what comes of a
//! view is what would come of it in a dataflow of its own.

use std::sync::Arc;

use super::KnownSnapshot;
use super::cancel::KnownOrders;
use super::lane::{Known, Lane};
use crate::combine::{Combine, Foldable};
use crate::ledger::{Account, Ledger};
use crate::promise::Promise;
use crate::samples::PER_BATCH;
use mare_checkpoint::{PartitionState, Partitions, SeenOrder, TotalRows};
use mare_dataflow::Plan;
use mare_decode::{Filter, Reject, Row};
use mare_letters::{Letter, LetterKind};
use mare_model::measure::Measure;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::summary::sighting::Witness;
use mare_model::summary::{Summarize, Summary};
use mare_model::time::{Assigner, EventTime, Window, Windows};
use mare_model::view::{View, ViewId};

/// One view, and what is known of each partition for it.
pub(super) struct Fold {
    pub id: ViewId,
    pub view: View,
    /// Which events are wanted, if not all.
    pub filter: Option<Filter>,
    /// The accounts of the view.
    pub ledger: Arc<Ledger>,
    /// What is known of each partition, in the order of the intake's readings.
    pub lanes: Vec<Lane>,
    /// The group of the event in hand, where it has to be written.
    pub group: String,
}

/// Why an event is not folded in and goes elsewhere.
pub(super) enum Refused {
    /// Its windows had closed when its partition had promised this.
    Late(EventTime),
    /// It is a cancellation, and nothing of its id is there to be cancelled.
    Unmatched,
    /// The condition of the view has no value for it.
    Dead(Reject),
}

impl Refused {
    /// The letter of a record whose event at `time` is late.
    #[cold]
    pub fn letter<'r>(&self, record: Record<'r>, windows: Windows, time: EventTime) -> Letter<'r> {
        match self {
            Refused::Late(promise) => Letter::late(record, windows, time, *promise),
            Refused::Unmatched | Refused::Dead(_) => Letter::unmatched(record, time),
        }
    }
}

/// An event that is folded in.
struct CountedEvent<'e, 'r> {
    row: &'e Row<'r>,
    record: &'e Record<'r>,
}

impl Foldable for CountedEvent<'_, '_> {
    #[inline]
    fn measured(&self, measure: Measure) -> i128 {
        self.row.measured(measure)
    }

    fn summarize(&self, of: Summarize, summary: &mut Summary) -> usize {
        let Record { partition, offset, .. } = *self.record;
        if let Some(by) = of.by {
            return summary.rank(self.row.datum(of.field), self.row.datum(by));
        }
        summary.take(self.row.datum(of.field), Witness { time: self.row.time, partition, offset })
    }
}

impl Fold {
    /// The only view of `plan`, which is number `id` of its dataflow, nothing taken in yet.
    pub fn new(plan: &Plan, id: ViewId, ledger: Arc<Ledger>) -> Fold {
        let (view, filter) = (plan.view().clone(), plan.event_filter());
        Fold { id, view, filter, ledger, lanes: Vec::new(), group: String::new() }
    }

    /// Opens the lanes of `partitions`. One that `restored` does not have has come since: the windows that close at or
    /// before what all others have promised were certain without it and are not in the totals any more, so for it they
    /// are closed from its first event on.
    pub fn open(&mut self, plan: &Plan, partitions: impl Iterator<Item = Partition>, restored: &Partitions) {
        let closed = restored.values().map(|state| state.of(self.id).promise).min().unwrap_or(EventTime::MIN);
        for partition in partitions {
            let account = self.ledger.account(partition);
            let position = account.map_or(Offset(0), Account::position);
            let new = PartitionState { promise: closed, ..PartitionState::unread(position) };
            let state = restored.get(&partition).map_or(new, |state| state.of(self.id));
            account.into_iter().for_each(|account| account.restore(&state));
            let promise = Promise::new(&plan.event, self.view.windows, &state);
            let orders = plan.dedup.filter(|_| plan.retract.is_some());
            let orders = orders.map(|field| KnownOrders::by(field, self.view.measures.len()));
            let seen = plan.dedup.filter(|_| plan.retract.is_none()).map(Known::by);
            self.lanes.push(Lane::new(promise, seen, orders));
        }
    }

    /// The windows and their lateness.
    #[inline]
    pub fn windows(&self) -> Windows {
        self.view.windows
    }

    /// Takes the event `row` of the partition at `at` in.
    #[inline]
    pub fn take(
        &mut self,
        at: usize,
        row: &Row<'_>,
        record: &Record<'_>,
        combine: &mut Combine,
    ) -> Result<(), Refused> {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return Ok(()) };
        if !Filter::wants(self.filter.as_ref(), row).map_err(Refused::Dead)? {
            lane.batch.filtered += 1;
            lane.advance(windows, row.time, record);
            return Ok(());
        }
        let (window, promise) = (lane.window_of(windows, row.time), lane.promise.time());
        if windows.is_late(window, promise) {
            return Err(Refused::Late(promise));
        }
        if lane.is_new(windows.stretch(window), row) {
            lane.count(windows, row, record);
            let (group, event) = (row.group(&self.view.group_by, &mut self.group), CountedEvent { row, record });
            match windows.assigner {
                Assigner::Hopping { .. } | Assigner::Cumulative { .. } => {
                    let pane = windows.pane(window, row.time, promise);
                    combine.add_to_pane(self.id, (windows, pane), group, &event);
                }
                Assigner::Session { .. } => combine.add_to_stretch(self.id, (windows, row.time), group, &event),
                Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Global => {
                    combine.add(self.id, window, group, &event);
                }
            }
            if let Some(orders) = &mut lane.orders {
                orders.keep(window, row, group, &self.view.measures);
            }
        }
        Ok(())
    }

    /// Takes a record of the partition at `at` in whose array has no element: it is evidence of its time.
    pub fn pass(&mut self, at: usize, time: EventTime, record: &Record<'_>) {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return };
        lane.batch.filtered += 1;
        lane.advance(windows, time, record);
    }

    /// Takes note of the place in its array of the next event of the partition at `at`, where that is part of its id.
    pub fn stands_at(&mut self, at: usize, place: usize) {
        let known = self.lanes.get_mut(at).and_then(|lane| lane.seen.as_mut());
        known.into_iter().for_each(|known| known.place = Some(place));
    }

    /// Accounts for a late event at `time` of the partition at `at`, of which `letter` tells.
    pub fn late(&mut self, at: usize, time: EventTime, letter: &Letter<'_>) {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return };
        match letter.kind {
            LetterKind::Unmatched { .. } => lane.unmatched(),
            LetterKind::Late { .. } | LetterKind::Dead(_) => lane.late(windows, time),
        }
        sample(&self.ledger, lane.batch.late, letter);
    }

    /// Accounts for a record of the partition at `at` that is no event, of which `letter` tells.
    pub fn dead(&mut self, at: usize, reject: &Reject, letter: &Letter<'_>) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        lane.batch.dead[reject.index()] += 1;
        sample(&self.ledger, lane.batch.dead[reject.index()], letter);
    }

    /// The smallest promise of the partitions; [`EventTime::MAX`] if there is none.
    pub fn promise(&self) -> EventTime {
        self.lanes.iter().map(|lane| lane.promise.time()).min().unwrap_or(EventTime::MAX)
    }

    /// Raises the promise of the partition at `at` to what a heartbeat says.
    pub fn raise(&mut self, at: usize, to: EventTime) {
        let windows = self.view.windows;
        self.lanes.get_mut(at).into_iter().for_each(|lane| lane.raise(windows, to));
    }

    /// Puts what is combined of windows that overlap into each of them, and what is combined of sessions into
    /// fragments, before it is sealed.
    pub fn expand(&self, combine: &mut Combine) {
        if self.view.windows.overlap() {
            combine.expand(self.id, self.view.windows);
        } else if self.view.windows.are_sessions() {
            combine.expand_stretches(self.id, self.view.windows);
        }
    }

    /// Takes totals of a checkpoint in, as far as they belong to worker `index`.
    pub fn restore(&self, totals: &TotalRows, index: usize, combine: &mut Combine) {
        let windows = self.view.windows;
        combine.restore(self.id, totals.rows().map(|row| (windows.of_slot(row.slot), row)), index);
    }

    /// Takes ids of a checkpoint in, of the partition at `at`.
    pub fn restore_seen<'a>(&mut self, at: usize, slot: EventTime, ids: impl IntoIterator<Item = &'a str>) {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return };
        let window = windows.of_slot(slot);
        // A heartbeat may have closed it since the checkpoint.
        if let Some(seen) = lane.seen.as_mut().filter(|_| windows.close(window) > lane.promise.time()) {
            seen.ids.restore(window, ids);
        }
    }

    /// Takes orders of a checkpoint in, of the partition at `at`.
    pub fn restore_orders(&mut self, at: usize, slot: EventTime, orders: &[SeenOrder]) {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return };
        let window = windows.of_slot(slot);
        if let Some(known) = lane.orders.as_mut().filter(|_| !windows.is_late(window, lane.promise.time())) {
            known.all_mut().restore(window, orders);
        }
    }

    /// What is kept by id for the partition at `at`: a handle for each open window.
    pub fn seen(&self, at: usize) -> impl Iterator<Item = (Window, KnownSnapshot)> + '_ {
        let lane = self.lanes.get(at);
        let seen = lane.and_then(|lane| lane.seen.as_ref()).into_iter().flat_map(|seen| seen.ids.snapshot());
        let orders = lane.and_then(|lane| lane.orders.as_ref()).into_iter().flat_map(|known| known.all().snapshot());
        let seen = seen.map(|(window, ids)| (window, KnownSnapshot::Ids(ids)));
        seen.chain(orders.map(|(window, orders)| (window, KnownSnapshot::Orders(orders))))
    }
}

/// Keeps a sample of the `nth` letter of its reason in a batch, if samples are kept.
#[inline]
fn sample(ledger: &Ledger, nth: u64, letter: &Letter<'_>) {
    if nth <= PER_BATCH
        && let Some(samples) = ledger.samples()
    {
        samples.add(letter);
    }
}
