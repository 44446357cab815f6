//! Windows: ranges of event times, which times belong to which, and when each closes.
//!
//! # Layout
//! * [`overlap`]: windows that overlap: all of a time, the pieces that they have in common, those that may be added up
//! * [`slot`]: what tells a window from all others, and how far it is from one to another

mod overlap;
mod slot;

pub use overlap::WindowsOf;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Calendar, EventTime};
use crate::canary;

/// One window: the half-open range of event times `[start, end)`.
///
/// Ordered by its end, which is the order in which windows close, and by its start among those that end together. It
/// lives from its first event until the frontier passes [`Windows::close`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first event time that belongs to the window.
    pub start: EventTime,
    /// The first event time behind it.
    pub end: EventTime,
}

impl Window {
    /// Before every window.
    pub const FIRST: Window = Window { start: EventTime::MIN, end: EventTime::MIN };
    /// The one of all times.
    pub const ALL: Window = Window { start: EventTime::MIN, end: EventTime::MAX };

    /// Whether `time` falls in it.
    #[inline]
    #[must_use]
    pub fn holds(&self, time: EventTime) -> bool {
        self.start <= time && time < self.end
    }
}

impl Ord for Window {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (self.end, self.start).cmp(&(other.end, other.start))
    }
}

impl PartialOrd for Window {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What puts an event time into a window. It alone knows of what kind the windows of a dataflow are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigner {
    /// Windows of one size that do not overlap.
    Tumbling {
        /// Length of a window, in milliseconds, greater than zero.
        size_ms: i64,
        /// How long after the Unix epoch one begins, in milliseconds, from 0 to below the length.
        offset_ms: i64,
    },
    /// Windows of one size that overlap: a time falls in several.
    Hopping {
        /// Length of a window, in milliseconds, greater than the step.
        size_ms: i64,
        /// From the begin of one to that of the next, in milliseconds, greater than zero.
        step_ms: i64,
        /// How long after the Unix epoch one begins, in milliseconds, from 0 to below the step.
        offset_ms: i64,
    },
    /// Windows that grow: of each period all that begin with it, one a step longer than the one before, and the last
    /// as long as the period. They overlap, and share their start.
    Cumulative {
        /// Length of a period, in milliseconds: a multiple of the step, greater than it.
        size_ms: i64,
        /// From the end of one to that of the next, in milliseconds, greater than zero.
        step_ms: i64,
        /// How long after the Unix epoch a period begins, in milliseconds, from 0 to below its length.
        offset_ms: i64,
    },
    /// Days, or other units of a zone's calendar, which are not all of one length.
    Calendar(Calendar),
    /// Sessions of each group, which no clock cuts: a window begins with an event and goes on for as long as the next
    /// one of its group is less than the gap behind. Of one event it is known which times that *touches*, from its own
    /// to the gap behind it; where those of two events meet, both are in one session.
    Session {
        /// How long nothing has to come for a session to be over, in milliseconds, greater than zero.
        gap_ms: i64,
    },
    /// One for all times, which has no end and never closes: a dataflow without windows.
    Global,
}

/// The windows of a dataflow: which there are, and for how long each takes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Which there are.
    pub assigner: Assigner,
    /// How long after its end a window stays open, in milliseconds, not negative.
    pub lateness_ms: i64,
}

impl Windows {
    /// Windows of `size_ms` milliseconds from the Unix epoch on, which take events for `lateness_ms` more.
    #[must_use]
    pub const fn tumbling(size_ms: i64, lateness_ms: i64) -> Windows {
        Windows::tumbling_from(0, size_ms, lateness_ms)
    }

