//! Where a period begins and ends among windows. Pure.
//!
//! What a window holds cannot be parted any more. So a period that is added up has to begin and end where windows do: a
//! day of Kolkata begins half past an hour of UTC, in the middle of a window of one hour, and no sum of such windows is
//! that day.
//!
//! * A time of the calendar (`2025-11-28`, `today`, `2025-11-28T12:00Z`) at which no window begins is refused, with
//!   those around it.
//! * A time relative to now (`-2h`) moves back to where its window begins: nobody means it to the second.
//! * `now` as an end takes all that there is: nothing lies behind it.

use jiff::{SignedDuration, Zoned};

use crate::cli::Failure;
use crate::cli::when::{Period, RangeArgs, When, text};
use crate::time::{Assigner, Calendar, EventTime, Windows};

/// What is asked for, in windows.
#[derive(Debug)]
pub struct Edges<'a> {
    /// The windows.
    pub windows: Windows,
    /// Now, in the dataflow's zone.
    pub now: &'a Zoned,
}

/// From the first instant to before the second.
pub type TimeRange = (EventTime, EventTime);

impl Edges<'_> {
    /// The windows that `range` means; without one of its times, from the first or through the last of all.
    ///
    /// # Errors
    /// If it begins or ends within a window, or no window lies in it.
    pub fn range(&self, range: &RangeArgs) -> Result<TimeRange, Failure> {
        let (begin, end) = range.resolve(self.now)?;
        if range.from.is_some() || range.to.is_some() {
            self.has_times()?;
        }
        let begin = range.from.as_ref().map_or(Ok(begin), |when| self.edge(when, begin, false))?;
        let end = range.to.as_ref().map_or(Ok(end), |when| self.edge(when, end, true))?;
        self.extent(begin, end)
    }

    /// The windows that `period` means.
    ///
    /// # Errors
    /// As for [`Edges::range`].
    pub fn period(&self, period: &Period) -> Result<TimeRange, Failure> {
        self.has_times()?;
        let (begin, end) = period.resolve(self.now)?;
        match period {
            Period::Between(from, to) => self.extent(self.edge(from, begin, false)?, self.edge(to, end, true)?),
            Period::DayOf(_) => Ok((self.beginning(begin)?, self.beginning(end)?)),
        }
    }

    /// That there are windows, by which times are told apart.
    fn has_times(&self) -> Result<(), Failure> {
        if !self.windows.is_global() {
            return Ok(());
        }
        let message = "this dataflow has no windows: its totals are of all times, and none are of a part of them";
        Err(Failure::new(message).remedy("ask without times (`mare query groups`, `mare query latest`)"))
    }

    /// The instant `time`, which is written as `when`, or where its window begins.
    fn edge(&self, when: &When, time: EventTime, is_end: bool) -> Result<EventTime, Failure> {
        match when {
            When::Now if is_end => Ok(time),
            When::Now | When::Ago(_) => Ok(self.windows.slot_at(time)),
            When::Day(_) | When::At(_) | When::Local(_) => self.beginning(time),
        }
    }

    /// The instant `time`, at which a window has to begin.
    fn beginning(&self, time: EventTime) -> Result<EventTime, Failure> {
        let slot = self.windows.slot_at(time);
        if slot == time {
            return Ok(time);
        }
        let instant = |time| text(time, self.now.time_zone());
        let (start, end) = (instant(slot), instant(self.windows.of_slot(slot).end));
        let next = instant(self.windows.behind(slot, 1));
        let message = format!(
            "no window of {} begins at {}: the one from {start} to {end} lies on both sides of it",
            said(self.windows),
            instant(time)
        );
        Err(Failure::new(message).remedy(format!(
            "name a time at which one begins, such as {start} or {next}; or give the dataflow shorter windows ([window] tumbling)"
        )))
    }

    fn extent(&self, begin: EventTime, end: EventTime) -> Result<TimeRange, Failure> {
        if begin < end {
            return Ok((begin, end));
        }
        let message = format!("no window of {} lies in that period", said(self.windows));
        Err(Failure::new(message).remedy("ask for a longer one"))
    }
}

/// How long windows are, in words: `1h 30m`, `10m every 1m`, or `a day of America/Sao_Paulo`.
pub fn said(windows: Windows) -> String {
    match windows.assigner {
        Assigner::Tumbling { size_ms, .. } => length(size_ms),
        Assigner::Hopping { size_ms, step_ms, .. } => format!("{} every {}", length(size_ms), length(step_ms)),
        Assigner::Cumulative { size_ms, step_ms, .. } => {
            format!("{} that grow every {}", length(size_ms), length(step_ms))
        }
        Assigner::Session { gap_ms } => format!("sessions with gaps of {}", length(gap_ms)),
        Assigner::Global => "no length".to_owned(),
        Assigner::Calendar(Calendar { unit, zone }) => format!("a {} of {}", unit.word(), zone.name()),
    }
}

