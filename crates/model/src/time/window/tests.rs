//! Which times belong to which windows, and when each closes.

use super::*;

const MINUTES: Windows = Windows::tumbling(60_000, 120_000);

#[test]
fn a_window_holds_its_start_and_not_its_end() {
    let window = Window { start: EventTime(60_000), end: EventTime(120_000) };
    assert_eq!(MINUTES.window_of(EventTime(60_000)), window);
    assert_eq!(MINUTES.window_of(EventTime(119_999)), window);
    assert_eq!(MINUTES.window_of(window.end).start, EventTime(120_000));
    assert_eq!(MINUTES.of_slot(window.start), window);
}

#[test]
fn a_window_is_late_from_its_close_on() {
    let window = MINUTES.window_of(EventTime(0));
    assert!(!MINUTES.is_late(window, EventTime(179_999)));
    assert!(MINUTES.is_late(window, EventTime(180_000)));
    assert!(!MINUTES.is_late(window, EventTime::MIN));
}

#[test]
fn windows_are_in_the_order_in_which_they_close() {
    let window = |start, end| Window { start: EventTime(start), end: EventTime(end) };
    let mut windows = [window(0, 30), window(20, 30), window(5, 20), Window::FIRST];
    windows.sort();
    assert_eq!(windows, [Window::FIRST, window(5, 20), window(0, 30), window(20, 30)]);
    let window = MINUTES.window_of(EventTime(0));
    assert!(MINUTES.closing(MINUTES.close(window)) <= window);
    assert!(MINUTES.closing(EventTime(MINUTES.close(window).0 + 1)) > window);
    assert_eq!(MINUTES.closing(EventTime::MIN), Window::FIRST);
}

#[test]
fn windows_that_begin_later_do_so_everywhere() {
    let days = Windows::tumbling_from(3 * 3_600_000, 86_400_000, 0);
    for time in [-1, 0, 10_799_999, 10_800_000, 97_199_999, 97_200_000] {
        let window = days.window_of(EventTime(time));
        assert!(window.start.0 <= time && time < window.end.0 && window.end.0 - window.start.0 == 86_400_000, "{time}");
        assert_eq!((window.start.0 - 10_800_000) % 86_400_000, 0, "{time}");
        assert_eq!(days.of_slot(window.start), window, "{time}");
        let from = days.slot_from(EventTime(time));
        assert_eq!(from, if window.start.0 == time { window.start } else { window.end }, "{time}");
    }
}

#[test]
fn a_time_is_in_every_window_that_holds_it_and_in_no_other() {
    for (size_ms, step_ms, offset_ms) in [(10, 4, 0), (10, 5, 3), (10, 9, 8), (3, 2, 1), (7, 1, 0)] {
        let windows = Windows { assigner: Assigner::Hopping { size_ms, step_ms, offset_ms }, lateness_ms: 2 };
        for time in (-40..40).map(EventTime) {
            let all: Vec<_> = (-60..60).filter(|start| (start - offset_ms) % step_ms == 0).map(EventTime).collect();
            let all = all.iter().map(|start| windows.of_slot(*start)).filter(|window| window.holds(time));
            let mut all: Vec<_> = all.collect();
            all.sort_by(|one, other| other.cmp(one));
            assert_eq!(windows.windows_of(time).collect::<Vec<_>>(), all, "{windows:?} {time:?}");
            assert_eq!(windows.window_of(time), all[0], "the last, {windows:?} {time:?}");
            let next = windows.of_slot(windows.behind(all[0].start, 1));
            assert!(windows.is_window_of(all[0], time) && !windows.is_window_of(next, time));
            assert!(all[1..].iter().all(|window| !windows.is_window_of(*window, time)));
            assert_eq!(windows.before(next.start, 1), all[0].start);
            let open = windows.first_open(time).expect("an open one");
            let is_open = |start| !windows.is_late(windows.of_slot(start), time);
            assert!(is_open(open) && !is_open(windows.before(open, 1)), "{windows:?} {time:?}");
        }
        assert!(!windows.is_window_of(Window::FIRST, EventTime(0)));
    }
}

/// Windows that hop, and windows that grow.
fn overlapping() -> impl Iterator<Item = Windows> {
    let hopping = [(10, 4, 0), (10, 5, 3), (10, 9, 8), (3, 2, 1), (7, 1, 0)]
        .map(|(size_ms, step_ms, offset_ms)| Assigner::Hopping { size_ms, step_ms, offset_ms });
    let cumulative = [(10, 5, 0), (12, 4, 7), (12, 3, 11), (7, 1, 3)]
        .map(|(size_ms, step_ms, offset_ms)| Assigner::Cumulative { size_ms, step_ms, offset_ms });
    hopping.into_iter().chain(cumulative).map(|assigner| Windows { assigner, lateness_ms: 2 })
}

