//! What moves a source from epoch to epoch: sealing, following the others, crossing boundaries, the end.

use std::time::Duration;

use super::outputs::Outputs;
use super::{Source, Stage};
use crate::announcement::{Announcement, Crossing};
use crate::events::{EpochDurable, EpochSealed};
use mare_metrics::events::InternalEvent;
use mare_model::canary;
use mare_model::position::{Offset, Partition};
use mare_model::time::{Epoch, EventTime, Moment};
use mare_source::Log;

impl<L: Log> Source<L> {
    /// Seals, if there is anything in hand.
    pub(super) fn seal_any(&mut self, out: &mut Outputs<'_, '_>) {
        if matches!(&self.stage, Stage::Reading(_, intake) if intake.any()) {
            self.seal(self.begun(), out);
        }
    }

    /// The epoch that others have sealed, if this worker has not passed it.
    pub(super) fn begun(&self) -> Option<Epoch> {
        let follow = self.setup.signals.follow();
        self.epoch().filter(|epoch| *epoch < follow).map(|_| follow.previous())
    }

    /// Sends what is in hand in an epoch before the next boundary, and moves on. The epoch is one of its own, which is
    /// announced to whoever has to follow, or that which others have `begun`, so that they are complete together.
    /// Before the worker has caught up all hear of each, for how far it has come.
    pub(super) fn seal(&mut self, begun: Option<Epoch>, out: &mut Outputs<'_, '_>) {
        let now = begun.unwrap_or_else(|| self.clock());
        let (Stage::Reading(_, intake), Some(capabilities)) = (&mut self.stage, &mut self.capabilities) else { return };
        let Moment { epoch, event } = capabilities.time();
        let boundary = self.setup.boundaries.after(epoch);
        let epoch = epoch.max(now).min(boundary.previous());
        capabilities.downgrade(Moment { epoch, event });
        let records = intake.in_hand();
        let (parcels, positions) = intake.seal(epoch);
        out.send(capabilities, parcels);
        let (index, signals, all) = (self.setup.index, &self.setup.signals, !self.has_caught_up);
        let announcement = Announcement::Sealed { worker: index, epoch, positions };
        let follows = |worker: usize| begun.is_none() && worker != index && !signals.has_ended(worker);
        let hears = |worker: &usize| all || follows(*worker);
        out.announce(capabilities, &announcement, (0..self.setup.peers).filter(hears));
        if begun.is_none() {
            signals.begins(index, epoch);
        }
        if all {
            let beginning = signals.beginning();
            let shown = beginning.as_ref().map(|beginning| &beginning.shown);
            let is_taken_in = |(partition, next): &(Partition, Offset)| {
                shown.and_then(|shown| shown.get(partition)).is_none_or(|shown| next >= shown)
            };
            self.has_caught_up = intake.positions().iter().all(is_taken_in);
        }
        let sealed = self.setup.clock.now();
        let open = self.setup.pace.sealed(sealed);
        self.setup.pace.began(sealed, self.setup.clock.spent());
        self.in_flight.push_back((epoch, sealed));
        self.setup.gauges.sealed(epoch);
        let in_flight = self.in_flight.len();
        EpochSealed { worker: index, epoch, records, open, in_flight }.emit();
        self.is_dirty = true;
        self.move_to(epoch.next().max(now), out);
    }

    /// Moves on to the epoch that others have announced; without a boundary between, events in hand move along: they
    /// have been sent to nobody.
    pub(super) fn follow(&mut self, out: &mut Outputs<'_, '_>) {
        if let Some(begun) = self.begun() {
            self.setup.pace.began(self.setup.clock.now(), self.setup.clock.spent());
            self.move_to(begun.next(), out);
        }
    }

    /// Moves the capability to epoch `to`, which must not lie before it, and crosses the boundaries between.
    pub(super) fn move_to(&mut self, to: Epoch, out: &mut Outputs<'_, '_>) {
        let Some(from) = self.epoch() else { return };
        let crosses = self.setup.boundaries.after(from) <= to;
        if crosses && matches!(&self.stage, Stage::Reading(_, intake) if intake.any()) {
            self.seal(self.begun(), out); // what is in hand belongs before the boundary
            return self.move_to(to.max(self.epoch().unwrap_or(to)), out);
        }
        if crosses {
            self.cross(from, to, out);
        }
        self.lower(to);
    }

