//! Calendar windows by table, and their law at random.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::super::Windows;
use super::*;

fn windows(unit: CalendarUnit, zone: &str) -> Windows {
    Windows::calendar(Calendar { unit, zone: CalendarZone::named(zone).unwrap() }, 0)
}

/// The start and the end of the window of `time`.
fn of(unit: CalendarUnit, zone: &str, time: &str) -> String {
    let time = EventTime(time.parse::<Timestamp>().unwrap().as_millisecond());
    let Window { start, end } = windows(unit, zone).window_of(time);
    assert!(start <= time && time < end, "{zone} {time}");
    format!("{start} {end}")
}

#[test]
fn units_begin_with_their_first_day() {
    for (unit, time, expected) in [
        (CalendarUnit::Day, "2025-11-28T02:59:59.999Z", "2025-11-27T03:00:00Z 2025-11-28T03:00:00Z"),
        (CalendarUnit::Day, "2025-11-28T03:00:00Z", "2025-11-28T03:00:00Z 2025-11-29T03:00:00Z"),
        (CalendarUnit::Week, "2025-11-28T12:00:00Z", "2025-11-24T03:00:00Z 2025-12-01T03:00:00Z"),
        (CalendarUnit::Month, "2024-02-29T12:00:00Z", "2024-02-01T03:00:00Z 2024-03-01T03:00:00Z"),
        (CalendarUnit::Quarter, "2025-11-28T12:00:00Z", "2025-10-01T03:00:00Z 2026-01-01T03:00:00Z"),
        (CalendarUnit::Year, "2025-01-01T02:00:00Z", "2024-01-01T03:00:00Z 2025-01-01T03:00:00Z"),
    ] {
        assert_eq!(of(unit, "America/Sao_Paulo", time), expected, "{unit:?} {time}");
    }
    assert_eq!(of(CalendarUnit::Week, "UTC", "1969-12-31T12:00:00Z"), "1969-12-29T00:00:00Z 1970-01-05T00:00:00Z");
}

#[test]
fn days_are_as_long_as_their_clocks_make_them() {
    for (zone, time, expected) in [
        // Midnight does not exist: 23 hours, from 01:00.
        ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z"),
        // The last hour comes twice: 25 hours.
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z 2018-02-18T03:00:00Z"),
        ("Europe/Lisbon", "2025-03-30T12:00:00Z", "2025-03-30T00:00:00Z 2025-03-30T23:00:00Z"),
        ("Europe/Lisbon", "2025-10-26T12:00:00Z", "2025-10-25T23:00:00Z 2025-10-27T00:00:00Z"),
        // A gap around midnight, from 23:30 to 00:30.
        ("America/Toronto", "1919-03-31T12:00:00Z", "1919-03-31T04:30:00Z 1919-04-01T04:00:00Z"),
        // Midnight comes twice, and so does the first minute of the new day.
        ("America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-07T02:30:00Z 2010-11-08T03:30:00Z"),
        ("America/Havana", "2025-11-02T04:30:00Z", "2025-11-02T04:00:00Z 2025-11-03T05:00:00Z"),
        // There was no 30th of December.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z 2011-12-31T10:00:00Z"),
        // And the 19th of October began, went back to the 18th, and came again.
        ("America/Juneau", "1867-10-19T00:00:00Z", "1867-10-18T08:57:41Z 1867-10-20T08:57:41Z"),
    ] {
        assert_eq!(of(CalendarUnit::Day, zone, time), expected, "{zone} {time}");
    }
}

#[test]
fn what_lies_outside_the_calendar_is_a_window_too() {
    assert_eq!(FIRST.timestamp(), Some(Timestamp::MIN));
    assert_eq!((BEYOND.0 - 1, BEYOND.timestamp()), (Timestamp::MAX.as_millisecond(), None));
    for unit in CalendarUnit::ALL {
        for zone in ["UTC", "Pacific/Apia", "Pacific/Niue", "America/Sao_Paulo"] {
            let windows = windows(unit, zone);
            assert_eq!(windows.window_of(EventTime::MIN), Window { start: EventTime::MIN, end: FIRST });
            let last = windows.window_of(EventTime(BEYOND.0 - 1));
            assert_eq!((windows.window_of(FIRST).start, last.end), (FIRST, BEYOND), "{unit:?} {zone}");
            assert_eq!(windows.window_of(EventTime::MAX), Window { start: BEYOND, end: EventTime::MAX });
            assert_eq!(windows.close(windows.window_of(EventTime::MAX)), EventTime::MAX);
            assert_eq!(windows.before(EventTime::MIN, 9), EventTime::MIN);
            assert_eq!(windows.behind(EventTime::MAX, 9), EventTime::MAX);
        }
    }
}

#[test]
fn windows_tile_time() {
    let names = super::super::zone::names();
    for seed in mare_random::seeds(4_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let zone = &*names[random.random_range(0..names.len())];
        let unit = CalendarUnit::ALL[random.random_range(0..5)];
        let years = if random.random() { FIRST.0..BEYOND.0 } else { -6_000_000_000_000..4_200_000_000_000 };
        let (time, windows) = (EventTime(random.random_range(years)), windows(unit, zone));
        let window = windows.window_of(time);
        let of = format!("seed {seed}: {unit:?} {zone} {time} {window:?}");
        assert!(window.start <= time && time < window.end, "{of}");
        for inside in [window.start.0, window.end.0 - 1, random.random_range(window.start.0..window.end.0)] {
            assert_eq!(windows.window_of(EventTime(inside)), window, "{of} {inside}");
        }
        let (before, behind) = (windows.window_of(EventTime(window.start.0 - 1)), windows.window_of(window.end));
        assert_eq!((before.end, behind.start), (window.start, window.end), "{of}");
        assert_eq!((windows.before(window.start, 1), windows.behind(window.start, 1)), (before.start, behind.start));
        assert_eq!(windows.of_slot(window.start), window, "{of}");
        assert_eq!(windows.slot_from(window.start), window.start, "{of}");
        assert_eq!(windows.slot_from(EventTime(window.start.0 + 1)), window.end, "{of}");
        assert_eq!(windows.first_open(window.end), Some(window.end), "{of}");
        assert_eq!(windows.first_open(EventTime(window.end.0 - 1)), Some(window.start), "{of}");
        let is_of_our_time = window.start.0 > 0 && window.end.0 < 4_200_000_000_000;
        assert!(!is_of_our_time || window.end.0 - window.start.0 <= unit.length_ms_max(), "{of}");
    }
}
