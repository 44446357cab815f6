//! What the events of each window and group come to. Pure.

use std::collections::{BTreeMap, HashMap};

use super::recount::Total;
use mare_model::time::EventTime;

/// The totals that documents must have, by the slot of the window and the text of the group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedTotals(BTreeMap<EventTime, HashMap<String, Total>>);

impl ExpectedTotals {
    /// Adds to the total of a window and group, which is nothing before the first time.
    pub fn add(&mut self, slot: EventTime, group: &str, add: impl FnOnce(&mut Total)) {
        let groups = self.0.entry(slot).or_default();
        if let Some(total) = groups.get_mut(group) {
            return add(total);
        }
        add(groups.entry(group.to_owned()).or_default());
    }

    /// Puts a total in.
    pub fn insert(&mut self, slot: EventTime, group: String, total: Total) {
        self.0.entry(slot).or_default().insert(group, total);
    }

    /// The total of a window and group.
    #[must_use]
    pub fn get(&self, slot: EventTime, group: &str) -> Option<&Total> {
        self.0.get(&slot)?.get(group)
    }

    /// Takes the total of a window and group out.
    pub fn remove(&mut self, slot: EventTime, group: &str) -> Option<Total> {
        self.0.get_mut(&slot)?.remove(group)
    }

    /// All of them: by their windows, and those of one in no order.
    pub fn into_totals(self) -> impl Iterator<Item = (EventTime, String, Total)> {
        let of_one = |(slot, groups): (EventTime, HashMap<String, Total>)| {
            groups.into_iter().map(move |(group, total)| (slot, group, total))
        };
        self.0.into_iter().flat_map(of_one)
    }

    /// All of them, in the order of their windows and groups.
    #[cfg(test)]
    pub(super) fn in_order(&self) -> BTreeMap<(EventTime, String), Total> {
        self.clone().into_totals().map(|(slot, group, total)| ((slot, group), total)).collect()
    }
}
