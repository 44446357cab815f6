//! The dataflow's timestamp: when we learnt something, and which event times may still come.
//!
//! Timely dataflow lets a timestamp be any partially ordered type, and so say two things at once; the idea of a pair of
//! times in one dataflow is that of differential dataflow's `multitemporal` example. Progress tracking then needs no
//! watermark: the `event` coordinate of the frontier is one, and the `epoch` coordinate says what is completely learnt.

use std::fmt;

use differential_dataflow::lattice::Lattice;
use serde::{Deserialize, Serialize};
use timely::order::PartialOrder;
use timely::progress::frontier::AntichainRef;
use timely::progress::timestamp::Refines;
use timely::progress::{PathSummary, Timestamp};

/// When something was learnt: milliseconds of the ingest clock since the Unix epoch.
///
/// An epoch lives from the first event that a source reads in it until the sink has made its documents durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Epoch(pub u64);

impl Epoch {
    /// After every epoch: where a source is that will send nothing any more.
    pub const END: Epoch = Epoch(u64::MAX);

    /// The epoch directly after this one; that of the end is the end.
    #[must_use]
    pub fn next(self) -> Epoch {
        Epoch(self.0.saturating_add(1))
    }

    /// The epoch directly before this one; that of the first is the first.
    #[must_use]
    pub fn previous(self) -> Epoch {
        Epoch(self.0.saturating_sub(1))
    }

    /// How far this epoch lies ahead of the clock, in milliseconds, if that is more than clocks differ by.
    ///
    /// ```
    /// use mare_model::time::Epoch;
    /// assert_eq!(Epoch(86_400_000).ahead_of(Epoch(0)), Some(86_400_000));
    /// assert_eq!((Epoch(60_000).ahead_of(Epoch(0)), Epoch(0).ahead_of(Epoch(60_001))), (None, None));
    /// ```
    #[must_use]
    pub fn ahead_of(self, clock: Epoch) -> Option<u64> {
        const SLACK_MS: u64 = 60_000;
        self.0.checked_sub(clock.0).filter(|ahead| *ahead > SLACK_MS && self != Epoch::END)
    }

    /// The first epoch of which something may still come behind `frontier`; those before it are complete.
    ///
    /// ```
    /// use mare_model::time::{Epoch, Moment};
    /// use timely::progress::Antichain;
    ///
    /// let closing = Antichain::from_elem(Moment { epoch: Epoch(7), ..Moment::default() });
    /// assert_eq!(Epoch::reached(closing.borrow()), Epoch(7));
    /// assert_eq!(Epoch::reached(Antichain::new().borrow()), Epoch::END);
    /// ```
    #[must_use]
    pub fn reached(frontier: AntichainRef<'_, Moment>) -> Epoch {
        frontier.iter().map(|moment| moment.epoch).min().unwrap_or(Epoch::END)
    }
}

/// A time that an event carries: milliseconds since the Unix epoch, negative before 1970.
///
/// As a promise it lives as long as its partition is read and only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventTime(pub i64);

impl EventTime {
    /// Before every event: the promise of a partition of which nothing has been read.
    pub const MIN: EventTime = EventTime(i64::MIN);
    /// After every event: no event will come any more.
    pub const MAX: EventTime = EventTime(i64::MAX);

    /// The instant as a calendar timestamp, or `None` outside the years -9999 to 9999 (so for [`EventTime::MIN`]).
    #[must_use]
    pub fn timestamp(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for EventTime {
    /// ISO-8601 in UTC, `-` for a time outside the calendar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timestamp() {
            Some(timestamp) => write!(f, "{timestamp}"),
            None => f.write_str("-"),
        }
    }
}

/// The pair `(epoch, event)`, ordered coordinate by coordinate.
///
/// ```
/// use mare_model::time::{Epoch, EventTime, Moment};
/// use timely::order::PartialOrder;
///
/// let early = Moment { epoch: Epoch(1), event: EventTime(60_000) };
/// let later = Moment { epoch: Epoch(2), event: EventTime(0) };
/// assert!(!early.less_equal(&later) && !later.less_equal(&early));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// When it was learnt.
    pub epoch: Epoch,
    /// Which event times may still come.
    pub event: EventTime,
}

impl Default for Moment {
    fn default() -> Self {
        Moment { epoch: Epoch(0), event: EventTime::MIN }
    }
}

impl PartialOrder for Moment {
    #[inline]
    fn less_equal(&self, other: &Self) -> bool {
        self.epoch <= other.epoch && self.event <= other.event
    }
}

impl Lattice for Moment {
    #[inline]
    fn join(&self, other: &Self) -> Self {
        Moment { epoch: self.epoch.max(other.epoch), event: self.event.max(other.event) }
    }

    #[inline]
    fn meet(&self, other: &Self) -> Self {
        Moment { epoch: self.epoch.min(other.epoch), event: self.event.min(other.event) }
    }
}

impl Timestamp for Moment {
    type Summary = ();

    #[inline]
    fn minimum() -> Self {
        Moment::default()
    }
}

/// No operator of the graph advances a timestamp on its way through, so the path summary is the unit.
impl PathSummary<Moment> for () {
    #[inline]
    fn results_in(&self, source: &Moment) -> Option<Moment> {
        Some(*source)
    }

    fn followed_by(&self, _other: &()) -> Option<()> {
        Some(())
    }
}

impl Refines<()> for Moment {
    fn to_inner(_other: ()) -> Self {
        Moment::minimum()
    }

    fn to_outer(self) {}

    fn summarize(_path: ()) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(epoch: u64, event: i64) -> Moment {
        Moment { epoch: Epoch(epoch), event: EventTime(event) }
    }

    #[test]
    fn incomparable_moments_meet_and_join_outside_themselves() {
        let (a, b) = (moment(1, 9), moment(3, 4));
        assert!(!a.less_equal(&b) && !b.less_equal(&a));
        assert_eq!(a.join(&b), moment(3, 9));
        assert_eq!(a.meet(&b), moment(1, 4));
    }

    #[test]
    fn minimum_precedes_everything() {
        assert!(Moment::minimum().less_equal(&moment(0, -1)));
    }

    #[test]
    fn an_event_time_outside_the_calendar_prints_a_dash() {
        assert_eq!(EventTime::MIN.to_string(), "-");
        assert_eq!(EventTime(0).to_string(), "1970-01-01T00:00:00Z");
    }
}
