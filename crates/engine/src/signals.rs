//! What the operators of one worker tell its source, beside the graph: no cycle, just shared cells and an activator.
//! What the source tells the one that takes checkpoints is a [`Handover`](super::checkpoint::handover::Handover).
//!
//! # Why following is enough
//! An epoch is complete when no worker can send in it any more. The sender moves on by itself; every other worker hears
//! the announcement and moves its capability on. One that has something in hand, or ready to be read at once, sends
//! that in the same epoch first: nobody has to follow that, so it need not be announced, and workers do not chase each
//! other. So one event costs each worker one activation, the epoch completes after one round, and then everybody sleeps
//! again: without traffic there is none.
//!
//! # One epoch a round
//! Workers that read a steady stream know when the next round is due. If all began it then, each would choose an epoch
//! of its own, by a clock that goes on between them, and a round would be completed, written and acknowledged piece by
//! piece. So whoever began the last round begins the next, and the others give it a moment ([`super::pace`]).
//!
//! Who will send nothing any more, because it has no partitions or they have ended, is not told what others seal: its
//! capability is at the end already. Only while its sink may be silent it is, for the positions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use timely::scheduling::Activator;

use super::announcement::Beginning;
use mare_model::position::{Offset, Partition, Positions};
use mare_model::time::{Epoch, EventTime};

/// Shared by the operators of one worker, for as long as its dataflow lasts.
#[derive(Default)]
pub struct Signals {
    /// With what the run began; `None` until it is heard.
    beginning: RefCell<Option<Rc<Beginning>>>,
    /// The epoch to follow to: one more than the newest that anybody has announced.
    follow: Cell<Epoch>,
    /// Who has announced that, the first worker of those that have: the one to begin the next round.
    leader: Cell<usize>,
    /// The smallest epoch that the sink may still be writing; `None` once nothing is left.
    durable: Cell<Option<Epoch>>,
    /// Whether the sink of this worker is silent on purpose, so that waiting for it would be waiting for ever.
    silent: Cell<bool>,
    /// How far the log has been taken in by what has come to the totals of this worker, or further.
    taken: RefCell<Positions>,
    /// The smallest promise of each worker's partitions that speak, as far as it has said so.
    voices: RefCell<BTreeMap<usize, EventTime>>,
    /// The workers that send nothing any more, as far as they have said so.
    ended: RefCell<BTreeSet<usize>>,
    /// Schedules this worker's source.
    source: RefCell<Option<Activator>>,
}

impl Signals {
    /// Nothing announced, nothing durable.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Signals { durable: Cell::new(Some(Epoch(0))), ..Signals::default() })
    }

    /// With what the run began, once that is known.
    #[must_use]
    pub fn beginning(&self) -> Option<Rc<Beginning>> {
        self.beginning.borrow().clone()
    }

    /// Notes with what the run begins.
    pub fn begin(&self, beginning: Beginning) {
        let restored = beginning.restored.iter().flat_map(|restored| &restored.partitions);
        let positions: Vec<_> = restored.map(|(partition, state)| (*partition, state.position)).collect();
        self.take(&positions);
        *self.beginning.borrow_mut() = Some(Rc::new(beginning));
        self.activate();
    }

    /// The epoch of the restored checkpoint, whose documents stand already: totals from then need not be written.
    #[must_use]
    pub fn written_before(&self) -> Option<Epoch> {
        let beginning = self.beginning.borrow();
        let restored = beginning.as_ref()?.restored.as_ref()?;
        Some(restored.epoch)
    }

    /// The epoch to follow to.
    #[must_use]
    pub fn follow(&self) -> Epoch {
        self.follow.get()
    }

    /// The worker that has begun the newest round, and begins the next one if it has anything for it.
    #[must_use]
    pub fn leader(&self) -> usize {
        self.leader.get()
    }

    /// Whether everything of `epoch` is durable.
    #[must_use]
    pub fn is_durable(&self, epoch: Epoch) -> bool {
        self.durable.get().is_none_or(|durable| epoch < durable)
    }

    /// Whether everything that was ever sent, by any worker, is durable, and nothing more will be sent.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.durable.get().is_none_or(|durable| durable == Epoch::END)
    }

    /// Whether the source may read on however far the sink is behind.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent.get()
    }

    /// Notes whether the sink is silent and bears it that the source reads on.
    pub fn set_silent(&self, silent: bool) {
        if self.silent.replace(silent) != silent {
            self.activate();
        }
    }

    /// How far the log has been taken in by what has come to the totals of this worker, or further.
    #[must_use]
    pub fn taken(&self) -> Positions {
        self.taken.borrow().clone()
    }

    /// Notes that events before these positions have come to the totals of this worker.
    pub fn take(&self, positions: &[(Partition, Offset)]) {
        let mut taken = self.taken.borrow_mut();
        for (partition, offset) in positions {
            let position = taken.entry(*partition).or_insert(*offset);
            *position = (*position).max(*offset);
        }
    }

    /// Notes the smallest promise of a worker's partitions that speak.
    pub fn speaks(&self, worker: usize, promise: EventTime) {
        self.voices.borrow_mut().insert(worker, promise);
    }

    /// The smallest promise of the partitions that speak; `None` before all of so many workers have said theirs.
    #[must_use]
    pub fn speaking(&self, workers: usize) -> Option<EventTime> {
        let voices = self.voices.borrow();
        voices.values().min().copied().filter(|_| voices.len() >= workers)
    }

    /// Notes that a worker sends nothing any more.
    pub fn ended(&self, worker: usize) {
        self.ended.borrow_mut().insert(worker);
    }

    /// Whether a worker has said that it sends nothing any more.
    #[must_use]
    pub fn has_ended(&self, worker: usize) -> bool {
        self.ended.borrow().contains(&worker)
    }

    /// Names the source to wake.
    pub fn wake(&self, source: Activator) {
        *self.source.borrow_mut() = Some(source);
    }

    /// Notes that another worker, or the source of this one, has begun a round by sending in `epoch`.
    pub fn announced(&self, worker: usize, epoch: Epoch) {
        if self.begins(worker, epoch) {
            self.activate();
        }
    }

    /// As [`announced`](Self::announced), said by the source of this worker itself; returns whether it is news.
    ///
    /// Two that begin at the same time may not have heard of each other. All hear of both and agree on one of them.
    pub fn begins(&self, worker: usize, epoch: Epoch) -> bool {
        let (follow, known) = (epoch.next(), self.follow.get());
        if follow == known {
            self.leader.set(worker.min(self.leader.get()));
        } else if follow > known {
            self.follow.set(follow);
            self.leader.set(worker);
        }
        follow > known
    }

    /// Notes that everything before `epoch` is durable.
    pub fn made_durable(&self, epoch: Option<Epoch>) {
        if self.durable.replace(epoch) != epoch {
            self.activate();
        }
    }

    fn activate(&self) {
        if let Some(source) = self.source.borrow().as_ref() {
            source.activate();
        }
    }
}
