//! What a worker does with each record: decode, decide lateness and repetition, combine, account. Pure but for the
//! ledger and the outbox.
//!
//! A record is, in this order: dead if it is no event, filtered if the view does not want it, late if its window is
//! closed to its partition (all of them, where windows overlap), a duplicate if its id has been counted in its
//! partition and window, else counted. Dead and late ones go to the [`Outbox`]; each is in exactly one count.
//!
//! # No false late
//! *Claim*: an event that its own partition's log does not make late is never refused, however far other partitions
//! are.
//!
//! 1. The promise of partition `p` before an event is the k-th largest event time of the events before it in `p` that
//!    were counted or filtered (which are evidence of time as well), where k is `event.confirm`, 1 unless the file says
//!    more (see [`promise`](super::promise)). It depends on the log of `p` up to that offset, and on nothing else: so
//!    do the ids that `p` has counted (see 5).
//! 2. The event is late iff `close(w) <= promise[p]`. If it is not, `promise[p] <= close(w) - 1`.
//! 3. A worker's capability in the event coordinate is the minimum of the promises of its partitions *as of the last
//!    seal*, and promises only grow, whatever k is, so the capability is `<= promise[p] <= close(w) - 1`.
//! 4. So the update at `(epoch, close(w) - 1)` can be sent with that capability, and `(epoch, close(w))` as well.
//!    Timely would refuse the send otherwise: the claim is checked by the runtime at every epoch.
//!
//! By 1 the late set is a function of the log alone: the same for every number of workers, batch size and interleaving.
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
//!    is a duplicate until `w` closes, and then late in all.

mod lane;

use std::sync::Arc;

use tracing::warn;

use self::lane::{Known, Lane, Lanes};
use super::combine::Combine;
use super::ledger::{Account, Ledger};
use super::partials::Parcel;
use super::promise::Promise;
use super::samples::PER_BATCH;
use super::seen::{Seen, SeenSnapshot};
use mare_checkpoint::{PartitionState, Partitions, Tally, TotalRows};
use mare_dataflow::Plan;
use mare_decode::{Decoder, Filter, MaxAhead, Reject};
use mare_letters::{Letter, LetterMark, Outbox};
use mare_model::canary;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Reached, Record};
use mare_model::time::{Epoch, EventTime, Window};
use mare_model::view::{View, ViewId};

/// The part of a worker's source between its log and its output.
pub struct Intake {
    decoder: Decoder,
    max_ahead: MaxAhead,
    /// What is kept of the events.
    view: View,
    /// Which of them are wanted, if not all.
    filter: Option<Filter>,
    combine: Combine,
    /// The group of the event in hand, where it has to be written.
    group: String,
    lanes: Lanes,
    /// Records taken in since the last seal.
    in_hand: u64,
    /// Whether a position has moved since the last seal without a record.
    has_passed: bool,
    ledger: Arc<Ledger>,
    /// Where the records go that are not counted.
    outbox: Box<dyn Outbox>,
}

