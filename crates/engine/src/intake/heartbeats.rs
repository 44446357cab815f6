//! What the intake does with heartbeats, which raise the promise of a partition in front of an offset.
//!
//! # Late by the log and its journal, and by nothing else
//! *Claim*: an event at offset `x` of partition `p` is judged with all heartbeats of `p` at offsets `<= x` that any
//! run has ever acted on, and with no other.
//!
//! 1. *Those that were there when the run began.* The journal comes with the claim, behind which no run before can
//!    write to it any more. A heartbeat `(p, o, t)` at or before the position where reading begins raises the promise
//!    at once, which holds for every record to come: their offsets are `>= o`. One behind it waits, and is taken in
//!    front of the first record at an offset `>= o`, or when the position comes to `o`, whichever is first: between
//!    the two no record is judged. The promise of a checkpoint has those before its position already; to raise it
//!    again changes nothing.
//! 2. *Those of the run itself* ([`Intake::declare`]). The source has one written down at its position `o` of `p`, and
//!    takes no record in before it is durable ([`source`](crate::source)). So no event at an offset `>= o` is judged
//!    without it, and none before `o` with it. If the run ends meanwhile, the next one finds it in the journal or does
//!    not, and has judged nothing behind `o` either way.
//! 3. No document shows an event at an offset `>= o` before that: a run declares where it has read all that there is,
//!    behind everything that the control document shows. So nobody who has seen it is told otherwise.
//!
//! A run that another has taken over from may go on for a moment, and take a checkpoint without the heartbeats of that
//! one in front of its positions. It has counted no event behind them, for their documents are refused and a checkpoint
//! waits for these; and by 1 whoever goes on from it raises its promises.
//!
//! The worker's capability is lowered to the smallest promise as ever, behind the act; the claim of the
//! [intake](super) holds with `promise[p]` raised, because a heartbeat only makes it larger.

use std::time::Instant;

use super::Intake;
use mare_model::canary;
use mare_model::journal::{Heartbeat, Journal};
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::time::EventTime;

impl Intake {
    /// Has events judged by `journal` as well as by the log. To be called before the first record.
    #[must_use]
    pub fn with_journal(mut self, journal: &Journal) -> Intake {
        for at in 0..self.readings.all.len() {
            let Some(reading) = self.readings.all.get_mut(at) else { continue };
            reading.ahead = journal.behind(reading.partition, reading.position).collect();
            let before = journal.promise(reading.partition, reading.position);
            self.raise(at, before);
        }
        self.post();
        self
    }

    /// Whether heartbeats lie ahead, so that records are taken with [`Intake::take_behind_heartbeats`].
    #[must_use]
    pub fn has_heartbeats(&self) -> bool {
        self.readings.all.iter().any(|reading| !reading.ahead.is_empty())
    }

    /// Takes one record in, behind the heartbeats in front of it.
    pub fn take_behind_heartbeats(&mut self, record: Record<'_>) {
        if let Some((at, _)) = self.readings.of(record.partition) {
            self.pass(at, record.offset);
        }
        self.take(record);
    }

    /// Raises the promises to what heartbeats at the positions of their partitions say, which are durable.
    pub fn declare(&mut self, heartbeats: &[Heartbeat]) {
        for heartbeat in heartbeats {
            if let Some((at, _)) = self.readings.of(heartbeat.partition) {
                self.raise(at, heartbeat.promise);
            }
        }
        self.post();
    }

    /// Each partition, how far it is taken in, and its smallest promise to any view.
    pub fn promises(&self) -> impl Iterator<Item = (Partition, Offset, EventTime)> + '_ {
        self.readings.all.iter().enumerate().map(|(at, reading)| {
            let of_views = self.folds.iter().filter_map(|fold| fold.lanes.get(at));
            let promise = of_views.map(|lane| lane.promise.time()).min().unwrap_or(EventTime::MAX);
            (reading.partition, reading.position, promise)
        })
    }

    /// Whether the brokers, asked at `since` or later, have said that nothing is behind `position` of a partition.
    #[must_use]
    pub fn was_empty(&self, partition: Partition, since: Instant, position: Offset) -> bool {
        let account = self.folds.first().and_then(|fold| fold.ledger.account(partition));
        account.is_some_and(|account| account.was_empty(since, position))
    }

    /// Takes in the heartbeats to which the partitions have come.
    pub(super) fn come_to_heartbeats(&mut self) {
        for at in 0..self.readings.all.len() {
            let position = self.readings.all.get(at).map(|reading| reading.position);
            position.into_iter().for_each(|position| self.pass(at, position));
        }
    }

    /// Takes in the heartbeats of the partition at `at` through `offset`.
    fn pass(&mut self, at: usize, offset: Offset) {
        while let Some(heartbeat) = self.readings.all.get_mut(at).and_then(|reading| reading.heartbeat(offset)) {
            self.raise(at, canary!(Heartbeats, heartbeat.promise, without: EventTime::MIN));
        }
    }

    fn raise(&mut self, at: usize, to: EventTime) {
        self.folds.iter_mut().for_each(|fold| fold.raise(at, to));
    }
}
