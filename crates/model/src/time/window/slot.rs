//! What tells a window from all others, and how far it is from one window to another.
//!
//! The *slot* of a window is an instant that no other window has: its start; of cumulative windows, which share that,
//! the start of its last step. Slots lie in the order in which windows close, and each in its window, so that the
//! windows of a day are those with a slot in it. What knows windows by one instant knows them by their slots.

use super::{Assigner, Window, Windows};
use crate::time::EventTime;

impl Windows {
    /// The slot of a window.
    #[inline]
    #[must_use]
    pub fn slot(&self, window: Window) -> EventTime {
        match self.assigner {
            Assigner::Cumulative { step_ms, .. } => EventTime(window.end.0.saturating_sub(step_ms)),
            _ => window.start,
        }
    }

    /// The window in `slot`. Where none has that slot, it is one that would.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Window, Windows};
    /// let so_far = Windows::cumulative(24, 6, 0);
    /// let window = Window { start: EventTime(24), end: EventTime(36) };
    /// assert_eq!((so_far.slot(window), so_far.of_slot(EventTime(30))), (EventTime(30), window));
    /// ```
    #[inline]
    #[must_use]
    pub fn of_slot(&self, slot: EventTime) -> Window {
        match self.assigner {
            Assigner::Hopping { size_ms, .. } => Window { start: slot, end: EventTime(slot.0.saturating_add(size_ms)) },
            Assigner::Cumulative { step_ms, .. } => {
                Window { end: EventTime(slot.0.saturating_add(step_ms)), ..self.window_of(slot) }
            }
            Assigner::Tumbling { .. } | Assigner::Calendar(_) => Window { start: slot, end: self.behind(slot, 1) },
            Assigner::Session { .. } => self.window_of(slot),
            Assigner::Global => Window::ALL,
        }
    }

    /// Whether `window`, which begins within the calendar, is one of these.
    #[must_use]
    pub fn has(&self, window: Window) -> bool {
        let last = self.window_of(window.start);
        match self.assigner {
            Assigner::Cumulative { size_ms, step_ms, .. } => {
                let length_ms = window.end.0.saturating_sub(window.start.0);
                last.start == window.start && (step_ms..=size_ms).contains(&length_ms) && length_ms % step_ms == 0
            }
            Assigner::Session { .. } => last.end <= window.end,
            Assigner::Tumbling { .. } | Assigner::Hopping { .. } | Assigner::Calendar(_) | Assigner::Global => {
                last == window
            }
        }
    }

    /// The instant by which the window in `slot` is named, in the `_id` of documents: that at which it starts; of
    /// cumulative windows that at which it ends.
    #[must_use]
    pub fn name(&self, slot: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Cumulative { step_ms, .. } => EventTime(slot.0.saturating_add(step_ms)),
            _ => slot,
        }
    }

    /// The slot of the window that is [named](Windows::name) by `instant`.
    #[must_use]
    pub fn slot_named(&self, instant: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Cumulative { step_ms, .. } => EventTime(instant.0.saturating_sub(step_ms)),
            _ => instant,
        }
    }

    /// Whether windows are named by their ends, because they share their starts.
    #[must_use]
    pub fn are_named_by_their_ends(&self) -> bool {
        matches!(self.assigner, Assigner::Cumulative { .. })
    }

    /// Whether windows begin and end at whole seconds alone.
    #[must_use]
    pub fn begin_at_seconds(&self) -> bool {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, offset_ms }
            | Assigner::Hopping { step_ms, offset_ms, .. }
            | Assigner::Cumulative { step_ms, offset_ms, .. } => step_ms % 1000 == 0 && offset_ms % 1000 == 0,
            Assigner::Session { .. } => false,
            Assigner::Calendar(_) | Assigner::Global => true, // no clock was ever changed within a second
        }
    }

    /// The last slot at `time` or before it.
    #[must_use]
    pub fn slot_at(&self, time: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Cumulative { step_ms, offset_ms, .. } => {
                EventTime(time.0 - time.0.saturating_sub(offset_ms).rem_euclid(step_ms))
            }
            _ => self.window_of(time).start,
        }
    }

    /// The first slot at `time` or behind it; the last time there is, if there is none.
    #[must_use]
    pub fn slot_from(&self, time: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, offset_ms }
            | Assigner::Hopping { step_ms, offset_ms, .. }
            | Assigner::Cumulative { step_ms, offset_ms, .. } => {
                match time.0.saturating_sub(offset_ms).rem_euclid(step_ms) {
                    0 => time,
                    behind => EventTime(time.0.saturating_add(step_ms - behind)),
                }
            }
            Assigner::Calendar(calendar) => match calendar.window_of(time) {
                Window { start, .. } if start == time => time,
                Window { end, .. } => end,
            },
            Assigner::Session { .. } => time,
            Assigner::Global if time == EventTime::MIN => time,
            Assigner::Global => EventTime::MAX,
        }
    }

    /// The slot of the first window that is not closed when event time through `certain` is; `None` as long as that is
    /// none. Of sessions it is always none: one that is open may have begun at any time.
    #[must_use]
    pub fn first_open(&self, certain: EventTime) -> Option<EventTime> {
        let last_closed = certain.0.checked_sub(self.open_ms_max())?;
        Some(match self.assigner {
            Assigner::Tumbling { .. } | Assigner::Hopping { .. } => {
                self.slot_from(EventTime(last_closed.saturating_add(1)))
            }
            Assigner::Cumulative { step_ms, .. } => {
                self.slot_from(EventTime(certain.0 - self.lateness_ms.saturating_add(step_ms) + 1))
            }
            Assigner::Calendar(calendar) => calendar.window_of(EventTime(certain.0 - self.lateness_ms)).start,
            Assigner::Session { .. } => return None,
            Assigner::Global => Window::ALL.start,
        })
    }

    /// The slot of the window that lies so many before the one in `slot`; the first time there is, if there are not so
    /// many.
    #[must_use]
    pub fn before(&self, slot: EventTime, windows: i64) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, .. }
            | Assigner::Hopping { step_ms, .. }
            | Assigner::Session { gap_ms: step_ms }
            | Assigner::Cumulative { step_ms, .. } => EventTime(slot.0.saturating_sub(windows.saturating_mul(step_ms))),
            Assigner::Calendar(calendar) => {
                (0..windows).fold(slot, |start, _| calendar.window_of(EventTime(start.0.saturating_sub(1))).start)
            }
            Assigner::Global if windows == 0 => slot,
            Assigner::Global => EventTime::MIN,
        }
    }

    /// The slot of the window that lies so many behind the one in `slot`; the last time there is, if there are not so
    /// many.
    #[inline]
    #[must_use]
    pub fn behind(&self, slot: EventTime, windows: i64) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, .. }
            | Assigner::Hopping { step_ms, .. }
            | Assigner::Session { gap_ms: step_ms }
            | Assigner::Cumulative { step_ms, .. } => EventTime(slot.0.saturating_add(windows.saturating_mul(step_ms))),
            Assigner::Calendar(calendar) => (0..windows).fold(slot, |start, _| calendar.window_of(start).end),
            Assigner::Global if windows == 0 => slot,
            Assigner::Global => EventTime::MAX,
        }
    }
}
