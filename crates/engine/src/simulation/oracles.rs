//! What must come of a log for all views of a dataflow: of each what its own [`Oracle`] says, which knows of no other.
//!
//! Only what the views share is put together here: windows are closed for all of them through the smallest of their
//! promises, and a record is sent as a letter if any of them makes one of it.

use std::collections::{BTreeMap, BTreeSet};

use super::oracle::{Fate, Oracle, PartitionSlots};
use mare_dataflow::Plan;
use mare_model::time::{EventTime, Window};
use mare_model::total::{Key, Total};
use mare_model::view::ViewId;

/// An oracle for each view.
pub struct Oracles(Vec<Oracle>);

impl Oracles {
    /// Those of the views of `plan`.
    pub fn of(log: &[PartitionSlots], plan: &Plan) -> Oracles {
        Oracles(plan.ids().map(|id| Oracle::of(log, plan, id)).collect())
    }

    /// That of a view.
    pub fn view(&self, ViewId(view): ViewId) -> &Oracle {
        &self.0[usize::from(view)]
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = (ViewId, &Oracle)> {
        (0..).map(ViewId).zip(&self.0)
    }

    /// How long each partition is.
    pub fn ends(&self) -> Vec<usize> {
        self.0[0].ends()
    }

    /// How many records of the log meet `fate` for any view, summed over the views.
    pub fn all(&self, fate: Fate) -> u64 {
        self.0.iter().map(|oracle| oracle.all(fate)).sum()
    }

    /// Whether the promise of a partition to one view is ever another one than to the first.
    pub fn promises_differ(&self) -> bool {
        self.0.iter().any(|oracle| oracle.promises() != self.0[0].promises())
    }

    /// When the window of `key` closes.
    pub fn close(&self, key: &Key) -> EventTime {
        self.view(key.view).close(key.window)
    }

    /// Through where windows are closed for all views at `positions`.
    pub fn closed(&self, positions: &[usize]) -> EventTime {
        self.0.iter().map(|oracle| oracle.closed(positions)).min().unwrap_or(EventTime::MAX)
    }

    /// The documents of the records before `positions`.
    pub fn documents(&self, positions: &[usize]) -> BTreeMap<Key, Total> {
        self.0.iter().flat_map(|oracle| oracle.documents(positions)).collect()
    }

    /// The ids that each view keeps of the records before `positions`.
    pub fn ids(&self, positions: &[usize]) -> BTreeSet<(ViewId, usize, Window, usize)> {
        let ids = self.each().flat_map(|(view, oracle)| oracle.ids(positions).into_iter().map(move |id| (view, id)));
        ids.map(|(view, (partition, window, id))| (view, partition, window, id)).collect()
    }

    /// The records before `positions` that must be sent as letters, by partition and offset.
    pub fn letters(&self, positions: &[usize]) -> BTreeSet<(usize, usize)> {
        self.0.iter().flat_map(|oracle| oracle.letters(positions)).collect()
    }
}
