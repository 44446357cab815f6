//! Events of a document that take others back.

use super::{Collector, KEPT, RecordPlace, place};
use crate::cancellation::TakenBack;
use crate::event::Event;
use crate::reading::shown_of;
use crate::topic::RawRecord;
use mare_model::time::EventTime;

/// An event that takes another back, and what that adds to the first sum, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reversal {
    /// Where it stands.
    pub place: RecordPlace,
    /// The offset of what it takes back, in the same partition, if that has an id.
    pub order: Option<i64>,
    /// Its event time.
    pub time: EventTime,
    /// What it adds.
    pub units: i128,
}

impl Collector<'_> {
    /// Takes in an event that takes these orders back, and returns its fate if one of them is the document's.
    pub(super) fn cancels(
        &mut self,
        record: &RawRecord<'_>,
        event: &Event<'_>,
        orders: &[TakenBack],
    ) -> Option<(Option<usize>, &'static str)> {
        let key = &self.target.key;
        let is_of_it = |order: &&TakenBack| order.group == key.group && order.slots.contains(&key.slot);
        let orders: Vec<_> = orders.iter().filter(is_of_it).collect();
        orders.iter().for_each(|order| self.reverse(record, event, Some(order.offset), &order.adds));
        (!orders.is_empty()).then_some((event.place, "cancels"))
    }

    /// The same of an event that says itself what it takes back.
    pub(super) fn cancels_itself(
        &mut self,
        record: &RawRecord<'_>,
        event: &Event<'_>,
    ) -> Option<(Option<usize>, &'static str)> {
        let is_of_it = event.group == self.target.key.group && self.is_in_window(event.time_ms);
        is_of_it.then(|| self.reverse(record, event, None, &event.adds)).map(|()| (event.place, "cancels"))
    }

    /// Notes what is taken back.
    fn reverse(&mut self, record: &RawRecord<'_>, event: &Event<'_>, order: Option<i64>, adds: &[Option<i128>]) {
        let is_shown = record.offset < shown_of(self.shown.as_ref(), record.partition);
        let part = self.parts.entry(record.partition).or_default();
        part.count(record.offset, is_shown);
        part.cancels += 1;
        if self.reversals.len() < KEPT {
            let place = place(record, event);
            let units = self.sum.as_ref().and_then(|sum| adds.get(sum.measure).copied().flatten());
            let (time, units) = (EventTime(event.time_ms), units.unwrap_or_default());
            self.reversals.push(Reversal { place, order, time, units });
        }
    }
}
