//! What a worker does with each record: decode, decide lateness, combine, account. Pure but for the ledger.
//!
//! # No false late
//! *Claim*: an event that its own partition's log does not make late is never refused, however far other partitions are.
//!
//! 1. The promise of partition `p` before an event is the largest event time of the good events before it in `p`.
//!    It depends on the log of `p` up to that offset, and on nothing else.
//! 2. The event is late iff `close(w) <= promise[p]`. If it is not, `promise[p] <= close(w) - 1`.
//! 3. A worker's capability in the event coordinate is the minimum of the promises of its partitions *as of the last seal*,
//!    and promises only grow, so the capability is `<= promise[p] <= close(w) - 1`.
//! 4. So the update at `(epoch, close(w) - 1)` can be sent with that capability, and `(epoch, close(w))` as well. Timely
//!    would refuse the send otherwise: the claim is checked by the runtime at every epoch.
//!
//! By 1 the late set is a function of the log alone: the same for every number of workers, batch size and interleaving.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::warn;

use super::combine::Combine;
use super::ledger::{Account, Ledger, Tally};
use super::partials::{Parcel, Partials};
use crate::checkpoint::{PartitionState, Partitions};
use crate::dataflow::Plan;
use crate::source::decode::{Decoder, Event, MaxAhead, Reject};
use crate::source::{Offset, Partition, Record};
use crate::time::{Epoch, EventTime, Tumbling};

/// The part of a worker's source between its log and its output.
pub struct Intake {
    decoder: Decoder,
    max_ahead: MaxAhead,
    window: Tumbling,
    combine: Combine,
    /// One for each partition that the worker owns.
    lanes: BTreeMap<Partition, Lane>,
    /// Whether a record has been taken in since the last seal.
    any: bool,
    ledger: Arc<Ledger>,
}

/// What is known of one partition, and the batch in hand that the ledger does not have yet.
struct Lane {
    promise: EventTime,
    position: Offset,
    /// The position at the last seal.
    sealed: Offset,
    batch: Tally,
}

impl Intake {
    /// An intake for `partitions`, going on from where `restored` has them, in a cluster of `peers` workers.
    #[must_use]
    pub fn new(
        plan: &Plan,
        partitions: &[Partition],
        restored: &Partitions,
        peers: usize,
        ledger: Arc<Ledger>,
    ) -> Self {
        let mut intake = Intake {
            decoder: Decoder::new(&plan.event, &plan.totals),
            max_ahead: MaxAhead::new(&plan.event),
            window: plan.window,
            combine: Combine::new(peers, plan.totals.measures.len()),
            lanes: BTreeMap::new(),
            any: false,
            ledger,
        };
        partitions.iter().for_each(|partition| intake.open(*partition, restored.get(partition)));
        intake
    }

    /// Opens the lane of a partition.
    fn open(&mut self, partition: Partition, restored: Option<&PartitionState>) {
        let account = self.ledger.account(partition);
        if let (Some(account), Some(state)) = (account, restored) {
            account.restore(state);
        }
        let promise = restored.map_or(EventTime::MIN, |state| state.promise);
        let position = account.map_or(Offset(0), Account::position);
        self.lanes.insert(partition, Lane { promise, position, sealed: position, batch: Tally::default() });
    }

    /// Takes the totals of a checkpoint in, as far as they belong to worker `index`.
    pub fn restore(&mut self, totals: &Partials, index: usize) {
        self.combine.restore(totals, index);
    }

    /// Takes one record in: it is counted, late, or dead.
    #[inline]
    pub fn take(&mut self, record: Record<'_>) {
        let Some(lane) = self.lanes.get_mut(&record.partition) else { return };
        lane.position = Offset(record.offset.0 + 1);
        self.any = true;
        let decoded = self.decoder.decode(record.payload);
        match decoded.and_then(|event| self.max_ahead.check(event.time, record.timestamp_ms).map(|()| event)) {
            Ok(event) => lane.accept(self.window, &mut self.combine, &event),
            Err(reject) => {
                lane.batch.dead[reject.index()] += 1;
                report(&self.ledger, record, &reject);
            }
        }
    }

    /// Brings the ledger up to date; called after each batch of records.
    pub fn post(&mut self) {
        for (partition, lane) in &mut self.lanes {
            let batch = std::mem::take(&mut lane.batch);
            if let (Some(account), true) = (self.ledger.account(*partition), batch != Tally::default()) {
                account.post(&batch, lane.position, lane.promise);
            }
        }
    }

    /// The smallest promise of the worker's partitions, those included that are read to their end: whoever goes on from
    /// here reads on in them. [`EventTime::MAX`] if it has none.
    #[must_use]
    pub fn promise(&self) -> EventTime {
        self.lanes.values().map(|lane| lane.promise).min().unwrap_or(EventTime::MAX)
    }

    /// Whether a record waits to be sealed, be it an event or not.
    #[must_use]
    pub fn any(&self) -> bool {
        self.any
    }

    /// Whether the epoch in hand has reached its bound.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.combine.is_full()
    }

    /// Takes what is in hand as parcels of `epoch`, with how far it takes in the partitions that were read.
    pub fn seal(&mut self, epoch: Epoch) -> (Vec<Parcel>, Vec<(Partition, Offset)>) {
        self.any = false;
        let moved = self.lanes.iter_mut().filter(|(_, lane)| lane.sealed != lane.position);
        let positions: Vec<_> = moved
            .map(|(partition, lane)| {
                lane.sealed = lane.position;
                (*partition, lane.position)
            })
            .collect();
        (self.combine.seal(epoch, &positions), positions)
    }

    /// The next offset of each partition.
    #[must_use]
    pub fn positions(&self) -> Vec<(Partition, Offset)> {
        self.lanes.iter().map(|(partition, lane)| (*partition, lane.position)).collect()
    }

    /// How far each partition is taken in. With nothing in hand, that is how far it is sealed.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        let accounts = self.lanes.keys().filter_map(|partition| Some((*partition, self.ledger.account(*partition)?)));
        accounts.map(|(partition, account)| (partition, account.state())).collect()
    }
}

impl Lane {
    #[inline]
    fn accept(&mut self, windows: Tumbling, combine: &mut Combine, event: &Event<'_>) {
        let window = windows.window_of(event.time);
        if windows.is_late(window, self.promise) {
            self.batch.late += 1;
            return;
        }
        self.promise = self.promise.max(event.time);
        self.batch.counted += 1;
        self.batch.rounded += u64::from(event.rounded);
        combine.add(window, event);
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
