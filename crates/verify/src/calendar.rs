//! The calendar's windows by the arithmetic of days alone: days are counted from 1970-01-01, and of a zone nothing is
//! asked but its offset, and when that changes next. Pure.
//!
//! The rules:
//! 1. A day begins at the first instant whose local date is that day or a later one.
//! 2. A week begins with a Monday, a month with its first day, a quarter with January, April, July or October, a year
//!    with January.
//! 3. The first window of the calendar begins with it, and the last one ends with it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mare_model::time::{Calendar, CalendarUnit, EventTime};

/// The seconds of a day, as clocks show them.
const DAY_S: i64 = 86_400;
/// The first second of the calendar, and the first behind it.
const CALENDAR_S: [i64; 2] = [-377_705_023_201, 253_402_207_201];

/// From when to when the window is that a time lies in.
#[must_use]
pub fn window(calendar: Calendar, time_ms: i64) -> (EventTime, EventTime) {
    let (zone, time_s) = (calendar.zone.rules(), time_ms.div_euclid(1000));
    let mut unit = number(calendar.unit, (time_s + offset_s(zone, time_s)).div_euclid(DAY_S));
    // The clocks may have gone back to a date whose next one had begun.
    while begin_s(zone, first_day(calendar.unit, unit + 1)) <= time_s {
        unit += 1;
    }
    let [start, end] = [unit, unit + 1].map(|unit| EventTime(begin_s(zone, first_day(calendar.unit, unit)) * 1000));
    (start, end)
}

/// The first second whose local date is `day`, or a later one.
fn begin_s(zone: &TimeZone, day: i64) -> i64 {
    let midnight_s = day * DAY_S;
    // No zone is more than a day away from UTC. From there on, piece by piece of one offset.
    let mut from_s = midnight_s - DAY_S - 7_200;
    loop {
        let at_s = midnight_s - offset_s(zone, from_s);
        let until_s = zone.following(instant(from_s)).next().map(|change| change.timestamp().as_second());
        match until_s.filter(|until_s| *until_s <= at_s) {
            Some(until_s) if until_s > from_s => from_s = until_s,
            _ => return at_s.max(from_s).clamp(CALENDAR_S[0], CALENDAR_S[1]),
        }
    }
}

fn offset_s(zone: &TimeZone, time_s: i64) -> i64 {
    zone.to_offset(instant(time_s)).seconds().into()
}

/// An instant of the calendar; its first or last, where there is none.
fn instant(time_s: i64) -> Timestamp {
    let outside = if time_s < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(time_s).unwrap_or(outside)
}

/// The number of the unit that a day lies in, counted from some one.
fn number(unit: CalendarUnit, day: i64) -> i64 {
    let (year, month) = year_and_month(day);
    match unit {
        CalendarUnit::Day => day,
        CalendarUnit::Week => (day + 3).div_euclid(7), // 1970-01-01 was a Thursday
        CalendarUnit::Month => year * 12 + month,
        CalendarUnit::Quarter => year * 4 + month / 3,
        CalendarUnit::Year => year,
    }
}

/// The first day of the unit of this number.
fn first_day(unit: CalendarUnit, number: i64) -> i64 {
    match unit {
        CalendarUnit::Day => number,
        CalendarUnit::Week => number * 7 - 3,
        CalendarUnit::Month => first_of(number.div_euclid(12), number.rem_euclid(12)),
        CalendarUnit::Quarter => first_of(number.div_euclid(4), number.rem_euclid(4) * 3),
        CalendarUnit::Year => first_of(number, 0),
    }
}

/// The day with which a month begins; January is 0.
fn first_of(year: i64, month: i64) -> i64 {
    let leaps = |before: i64| before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let is_leap = leaps(year) != leaps(year - 1);
    let days = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before: i64 = days.iter().zip(0..month).map(|(days, _)| days).sum();
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before
}

/// The year and the month of a day; January is 0.
fn year_and_month(day: i64) -> (i64, i64) {
    let mut year = 1970 + day.div_euclid(366).min(day.div_euclid(365)); // not behind it
    while first_of(year + 1, 0) <= day {
        year += 1;
    }
    let month = (1..12).take_while(|month| first_of(year, *month) <= day).count();
    (year, month as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::time::{CalendarZone, Windows, zone};
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn days_are_those_of_the_calendar() {
        for (day, year, month) in [(0, 1970, 0), (-1, 1969, 11), (59, 1970, 2), (11_016, 2000, 1), (-719_528, 0, 0)] {
            assert_eq!(year_and_month(day), (year, month), "{day}");
        }
        assert_eq!([first_of(1970, 0), first_of(2000, 2), first_of(2100, 2)], [0, 11_017, 47_541]);
        assert_eq!((number(CalendarUnit::Week, 3), number(CalendarUnit::Week, 4)), (0, 1), "Monday was the fifth");
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_behind_the_gap() {
        let zone = CalendarZone::named("America/Sao_Paulo").unwrap();
        let (start, end) = window(Calendar { unit: CalendarUnit::Day, zone }, 1_541_336_400_000);
        assert_eq!(format!("{start} {end}"), "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z");
    }

    #[test]
    fn windows_are_those_of_the_engine() {
        let names = zone::names();
        for seed in mare_random::seeds(2_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let zone = CalendarZone::named(&names[random.random_range(0..names.len())]).unwrap();
            let unit = CalendarUnit::ALL[random.random_range(0..5)];
            let [from_s, to_s] = if random.random_ratio(1, 4) { CALENDAR_S } else { [-6_000_000_000, 4_200_000_000] };
            let time_ms = match zone.rules().following(instant(random.random_range(from_s..to_s))).next() {
                // Around a change of its clocks there is the most to go wrong.
                Some(change) if random.random() => {
                    change.timestamp().as_millisecond() + random.random_range(-90_000_000..90_000_000)
                }
                _ => random.random_range(from_s..to_s) * 1000 + random.random_range(0..1000),
            };
            let (calendar, time) = (Calendar { unit, zone }, EventTime(time_ms));
            let engines = Windows::calendar(calendar, 0).window_of(time);
            assert_eq!(window(calendar, time_ms), (engines.start, engines.end), "seed {seed}: {calendar:?} {time}");
        }
    }
}
