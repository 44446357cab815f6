//! What a worker does with each record: decode, decide lateness, combine, account. Pure but for the ledger.
//!
//! # No false late
//! *Claim*: an event that its own partition's log does not make late is never refused, however far other partitions are.
//!
//! 1. The promise of partition `p` before an event is the largest event time of the good events before it in `p`.
//!    It depends on the log of `p` up to that offset, and on nothing else.
//! 2. The event is late iff `close(w) <= promise[p]`. If it is not, `promise[p] <= close(w) - 1`.
//! 3. A worker's capability in the event coordinate is the minimum of the promises of its open partitions *as of the last
//!    seal*, and promises only grow, so the capability is `<= promise[p] <= close(w) - 1`.
//! 4. So the update at `(epoch, close(w) - 1)` can be sent with that capability, and `(epoch, close(w))` as well. Timely
//!    would refuse the send otherwise: the claim is checked by the runtime at every epoch.
//!
//! By 1 the late set is a function of the log alone: the same for every number of workers, batch size and interleaving.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::warn;

use super::combine::Combine;
use super::ledger::{Ledger, Tally};
use super::partials::Parcel;
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
    ledger: Arc<Ledger>,
}

/// What is known of one partition, and the batch in hand that the ledger does not have yet.
struct Lane {
    promise: EventTime,
    position: Offset,
    batch: Tally,
}

impl Intake {
    /// An intake for `partitions`, in a cluster of `peers` workers.
    #[must_use]
    pub fn new(plan: &Plan, partitions: &[Partition], peers: usize, ledger: Arc<Ledger>) -> Self {
        let lane = |partition: &Partition| {
            (*partition, Lane { promise: EventTime::MIN, position: Offset(0), batch: Tally::default() })
        };
        Intake {
            decoder: Decoder::new(&plan.event, &plan.totals),
            max_ahead: MaxAhead::new(&plan.event),
            window: plan.window,
            combine: Combine::new(peers, plan.totals.measures.len()),
            lanes: partitions.iter().map(lane).collect(),
            ledger,
        }
    }

    /// Takes one record in: it is counted, late, or dead.
    #[inline]
    pub fn take(&mut self, record: Record<'_>) {
        let Some(lane) = self.lanes.get_mut(&record.partition) else { return };
        lane.position = Offset(record.offset.0 + 1);
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

    /// The smallest promise among the partitions in `open`; [`EventTime::MAX`] if there is none.
    #[must_use]
    pub fn promise(&self, open: &[Partition]) -> EventTime {
        let promises = open.iter().filter_map(|partition| self.lanes.get(partition)).map(|lane| lane.promise);
        promises.min().unwrap_or(EventTime::MAX)
    }

    /// Whether an event waits to be sealed.
    #[must_use]
    pub fn any(&self) -> bool {
        self.combine.events() > 0
    }

    /// Whether the epoch in hand has reached its bound.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.combine.is_full()
    }

    /// Takes the events in hand as parcels of `epoch`.
    pub fn seal(&mut self, epoch: Epoch) -> Vec<Parcel> {
        self.combine.seal(epoch)
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
