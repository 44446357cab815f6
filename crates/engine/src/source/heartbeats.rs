//! Heartbeats of silent partitions: deciding, writing down, acting, in that order.
//!
//! # Nothing is judged by what is not written down, or without what is
//! *Claim*: no record at an offset `>= o` of partition `p` is taken in without a heartbeat `(p, o, t)` that is
//! durable, or ever becomes so; and none is judged by one that is not durable.
//!
//! 1. A heartbeat is decided at the position `o` of `p`, with every record before `o` taken in and none behind.
//! 2. From then on the source takes nothing in at all, of whatever partition, until the journal has answered. That is
//!    one small write, once a second at most while partitions are silent; a sink that is away would hold the source up
//!    soon anyway. The writer tries again for as long as it is away, so an answer says that the heartbeat is durable,
//!    or that this run is over: then no record is taken in any more.
//! 3. Behind a good answer the promises are raised, before anything is read.
//! 4. Only the run that the sink belongs to can write to the journal, so a run behind it finds with its claim whatever
//!    this one has ever got written; and a zombie gets the answer that it is over.
//! 5. Positions are held against what readers had seen when the run began, so nothing that anybody has been shown is
//!    judged anew.

use super::outputs::Outputs;
use super::{Source, Stage};
use crate::announcement::Announcement;
use crate::events::PartitionSilent;
use crate::idle::{self, Idleness};
use mare_metrics::events::InternalEvent;
use mare_model::canary;
use mare_model::journal::{HEARTBEATS_MAX, Heartbeat};
use mare_model::position::{Offset, Partition, Positions};
use mare_model::schema::IdlePlan;
use mare_model::time::EventTime;
use mare_sink::{Batch, Deliver};
use mare_source::Log;

/// What a source does about silent partitions, if the dataflow asks for that.
pub(super) struct Heartbeats {
    idleness: Idleness,
    /// Writes to the journal.
    journal: Box<dyn Deliver>,
    /// Those on their way there.
    declared: Vec<Heartbeat>,
    next_ticket: u64,
    /// Where the last one of each partition was declared, and how many more places there is room for.
    last: Positions,
    room: usize,
    /// What readers had seen when the run began.
    shown: Positions,
    /// What was last announced.
    voice: Option<EventTime>,
}

impl Heartbeats {
    /// None so far, of a run that found a journal with room for so many, and this shown.
    pub(super) fn new(plan: IdlePlan, journal: Box<dyn Deliver>, (room, shown): (usize, Positions)) -> Heartbeats {
        Heartbeats {
            idleness: Idleness::new(plan),
            journal,
            declared: Vec::new(),
            next_ticket: 0,
            last: Positions::new(),
            room,
            shown,
            voice: None,
        }
    }

    /// How many more a journal of `found` heartbeats takes from each of so many workers.
    pub(super) fn room(found: usize, peers: usize) -> usize {
        HEARTBEATS_MAX.saturating_sub(found) / peers.max(1)
    }

    /// Whether a heartbeat may be declared there.
    fn may(&self, partition: Partition, offset: Offset) -> bool {
        let has_passed = self.shown.get(&partition).is_none_or(|shown| offset >= *shown);
        has_passed && (self.room > 0 || self.last.get(&partition) == Some(&offset))
    }

    /// Puts heartbeats on their way to the journal.
    fn declare(&mut self, heartbeats: Vec<Heartbeat>) {
        for Heartbeat { partition, offset, promise } in &heartbeats {
            if self.last.insert(*partition, *offset) != Some(*offset) {
                self.room = self.room.saturating_sub(1);
                PartitionSilent { partition: *partition, offset: *offset, promise: *promise, room: self.room }.emit();
            }
        }
        let (ticket, changes, shows) = (self.next_ticket, Vec::new(), Positions::new());
        // There is one at a time, so there is room; without, it is decided anew.
        if self.journal.try_send(Batch { ticket, changes, shows, heartbeats: heartbeats.clone() }).is_ok() {
            self.next_ticket += 1;
            self.declared = heartbeats;
        }
    }
}

impl<L: Log> Source<L> {
    /// Nothing is read at the moment.
    pub(super) fn held_up(&mut self) {
        self.heartbeats.iter_mut().for_each(|heartbeats| heartbeats.idleness.held_up());
    }

    /// Acts on the heartbeats that have become durable; whether some are on their way, so that nothing may be read.
    pub(super) fn waits_for_journal(&mut self) -> bool {
        let Some(heartbeats) = &mut self.heartbeats else { return false };
        if heartbeats.declared.is_empty() {
            return false;
        }
        match heartbeats.journal.outcomes().into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(tickets) => {
                let is_durable = canary!(Journal, !tickets.is_empty(), without: true);
                if is_durable {
                    let declared = std::mem::take(&mut heartbeats.declared);
                    self.act(&declared);
                }
                !is_durable
            }
            Err(error) => {
                self.setup.control.fail(error.into());
                true
            }
        }
    }

    /// Raises the promises, and lowers the capability to them if nothing is in hand.
    fn act(&mut self, declared: &[Heartbeat]) {
        if let Stage::Reading(_, intake) = &mut self.stage {
            intake.declare(declared);
        }
        if let Some(epoch) = self.epoch() {
            self.lower(epoch);
        }
    }

    /// Looks which partitions are silent, tells the others what those that are not promise, and declares what that
    /// makes of the silent.
    pub(super) fn watch_silence(&mut self, out: &mut Outputs<'_, '_>) {
        let (now, clock) = (self.setup.clock.now(), self.setup.clock.epoch());
        let (Some(heartbeats), Stage::Reading(_, intake)) = (&mut self.heartbeats, &self.stage) else { return };
        if !heartbeats.idleness.is_due(now) {
            return;
        }
        self.setup.clock.wake(&self.activator, heartbeats.idleness.every());
        let was_empty = |partition, since, position| intake.was_empty(partition, since, position);
        let voices = heartbeats.idleness.look(now, intake.promises(), was_empty);
        if let Some(promise) = heartbeats.idleness.promise(self.setup.signals.speaking(self.setup.peers), clock) {
            let due = idle::heartbeats(&voices.silent, promise, |partition, offset| heartbeats.may(partition, offset));
            if !due.is_empty() {
                heartbeats.declare(due);
            }
        }
        self.speak(voices.speaking, out);
    }

    /// Announces the smallest promise of the worker's partitions that speak, if it is another one.
    pub(super) fn speak(&mut self, promise: EventTime, out: &mut Outputs<'_, '_>) {
        let Some(heartbeats) = &mut self.heartbeats else { return };
        if heartbeats.voice.replace(promise) != Some(promise) {
            self.announce(out, Announcement::Speaks { worker: self.setup.index, promise });
        }
    }
}
