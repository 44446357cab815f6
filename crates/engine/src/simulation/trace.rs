//! What has happened, as one number, and as text for whoever replays a seed.

use std::cell::RefCell;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use mare_model::total::Key;

/// One thing that has happened.
#[derive(Debug, Hash)]
pub enum Event {
    /// A cluster of so many workers begins.
    Born(usize),
    /// It has this generation, and goes on from the checkpoint at this epoch.
    Began(u64, Option<u64>),
    /// A worker of a life has made a step.
    Stepped(usize, usize),
    /// A partition now has so many records.
    Arrived(usize, usize),
    /// A connection has handed over a batch of so many changes.
    Sent(usize, usize),
    /// The server has taken a document of a connection: its `n`, the sum of its total, whether it is final.
    Wrote(usize, Key, i64, i128, bool),
    /// The server has done all of a connection's batch, and says so or not.
    Done(usize, bool),
    /// A connection has lost its request on the way.
    Away(usize),
    /// A link of the cluster is held, or is let go.
    Held(usize, bool),
    /// So many milliseconds have gone by.
    Passed(usize),
    /// A job was done, or half done.
    Worked(bool),
    /// Checkpoints were damaged.
    Damaged,
    /// The cluster is asked to stop.
    Asked,
    /// The server refuses a connection.
    Refused(usize),
    /// The cluster is gone; what it had sent is still on its way, or not.
    Crashed,
}

/// Everything that has happened in a run.
#[derive(Clone, Default)]
pub struct Trace {
    hash: Rc<RefCell<DefaultHasher>>,
    /// Whether each event is printed.
    tell: bool,
}

impl Trace {
    /// Nothing has happened yet.
    pub fn new(tell: bool) -> Trace {
        Trace { tell, ..Trace::default() }
    }

    /// Notes `event`.
    pub fn note(&self, event: &Event) {
        event.hash(&mut *self.hash.borrow_mut());
        if self.tell {
            println!("{event:?}");
        }
    }

    /// The same for two runs in which the same happened.
    pub fn hash(&self) -> u64 {
        self.hash.borrow().finish()
    }
}
