//! What the operators of one worker tell its source, beside the graph: no cycle, just a shared cell and an activator.
//!
//! # Why following is enough
//! An epoch is complete when no worker can send in it any more. The sender moves on by itself; every other worker hears the
//! announcement, moves its capability on without sending anything, and announces nothing. So one event costs each worker
//! one activation, the epoch completes after one round, and then everybody sleeps again: without traffic there is none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use timely::scheduling::Activator;

use crate::time::Epoch;

/// What a source tells the sources of all workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Announcement {
    /// The sender has sent events in this epoch. Whoever hears it follows to the next one, so that an epoch is complete
    /// as soon as the announcement has gone round; followers do not announce, so workers do not chase each other.
    Sealed(Epoch),
    /// The sender ends because it was asked to; the run ends everywhere.
    Stopping {
        /// Whether the sender ends because of a failure.
        failed: bool,
    },
}

/// Shared by the operators of one worker, for as long as its dataflow lasts.
#[derive(Default)]
pub struct Signals {
    /// The epoch to follow to: one more than the newest that anybody has announced.
    follow: Cell<Epoch>,
    /// The smallest epoch that the sink may still be writing; `None` once nothing is left.
    durable: Cell<Option<Epoch>>,
    /// Schedules this worker's source.
    source: RefCell<Option<Activator>>,
}

impl Signals {
    /// Nothing announced, nothing durable.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Signals { durable: Cell::new(Some(Epoch(0))), ..Signals::default() })
    }

    /// The epoch to follow to.
    #[must_use]
    pub fn follow(&self) -> Epoch {
        self.follow.get()
    }

    /// Whether everything of `epoch` is durable.
    #[must_use]
    pub fn is_durable(&self, epoch: Epoch) -> bool {
        self.durable.get().is_none_or(|durable| epoch < durable)
    }

    /// Names the source to wake.
    pub fn wake(&self, source: Activator) {
        *self.source.borrow_mut() = Some(source);
    }

    /// Notes that somebody has sent in `epoch`.
    pub fn announced(&self, epoch: Epoch) {
        if epoch.next() > self.follow.get() {
            self.follow.set(epoch.next());
            self.activate();
        }
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
