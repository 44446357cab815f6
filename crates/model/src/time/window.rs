//! Tumbling windows, and the moment at which a window closes.

use serde::{Deserialize, Serialize};

use super::EventTime;

/// One window: the half-open range of event times `[start, start + size)`, named by its start.
///
/// It lives from its first event until the frontier passes [`Tumbling::close`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// The first event time that belongs to the window.
    pub start: EventTime,
}

/// Windows of one size, aligned to the Unix epoch, that do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tumbling {
    /// Length of a window, in milliseconds, greater than zero.
    pub size_ms: i64,
    /// How long after its end a window stays open, in milliseconds, not negative.
    pub lateness_ms: i64,
}

impl Tumbling {
    /// The window that `time` falls in.
    ///
    /// ```
    /// use mare_model::time::{EventTime, Tumbling};
    /// let minutes = Tumbling { size_ms: 60_000, lateness_ms: 120_000 };
    /// assert_eq!(minutes.window_of(EventTime(-1)).start, EventTime(-60_000));
    /// ```
    #[inline]
    #[must_use]
    pub fn window_of(&self, time: EventTime) -> Window {
        Window { start: EventTime(time.0 - time.0.rem_euclid(self.size_ms)) }
    }

    /// The first event time after the window.
    #[inline]
    #[must_use]
    pub fn end(&self, window: Window) -> EventTime {
        EventTime(window.start.0 + self.size_ms)
    }

    /// The event time at which the window closes: its end plus the lateness.
    #[inline]
    #[must_use]
    pub fn close(&self, window: Window) -> EventTime {
        EventTime(window.start.0 + self.size_ms + self.lateness_ms)
    }

    /// Whether an event of `window` comes too late for a partition that has promised `promise`.
    ///
    /// The promise of a partition is the largest event time counted in it, or the k-th largest, so this is a function of the partition's own
    /// log up to the event, and of nothing else: not of other partitions, the number of workers, or the clock.
    #[inline]
    #[must_use]
    pub fn is_late(&self, window: Window, promise: EventTime) -> bool {
        self.close(window) <= promise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: Tumbling = Tumbling { size_ms: 60_000, lateness_ms: 120_000 };

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let window = Window { start: EventTime(60_000) };
        assert_eq!(MINUTES.window_of(EventTime(60_000)), window);
        assert_eq!(MINUTES.window_of(EventTime(119_999)), window);
        assert_eq!(MINUTES.window_of(MINUTES.end(window)).start, EventTime(120_000));
    }

    #[test]
    fn a_window_is_late_from_its_close_on() {
        let window = Window { start: EventTime(0) };
        assert!(!MINUTES.is_late(window, EventTime(179_999)));
        assert!(MINUTES.is_late(window, EventTime(180_000)));
        assert!(!MINUTES.is_late(window, EventTime::MIN));
    }
}