    /// Crosses a boundary that is due although nothing comes, so that a checkpoint holds what came before; else sees to
    /// it that somebody wakes this operator when it is.
    pub(super) fn keep_boundary(&mut self, out: &mut Outputs<'_, '_>) {
        let Some(epoch) = self.epoch().filter(|_| self.is_dirty) else { return };
        let (boundary, now) = (self.setup.boundaries.after(epoch), self.clock());
        if now >= boundary {
            self.move_to(boundary, out);
            let epoch = boundary.previous(); // the others follow to the boundary
            self.announce(out, Announcement::Sealed { worker: self.setup.index, epoch, positions: Vec::new() });
        } else if boundary != Epoch::END && self.alarm != Some(boundary) {
            self.alarm = Some(boundary);
            self.setup.clock.wake(&self.activator, Duration::from_millis(boundary.0 - now.0));
        }
    }

    /// Announces the crossing of every boundary behind `from`, up to `to`. Nothing is in hand.
    fn cross(&mut self, from: Epoch, to: Epoch, out: &mut Outputs<'_, '_>) {
        let Stage::Reading(_, intake) = &mut self.stage else { return };
        let (worker, promise, partitions) = (self.setup.index, intake.promise(), intake.partitions());
        self.marks.push_back((to, intake.mark()));
        self.setup.handover.saw(to, intake.seen());
        self.is_dirty = false;
        self.announce(out, Announcement::Crossed(Crossing { worker, from, to, promise, partitions }));
    }

    /// Ends: nothing will be sent any more. The promise stays.
    pub(super) fn end(&mut self, out: &mut Outputs<'_, '_>) {
        self.speak(EventTime::MAX, out);
        if let Some(from) = self.epoch() {
            self.cross(from, Epoch::END, out);
        }
        self.lower(Epoch::END);
        self.stage = match std::mem::replace(&mut self.stage, Stage::Ended(None)) {
            Stage::Reading(_, intake) => Stage::Ended(Some(intake)),
            _ => Stage::Ended(None),
        };
        self.leave();
    }

    /// Announces something at the moment of the capability.
    pub(super) fn announce(&self, out: &mut Outputs<'_, '_>, announcement: Announcement) {
        if let Some(capabilities) = &self.capabilities {
            out.announce(capabilities, &announcement, 0..self.setup.peers);
        }
    }

    /// Lowers the capability to `epoch`, and to the promise if nothing is in hand.
    pub(super) fn lower(&mut self, epoch: Epoch) {
        let Some(capabilities) = &mut self.capabilities else { return };
        let promise = match &self.stage {
            Stage::Reading(_, intake) if !intake.any() => intake.promise(),
            _ => capabilities.time().event,
        };
        let event = canary!(Promise, promise, without: if epoch == Epoch::END { EventTime::MAX } else { promise });
        capabilities.downgrade(Moment { epoch, event });
    }

    /// Takes note of the letters that have been delivered, up to which boundary.
    pub(super) fn note_delivered(&mut self) {
        let (Stage::Reading(_, intake) | Stage::Ended(Some(intake))) = &self.stage else { return };
        while let Some((boundary, _)) = self.marks.front().filter(|(_, mark)| intake.is_delivered(*mark)) {
            self.setup.handover.made_delivered(*boundary);
            self.marks.pop_front();
        }
    }

    /// Takes note of the epochs that have become durable.
    pub(super) fn note_durable(&mut self) {
        while let Some((epoch, sealed)) = self.in_flight.front().copied() {
            if !self.setup.signals.is_durable(epoch) {
                break;
            }
            self.in_flight.pop_front();
            self.setup.gauges.made_durable();
            let (worker, after) = (self.setup.index, self.setup.clock.now().duration_since(sealed));
            EpochDurable { worker, epoch, after, in_flight: self.in_flight.len() }.emit();
        }
    }

    /// The ingest clock. If the epochs are far ahead of that, because a checkpoint was written by a clock that was or
    /// because it has stepped back, it is moved along with them: else boundaries, which are multiples of its time,
    /// would not come for as long.
    fn clock(&mut self) -> Epoch {
        let now = Epoch(self.setup.clock.epoch().0.saturating_add(self.moved_ms));
        let Some(ahead) = self.epoch().and_then(|epoch| epoch.ahead_of(now)) else { return now };
        self.moved_ms = self.moved_ms.saturating_add(ahead);
        Epoch(now.0.saturating_add(ahead))
    }

    /// The epoch of the capability.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        self.capabilities.as_ref().map(|capabilities| capabilities.time().epoch)
    }
}
