//! The periods of a roll-up: of one length, aligned to the days of a zone. Pure.

use std::str::FromStr;

use jiff::civil::date;
use jiff::fmt::friendly::SpanParser;
use jiff::tz::TimeZone;
use jiff::{SpanRelativeTo, ToSpan, Unit};

use super::advice::QueryAsked;
use super::edges::{length, said};
use crate::cli::Failure;
use crate::cli::when::{text, zoned};
use crate::time::{Assigner, Calendar, CalendarUnit, EventTime, Window, Windows};

/// A day, in milliseconds, if no clock goes back or forward in it.
pub(super) const DAY_MS: i64 = 86_400_000;

/// The length of a period. One below a day divides the day; one of days counts from a Monday, so that seven are a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodLength {
    ms: i64,
}

impl FromStr for PeriodLength {
    type Err = String;

    fn from_str(text: &str) -> Result<PeriodLength, String> {
        let refused = || {
            format!("`{text}` is no period; write one that divides a day, such as 15m or 1h, or days, such as 1d or 7d")
        };
        let span = SpanParser::new().parse_span(text).map_err(|_| refused())?;
        let ms = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| refused())?.as_millis();
        let ms = i64::try_from(ms).map_err(|_| refused())?;
        let is_good = ms > 0 && ms <= 366 * DAY_MS && (DAY_MS % ms == 0 || ms % DAY_MS == 0);
        if is_good { Ok(PeriodLength { ms }) } else { Err(refused()) }
    }
}

impl PeriodLength {
    /// One that is known to be good.
    pub(super) const fn of(ms: i64) -> PeriodLength {
        PeriodLength { ms }
    }

    /// How long it is, in milliseconds.
    pub(super) const fn ms(self) -> i64 {
        self.ms
    }

    /// Refuses a period that `windows` are no parts of, wherever it begins. `now` says how the clocks of the zone
    /// stand.
    ///
    /// # Errors
    /// With what fits.
    pub fn takes(self, windows: Windows, zone: &TimeZone, now: EventTime) -> Result<(), Failure> {
        if self.consists_of(windows) {
            return Ok(());
        }
        let (period, size) = (length(self.ms), said(windows));
        let message = if self.ms < windows.length_ms_max() {
            format!("the windows of this dataflow are {size} long, longer than the period of {period}")
        } else {
            format!("windows of {size} are no parts of periods of {period}: some lie in two of them")
        };
        Err(advised(message, &QueryAsked { per: self, windows, zone, time: now }))
    }

    /// Whether it is one day or several.
    pub(super) const fn is_of_days(self) -> bool {
        self.ms % DAY_MS == 0
    }

    /// Whether so many `windows` are as long as a period.
    pub(super) fn consists_of(self, windows: Windows) -> bool {
        let size_ms = match windows.assigner {
            Assigner::Tumbling { size_ms, .. } => size_ms,
            Assigner::Session { .. } => return true, // each is of the period in which it starts
            Assigner::Hopping { .. } | Assigner::Cumulative { .. } | Assigner::Global => return false, // some lie in two periods, wherever these begin
            Assigner::Calendar(Calendar { unit: CalendarUnit::Day, .. }) => DAY_MS,
            Assigner::Calendar(Calendar { unit: CalendarUnit::Week, .. }) => 7 * DAY_MS,
            Assigner::Calendar(_) => return false, // they are not all of as many days
        };
        self.ms % size_ms == 0
    }

    /// Refuses a window that lies in two periods: what it holds cannot be parted any more.
    ///
    /// # Errors
    /// With the window, and where the period between begins.
    pub fn holds(self, window: Window, windows: Windows, zone: &TimeZone) -> Result<EventTime, Failure> {
        let period = self.start(window.start, zone);
        if windows.are_sessions() {
            return Ok(period);
        }
        let next = self.start(EventTime(window.end.0 - 1), zone);
        if next == period {
            return Ok(period);
        }
        let message = format!(
            "the window from {} to {} lies in two periods of {}: one begins at {}, within it",
            text(window.start, zone),
            text(window.end, zone),
            length(self.ms),
            text(next, zone)
        );
        Err(advised(message, &QueryAsked { per: self, windows, zone, time: window.start }))
    }

    /// The first instant of the period that `time` lies in.
    ///
    /// Below a day it is as many periods behind midnight as fit, by the clock of the moment; so an hour that comes
    /// twice is two periods, and each has its own offset.
    #[must_use]
    pub fn start(self, time: EventTime, zone: &TimeZone) -> EventTime {
        let Some(zoned) = zoned(time, zone) else { return time };
        if self.ms < DAY_MS {
            let local = time.0.saturating_add(i64::from(zoned.offset().seconds()) * 1000);
            return EventTime(time.0 - local.rem_euclid(self.ms));
        }
        let monday = date(1970, 1, 5);
        let since = monday.until((Unit::Day, zoned.date())).map_or(0, |span| i64::from(span.get_days()));
        let behind = since.rem_euclid(self.ms / DAY_MS);
        let start = zoned.checked_sub(behind.days()).and_then(|day| day.start_of_day());
        start.map_or(time, |start| EventTime(start.timestamp().as_millisecond()))
    }
}