    /// The same, but that each begins and ends `offset_ms` milliseconds later, from 0 to below their length.
    #[must_use]
    pub const fn tumbling_from(offset_ms: i64, size_ms: i64, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Tumbling { size_ms, offset_ms }, lateness_ms }
    }

    /// Windows of `size_ms` milliseconds, of which one begins each `step_ms` milliseconds from the Unix epoch on, and
    /// which take events for `lateness_ms` more.
    #[must_use]
    pub const fn hopping(size_ms: i64, step_ms: i64, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Hopping { size_ms, step_ms, offset_ms: 0 }, lateness_ms }
    }

    /// Windows that begin each `size_ms` milliseconds from the Unix epoch on, of which one ends each `step_ms`, and
    /// which take events for `lateness_ms` more.
    #[must_use]
    pub const fn cumulative(size_ms: i64, step_ms: i64, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Cumulative { size_ms, step_ms, offset_ms: 0 }, lateness_ms }
    }

    /// The units of `calendar`, which take events for `lateness_ms` milliseconds more.
    #[must_use]
    pub const fn calendar(calendar: Calendar, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Calendar(calendar), lateness_ms }
    }

    /// Sessions that are over when nothing has come for `gap_ms` milliseconds, and take events for `lateness_ms` more.
    #[must_use]
    pub const fn sessions(gap_ms: i64, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Session { gap_ms }, lateness_ms }
    }

    /// No windows: one that all times fall in, and that takes events for ever.
    #[must_use]
    pub const fn global() -> Windows {
        Windows { assigner: Assigner::Global, lateness_ms: 0 }
    }

    /// Whether there are no windows: all events count in the one that never closes.
    #[inline]
    #[must_use]
    pub fn is_global(&self) -> bool {
        matches!(self.assigner, Assigner::Global)
    }

    /// Whether windows are sessions: each of its own length, which no time alone tells.
    #[inline]
    #[must_use]
    pub fn are_sessions(&self) -> bool {
        matches!(self.assigner, Assigner::Session { .. })
    }

    /// The window that `time` falls in, of a session what an event of that time touches: of those that overlap the
    /// last, which closes behind all others.
    ///
    /// ```
    /// use mare_model::time::{Calendar, CalendarUnit, CalendarZone, EventTime, Windows};
    /// let minutes = Windows::tumbling(60_000, 120_000);
    /// assert_eq!(minutes.window_of(EventTime(-1)).start, EventTime(-60_000));
    /// let minutes = Windows::tumbling_from(20_000, 60_000, 120_000);
    /// assert_eq!(minutes.window_of(EventTime(-1)).start, EventTime(-40_000));
    /// let zone = CalendarZone::named("America/Sao_Paulo").unwrap();
    /// let days = Windows::calendar(Calendar { unit: CalendarUnit::Day, zone }, 0);
    /// assert_eq!(days.window_of(EventTime(0)).start, EventTime(-21 * 3_600_000));
    /// ```
    #[inline]
    #[must_use]
    pub fn window_of(&self, time: EventTime) -> Window {
        match self.assigner {
            Assigner::Tumbling { size_ms, offset_ms } | Assigner::Cumulative { size_ms, offset_ms, .. } => {
                let start = time.0 - (time.0 - offset_ms).rem_euclid(size_ms);
                Window { start: EventTime(start), end: EventTime(start + size_ms) }
            }
            Assigner::Hopping { step_ms, offset_ms, .. } => {
                self.of_slot(EventTime(time.0 - (time.0 - offset_ms).rem_euclid(step_ms)))
            }
            Assigner::Calendar(calendar) => calendar.window_of(time),
            Assigner::Session { gap_ms } => Window { start: time, end: EventTime(time.0.saturating_add(gap_ms)) },
            Assigner::Global => Window::ALL,
        }
    }

    /// The times whose events are told apart by their ids together, of an event that has this `window`: those of the
    /// window. Of sessions it is the *stretch* that the event lies in, from one multiple of the gap to the next; all
    /// events of a group in it are of one session.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Window, Windows};
    /// let sessions = Windows::sessions(60, 0);
    /// let stretch = sessions.stretch(sessions.window_of(EventTime(-1)));
    /// assert_eq!(stretch, Window { start: EventTime(-60), end: EventTime(0) });
    /// ```
    #[inline]
    #[must_use]
    pub fn stretch(&self, window: Window) -> Window {
        match self.assigner {
            Assigner::Session { gap_ms } => {
                let start = window.start.0 - window.start.0.rem_euclid(gap_ms);
                Window { start: EventTime(start), end: EventTime(start.saturating_add(gap_ms)) }
            }
            _ => window,
        }
    }

    /// Whether `window` is the one that [`Windows::window_of`] has for `time`.
    #[inline]
    #[must_use]
    pub fn is_window_of(&self, window: Window, time: EventTime) -> bool {
        match self.assigner {
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Global => window.holds(time),
            Assigner::Hopping { step_ms, .. } => (0..step_ms).contains(&time.0.saturating_sub(window.start.0)),
            Assigner::Cumulative { size_ms, .. } => {
                window.holds(time) && window.end.0.saturating_sub(window.start.0) == size_ms
            }
            Assigner::Session { .. } => window.start == time,
        }
    }

    /// The event time at which `window` closes: its end plus the lateness. A session closes a gap later: until then one
    /// more event may touch it, which is not late before [`Windows::deadline`] of what it touches itself.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Windows};
    /// let (minutes, sessions) = (Windows::tumbling(60, 5), Windows::sessions(60, 5));
    /// let touched = sessions.window_of(EventTime(0));
    /// assert_eq!((minutes.close(touched), minutes.deadline(touched)), (EventTime(65), EventTime(65)));
    /// assert_eq!((sessions.close(touched), sessions.deadline(touched)), (EventTime(125), EventTime(65)));
    /// ```
    #[inline]
    #[must_use]
    pub fn close(&self, window: Window) -> EventTime {
        match self.assigner {
            Assigner::Session { gap_ms } => {
                let behind_ms = canary!(Gap, gap_ms, without: 0);
                EventTime(self.deadline(window).0.saturating_add(behind_ms))
            }
            _ => self.deadline(window),
        }
    }

    /// Whether a window that a document is of is closed when event time through `certain` is. Sessions have documents
    /// when they are closed, and not before.
    #[must_use]
    pub fn is_final(&self, window: Window, certain: EventTime) -> bool {
        self.are_sessions() || self.close(window) <= certain
    }

    /// The promise from which on an event is late that has this [`window`](Windows::window_of).
    #[inline]
    #[must_use]
    pub fn deadline(&self, window: Window) -> EventTime {
        EventTime(window.end.0.saturating_add(self.lateness_ms))
    }

    /// What is behind all windows that close before `time`, and before all others: where a search for these begins.
    #[must_use]
    pub fn closing(&self, time: EventTime) -> Window {
        let gap_ms = if let Assigner::Session { gap_ms } = self.assigner { gap_ms } else { 0 };
        Window { end: EventTime(time.0.saturating_sub(self.lateness_ms.saturating_add(gap_ms))), ..Window::FIRST }
    }

    /// Whether an event of `window` comes too late for a partition that has promised `promise`.
    ///
    /// The promise of a partition is the largest event time counted in it, or the k-th largest, so this is a function
    /// of the partition's own log up to the event, and of nothing else: not of other partitions, the number of workers,
    /// or the clock.
    #[inline]
    #[must_use]
    pub fn is_late(&self, window: Window, promise: EventTime) -> bool {
        self.deadline(window) <= promise
    }

    /// From the start of a window to its end at most, in milliseconds: of windows of one length, that. Of sessions it
    /// is what one event comes to: how long they get is said by events alone.
    #[must_use]
    pub fn length_ms_max(&self) -> i64 {
        match self.assigner {
            Assigner::Tumbling { size_ms, .. }
            | Assigner::Hopping { size_ms, .. }
            | Assigner::Cumulative { size_ms, .. } => size_ms,
            Assigner::Calendar(calendar) => calendar.unit.length_ms_max(),
            Assigner::Session { gap_ms } => gap_ms,
            Assigner::Global => i64::MAX,
        }
    }

    /// From one window to the next at most, in milliseconds: from its [slot](Windows::slot) to that of the next.
    #[must_use]
    pub fn step_ms_max(&self) -> i64 {
        match self.assigner {
            Assigner::Hopping { step_ms, .. } | Assigner::Cumulative { step_ms, .. } => step_ms,
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Session { .. } | Assigner::Global => {
                self.length_ms_max()
            }
        }
    }

    /// From the start of a window to its close at most, in milliseconds.
    #[must_use]
    pub fn open_ms_max(&self) -> i64 {
        self.length_ms_max().saturating_add(self.lateness_ms)
    }
}

#[cfg(test)]
mod tests;
