//! Reading, when nothing speaks against it, and what the pace of the worker makes of what was read.

use std::time::Instant;

use super::outputs::Outputs;
use super::{Source, Stage};
use crate::pace::{Hand, Step, Turn};
use mare_model::fault::Fault;
use mare_source::{Log, Polled};

impl<L: Log> Source<L> {
    /// Reads a batch, and seals the epoch if it is due.
    pub(super) fn advance(&mut self, out: &mut Outputs<'_, '_>) {
        if self.waits_for_journal() {
            if !self.is_ahead() {
                self.seal_any(out);
            }
            return; // the journal schedules us again
        }
        if self.is_ahead() {
            return self.held_up(); // the signal of a durable epoch schedules us again
        }
        if self.is_blocked() {
            self.held_up();
            return self.seal_any(out); // the outbox schedules us again when it has room
        }
        if let Some(due) = self.setup.pace.rests(self.setup.clock.now(), self.turn()) {
            self.rest.set(true);
            return self.wake_at(due);
        }
        match self.read() {
            Ok(polled) => self.proceed(polled, out),
            Err(fault) => self.setup.control.fail(fault),
        }
    }

    fn read(&mut self) -> Result<Polled, Fault> {
        let Stage::Reading(log, intake) = &mut self.stage else { return Ok(Polled::Drained) };
        let polled = if intake.has_heartbeats() {
            log.poll(&mut |record| intake.take_behind_heartbeats(record))
        } else {
            log.poll(&mut |record| intake.take(record))
        };
        log.reached(&mut |reached| intake.reach(reached));
        intake.post();
        polled
    }

    /// Does what the pace of the worker asks for after a read.
    fn proceed(&mut self, polled: Polled, out: &mut Outputs<'_, '_>) {
        let (begun, turn, now) = (self.begun(), self.turn(), self.setup.clock.now());
        let Stage::Reading(log, intake) = &self.stage else { return };
        let (has_ended, drained) = (log.open().is_empty(), polled == Polled::Drained);
        let hand = Hand { any: intake.any(), full: intake.is_full(), drained };
        match self.setup.pace.step(now, hand, turn) {
            Step::Seal => self.seal(begun, out),
            _ if has_ended && hand.any => self.seal(begun, out),
            Step::Wait => self.setup.pace.due(now, turn).into_iter().for_each(|due| self.wake_at(due)),
            Step::Collect | Step::Park => {}
        }
        if has_ended {
            self.end(out);
        } else {
            self.keep_boundary(out);
            self.watch_silence(out);
            if !drained {
                self.activator.activate();
            }
        }
    }

    /// Whose turn it is to begin a round.
    fn turn(&self) -> Turn {
        match self.begun() {
            Some(_) => Turn::Joins,
            None if self.setup.signals.leader() == self.setup.index => Turn::Leads,
            None => Turn::Follows,
        }
    }

    /// Sees to it that this operator is scheduled when the next round is due.
    fn wake_at(&mut self, due: Instant) {
        if self.tick.replace(due) != Some(due) {
            self.setup.clock.wake(&self.activator, due.saturating_duration_since(self.setup.clock.now()));
        }
    }

    /// Whether letters wait for room.
    fn is_blocked(&self) -> bool {
        matches!(&self.stage, Stage::Reading(_, intake) if intake.is_blocked())
    }

    /// Whether as many epochs are on their way to the sink as may be: the backpressure.
    fn is_ahead(&self) -> bool {
        self.in_flight.len() >= self.setup.max_in_flight && !self.setup.signals.is_silent()
    }
}
