//! Windows that follow the calendar of a zone: its days, weeks, months, quarters and years.
//!
//! # Why they tile time
//! A day begins at the first instant whose local date is that day or a later one. So each begins where the one before
//! ends, whatever the clocks do: a day is 23 or 25 hours long where they change; one whose midnight is skipped begins
//! behind the gap; one that is skipped altogether is empty, and no time lies in it; and where the clocks go back over
//! midnight, the hour that has the old date again belongs to the new day, which had begun. The other units begin with
//! their first day. What lies before the first instant of the calendar (the year -9999) or behind its last (9999) is
//! one window each.

use jiff::civil::Date;
use jiff::tz::AmbiguousOffset;
use jiff::{Span, Timestamp, ToSpan};

use super::zone::CalendarZone;
use super::{EventTime, Window};

/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// The first instant of the calendar.
const FIRST: EventTime = EventTime(-377_705_023_201_000);
/// The first instant behind the calendar.
const BEYOND: EventTime = EventTime(253_402_207_201_000);

/// A unit of the calendar, by which windows are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to that of the next.
    Month,
    /// From the first of January, April, July or October on.
    Quarter,
    /// From the first of January on.
    Year,
}

impl CalendarUnit {
    /// All of them, the shortest first.
    pub const ALL: [CalendarUnit; 5] =
        [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter, CalendarUnit::Year];

    /// Its word, in a dataflow file and in fingerprints: it never changes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            CalendarUnit::Day => "day",
            CalendarUnit::Week => "week",
            CalendarUnit::Month => "month",
            CalendarUnit::Quarter => "quarter",
            CalendarUnit::Year => "year",
        }
    }

    /// How many days it has at most.
    const fn days_max(self) -> i64 {
        match self {
            CalendarUnit::Day => 1,
            CalendarUnit::Week => 7,
            CalendarUnit::Month => 31,
            CalendarUnit::Quarter => 92,
            CalendarUnit::Year => 366,
        }
    }

    /// How long it is at most, in milliseconds: more than its days by the two hours that clocks go back at most. (They
    /// went back by a day where a date came twice, as in Alaska in 1867.)
    #[must_use]
    pub const fn length_ms_max(self) -> i64 {
        (self.days_max() * 24 + 2) * HOUR_MS
    }

    /// The first day of the one that `date` lies in; the first of the calendar, if it lies before that.
    fn first(self, date: Date) -> Date {
        let first = match self {
            CalendarUnit::Day => Ok(date),
            CalendarUnit::Week => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
            CalendarUnit::Month => Date::new(date.year(), date.month(), 1),
            CalendarUnit::Quarter => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1),
            CalendarUnit::Year => Date::new(date.year(), 1, 1),
        };
        first.unwrap_or(Date::MIN)
    }

    /// From a day to one in the next.
    fn span(self) -> Span {
        match self {
            CalendarUnit::Day => 1.day(),
            CalendarUnit::Week => 7.days(),
            CalendarUnit::Month => 1.month(),
            CalendarUnit::Quarter => 3.months(),
            CalendarUnit::Year => 1.year(),
        }
    }
}

/// The units of a zone's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Which.
    pub unit: CalendarUnit,
    /// Whose.
    pub zone: CalendarZone,
}

impl Calendar {
    /// The window that `time` falls in.
    #[must_use]
    pub(super) fn window_of(self, time: EventTime) -> Window {
        if time < FIRST {
            return Window { start: EventTime::MIN, end: FIRST };
        }
        // Clocks change at whole seconds.
        let instant = Timestamp::from_second(time.0.div_euclid(1000)).ok().filter(|_| time < BEYOND);
        let Some(instant) = instant else { return Window { start: BEYOND, end: EventTime::MAX } };
        let mut first = self.unit.first(self.zone.rules().to_datetime(instant).date());
        // A date that comes again belongs to a later day, which had begun.
        loop {
            let next = self.next(first);
            let end = next.map_or(BEYOND, |next| self.start(next));
            match next {
                Some(next) if end <= time => first = next,
                _ => return Window { start: self.start(first), end },
            }
        }
    }

    /// The first day of the unit behind the one that begins with `first`; `None` at the end of the calendar.
    fn next(self, first: Date) -> Option<Date> {
        first.checked_add(self.unit.span()).ok().map(|date| self.unit.first(date))
    }

    /// The first instant whose local date is `day` or a later one.
    fn start(self, day: Date) -> EventTime {
        let midnight = day.at(0, 0, 0, 0);
        let rules = self.zone.rules();
        let instant = match rules.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(midnight),
            // Midnight comes twice: the first of them.
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(midnight),
            // Midnight is skipped, by the last transition before it would have been.
            AmbiguousOffset::Gap { before, .. } => before.to_timestamp(midnight).map(|midnight| {
                let behind = midnight.checked_add(1.second()).unwrap_or(Timestamp::MAX);
                rules.preceding(behind).next().map_or(midnight, |transition| transition.timestamp())
            }),
        };
        match instant {
            Ok(instant) => EventTime(instant.as_millisecond()),
            Err(_) if day.year() < 0 => FIRST,
            Err(_) => BEYOND,
        }
    }
}

#[cfg(test)]
mod tests;
