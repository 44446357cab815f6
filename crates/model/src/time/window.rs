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
    /// Windows of one size that overlap: a time falls in several.
    Hopping {
        /// Length of a window, in milliseconds, greater than the step.
        size_ms: i64,
        /// From the begin of one to that of the next, in milliseconds, greater than zero.
        step_ms: i64,
        /// How long after the Unix epoch one begins, in milliseconds, from 0 to below the step.
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

    /// Windows of `size_ms` milliseconds, of which one begins each `step_ms` milliseconds from the Unix epoch on, and
    /// which take events for `lateness_ms` more.
    #[must_use]
    pub const fn hopping(size_ms: i64, step_ms: i64, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Hopping { size_ms, step_ms, offset_ms: 0 }, lateness_ms }
    }

    /// The units of `calendar`, which take events for `lateness_ms` milliseconds more.
    #[must_use]
    pub const fn calendar(calendar: Calendar, lateness_ms: i64) -> Windows {
        Windows { assigner: Assigner::Calendar(calendar), lateness_ms }
    }

    /// The window that `time` falls in: of those that overlap the last, which closes behind all others.
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
            Assigner::Hopping { step_ms, offset_ms, .. } => {
                self.starting(EventTime(time.0 - (time.0 - offset_ms).rem_euclid(step_ms)))
            }
            Assigner::Calendar(calendar) => calendar.window_of(time),
        }
    }

    /// Whether `window` is the one that [`Windows::window_of`] has for `time`.
    #[inline]
    #[must_use]
    pub fn is_window_of(&self, window: Window, time: EventTime) -> bool {
        match self.assigner {
            Assigner::Tumbling { .. } | Assigner::Calendar(_) => window.holds(time),
            Assigner::Hopping { step_ms, .. } => (0..step_ms).contains(&time.0.saturating_sub(window.start.0)),
        }
    }

    /// All windows that `time` falls in, each one before those that close before it.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Windows};
    /// let starts = |windows: Windows, time| windows.windows_of(EventTime(time)).map(|it| it.start.0).collect::<Vec<_>>();
    /// assert_eq!(starts(Windows::hopping(10, 4, 0), 9), [8, 4, 0]);
    /// assert_eq!(starts(Windows::hopping(10, 4, 0), 10), [8, 4]);
    /// assert_eq!(starts(Windows::tumbling(10, 0), 9), [0]);
    /// ```
    #[inline]
    #[must_use]
    pub fn windows_of(&self, time: EventTime) -> WindowsOf {
        WindowsOf { windows: *self, time, next: Some(self.window_of(time)) }
    }

    /// The *pane* of an event at `time`, whose last window is `last`, in a partition that has promised `promise`: from
    /// the start of the first window that holds it and is open to the end of the last. Events of one pane are in the
    /// same windows, so they can be added up before they are put into each.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Windows};
    /// let windows = Windows::hopping(10, 4, 0);
    /// let pane = |time, promise| windows.pane(windows.window_of(EventTime(time)), EventTime(time), EventTime(promise));
    /// let starts = |time, promise| windows.of_pane(pane(time, promise)).map(|it| it.start.0).collect::<Vec<_>>();
    /// assert_eq!(starts(9, i64::MIN), [0, 4, 8]);
    /// assert_eq!(starts(9, 10), [4, 8], "the first has closed");
    /// ```
    #[inline]
    #[must_use]
    pub fn pane(&self, last: Window, time: EventTime, promise: EventTime) -> Window {
        let Assigner::Hopping { size_ms, step_ms, .. } = self.assigner else { return last };
        let closed = promise.0.saturating_sub(size_ms.saturating_add(self.lateness_ms));
        let before = time.0.saturating_sub(size_ms).max(closed);
        let steps = (last.start.0.saturating_sub(before) - 1) / step_ms;
        Window { start: EventTime(last.start.0 - steps * step_ms), ..last }
    }

    /// The windows of a pane, in their order.
    pub fn of_pane(&self, pane: Window) -> impl Iterator<Item = Window> + use<> {
        let (windows, step_ms) = (*self, self.step_ms_max());
        let next = move |before: &Window| Some(windows.starting(EventTime(before.start.0.saturating_add(step_ms))));
        std::iter::successors(Some(windows.starting(pane.start)), next).take_while(move |window| window.end <= pane.end)
    }

    /// Whether windows overlap: then an event is in several, and what adds them up counts it several times.
    #[inline]
    #[must_use]
    pub fn overlap(&self) -> bool {
        matches!(self.assigner, Assigner::Hopping { .. })
    }

    /// Those of the windows that follow one another without an overlap or a gap, as windows of their own: each event is
    /// in one of them, so they may be added up. All, unless they overlap; of those that do, each that begins where
    /// another ends, from the first behind the Unix epoch on. `None` if some end where none begins.
    #[must_use]
    pub fn tiles(&self) -> Option<Windows> {
        match self.assigner {
            Assigner::Tumbling { .. } | Assigner::Calendar(_) => Some(*self),
            Assigner::Hopping { size_ms, step_ms, offset_ms } if size_ms % step_ms == 0 => {
                Some(Windows::tumbling_from(offset_ms, size_ms, self.lateness_ms))
            }
            Assigner::Hopping { .. } => None,
        }
    }

    /// Whether the window that starts at `start` is one of the [tiles](Windows::tiles).
    #[must_use]
    pub fn is_tile(&self, start: EventTime) -> bool {
        !self.overlap() || self.tiles().is_some_and(|tiles| tiles.start_from(start) == start)
    }

    /// The window that starts at `start`, for what knows windows by their start alone. Where none starts there, it is
    /// one that would.
    #[inline]
    #[must_use]
    pub fn starting(&self, start: EventTime) -> Window {
        match self.assigner {
            Assigner::Hopping { size_ms, .. } => Window { start, end: EventTime(start.0.saturating_add(size_ms)) },
            Assigner::Tumbling { .. } | Assigner::Calendar(_) => Window { start, end: self.behind(start, 1) },
        }
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
            Assigner::Tumbling { size_ms, .. } | Assigner::Hopping { size_ms, .. } => size_ms,
            Assigner::Calendar(calendar) => calendar.unit.length_ms_max(),
        }
    }

    /// From the start of a window to that of the next at most, in milliseconds.
    #[must_use]
    pub fn step_ms_max(&self) -> i64 {
        match self.assigner {
            Assigner::Hopping { step_ms, .. } => step_ms,
            Assigner::Tumbling { .. } | Assigner::Calendar(_) => self.length_ms_max(),
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
            Assigner::Tumbling { size_ms: step_ms, offset_ms } | Assigner::Hopping { step_ms, offset_ms, .. } => {
                step_ms % 1000 == 0 && offset_ms % 1000 == 0
            }
            Assigner::Calendar(_) => true, // no clock was ever changed within a second
        }
    }

    /// The first start of a window at `time` or behind it; the last time there is, if there is none.
    #[must_use]
    pub fn start_from(&self, time: EventTime) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, offset_ms } | Assigner::Hopping { step_ms, offset_ms, .. } => {
                match time.0.saturating_sub(offset_ms).rem_euclid(step_ms) {
                    0 => time,
                    behind => EventTime(time.0.saturating_add(step_ms - behind)),
                }
            }
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
            Assigner::Tumbling { .. } | Assigner::Hopping { .. } => {
                self.start_from(EventTime(last_closed.saturating_add(1)))
            }
            Assigner::Calendar(calendar) => calendar.window_of(EventTime(certain.0 - self.lateness_ms)).start,
        })
    }

    /// The start of the window that lies so many before the one that starts at `start`; the first time there is, if
    /// there are not so many.
    #[must_use]
    pub fn before(&self, start: EventTime, windows: i64) -> EventTime {
        match self.assigner {
            Assigner::Tumbling { size_ms: step_ms, .. } | Assigner::Hopping { step_ms, .. } => {
                EventTime(start.0.saturating_sub(windows.saturating_mul(step_ms)))
            }
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
            Assigner::Tumbling { size_ms: step_ms, .. } | Assigner::Hopping { step_ms, .. } => {
                EventTime(start.0.saturating_add(windows.saturating_mul(step_ms)))
            }
            Assigner::Calendar(calendar) => (0..windows).fold(start, |start, _| calendar.window_of(start).end),
        }
    }
}

/// The windows that a time falls in, each one before those that close before it. It allocates nothing.
#[derive(Clone, Debug)]
pub struct WindowsOf {
    windows: Windows,
    time: EventTime,
    next: Option<Window>,
}

impl Iterator for WindowsOf {
    type Item = Window;

    #[inline]
    fn next(&mut self) -> Option<Window> {
        let window = self.next.take()?;
        if let Assigner::Hopping { step_ms, .. } = self.windows.assigner {
            let before = window.start.0.checked_sub(step_ms).map(|start| self.windows.starting(EventTime(start)));
            self.next = before.filter(|before| before.holds(self.time));
        }
        Some(window)
    }
}

#[cfg(test)]
mod tests;
