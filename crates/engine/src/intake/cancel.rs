//! What an intake does with an event that takes back what others have added: a cancellation, by `[retract]`.
//!
//! # By its id
//! With `[dedup]`, what an order has added is kept with its id ([`orders`](crate::orders)) for as long as its window
//! takes events in its partition. A cancellation finds the orders of its id among the windows of its partition that are
//! open:
//! * *counted*: it is counted, and each of them is taken back, in its own group and in those of its windows that are
//!   open now. One that has closed since has its last word said; one that the order came too late for never had it.
//! * *cancelled already*: it is a duplicate.
//! * *nothing*: it is late, for it came too late, or before its order. If the window of its own time is open, its id is
//!   remembered there, and an order of that id is a duplicate for as long as that window is open.
//!
//! It is not subject to `where`, which its order passed: a condition on the status would keep every cancellation out.
//!
//! # By its amount
//! Without `[dedup]` nothing is kept, and the cancellation says itself what it takes back: it is an event like any
//! other, wanted or not, late or not, in the windows of its own time and in its own group, but that each number of it
//! is negative.
//!
//! # A function of the log
//! What becomes of a cancellation is asked of the orders that its partition has counted in windows that are open to it.
//! Both are functions of the log of the partition before it and of the journal alone, by 1 and 5 of the
//! [intake](super), by induction over the events of the partition: which orders were counted, which were cancelled, and
//! what the promise is. A cancellation that is counted notes its time as any event does; one that is late or a
//! duplicate changes no promise, and what it changes in the orders that are known is said above.
//!
//! # Nothing is sent too late
//! An order is taken back in a window `w` with `promise[p] < close(w)` before its cancellation. So 3 and 4 of the
//! intake hold: the worker's capability is good for the update, as it is for that of an event of `w`.
//!
//! # Documents only grow in their version
//! What takes an order back is a contribution as the order was: `n` grows by one in each document that it changes, and
//! nothing lowers it. So of two documents the one with the larger `n` has folded in more of the log, whatever its
//! numbers are, and a sink's guard holds. Those fall: the number of events of a document is a measure then,
//! [`Function::Live`](mare_model::measure::Function::Live), that a cancellation takes 1 from.
//!
//! Each number of a view has an inverse, or the file is refused ([`mare_dataflow`]); so what stands there is, bit by
//! bit, what the events would have come to that nobody has taken back.

use smallvec::SmallVec;

use super::fold::{Fold, Refused};
use super::lane::Lane;
use crate::combine::Combine;
use crate::orders::{AddedOrder, Found, Orders};
use mare_decode::{Filter, Row};
use mare_model::measure::Measure;
use mare_model::record::Record;
use mare_model::time::{EventTime, Window, Windows};

/// The orders that a partition has counted, where cancellations find them.
pub(super) struct KnownOrders {
    /// The field that names an order.
    field: usize,
    /// The id of the event in hand, where it has to be written.
    text: String,
    orders: Orders,
}

/// What an event comes to by the measures of its view.
fn amounts(row: &Row<'_>, measures: &[Measure]) -> SmallVec<[i128; 4]> {
    measures.iter().map(|measure| row.measured(*measure)).collect()
}

impl KnownOrders {
    /// None yet, of orders that `field` names, each of which adds to so many numbers.
    pub fn by(field: usize, width: usize) -> KnownOrders {
        KnownOrders { field, text: String::new(), orders: Orders::new(width) }
    }

    /// Whether an order is no duplicate in its window.
    pub fn is_new(&mut self, window: Window, row: &Row<'_>) -> bool {
        self.orders.is_new(window, row.id(self.field, &mut self.text))
    }

    /// Keeps an order that is counted in a group, which is text.
    pub fn keep(&mut self, window: Window, row: &Row<'_>, group: &[u8], measures: &[Measure]) {
        let (id, group, amounts) =
            (row.id(self.field, &mut self.text), String::from_utf8_lossy(group), amounts(row, measures));
        self.orders.keep(window, id, AddedOrder { time: row.time, group: &group, amounts: &amounts });
    }

    /// All of them.
    pub fn all(&self) -> &Orders {
        &self.orders
    }

    /// The same, to change them.
    pub fn all_mut(&mut self) -> &mut Orders {
        &mut self.orders
    }
}

impl Fold {
    /// Takes the cancellation `row` of the partition at `at` in.
    #[cold]
    pub fn cancel(
        &mut self,
        at: usize,
        row: &Row<'_>,
        record: &Record<'_>,
        combine: &mut Combine,
    ) -> Result<(), Refused> {
        match self.lanes.get(at) {
            None => Ok(()),
            Some(Lane { orders: Some(_), .. }) => self.cancel_by_id(at, row, record, combine),
            Some(_) => self.cancel_by_amount(at, row, record, combine),
        }
    }

    fn cancel_by_id(
        &mut self,
        at: usize,
        row: &Row<'_>,
        record: &Record<'_>,
        combine: &mut Combine,
    ) -> Result<(), Refused> {
        let (view, windows, Some(lane)) = (self.id, self.view.windows, self.lanes.get_mut(at)) else { return Ok(()) };
        let promise = lane.promise.time();
        let Some(KnownOrders { field, text, orders }) = &mut lane.orders else { return Ok(()) };
        let id = row.id(*field, text);
        let found = orders.cancel(id, &mut |AddedOrder { time, group, amounts }| {
            combine.take_back(view, (windows, open(windows, time, promise)), group.as_bytes(), amounts);
        });
        match found {
            Found::Counted => lane.count(windows, row, record),
            Found::Cancelled => lane.batch.duplicate += 1,
            Found::Nothing => {
                let window = windows.window_of(row.time);
                if !windows.is_late(window, promise) {
                    orders.remember(window, id);
                }
                return Err(Refused::Unmatched);
            }
        }
        Ok(())
    }

    fn cancel_by_amount(
        &mut self,
        at: usize,
        row: &Row<'_>,
        record: &Record<'_>,
        combine: &mut Combine,
    ) -> Result<(), Refused> {
        let (windows, Some(lane)) = (self.view.windows, self.lanes.get_mut(at)) else { return Ok(()) };
        if !Filter::wants(self.filter.as_ref(), row).map_err(Refused::Dead)? {
            lane.batch.filtered += 1;
            lane.advance(windows, row.time, record);
            return Ok(());
        }
        let promise = lane.promise.time();
        if windows.is_late(windows.window_of(row.time), promise) {
            return Err(Refused::Late(promise));
        }
        lane.count(windows, row, record);
        let group = row.group(&self.view.group_by, &mut self.group);
        let amounts = amounts(row, &self.view.measures);
        combine.take_back(self.id, (windows, open(windows, row.time, promise)), group, &amounts);
        Ok(())
    }
}

/// The pane of an event at `time` in a partition that has promised `promise`: its windows that are open.
fn open(windows: Windows, time: EventTime, promise: EventTime) -> Window {
    windows.pane(windows.window_of(time), time, promise)
}
