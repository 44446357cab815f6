//! Windows: ranges of event times, which times belong to which, and when each closes.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Calendar, EventTime};

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
    /// Days, or other units of a zone's calendar, which are not all of one length.
    Calendar(Calendar),
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

    /// The units of `calendar`, which take events for `lateness_ms` milliseconds more.
    #[must_use]
    pub const fn calendar(calendar: Calendar, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Calendar(calendar), lateness_ms }
    }

    /// The window that `time` falls in.
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
            Assigner::Tumbling { size_ms, offset_ms } => {
                let start = time.0 - (time.0 - offset_ms).rem_euclid(size_ms);
                Window { start: EventTime(start), end: EventTime(start + size_ms) }
            }
            Assigner::Calendar(calendar) => calendar.window_of(time),
        }
    }

    /// The window that starts at `start`, for what knows windows by their start alone. Where none starts there, it is
    /// one that would.
    #[inline]
    #[must_use]
    pub fn starting(&self, start: EventTime) -> Window {
        Window { start, end: self.behind(start, 1) }
    }

    /// The event time at which `window` closes: its end plus the lateness.
    #[inline]
    #[must_use]
    pub fn close(&self, window: Window) -> EventTime {
        EventTime(window.end.0.saturating_add(self.lateness_ms))
    }

    /// What is behind all windows that close before `time`, and before all others: where a search for these begins.
    #[must_use]
    pub fn closing(&self, time: EventTime) -> Window {
        Window { end: EventTime(time.0.saturating_sub(self.lateness_ms)), ..Window::FIRST }
    }

    /// Whether an event of `window` comes too late for a partition that has promised `promise`.
    ///
    /// The promise of a partition is the largest event time counted in it, or the k-th largest, so this is a function
    /// of the partition's own log up to the event, and of nothing else: not of other partitions, the number of workers,
    /// or the clock.
    #[inline]
    #[must_use]
    pub fn is_late(&self, window: Window, promise: EventTime) -> bool {
        self.close(window) <= promise
    }

    /// From the start of a window to its end at most, in milliseconds: of windows of one length, that.
    #[must_use]
    pub fn length_ms_max(&self) -> i64 {
        match self.assigner {
            Assigner::Tumbling { size_ms, .. } => size_ms,
            Assigner::Calendar(calendar) => calendar.unit.length_ms_max(),
        }
    }

    /// From the start of a window to its close at most, in milliseconds.
    #[must_use]
    pub fn open_ms_max(&self) -> i64 {
        self.length_ms_max().saturating_add(self.lateness_ms)
    }

    /// Whether windows begin at whole seconds alone.
    #[must_use]
    pub fn begin_at_seconds(&self) -> bool {
        match self.assigner {
            Assigner::Tumbling { size_ms, offset_ms } => size_ms % 1000 == 0 && offset_ms % 1000 == 0,
            Assigner::Calendar(_) => true, // no clock was ever changed within a second
        }
    }

    /// The first start of a window at `time` or behind it; the last time there is, if there is none.
    #[must_use]
    pub fn start_from(&self, time: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms, offset_ms } => match time.0.saturating_sub(offset_ms).rem_euclid(size_ms) {
                0 => time,
                behind => EventTime(time.0.saturating_add(size_ms - behind)),
            },
            Assigner::Calendar(calendar) => match calendar.window_of(time) {
                Window { start, .. } if start == time => time,
                Window { end, .. } => end,
            },
        }
    }

    /// The start of the first window that is not closed when event time through `certain` is; `None` as long as that is
    /// none.
    #[must_use]
    pub fn first_open(&self, certain: EventTime) -> Option<EventTime> {
        let last_closed = certain.0.checked_sub(self.open_ms_max())?;
        Some(match self.assigner {
            Assigner::Tumbling { .. } => self.start_from(EventTime(last_closed.saturating_add(1))),
            Assigner::Calendar(calendar) => calendar.window_of(EventTime(certain.0 - self.lateness_ms)).start,
        })
    }

    /// The start of the window that lies so many before the one that starts at `start`; the first time there is, if
    /// there are not so many.
    #[must_use]
    pub fn before(&self, start: EventTime, windows: i64) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms, .. } => EventTime(start.0.saturating_sub(windows.saturating_mul(size_ms))),
            Assigner::Calendar(calendar) => {
                (0..windows).fold(start, |start, _| calendar.window_of(EventTime(start.0.saturating_sub(1))).start)
            }
        }
    }

    /// The start of the window that lies so many behind the one that starts at `start`; the last time there is, if
    /// there are not so many.
    #[inline]
    #[must_use]
    pub fn behind(&self, start: EventTime, windows: i64) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms, .. } => EventTime(start.0.saturating_add(windows.saturating_mul(size_ms))),
            Assigner::Calendar(calendar) => (0..windows).fold(start, |start, _| calendar.window_of(start).end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: Windows = Windows::tumbling(60_000, 120_000);

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let window = Window { start: EventTime(60_000), end: EventTime(120_000) };
        assert_eq!(MINUTES.window_of(EventTime(60_000)), window);
        assert_eq!(MINUTES.window_of(EventTime(119_999)), window);
        assert_eq!(MINUTES.window_of(window.end).start, EventTime(120_000));
        assert_eq!(MINUTES.starting(window.start), window);
    }

    #[test]
    fn a_window_is_late_from_its_close_on() {
        let window = MINUTES.window_of(EventTime(0));
        assert!(!MINUTES.is_late(window, EventTime(179_999)));
        assert!(MINUTES.is_late(window, EventTime(180_000)));
        assert!(!MINUTES.is_late(window, EventTime::MIN));
    }

    #[test]
    fn windows_are_in_the_order_in_which_they_close() {
        let window = |start, end| Window { start: EventTime(start), end: EventTime(end) };
        let mut windows = [window(0, 30), window(20, 30), window(5, 20), Window::FIRST];
        windows.sort();
        assert_eq!(windows, [Window::FIRST, window(5, 20), window(0, 30), window(20, 30)]);
        let window = MINUTES.window_of(EventTime(0));
        assert!(MINUTES.closing(MINUTES.close(window)) <= window);
        assert!(MINUTES.closing(EventTime(MINUTES.close(window).0 + 1)) > window);
        assert_eq!(MINUTES.closing(EventTime::MIN), Window::FIRST);
    }

    #[test]
    fn windows_that_begin_later_do_so_everywhere() {
        let days = Windows::tumbling_from(3 * 3_600_000, 86_400_000, 0);
        for time in [-1, 0, 10_799_999, 10_800_000, 97_199_999, 97_200_000] {
            let window = days.window_of(EventTime(time));
            assert!(
                window.start.0 <= time && time < window.end.0 && window.end.0 - window.start.0 == 86_400_000,
                "{time}"
            );
            assert_eq!((window.start.0 - 10_800_000) % 86_400_000, 0, "{time}");
            assert_eq!(days.starting(window.start), window, "{time}");
            let from = days.start_from(EventTime(time));
            assert_eq!(from, if window.start.0 == time { window.start } else { window.end }, "{time}");
        }
    }

    #[test]
    fn a_start_is_rounded_up() {
        let from = |time| MINUTES.start_from(EventTime(time)).0;
        assert_eq!([from(0), from(1), from(-1), from(60_000), from(i64::MAX)], [0, 60_000, 0, 60_000, i64::MAX]);
    }
}
