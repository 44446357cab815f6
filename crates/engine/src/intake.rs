//! What a worker does with each record: decode, decide lateness and repetition, combine, account. Pure but for the
//! ledger and the outbox.
//!
//! For each view, a record is, in this order: dead if it is no event, filtered if the view does not want it, late if
//! its window is closed to its partition (all of them, where windows overlap), a duplicate if its id has been counted
//! in its partition and window, else counted: it is in exactly one count. One that is dead or late for any view goes
//! to the [`Outbox`], once. A view knows nothing of the others (`fold`), so all that follows holds for each by itself.
//! Where the elements of an array are events, all that is said of a record is said of each of them (`elements`).
//!
//! # No false late
//! *Claim*: an event that its own partition's log does not make late is never refused, however far other partitions
//! are.
//!
//! 1. The promise of partition `p` before an event is the k-th largest event time of the events before it in `p` that
//!    were counted or filtered (which are evidence of time as well), where k is `event.confirm`, 1 unless the file
//!    says more (see [`promise`](super::promise)), raised by the heartbeats at or before that offset, if there are any
//!    (`heartbeats`). It depends on the log of `p` up to that offset and on the journal, and on nothing else: so do
//!    the ids that `p` has counted (see 5).
//! 2. The event is late iff `close(w) <= promise[p]`. If it is not, `promise[p] <= close(w) - 1`.
//! 3. A worker's capability in the event coordinate is the minimum of the promises of its partitions *as of the last
//!    seal*, and promises only grow, whatever k is, so the capability is `<= promise[p] <= close(w) - 1`.
//! 4. So the update at `(epoch, close(w) - 1)` can be sent with that capability, and `(epoch, close(w))` as well.
//!    Timely would refuse the send otherwise: the claim is checked by the runtime at every epoch.
//!
//! By 1 the late set is a function of the log and its journal alone: the same for every number of workers, batch size
//! and interleaving.
//!
//! Of sessions an event has, for 2, the window that it touches itself, from its time to a gap behind it. The session
//! that comes of it ends there or later and closes a gap behind its end, so 3 and 4 hold for that too.
//!
//! If windows overlap, that is said of an event and each *one* `w` of its windows: it is folded into `w` iff
//! `promise[p] < close(w)` before it, and then 3 and 4 hold; it is late iff even the `w` that closes last is closed.
//!
//! 5. With deduplication, an event that is not late is a duplicate iff an event of its id was counted before it in `p`
//!    with the same window `w`. [`Seen`] knows: it forgets `w` only when `close(w) <= promise[p]`, from when on every
//!    event of `w` is late by 2. A duplicate changes nothing, not even the promise, though its event time may be a
//!    larger one of `w`: what repeats what has been counted must not make others late. So the duplicates, too, are a
//!    function of the log alone, and 1 holds with them. If windows overlap, `w` is the one that closes last: an event
//!    that is counted is in all of its windows that are open, and one of its id and time has the same windows, so it
//!    is a duplicate until `w` closes, and then late in all. Of sessions `w` is the *stretch* of the event
//!    ([`stretch`](mare_model::time::Windows::stretch)), of all times from one multiple of the gap to the next: it is
//!    forgotten when what its last time touches is closed, and all of its events are late. What cancellations make of
//!    that is said in `cancel`.

mod cancel;
mod elements;
mod event;
mod fold;
mod heartbeats;
mod lane;
mod reading;

use std::sync::Arc;

use self::event::{Event, Sent, cancels, fold_in, refuse};
use self::fold::Fold;
use self::reading::{Reading, Readings};
use super::combine::{Accumulators, Combine};
use super::ledger::{Account, Ledger};
use super::orders::OrdersSnapshot;
use super::partials::Parcel;
use super::seen::{Seen, SeenSnapshot};
use mare_checkpoint::{PartitionState, Partitions, SeenOrder, SessionRows, Tally, TotalRows};
use mare_dataflow::Plan;
use mare_decode::{Decoder, Filter, MaxAhead};
use mare_letters::{LetterMark, Outbox};
use mare_model::canary;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Reached, Record};
use mare_model::time::{Epoch, EventTime, Window};
use mare_model::view::{View, ViewId};

/// The part of a worker's source between its log and its output.
pub struct Intake {
    decoder: Decoder,
    max_ahead: MaxAhead,
    /// Which events are cancellations, if any are.
    cancellation: Option<Filter>,
    /// Whether the place of an event in its array is part of its id.
    places_tell: bool,
    /// What is kept of the events, view by view.
    folds: Vec<Fold>,
    combine: Combine,
    readings: Readings,
    /// Records taken in since the last seal.
    in_hand: u64,
    /// Whether a position has moved since the last seal without a record.
    has_passed: bool,
    /// Where the records go that are not counted.
    outbox: Box<dyn Outbox>,
}

