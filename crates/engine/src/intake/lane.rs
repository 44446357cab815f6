//! What a view knows of each partition.

use super::Seen;
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
}

/// The ids that a partition has counted.
pub(super) struct Known {
    /// The field that names an event.
    pub field: usize,
    /// The id of the event in hand, where it has to be written.
    pub text: String,
    pub ids: Seen,
}

impl Lane {
    /// Of a partition that has promised this, and has counted these ids if any are known.
    pub fn new(promise: Promise, seen: Option<Known>) -> Lane {
        Lane { promise, window: Window::FIRST, batch: Tally::default(), before_jump: None, seen }
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
        let Some(Known { field, text, ids }) = &mut self.seen else { return true };
        let is_new = ids.insert(window, row.id(*field, text));
        self.batch.duplicate += u64::from(!is_new);
        is_new
    }

    /// Accounts for an event that is counted.
    #[inline]
    pub fn count(&mut self, windows: Windows, row: &Row<'_>, record: &Record<'_>) {
        self.advance(windows, row, record);
        self.batch.counted += 1;
        self.batch.rounded += u64::from(row.rounded);
    }

    /// Takes in the time of an event that is evidence of it.
    #[inline]
    pub fn advance(&mut self, windows: Windows, row: &Row<'_>, record: &Record<'_>) {
        if self.promise.note(row.time, record) {
            if self.promise.jump().is_some_and(|jump| jump.offset == record.offset) {
                self.before_jump = Some((self.batch.counted, self.batch.late));
            }
            if let Some(seen) = &mut self.seen {
                seen.ids.close(windows, self.promise.time());
            }
        }
    }
}

impl Known {
    /// None yet, of events that `field` names.
    pub fn by(field: usize) -> Known {
        Known { field, text: String::new(), ids: Seen::default() }
    }
}