/// A failure with what works instead, if anything does.
fn advised(message: String, asked: &QueryAsked<'_>) -> Failure {
    let failure = Failure::new(message);
    match asked.instead() {
        Some(way) => failure.remedy(way),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::CalendarZone;

    fn start(per: &str, time: &str, zone: &str) -> String {
        let (per, zone) = (per.parse::<PeriodLength>().unwrap(), TimeZone::get(zone).unwrap());
        let time = EventTime(time.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        text(per.start(time, &zone), &zone)
    }

    #[test]
    fn periods_follow_the_clock_of_the_zone() {
        for (per, time, zone, expected) in [
            ("1h", "2025-11-28T12:59:59Z", "UTC", "2025-11-28T12:00:00Z"),
            ("15m", "2025-11-28T12:44:00Z", "UTC", "2025-11-28T12:30:00Z"),
            ("1h", "2025-11-28T12:20:00Z", "Asia/Kolkata", "2025-11-28T17:00:00+05:30"),
            ("1d", "2025-11-28T02:00:00Z", "America/Sao_Paulo", "2025-11-27T00:00:00-03:00"),
            ("7d", "2025-11-28T12:00:00Z", "UTC", "2025-11-24T00:00:00Z"),
            ("1w", "1969-12-31T12:00:00Z", "UTC", "1969-12-29T00:00:00Z"),
            ("6h", "1969-12-31T23:00:00Z", "UTC", "1969-12-31T18:00:00Z"),
            // The clocks of Lisbon go back at 2025-10-26T01:00Z: one hour comes twice, the day has 25.
            ("1h", "2025-10-26T00:30:00Z", "Europe/Lisbon", "2025-10-26T01:00:00+01:00"),
            ("1h", "2025-10-26T01:30:00Z", "Europe/Lisbon", "2025-10-26T01:00:00+00:00"),
            ("1d", "2025-10-26T23:30:00Z", "Europe/Lisbon", "2025-10-26T00:00:00+01:00"),
        ] {
            assert_eq!(start(per, time, zone), expected, "{per} {time} {zone}");
        }
    }

    #[test]
    fn what_fits_no_day_is_no_period() {
        for wrong in ["", "0s", "7m", "5h", "36h", "1mo", "-1h", "1y"] {
            assert!(wrong.parse::<PeriodLength>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn windows_that_are_no_parts_of_a_period_are_refused() {
        let takes = |per: &str, size_ms| {
            let windows = Windows::tumbling(size_ms, 0);
            per.parse::<PeriodLength>().unwrap().takes(windows, &TimeZone::UTC, EventTime(0)).is_ok()
        };
        assert!(takes("1h", 3_600_000) && takes("1h", 60_000) && takes("1d", 7_200_000) && takes("7d", DAY_MS));
        assert!(!takes("1h", 3_600_001) && !takes("1h", 7 * 60_000) && !takes("1d", 7 * 3_600_000));
        assert!(!takes("3d", 2 * DAY_MS));
    }

    #[test]
    fn units_of_a_calendar_are_parts_of_days_and_weeks() {
        let zone = CalendarZone::named("America/Sao_Paulo").unwrap();
        let takes = |per: &str, unit| {
            let windows = Windows::calendar(Calendar { unit, zone }, 0);
            let taken = per.parse::<PeriodLength>().unwrap().takes(windows, zone.rules(), EventTime(0));
            taken.map_err(|failure| failure.to_string())
        };
        for (per, unit) in [("1d", CalendarUnit::Day), ("7d", CalendarUnit::Day), ("14d", CalendarUnit::Week)] {
            assert_eq!(takes(per, unit), Ok(()), "{per} {unit:?}");
        }
        let refused = takes("1h", CalendarUnit::Day).unwrap_err();
        assert!(refused.starts_with("the windows of this dataflow are a day of America/Sao_Paulo long"), "{refused}");
        for (per, unit) in [("1d", CalendarUnit::Week), ("10d", CalendarUnit::Week), ("28d", CalendarUnit::Month)] {
            assert!(takes(per, unit).is_err(), "{per} {unit:?}");
        }
    }

    #[test]
    fn a_window_in_two_periods_is_refused() {
        let holds = |per: &str, time: &str, size_ms, zone: &str| {
            let (per, zone) = (per.parse::<PeriodLength>().unwrap(), TimeZone::get(zone).unwrap());
            let windows = Windows::tumbling(size_ms, 0);
            let time = time.parse::<jiff::Timestamp>().unwrap();
            let window = windows.window_of(EventTime(time.as_millisecond()));
            per.holds(window, windows, &zone).map(|start| text(start, &zone)).map_err(|failure| failure.to_string())
        };
        let (hour, half) = (3_600_000, 1_800_000);
        let refused = holds("1d", "2025-11-27T18:45:00Z", hour, "Asia/Kolkata").unwrap_err();
        let words = "the window from 2025-11-27T23:30:00+05:30 to 2025-11-28T00:30:00+05:30 lies in two periods of 1d: one begins \
                     at 2025-11-28T00:00:00+05:30";
        assert!(refused.starts_with(words), "{refused}");
        let day = Ok("2025-11-28T00:00:00+05:30".to_owned());
        assert_eq!(holds("1d", "2025-11-27T18:45:00Z", half, "Asia/Kolkata"), day);
        assert_eq!(holds("1d", "2025-11-27T19:15:00Z", hour, "Asia/Kolkata"), day);
        assert!(
            holds("1h", "2025-11-27T19:15:00Z", hour, "Asia/Kolkata").is_err(),
            "an hour of Kolkata is none of UTC"
        );
        assert!(holds("1d", "2025-11-28T02:30:00Z", hour, "America/Sao_Paulo").is_ok());
        assert!(holds("1d", "2025-07-01T23:30:00Z", 2 * hour, "Europe/Lisbon").is_err(), "summer");
        assert!(holds("1d", "2025-11-28T23:30:00Z", 2 * hour, "Europe/Lisbon").is_ok(), "winter");
        assert!(
            holds("7d", "2025-11-30T12:00:00Z", 7 * 24 * hour, "UTC").is_err(),
            "weeks from a Thursday, and from a Monday"
        );
    }
}