/// The only view that events are taken in for.
const VIEW: ViewId = ViewId(0);

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
        let mut intake = Intake {
            decoder: plan.decoder(),
            max_ahead: MaxAhead::new(&plan.event),
            view: plan.view().clone(),
            filter: plan.event_filter(),
            combine: Combine::new(peers, vec![plan.view().measures.clone()]),
            group: String::new(),
            lanes: Lanes::default(),
            in_hand: 0,
            has_passed: false,
            ledger,
            outbox,
        };
        let closed = restored.values().map(|state| state.promise).min().unwrap_or(EventTime::MIN);
        for partition in partitions {
            intake.open(plan, *partition, restored.get(partition), closed);
        }
        intake
    }

    /// Opens the lane of a partition. One that `restored` does not have has come since: the windows that close at or
    /// before `closed` were certain without it and are not in the totals any more, so for it they are closed from its
    /// first event on.
    fn open(&mut self, plan: &Plan, partition: Partition, restored: Option<&PartitionState>, closed: EventTime) {
        let account = self.ledger.account(partition);
        let position = account.map_or(Offset(0), Account::position);
        let new = PartitionState { promise: closed, ..PartitionState::unread(position) };
        let state = restored.unwrap_or(&new);
        account.into_iter().for_each(|account| account.restore(state));
        let (promise, position) = (Promise::new(&plan.event, plan.view().windows, state), state.position);
        let (seen, batch, window, sealed) = (plan.dedup.map(Known::by), Tally::default(), Window::FIRST, position);
        let lane = Lane { partition, promise, window, position, sealed, last: None, batch, before_jump: None, seen };
        self.lanes.add(lane);
    }

    /// Takes the totals of a checkpoint in that belong to worker `index`.
    pub fn restore(&mut self, totals: &TotalRows, index: usize) {
        self.combine.restore(VIEW, totals, self.view.windows, index);
    }

    /// Takes one record in: it is counted, filtered, a duplicate, late, or dead.
    #[inline]
    pub fn take(&mut self, record: Record<'_>) {
        let Some(lane) = self.lanes.of(record.partition) else { return };
        lane.position = Offset(record.offset.0 + 1);
        self.in_hand += 1;
        let decoded = self.decoder.decode(&record);
        let event = decoded.and_then(|row| self.max_ahead.check(row.time, record.timestamp_ms).map(|()| row));
        let (row, is_wanted) = match event.and_then(|row| Ok((row, Filter::wants(self.filter.as_ref(), &row)?))) {
            Ok(event) => event,
            Err(reject) => {
                lane.batch.dead[reject.index()] += 1;
                report(&self.ledger, record, &reject);
                let letter = Letter::dead(record, &reject);
                sample(&self.ledger, lane.batch.dead[reject.index()], &letter);
                return self.outbox.send(letter);
            }
        };
        let windows = self.view.windows;
        if !is_wanted {
            lane.batch.filtered += 1;
            return lane.advance(windows, &row, &record);
        }
        let (window, promise) = (lane.window_of(windows, row.time), lane.promise.time());
        if windows.is_late(window, promise) {
            lane.batch.late += 1;
            let letter = Letter::late(record, windows, row.time, promise);
            sample(&self.ledger, lane.batch.late, &letter);
            return self.outbox.send(letter);
        }
        if lane.is_new(window, &row) {
            lane.count(windows, &row, &record);
            let (group, measured) = (row.group(&self.view.group_by, &mut self.group), |measure| row.measured(measure));
            self.combine.add(VIEW, window, group, measured);
            if windows.overlap() {
                let open = windows.windows_of(row.time).take_while(|window| !windows.is_late(*window, promise));
                open.skip(1).for_each(|window| self.combine.add(VIEW, window, group, measured));
            }
        }
    }

    /// Takes in where reading goes on in a partition, behind the records that came before: what lies between is no
    /// record.
    pub fn reach(&mut self, reached: Reached) {
        let lane = canary!(Passed, self.lanes.of(reached.partition), without: None);
        let Some(lane) = lane else { return };
        lane.last = reached.last.or(lane.last);
        if reached.next > lane.position {
            lane.position = reached.next;
            self.has_passed = true;
        }
    }

    /// Brings the ledger up to date; called after each batch of records.
    pub fn post(&mut self) {
        for lane in &mut self.lanes.all {
            let batch = std::mem::take(&mut lane.batch);
            let Some(account) = self.ledger.account(lane.partition) else { continue };
            if batch != Tally::default() || account.position() != lane.position {
                account.promised(&lane.promise, lane.before_jump.take());
                account.post(&batch, lane.position, lane.promise.time());
                lane.last.take().into_iter().for_each(|last| account.has_read(last));
            }
        }
    }

    /// The smallest promise of the worker's partitions, those included that are read to their end: whoever goes on from
    /// here reads on in them. [`EventTime::MAX`] if it has none.
    #[must_use]
    pub fn promise(&self) -> EventTime {
        self.lanes.all.iter().map(|lane| lane.promise.time()).min().unwrap_or(EventTime::MAX)
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

    /// Whether letters wait for room, so that nothing should be read until they have some. The outbox's waker is called
    /// then.
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

    /// The ids that are kept to know duplicates by, as of now: a handle for each partition and open window.
    #[must_use]
    pub fn seen(&self) -> Vec<(Partition, Window, SeenSnapshot)> {
        let lanes = self.lanes.all.iter().filter_map(|lane| Some((lane.partition, lane.seen.as_ref()?)));
        let windows = |(partition, seen): (Partition, &Known)| {
            seen.ids.snapshot().into_iter().map(move |(window, ids)| (partition, window, ids))
        };
        lanes.flat_map(windows).collect()
    }

    /// Takes in ids from a checkpoint, before the first record; several times for one window if need be. Those of a
    /// partition that is not read here, or of a dataflow that does not tell events apart, are let go.
    pub fn restore_seen<'a>(&mut self, partition: Partition, start: EventTime, ids: impl IntoIterator<Item = &'a str>) {
        if let Some(seen) = self.lanes.of(partition).and_then(|lane| lane.seen.as_mut()) {
            seen.ids.restore(self.view.windows.starting(start), ids);
        }
    }

    /// Takes what is in hand as parcels of `epoch`, with how far it takes in the partitions that were read.
    pub fn seal(&mut self, epoch: Epoch) -> (Vec<Parcel>, Vec<(Partition, Offset)>) {
        self.in_hand = 0;
        self.has_passed = false;
        let moved = self.lanes.all.iter_mut().filter(|lane| lane.sealed != lane.position);
        let positions: Vec<_> = moved
            .map(|lane| {
                lane.sealed = lane.position;
                (lane.partition, lane.position)
            })
            .collect();
        (self.combine.seal(epoch, &positions), positions)
    }

    /// The next offset of each partition.
    #[must_use]
    pub fn positions(&self) -> Vec<(Partition, Offset)> {
        self.lanes.all.iter().map(|lane| (lane.partition, lane.position)).collect()
    }

    /// How far each partition is taken in. With nothing in hand, that is how far it is sealed.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        let accounts =
            self.lanes.all.iter().filter_map(|lane| Some((lane.partition, self.ledger.account(lane.partition)?)));
        accounts.map(|(partition, account)| (partition, account.state())).collect()
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

/// Logs the first dead letter of its reason.
#[cold]
fn report(ledger: &Ledger, record: Record<'_>, reject: &Reject) {
    if ledger.is_first(reject) {
        let Record { partition, offset, .. } = record;
        warn!(%partition, %offset, reason = reject.reason(), "dead letter (the first of its reason): {reject}");
    }
}

#[cfg(test)]
mod tests;
