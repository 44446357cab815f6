//! Windows that overlap: all windows of a time, the pieces of time that they have in common, and those that may be
//! added up.

use super::{Assigner, Window, Windows};
use crate::time::EventTime;

impl Windows {
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

    /// The *pane* of an event at `time`, whose last window is `last`, in a partition that has promised `promise`: what
    /// tells in which windows the event counts, which are those that hold it and are open. Events of one pane are in
    /// the same windows, so they can be added up before they are put into each.
    ///
    /// Of windows that hop it reaches from the start of the first of them to the end of the last. Of cumulative ones
    /// it is the first: the others are those behind it in its period.
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
        match self.assigner {
            Assigner::Hopping { size_ms, step_ms, .. } => {
                let closed = promise.0.saturating_sub(size_ms.saturating_add(self.lateness_ms));
                let before = time.0.saturating_sub(size_ms).max(closed);
                let steps = (last.start.0.saturating_sub(before) - 1) / step_ms;
                Window { start: EventTime(last.start.0 - steps * step_ms), ..last }
            }
            Assigner::Cumulative { step_ms, .. } => {
                let before = time.0.max(promise.0.saturating_sub(self.lateness_ms));
                let steps = (last.end.0.saturating_sub(before) - 1) / step_ms;
                Window { end: EventTime(last.end.0 - steps * step_ms), ..last }
            }
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Session { .. } | Assigner::Global => last,
        }
    }

    /// The windows of a pane, in their order.
    pub fn of_pane(&self, pane: Window) -> impl Iterator<Item = Window> + use<> {
        let windows = *self;
        let (first, end) = match self.assigner {
            Assigner::Hopping { .. } => (self.of_slot(pane.start), pane.end),
            Assigner::Cumulative { size_ms, .. } => (pane, EventTime(pane.start.0.saturating_add(size_ms))),
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Session { .. } | Assigner::Global => {
                (pane, pane.end)
            }
        };
        let behind = move |before: &Window| windows.of_slot(windows.behind(windows.slot(*before), 1));
        let next = move |before: &Window| windows.overlap().then(|| behind(before));
        std::iter::successors(Some(first), next).take_while(move |window| window.end <= end)
    }

    /// Whether windows overlap: then an event is in several, and what adds them up counts it several times.
    #[inline]
    #[must_use]
    pub fn overlap(&self) -> bool {
        matches!(self.assigner, Assigner::Hopping { .. } | Assigner::Cumulative { .. })
    }

    /// Those of the windows that follow one another without an overlap or a gap, as windows of their own: each event is
    /// in one of them, so they may be added up. All, unless they overlap; of those that hop, each that begins where
    /// another ends, from the first behind the Unix epoch on; of cumulative ones the last of each period. `None` if
    /// some end where none begins.
    #[must_use]
    pub fn tiles(&self) -> Option<Windows> {
        match self.assigner {
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Session { .. } | Assigner::Global => {
                Some(*self)
            }
            Assigner::Hopping { size_ms, step_ms, offset_ms } if size_ms % step_ms == 0 => {
                Some(Windows::tumbling_from(offset_ms, size_ms, self.lateness_ms))
            }
            Assigner::Hopping { .. } => None,
            Assigner::Cumulative { size_ms, offset_ms, .. } => {
                Some(Windows::tumbling_from(offset_ms, size_ms, self.lateness_ms))
            }
        }
    }

    /// Whether the window in `slot` is one of the [tiles](Windows::tiles).
    #[must_use]
    pub fn is_tile(&self, slot: EventTime) -> bool {
        let window = self.of_slot(slot);
        !self.overlap() || self.tiles().is_some_and(|tiles| tiles.window_of(window.start) == window)
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
        let before = match self.windows.assigner {
            Assigner::Hopping { step_ms, .. } => {
                window.start.0.checked_sub(step_ms).map(|start| self.windows.of_slot(EventTime(start)))
            }
            Assigner::Cumulative { step_ms, .. } => {
                window.end.0.checked_sub(step_ms).map(|end| Window { end: EventTime(end), ..window })
            }
            Assigner::Tumbling { .. } | Assigner::Calendar(_) | Assigner::Session { .. } | Assigner::Global => None,
        };
        self.next = before.filter(|before| before.holds(self.time));
        Some(window)
    }
}