#[test]
fn windows_that_grow_begin_together_and_are_told_by_their_last_steps() {
    for windows in overlapping() {
        let Assigner::Cumulative { size_ms, step_ms, offset_ms } = windows.assigner else { continue };
        for time in (-40..40).map(EventTime) {
            let start = (time.0 - offset_ms).div_euclid(size_ms) * size_ms + offset_ms;
            let ends = (1..=size_ms / step_ms).rev().map(|steps| start + steps * step_ms).filter(|end| *end > time.0);
            let all: Vec<_> = ends.map(|end| Window { start: EventTime(start), end: EventTime(end) }).collect();
            assert_eq!(windows.windows_of(time).collect::<Vec<_>>(), all, "{windows:?} {time:?}");
            assert_eq!(windows.window_of(time), all[0], "{windows:?} {time:?}");
            assert!(windows.is_window_of(all[0], time));
            assert!(all[1..].iter().all(|window| !windows.is_window_of(*window, time)));
            let slot = windows.slot(all[all.len() - 1]);
            assert!((slot, windows.slot_at(time)) == (windows.slot_at(time), slot) && slot <= time, "{windows:?}");
            for window in &all {
                let slot = windows.slot(*window);
                assert!(windows.has(*window) && windows.of_slot(slot) == *window, "{window:?}");
                assert_eq!((windows.name(slot), windows.slot_named(window.end)), (window.end, slot));
                assert_eq!(windows.is_tile(slot), *window == all[0], "{window:?}");
                let shorter = Window { end: EventTime(window.end.0 - 1), ..*window };
                assert!(step_ms == 1 || !windows.has(shorter), "{shorter:?}");
            }
            assert_eq!(windows.before(windows.behind(slot, 3), 3), slot);
            let open = windows.first_open(time).expect("an open one");
            let is_open = |slot| !windows.is_late(windows.of_slot(slot), time);
            assert!(is_open(open) && !is_open(windows.before(open, 1)), "{windows:?} {time:?}");
        }
        assert!(!windows.has(Window { start: EventTime(offset_ms), end: EventTime(offset_ms + size_ms + step_ms) }));
        assert!(!windows.has(Window { start: EventTime(offset_ms + step_ms), end: EventTime(offset_ms + size_ms) }));
    }
}

#[test]
fn a_pane_has_the_windows_of_an_event_that_are_open_and_no_other() {
    for windows in overlapping() {
        for (time, promise) in
            (-30..30).flat_map(|time| (-60..60).chain([i64::MIN]).map(move |promise| (time, promise)))
        {
            let (time, promise) = (EventTime(time), EventTime(promise));
            let last = windows.window_of(time);
            if windows.is_late(last, promise) {
                continue;
            }
            let mut open: Vec<_> = windows.windows_of(time).filter(|of| !windows.is_late(*of, promise)).collect();
            open.reverse();
            let pane = windows.pane(last, time, promise);
            assert_eq!(windows.of_pane(pane).collect::<Vec<_>>(), open, "{windows:?} {time:?} {promise:?}");
        }
    }
    let minutes = Windows::tumbling(60_000, 0);
    let window = minutes.window_of(EventTime(0));
    assert_eq!(minutes.pane(window, EventTime(0), EventTime::MIN), window);
    assert_eq!(minutes.of_pane(window).collect::<Vec<_>>(), [window]);
}

#[test]
fn of_windows_that_overlap_those_are_added_up_that_each_time_is_in_once() {
    let windows = Windows::hopping(12, 4, 7);
    let tiles = windows.tiles().expect("a multiple");
    assert_eq!((tiles, tiles.tiles()), (Windows::tumbling(12, 7), Some(tiles)));
    for time in (-30..30).map(EventTime) {
        let of = windows.windows_of(time).filter(|window| windows.is_tile(window.start)).collect::<Vec<_>>();
        assert_eq!(of, [tiles.window_of(time)], "{time:?}");
    }
    assert_eq!(Windows::hopping(10, 4, 0).tiles(), None);
}

#[test]
fn a_start_is_rounded_up() {
    let from = |time| MINUTES.slot_from(EventTime(time)).0;
    assert_eq!([from(0), from(1), from(-1), from(60_000), from(i64::MAX)], [0, 60_000, 0, 60_000, i64::MAX]);
}

#[test]
fn without_windows_all_times_are_in_one_that_never_closes() {
    let (global, times) = (Windows::global(), [EventTime(-9), EventTime(0), EventTime(1_764_331_200_000)]);
    for time in times {
        assert_eq!(global.windows_of(time).collect::<Vec<_>>(), [Window::ALL]);
        assert!(global.is_window_of(Window::ALL, time) && !global.is_window_of(Window::FIRST, time));
        assert!(!global.is_late(global.window_of(time), EventTime(i64::MAX - 1)));
        let slot = global.slot(Window::ALL);
        assert_eq!((global.of_slot(slot), global.slot_at(time)), (Window::ALL, slot));
        assert_eq!(global.first_open(time).unwrap_or(slot), slot, "it is open");
        assert!(global.has(Window::ALL) && !global.has(MINUTES.window_of(time)));
        assert!(global.is_tile(slot) && !global.overlap());
        assert_eq!(global.of_pane(global.pane(Window::ALL, time, time)).collect::<Vec<_>>(), [Window::ALL]);
    }
    assert_eq!((global.close(Window::ALL), global.open_ms_max()), (EventTime::MAX, i64::MAX));
    assert_eq!(global.tiles(), Some(global));
}
