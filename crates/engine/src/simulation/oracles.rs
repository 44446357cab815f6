//! What must come of a log for all views of a dataflow: of each what its own [`Oracle`] says, which knows of no other.
//!
//! Only what the views share is put together here: windows are closed for all of them through the smallest of their
//! promises, and a record is sent as a letter if any of them makes one of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::oracle::{Fate, KnownId, Oracle, PartitionSlots};
use mare_dataflow::Plan;
use mare_model::journal::Journal;
use mare_model::time::EventTime;
use mare_model::total::{Key, Total};
use mare_model::view::ViewId;

/// An oracle for each view, by what the journal says now.
pub struct Oracles {
    log: Vec<PartitionSlots>,
    plan: Plan,
    journal: RefCell<Journal>,
    now: RefCell<Vec<Rc<Oracle>>>,
}

impl Oracles {
    /// Those of the views of `plan`.
    pub fn of(log: &[PartitionSlots], plan: &Plan) -> Oracles {
        let oracles =
            Oracles { log: log.to_vec(), plan: plan.clone(), journal: RefCell::default(), now: RefCell::default() };
        oracles.recount();
        oracles
    }

    /// Hears what the journal says now; whether that is something else.
    pub fn hear(&self, journal: Journal) -> bool {
        let differs = *self.journal.borrow() != journal;
        if differs {
            self.journal.replace(journal);
            self.recount();
        }
        differs
    }

    fn recount(&self) {
        let of = |id| Rc::new(Oracle::of((&self.log, &self.journal.borrow()), &self.plan, id));
        self.now.replace(self.plan.ids().map(of).collect());
    }

    /// That of a view.
    pub fn view(&self, ViewId(view): ViewId) -> Rc<Oracle> {
        Rc::clone(&self.now.borrow()[usize::from(view)])
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = (ViewId, Rc<Oracle>)> {
        (0..).map(ViewId).zip(self.now.borrow().clone())
    }

    /// How long each partition is.
    pub fn ends(&self) -> Vec<usize> {
        self.log.iter().map(Vec::len).collect()
    }

    /// How many events of the log meet `fate` for any view, summed over the views.
    pub fn all(&self, fate: Fate) -> u64 {
        self.each().map(|(_, oracle)| oracle.all(fate)).sum()
    }

    /// Whether the promise of a partition to one view is ever another one than to the first.
    pub fn promises_differ(&self) -> bool {
        self.each().any(|(_, oracle)| oracle.promises() != self.view(ViewId(0)).promises())
    }

    /// When the window of `key` closes.
    pub fn close(&self, key: &Key) -> EventTime {
        self.view(key.view).close(key.window)
    }

    /// Through where windows are closed for all views at `positions`.
    pub fn closed(&self, positions: &[usize]) -> EventTime {
        self.each().map(|(_, oracle)| oracle.closed(positions)).min().unwrap_or(EventTime::MAX)
    }

    /// The same without what heartbeats at these positions have closed, or will.
    pub fn closed_before(&self, positions: &[usize]) -> EventTime {
        self.each().map(|(_, oracle)| oracle.closed_before(positions)).min().unwrap_or(EventTime::MAX)
    }

    /// The documents of the records before `positions`.
    pub fn documents(&self, positions: &[usize]) -> BTreeMap<Key, Total> {
        self.each().flat_map(|(_, oracle)| oracle.documents(positions)).collect()
    }

    /// The ids that each view keeps of the records before `positions`, where windows are closed to a partition through
    /// what `promised` says.
    pub fn ids(
        &self,
        positions: &[usize],
        promised: impl Fn(ViewId, usize) -> EventTime,
    ) -> BTreeSet<(ViewId, usize, KnownId)> {
        let of_view = |(view, oracle): (_, Rc<Oracle>)| oracle.ids(positions, |partition| promised(view, partition));
        let ids = self.each().flat_map(|each| of_view(each.clone()).into_iter().map(move |id| (each.0, id)));
        ids.map(|(view, (partition, known))| (view, partition, known)).collect()
    }

    /// The records before `positions` that must be sent as letters, as [`Oracle::letters`] has them.
    pub fn letters(&self, positions: &[usize]) -> BTreeSet<(usize, usize, bool)> {
        self.each().flat_map(|(_, oracle)| oracle.letters(positions).collect::<Vec<_>>()).collect()
    }
}