/// A length of time in words: `1h 30m`.
pub fn length(ms: i64) -> String {
    let days = ms / 86_400_000;
    if days > 0 && ms % 86_400_000 == 0 { format!("{days}d") } else { format!("{:#}", SignedDuration::from_millis(ms)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{CalendarUnit, CalendarZone};

    const HOUR: Windows = Windows::tumbling(3_600_000, 0);
    const MINUTE: Windows = Windows::tumbling(60_000, 0);

    fn asked(windows: Windows, zone: &str, period: &str) -> Result<String, String> {
        let now = "2025-11-28T12:30:20Z".parse::<jiff::Timestamp>().unwrap();
        let now = now.in_tz(zone).unwrap();
        let extent = Edges { windows, now: &now }.period(&period.parse().unwrap());
        extent.map(|(from, to)| format!("{from} {to}")).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_day_is_one_where_windows_are_parts_of_it() {
        let kolkata = "2025-11-27T18:30:00Z 2025-11-28T18:30:00Z";
        assert_eq!(asked(MINUTE, "Asia/Kolkata", "2025-11-28").as_deref(), Ok(kolkata));
        assert_eq!(asked(MINUTE, "Asia/Kolkata", "today").as_deref(), Ok(kolkata));
        let refused = asked(HOUR, "Asia/Kolkata", "2025-11-28").unwrap_err();
        let sides = "no window of 1h begins at 2025-11-28T00:00:00+05:30: the one from 2025-11-27T23:30:00+05:30 to \
                     2025-11-28T00:30:00+05:30 lies on both sides";
        assert!(refused.starts_with(sides), "{refused}");
        assert!(asked(HOUR, "Asia/Kolkata", "today").is_err());
        let sao_paulo = "2025-11-28T03:00:00Z 2025-11-29T03:00:00Z";
        assert_eq!(asked(HOUR, "America/Sao_Paulo", "2025-11-28").as_deref(), Ok(sao_paulo));
        // A summer's day of Lisbon begins at an odd hour of UTC, a winter's day at an even one.
        let two = Windows::tumbling(7_200_000, 0);
        assert!(
            asked(two, "Europe/Lisbon", "2025-11-28").is_ok() && asked(two, "Europe/Lisbon", "2025-07-01").is_err()
        );
    }

    #[test]
    fn a_day_of_a_calendar_begins_where_its_zone_says() {
        let zone = CalendarZone::named("America/Sao_Paulo").unwrap();
        let windows = |unit| Windows::calendar(Calendar { unit, zone }, 0);
        let (days, months) = (windows(CalendarUnit::Day), windows(CalendarUnit::Month));
        let short = Ok("2018-11-04T03:00:00Z 2018-11-05T02:00:00Z");
        assert_eq!(asked(days, zone.name(), "2018-11-04").as_deref(), short);
        assert_eq!(asked(days, zone.name(), "-36h..-1h").as_deref(), Ok("2025-11-26T03:00:00Z 2025-11-28T03:00:00Z"));
        let refused = asked(months, zone.name(), "2018-11-04").unwrap_err();
        let sides = "no window of a month of America/Sao_Paulo begins at 2018-11-04T01:00:00-02:00: the one from \
                     2018-11-01T00:00:00-03:00 to 2018-12-01T00:00:00-02:00 lies on both sides";
        assert!(refused.starts_with(sides), "{refused}");
    }

    #[test]
    fn windows_that_overlap_begin_at_each_step() {
        let hopping = Windows::hopping(600_000, 240_000, 0);
        assert_eq!(asked(hopping, "UTC", "-10m..now").as_deref(), Ok("2025-11-28T12:20:00Z 2025-11-28T12:30:20Z"));
        let refused = asked(hopping, "UTC", "2025-11-28T12:01..2025-11-28T12:04").unwrap_err();
        let sides = "no window of 10m every 4m begins at 2025-11-28T12:01:00Z: the one from 2025-11-28T12:00:00Z to \
                     2025-11-28T12:10:00Z lies on both sides";
        assert!(refused.starts_with(sides), "{refused}");
    }

    #[test]
    fn windows_that_grow_are_asked_for_by_their_last_steps() {
        let so_far = Windows::cumulative(86_400_000, 3_600_000, 0);
        assert_eq!(asked(so_far, "UTC", "-2h..-1h").as_deref(), Ok("2025-11-28T10:00:00Z 2025-11-28T11:00:00Z"));
        assert_eq!(asked(so_far, "UTC", "2025-11-28").as_deref(), Ok("2025-11-28T00:00:00Z 2025-11-29T00:00:00Z"));
        let refused = asked(so_far, "UTC", "2025-11-28T12:01..2025-11-28T14:00").unwrap_err();
        assert!(refused.starts_with("no window of 1d that grow every 1h begins at 2025-11-28T12:01:00Z"), "{refused}");
    }

    #[test]
    fn a_time_within_a_window_is_refused_or_moves_if_it_is_relative() {
        assert!(asked(MINUTE, "UTC", "2025-11-28T12:00:30..2025-11-28T12:01").is_err());
        assert!(asked(MINUTE, "UTC", "2025-11-28T12:00..2025-11-28T12:00:30").is_err());
        assert_eq!(
            asked(MINUTE, "UTC", "-2m..-1m").as_deref(),
            Ok("2025-11-28T12:28:00Z 2025-11-28T12:29:00Z"),
            "one window, as one would think"
        );
        assert_eq!(asked(MINUTE, "UTC", "-1m..now").as_deref(), Ok("2025-11-28T12:29:00Z 2025-11-28T12:30:20Z"));
        assert!(asked(HOUR, "UTC", "-20m..-10m").unwrap_err().contains("no window of 1h lies in that period"));
    }
}
