//! What to ask for instead of a period that would part windows: ways that work for these windows in this zone, and no
//! others. Pure.

use jiff::tz::TimeZone;

use super::edges::length;
use super::period::{DAY_MS, PeriodLength};
use crate::time::{Assigner, Calendar, CalendarUnit, EventTime, Windows};

const MINUTE_MS: i64 = 60_000;
/// Lengths that people have use for, of periods and of windows.
const LENGTHS_MIN: [i64; 15] = [1, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1_440, 10_080];
/// How many periods are named at most.
const NAMED: usize = 3;
/// How far away the clocks of a zone stand differently, if they ever do.
const HALF_A_YEAR_MS: i64 = 183 * DAY_MS;

/// What was asked for.
pub(super) struct QueryAsked<'a> {
    pub per: PeriodLength,
    pub windows: Windows,
    pub zone: &'a TimeZone,
    /// When it matters.
    pub time: EventTime,
}

impl QueryAsked<'_> {
    /// What works, if anything does.
    pub fn instead(&self) -> Option<String> {
        let ways = [self.another_period(), self.another_zone(), self.shorter_windows()];
        let ways: Vec<_> = ways.into_iter().flatten().collect();
        (!ways.is_empty()).then(|| ways.join(", or "))
    }

    fn another_period(&self) -> Option<String> {
        let lengths = LENGTHS_MIN.map(|minutes| minutes * MINUTE_MS);
        let fitting = lengths.into_iter().map(PeriodLength::of).filter(|per| self.fits(*per, self.windows, self.zone));
        let mut names: Vec<_> = fitting.take(NAMED).map(|per| format!("--per {}", length(per.ms()))).collect();
        let last = names.pop()?;
        Some(if names.is_empty() { format!("give {last}") } else { format!("give {} or {last}", names.join(", ")) })
    }

    fn another_zone(&self) -> Option<String> {
        let words = || "ask for periods of another zone (--set event.zone=UTC)".to_owned();
        // Windows of a calendar are of its zone, and so are the periods.
        let is_free = !matches!(self.windows.assigner, Assigner::Calendar(_));
        (is_free && self.fits(self.per, self.windows, &TimeZone::UTC)).then(words)
    }

    fn shorter_windows(&self) -> Option<String> {
        let give = |tumbling: &str, more| {
            Some(format!("give the dataflow shorter windows ([window] tumbling = \"{tumbling}\"{more})"))
        };
        let more = match self.windows.assigner {
            Assigner::Calendar(Calendar { unit, .. }) if unit != CalendarUnit::Day && self.per.is_of_days() => {
                return give(CalendarUnit::Day.word(), "");
            }
            Assigner::Calendar(_) => ", and no zone",
            _ => "",
        };
        let lengths = LENGTHS_MIN.iter().rev().map(|minutes| minutes * MINUTE_MS);
        let mut shorter = lengths.filter(|length| *length < self.windows.length_ms_max());
        let fitting = shorter.find(|length| self.fits(self.per, Windows::tumbling(*length, 0), self.zone))?;
        give(&length(fitting), more)
    }

    /// Whether each of the `windows` lies in one period, whichever way the clocks of the zone stand.
    fn fits(&self, per: PeriodLength, windows: Windows, zone: &TimeZone) -> bool {
        let begins_with_one = |time: i64| {
            let start = per.start(EventTime(time), zone);
            windows.window_of(start).start == start
        };
        let time = self.time.0;
        per.consists_of(windows) && [time, time.saturating_add(HALF_A_YEAR_MS)].into_iter().all(begins_with_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::CalendarZone;

    fn instead(per: &str, size_min: i64, zone: &str) -> Option<String> {
        let zone = TimeZone::get(zone).expect("a zone");
        let (per, windows) = (per.parse().expect("a period"), Windows::tumbling(size_min * MINUTE_MS, 0));
        QueryAsked { per, windows, zone: &zone, time: EventTime(1_764_331_200_000) }.instead()
    }

    #[test]
    fn a_day_of_a_calendar_is_cut_by_hours_of_no_zone() {
        let zone = CalendarZone::named("America/Sao_Paulo").expect("a zone");
        let windows = |unit| Windows::calendar(Calendar { unit, zone }, 0);
        let asked = |per: &str, unit| {
            let per = per.parse().expect("a period");
            QueryAsked { per, windows: windows(unit), zone: zone.rules(), time: EventTime(1_764_331_200_000) }.instead()
        };
        let days =
            "give --per 1d or --per 7d, or give the dataflow shorter windows ([window] tumbling = \"1h\", and no zone)";
        assert_eq!(asked("1h", CalendarUnit::Day).as_deref(), Some(days));
        let months = "give the dataflow shorter windows ([window] tumbling = \"day\")";
        assert_eq!(asked("1d", CalendarUnit::Month).as_deref(), Some(months));
    }

    #[test]
    fn only_ways_that_work_are_named() {
        for (per, size_min, zone, expected) in [
            (
                "1h",
                120,
                "UTC",
                "give --per 2h, --per 4h or --per 6h, or give the dataflow shorter windows ([window] tumbling = \"1h\")",
            ),
            ("1h", 7, "UTC", "give the dataflow shorter windows ([window] tumbling = \"5m\")"),
            ("1d", 7, "Asia/Kolkata", "give the dataflow shorter windows ([window] tumbling = \"5m\")"),
            (
                "1d",
                60,
                "Asia/Kolkata",
                "ask for periods of another zone (--set event.zone=UTC), or give the dataflow shorter windows ([window] tumbling = \"30m\")",
            ),
            (
                "1h",
                1_440,
                "UTC",
                "give --per 1d or --per 7d, or give the dataflow shorter windows ([window] tumbling = \"1h\")",
            ),
            // In winter a day of Lisbon begins where windows of 2 h do, in summer it does not.
            (
                "1d",
                120,
                "Europe/Lisbon",
                "ask for periods of another zone (--set event.zone=UTC), or give the dataflow shorter windows ([window] tumbling = \"1h\")",
            ),
            // Weeks of windows begin on Thursdays.
            ("7d", 10_080, "UTC", "give the dataflow shorter windows ([window] tumbling = \"1d\")"),
        ] {
            assert_eq!(instead(per, size_min, zone).as_deref(), Some(expected), "{per} {size_min} {zone}");
        }
    }
}