/// What a view keeps by id of a partition and window.
pub type SeenOf = (ViewId, Partition, Window, KnownSnapshot);

/// What is kept by id of a window, as of one moment.
#[derive(Clone, Debug)]
pub enum KnownSnapshot {
    /// To know duplicates by.
    Ids(SeenSnapshot),
    /// To be taken back.
    Orders(OrdersSnapshot),
}

impl KnownSnapshot {
    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            KnownSnapshot::Ids(ids) => ids.len(),
            KnownSnapshot::Orders(orders) => orders.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Intake {
    /// An intake for `partitions`, going on from where `restored` has them, in a cluster of `peers` workers, that
    /// leaves its letters in `outbox`.
    #[must_use]
    pub fn new(
        plan: &Plan,
        partitions: &[Partition],
        restored: &Partitions,
        peers: usize,
        ledger: Arc<Ledger>,
        outbox: Box<dyn Outbox>,
    ) -> Self {
        let kept = |view: &View| Accumulators {
            measures: view.measures.clone(),
            summaries: view.summaries.clone(),
            by_group: view.windows.are_sessions(),
        };
        let kept = plan.outputs.iter().map(|output| kept(&output.view)).collect();
        let position = |partition| match restored.get(&partition) {
            Some(state) => state.position,
            None => ledger.account(partition).map_or(Offset(0), Account::position),
        };
        let readings = Readings::new(partitions, position);
        let fold = |(id, ledger): (ViewId, Arc<Ledger>)| {
            let mut fold = Fold::new(&plan.of(id), id, ledger);
            fold.open(plan, readings.all.iter().map(|reading| reading.partition), restored);
            fold
        };
        Intake {
            decoder: plan.decoder(),
            max_ahead: MaxAhead::new(&plan.event),
            cancellation: plan.cancellation(),
            places_tell: plan.has_ids_of_records(),
            folds: plan.ids().zip(Ledger::of_views(&ledger)).map(fold).collect(),
            combine: Combine::new(peers, kept),
            readings,
            in_hand: 0,
            has_passed: false,
            outbox,
        }
    }

    /// Takes the totals of a view from a checkpoint in that belong to worker `index`.
    pub fn restore(&mut self, view: ViewId, totals: &TotalRows, index: usize) {
        let fold = self.folds.iter().find(|fold| fold.id == view);
        fold.into_iter().for_each(|fold| fold.restore(totals, index, &mut self.combine));
    }

    /// Takes the open sessions of a view from a checkpoint in that belong to worker `index`.
    pub fn restore_sessions(&mut self, view: ViewId, sessions: &SessionRows, index: usize) {
        self.combine.restore(view, sessions.sessions(), index);
    }

    /// Takes one record in: for each view it is counted, filtered, a duplicate, late, or dead.
    #[inline]
    pub fn take(&mut self, record: Record<'_>) {
        let Some((at, reading)) = self.readings.of(record.partition) else { return };
        reading.position = Offset(record.offset.0 + 1);
        self.in_hand += 1;
        if self.decoder.explodes() {
            return self.take_elements(at, record);
        }
        let mut sent = Sent::default();
        let decoded = self.decoder.decode(&record);
        let row = match decoded.and_then(|row| self.max_ahead.check(row.time, record.timestamp_ms).map(|()| row)) {
            Ok(row) => row,
            Err(reject) => return refuse(&mut self.folds, &mut *self.outbox, (at, record), &reject, &mut sent),
        };
        let cancels = match cancels(self.cancellation.as_ref(), &row) {
            Ok(cancels) => cancels,
            Err(reject) => return refuse(&mut self.folds, &mut *self.outbox, (at, record), &reject, &mut sent),
        };
        let event = Event { cancels, ..Event::of(&row) };
        fold_in(&mut self.folds, (&mut self.combine, &mut *self.outbox), (at, record), &event, &mut sent);
    }

    /// Takes in where reading goes on in a partition, behind the records that came before: what lies between is no
    /// record.
    pub fn reach(&mut self, reached: Reached) {
        let reading = canary!(Passed, self.readings.of(reached.partition), without: None);
        let Some((_, reading)) = reading else { return };
        reading.last = reached.last.or(reading.last);
        if reached.next > reading.position {
            reading.position = reached.next;
            self.has_passed = true;
        }
    }

    /// Brings the ledger up to date; called after each batch of records.
    pub fn post(&mut self) {
        self.come_to_heartbeats();
        for (at, reading) in self.readings.all.iter_mut().enumerate() {
            for fold in &mut self.folds {
                let (Some(lane), Some(account)) = (fold.lanes.get_mut(at), fold.ledger.account(reading.partition))
                else {
                    continue;
                };
                let batch = std::mem::take(&mut lane.batch);
                let has_moved = account.position() != reading.position || account.promise() != lane.promise.time();
                if batch != Tally::default() || has_moved {
                    account.promised(&lane.promise, lane.before_jump.take());
                    account.was_unmatched(std::mem::take(&mut lane.unmatched));
                    account.was_late_by_silence(std::mem::take(&mut lane.late_by_silence));
                    account.post(&batch, reading.position, lane.promise.time());
                    reading.last.take().into_iter().for_each(|last| account.has_read(last));
                }
            }
        }
    }

    /// The smallest promise of the worker's partitions to any view, those included that are read to their end: whoever
    /// goes on from here reads on in them. [`EventTime::MAX`] if it has none.
    #[must_use]
    pub fn promise(&self) -> EventTime {
        self.folds.iter().map(Fold::promise).min().unwrap_or(EventTime::MAX)
    }

    /// Whether a record waits to be sealed, be it an event or not, or a position that has moved without one: a reader
    /// of the positions, such as a later run that has to pass them, must not wait for a record that may never come.
    #[must_use]
    pub fn any(&self) -> bool {
        self.in_hand > 0 || self.has_passed
    }

    /// How many records wait to be sealed.
    #[must_use]
    pub fn in_hand(&self) -> u64 {
        self.in_hand
    }

    /// Whether the epoch in hand has reached its bound.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.combine.is_full()
    }

