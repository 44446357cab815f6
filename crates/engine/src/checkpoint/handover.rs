//! What the source of a worker hands the [`parts`](super::parts) operator of the same worker, beside the graph: what
//! belongs to a cut and no announcement carries, because no other worker needs it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use timely::scheduling::Activator;

use crate::intake::SeenOf;
use mare_model::time::Epoch;

/// Shared by the source and the parts operator of one worker, for as long as its dataflow lasts.
#[derive(Default)]
pub struct Handover {
    /// The newest boundary before which every letter of this worker is delivered.
    delivered: Cell<Epoch>,
    /// The ids that the worker kept when it crossed boundaries, by where each crossing ends.
    seen: RefCell<BTreeMap<Epoch, Vec<SeenOf>>>,
    /// Schedules the parts operator.
    parts: RefCell<Option<Activator>>,
}

impl Handover {
    /// Nothing crossed, nothing delivered.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Names the parts operator, to wake when letters are delivered.
    pub fn wake(&self, parts: Activator) {
        *self.parts.borrow_mut() = Some(parts);
    }

    /// Whether every letter of this worker before `boundary` is delivered.
    #[must_use]
    pub fn is_delivered(&self, boundary: Epoch) -> bool {
        boundary <= self.delivered.get()
    }

    /// Notes that every letter of this worker before `boundary` is delivered.
    pub fn made_delivered(&self, boundary: Epoch) {
        self.delivered.set(boundary);
        if let Some(parts) = self.parts.borrow().as_ref() {
            parts.activate();
        }
    }

    /// Notes the ids that are kept at a crossing that ends at `to`.
    pub fn saw(&self, to: Epoch, seen: Vec<SeenOf>) {
        if !seen.is_empty() {
            self.seen.borrow_mut().insert(to, seen);
        }
    }

    /// The ids that were kept at the crossing that ends at `to`; those of earlier ones are forgotten.
    #[must_use]
    pub fn seen(&self, to: Epoch) -> Vec<SeenOf> {
        let mut seen = self.seen.borrow_mut();
        *seen = seen.split_off(&to);
        seen.get(&to).cloned().unwrap_or_default()
    }
}
