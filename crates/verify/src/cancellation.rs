//! Events that take back what others have added, where both have an id (`[retract]` with `[dedup]`). Pure.
//!
//! The rules, for the records of one partition in their order:
//! 1. With the id of an event that is counted is kept what it has added, and to which windows and group, until the last
//!    of its windows is closed in the partition.
//! 2. A cancellation takes back each event of its id that is kept and not cancelled: from its group, in those of its
//!    windows that are not closed. Each of these totals has one contribution more, and the cancellation is counted.
//! 3. If each that is kept is cancelled, the cancellation is a duplicate.
//! 4. If none is kept, it is late. Unless the last of its own windows is closed, its id is kept there as cancelled.
//! 5. An event whose id is kept in the last of its windows, or as cancelled anywhere, is a duplicate.
//!
//! Without ids a cancellation is an event like any other, of negative amounts ([`event`](super::event)).

use std::collections::BTreeMap;

use super::event::Event;
use super::recount::{Fate, PartitionRecount, Recount};
use super::topic::RawRecord;
use super::windows::{close, windows};
use mare_dataflow::Plan;
use mare_model::time::EventTime;

/// An order that is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Where it stands in its partition.
    pub offset: i64,
    /// Its group.
    pub group: String,
    /// The slots of its windows that are not closed.
    pub slots: Vec<EventTime>,
    /// What is added to each measure, now that it is taken back.
    pub adds: Vec<Option<i128>>,
}

/// The orders of a partition by the last of their windows and their ids; nothing of one that is cancelled.
#[derive(Debug, Default)]
pub(super) struct KnownOrders(BTreeMap<EventTime, BTreeMap<String, Option<TakenBack>>>);

impl KnownOrders {
    /// Keeps an order of these windows unless it is a duplicate; whether it is none.
    pub fn insert(
        &mut self,
        (last, id): (EventTime, &str),
        offset: i64,
        event: &Event<'_>,
        slots: impl Iterator<Item = EventTime>,
    ) -> bool {
        let is_known = self.0.get(&last).is_some_and(|orders| orders.contains_key(id));
        if is_known || self.0.values().any(|orders| orders.get(id) == Some(&None)) {
            return false;
        }
        let adds = event.adds.iter().map(|units| units.map(|units| -units)).collect();
        let order = TakenBack { offset, group: event.group.clone().into_owned(), slots: slots.collect(), adds };
        self.0.entry(last).or_default().insert(id.to_owned(), Some(order));
        true
    }

    /// Forgets the windows that are closed.
    pub fn forget(&mut self, is_closed: impl Fn(EventTime) -> bool) {
        self.0.retain(|last, _| !is_closed(*last));
    }

    /// Cancels an id wherever it is known; what was there in each place.
    fn cancel(&mut self, id: &str) -> Vec<Option<TakenBack>> {
        self.0.values_mut().filter_map(|orders| orders.get_mut(id)).map(Option::take).collect()
    }
}

impl Recount<'_> {
    /// Takes in a cancellation that has an id.
    pub(super) fn cancel<'r>(&mut self, record: &RawRecord<'r>, event: Event<'r>) -> Fate<'r> {
        let (plan, id) = (self.plan, event.id.clone().unwrap_or_default());
        let Some(state) = self.partitions.get_mut(&record.partition) else { return Fate::Unmatched(event) };
        let known = state.orders.cancel(&id);
        if known.is_empty() {
            return state.unmatched(plan, &id, event);
        }
        let mut orders: Vec<_> = known.into_iter().flatten().collect();
        if orders.is_empty() {
            state.counts.duplicate += 1;
            return Fate::Duplicate(event);
        }
        orders.iter_mut().for_each(|order| order.slots.retain(|slot| close(plan, *slot) > state.promise));
        state.count(plan, record, &event);
        for TakenBack { group, slots, adds, .. } in &orders {
            for slot in slots.iter().filter(|slot| self.from <= **slot && **slot < self.to) {
                self.totals.add(*slot, group, |total| total.contribute(adds, plan.view()));
            }
        }
        Fate::Cancels(event, orders)
    }
}

impl PartitionRecount {
    /// A cancellation of which nothing is known.
    fn unmatched<'r>(&mut self, plan: &Plan, id: &str, event: Event<'r>) -> Fate<'r> {
        self.counts.late += 1;
        self.counts.unmatched += 1;
        if let Some(last) = windows(plan, event.time_ms).last().filter(|last| close(plan, *last) > self.promise) {
            self.orders.0.entry(last).or_default().insert(id.to_owned(), None);
        }
        Fate::Unmatched(event)
    }
}
