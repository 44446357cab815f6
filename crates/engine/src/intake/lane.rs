//! What a view knows of each partition.

use super::Seen;
use super::cancel::KnownOrders;
use crate::promise::Promise;
use mare_checkpoint::Tally;
use mare_decode::Row;
use mare_model::record::Record;
use mare_model::time::{EventTime, Window, Windows};

/// What is known of one partition, and the batch in hand that the ledger does not have yet.
pub(super) struct Lane {
    pub promise: Promise,
    /// The window, of several the last, of its latest event: that of the next is the same more often than not.
    window: Window,
    pub batch: Tally,
    /// How many events of the batch were counted, and how many late, before the promise last jumped in it.
    pub before_jump: Option<(u64, u64)>,
    /// The ids that it has counted, if the dataflow tells events apart.
    pub seen: Option<Known>,
    /// The same where cancellations take back what they have added: then these are known in the place of those.
    pub orders: Option<KnownOrders>,
    /// The last heartbeat that raised the promise, if any did.
    heartbeat: Option<Raised>,
    /// How many events of the batch were late by that alone.
    pub late_by_silence: u64,
    /// How many cancellations of the batch have found nothing: they are late.
    pub unmatched: u64,
}

/// What a heartbeat has come to.
#[derive(Clone, Copy)]
struct Raised {
    /// What the partition had promised by itself.
    from: EventTime,
    /// What was promised for it.
    to: EventTime,
}

/// The ids that a partition has counted.
pub(super) struct Known {
    /// The field that names an event.
    pub field: usize,
    /// The place of the event in hand in the array that it is an element of, if the field names all of its record: then
    /// that is part of the id.
    pub place: Option<usize>,
    /// The id of the event in hand, where it has to be written.
    pub text: String,
    pub ids: Seen,
}

impl Lane {
    /// Of a partition that has promised this, and has counted these ids if any are known.
    pub fn new(promise: Promise, seen: Option<Known>, orders: Option<KnownOrders>) -> Lane {
        let (window, batch) = (Window::FIRST, Tally::default());
        let (late_by_silence, unmatched) = (0, 0);
        Lane { promise, window, batch, before_jump: None, seen, orders, heartbeat: None, late_by_silence, unmatched }
    }

    /// The window of an event at `time`, of several the last.
    #[inline]
    pub fn window_of(&mut self, windows: Windows, time: EventTime) -> Window {
        if !windows.is_window_of(self.window, time) {
            self.window = windows.window_of(time);
        }
        self.window
    }

    /// Whether the event is not a duplicate; one that is, is accounted for.
    #[inline]
    pub fn is_new(&mut self, window: Window, row: &Row<'_>) -> bool {
        let is_new = match (&mut self.seen, &mut self.orders) {
            (Some(Known { field, place: None, text, ids }), _) => ids.insert(window, row.id(*field, text)),
            (Some(Known { field, place: Some(place), text, ids }), _) => {
                ids.insert(window, &format!("{}|{place}", row.id(*field, text)))
            }
            (None, Some(orders)) => orders.is_new(window, row),
            (None, None) => return true,
        };
        self.batch.duplicate += u64::from(!is_new);
        is_new
    }

    /// Accounts for an event that is counted.
    #[inline]
    pub fn count(&mut self, windows: Windows, row: &Row<'_>, record: &Record<'_>) {
        self.advance(windows, row.time, record);
        self.batch.counted += 1;
        self.batch.rounded += u64::from(row.rounded);
    }

    /// Takes in the time of an event that is evidence of it.
    #[inline]
    pub fn advance(&mut self, windows: Windows, time: EventTime, record: &Record<'_>) {
        if self.promise.note(time, record) {
            if self.promise.jump().is_some_and(|jump| jump.offset == record.offset) {
                self.before_jump = Some((self.batch.counted, self.batch.late - self.unmatched));
            }
            self.close(windows);
        }
    }
}

impl Lane {
    /// Raises the promise to what a heartbeat says.
    pub fn raise(&mut self, windows: Windows, to: EventTime) {
        let from = self.heartbeat.filter(|last| last.to == self.promise.time());
        let from = from.map_or(self.promise.time(), |last| last.from);
        if self.promise.raise(to) {
            self.heartbeat = Some(Raised { from, to });
            self.close(windows);
        }
    }

    /// Forgets what is known of windows that the promise has closed.
    #[inline]
    fn close(&mut self, windows: Windows) {
        let promise = self.promise.time();
        if let Some(seen) = &mut self.seen {
            seen.ids.close(windows, promise);
        }
        if let Some(orders) = &mut self.orders {
            orders.all_mut().close(windows, promise);
        }
    }

    /// Accounts for a cancellation that has found nothing.
    #[cold]
    pub fn unmatched(&mut self) {
        self.batch.late += 1;
        self.unmatched += 1;
    }

    /// Accounts for a late event at `time`. It is late by silence if a heartbeat is what the partition promises, and a
    /// window of it was open by what the partition had promised itself.
    #[cold]
    pub fn late(&mut self, windows: Windows, time: EventTime) {
        self.batch.late += 1;
        let window = self.window_of(windows, time);
        let raised = self.heartbeat.filter(|last| last.to == self.promise.time());
        self.late_by_silence += u64::from(raised.is_some_and(|raised| !windows.is_late(window, raised.from)));
    }
}

impl Known {
    /// None yet, of events that `field` names.
    pub fn by(field: usize) -> Known {
        Known { field, place: None, text: String::new(), ids: Seen::default() }
    }
}