    /// Whether letters wait for room, so that nothing should be read until they have some. The outbox's waker is
    /// called then.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.outbox.is_full()
    }

    /// Names the letters of all records taken so far.
    pub fn mark(&mut self) -> LetterMark {
        self.outbox.mark()
    }

    /// Whether every letter before `mark` is in its topic. The outbox's waker is called when one becomes so.
    #[must_use]
    pub fn is_delivered(&self, mark: LetterMark) -> bool {
        self.outbox.is_delivered(mark)
    }

    /// What is kept by id to know duplicates and what is cancelled, as of now: a handle for each view, partition and
    /// open window.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenOf> {
        let lanes = self.folds.iter().flat_map(|fold| self.readings.all.iter().enumerate().map(move |at| (fold, at)));
        let windows = lanes.flat_map(|(fold, (at, Reading { partition, .. }))| {
            fold.seen(at).map(|(window, ids)| (fold.id, *partition, window, ids))
        });
        windows.collect()
    }

    /// Takes in ids of a view from a checkpoint, before the first record; several times for one window if need be.
    /// Those of a partition that is not read here, or of a dataflow that does not tell events apart, are let go.
    pub fn restore_seen<'a>(
        &mut self,
        view: ViewId,
        (partition, slot): (Partition, EventTime),
        ids: impl IntoIterator<Item = &'a str>,
    ) {
        let fold = self.folds.iter_mut().find(|fold| fold.id == view);
        if let Some((fold, (at, _))) = fold.zip(self.readings.of(partition)) {
            fold.restore_seen(at, slot, ids);
        }
    }

    /// Takes in orders of a view from a checkpoint, as [`restore_seen`](Intake::restore_seen) does ids.
    pub fn restore_orders(&mut self, view: ViewId, (partition, slot): (Partition, EventTime), orders: &[SeenOrder]) {
        let fold = self.folds.iter_mut().find(|fold| fold.id == view);
        if let Some((fold, (at, _))) = fold.zip(self.readings.of(partition)) {
            fold.restore_orders(at, slot, orders);
        }
    }

    /// Takes what is in hand as parcels of `epoch`, with how far it takes in the partitions that were read.
    pub fn seal(&mut self, epoch: Epoch) -> (Vec<Parcel>, Vec<(Partition, Offset)>) {
        self.folds.iter().for_each(|fold| fold.expand(&mut self.combine));
        self.in_hand = 0;
        self.has_passed = false;
        let moved = self.readings.all.iter_mut().filter(|reading| reading.sealed != reading.position);
        let positions: Vec<_> = moved
            .map(|reading| {
                reading.sealed = reading.position;
                (reading.partition, reading.position)
            })
            .collect();
        (self.combine.seal(epoch, &positions), positions)
    }

    /// The next offset of each partition.
    #[must_use]
    pub fn positions(&self) -> Vec<(Partition, Offset)> {
        self.readings.all.iter().map(|reading| (reading.partition, reading.position)).collect()
    }

    /// How far each partition is taken in. With nothing in hand, that is how far it is sealed.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        let state = |reading: &Reading| {
            let mut states = self.folds.iter().filter_map(|fold| Some(fold.ledger.account(reading.partition)?.state()));
            let first = states.next()?;
            Some((reading.partition, PartitionState { others: states.collect(), ..first }))
        };
        self.readings.all.iter().filter_map(state).collect()
    }
}

#[cfg(test)]
mod tests;
