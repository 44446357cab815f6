//! The rules, one by one.

use super::*;

const MINUTES: WindowRule = WindowRule::Every { size_ms: 60_000, offset_ms: 0 };
const RULES: Rules = Rules { windows: MINUTES, lateness_ms: 30_000, confirm: 1, dedups: false };

/// What becomes of events at these times, of ids that are their own; one behind the other in one partition.
fn fates(rules: Rules, times: &[(i64, &str)]) -> Vec<Fate> {
    let mut model = Model::new(rules);
    times.iter().map(|(time_ms, id)| model.take(0, Some(event(*time_ms, id)))).collect()
}

fn event(time_ms: i64, id: &str) -> Event<'_> {
    Event { time_ms, group: "a", id, amount: Some(5), is_wanted: true, cancels: false }
}

#[test]
fn a_window_closes_with_the_first_event_at_its_close() {
    let before = [(0, "a"), (89_999, "b"), (59_999, "c")];
    assert_eq!(fates(RULES, &before), [Fate::Counted; 3]);
    let at = [(0, "a"), (90_000, "b"), (59_999, "c"), (60_000, "d")];
    assert_eq!(fates(RULES, &at), [Fate::Counted, Fate::Counted, Fate::Late, Fate::Counted]);
    let below = [(-1, "a"), (30_000, "b"), (-60_000, "c"), (0, "d")];
    assert_eq!(fates(RULES, &below), [Fate::Counted, Fate::Counted, Fate::Late, Fate::Counted]);
}

#[test]
fn windows_may_be_told_by_where_they_begin() {
    let rules = Rules { windows: WindowRule::Between(&[0, 60_000, 80_000, 200_000]), ..RULES };
    let times = [(0, "a"), (109_999, "b"), (60_000, "c"), (110_000, "d"), (79_999, "e"), (80_000, "f")];
    let [counted, late] = [Fate::Counted, Fate::Late];
    assert_eq!(fates(rules, &times), [counted, counted, counted, counted, late, counted]);
}

#[test]
fn of_windows_that_overlap_each_closes_for_itself() {
    let windows = WindowRule::Hopping { size_ms: 60_000, step_ms: 25_000, offset_ms: 0 };
    let mut model = Model::new(Rules { windows, dedups: true, ..RULES });
    // The windows of 52,000 begin at 50,000, 25,000 and 0, and close at 140,000, 115,000 and 90,000.
    let [counted, late, duplicate] = [Fate::Counted, Fate::Late, Fate::Duplicate];
    let times = [
        (52_000, "a", counted),
        (100_000, "b", counted),
        (52_000, "a", duplicate),
        (52_000, "c", counted),
        (140_000, "d", counted),
        (52_000, "e", late),
    ];
    for (time_ms, id, expected) in times {
        assert_eq!(model.take(0, Some(event(time_ms, id))), expected, "{time_ms} {id}");
    }
    let events: Vec<_> = model.totals().iter().map(|((start, _), total)| (*start, total.events)).collect();
    let expected = [(0, 1), (25_000, 2), (50_000, 3), (75_000, 1), (100_000, 2), (125_000, 1)];
    assert_eq!(events, expected, "c came when the first of its windows had closed");
}

#[test]
fn of_windows_that_grow_each_closes_for_itself() {
    let windows = WindowRule::Cumulative { size_ms: 60_000, step_ms: 20_000, offset_ms: 10_000 };
    let mut model = Model::new(Rules { windows, lateness_ms: 0, dedups: true, ..RULES });
    // The windows of 12,000 begin at 10,000, and end, and close, at 30,000, 50,000 and 70,000.
    let [counted, late, duplicate] = [Fate::Counted, Fate::Late, Fate::Duplicate];
    let times = [
        (12_000, "a", counted),
        (31_000, "b", counted),
        (12_000, "a", duplicate),
        (12_000, "c", counted),
        (70_000, "d", counted),
        (69_999, "e", late),
    ];
    for (time_ms, id, expected) in times {
        assert_eq!(model.take(0, Some(event(time_ms, id))), expected, "{time_ms} {id}");
    }
    let events: Vec<_> = model.totals().iter().map(|((told, _), total)| (*told, total.events)).collect();
    let expected = [(10_000, 1), (30_000, 3), (50_000, 3), (70_000, 1), (90_000, 1), (110_000, 1)];
    assert_eq!(events, expected, "c came when the first of its windows had closed");
}

#[test]
fn what_is_late_or_repeated_moves_nothing() {
    let rules = Rules { dedups: true, ..RULES };
    let times = [(0, "a"), (1, "a"), (60_000, "a"), (119_000, "a"), (0, "b")];
    let expected = [Fate::Counted, Fate::Duplicate, Fate::Counted, Fate::Duplicate, Fate::Counted];
    assert_eq!(fates(rules, &times), expected, "else the repeated one at 119,000 would have closed the first window");
}

#[test]
fn what_nobody_wants_is_evidence_of_time() {
    let mut model = Model::new(RULES);
    let unwanted = |time_ms| Event { is_wanted: false, ..event(time_ms, "a") };
    assert_eq!(model.take(0, Some(unwanted(90_000))), Fate::Filtered);
    assert_eq!(model.take(0, Some(event(0, "a"))), Fate::Late);
    assert_eq!(model.take(0, Some(unwanted(0))), Fate::Filtered, "late or not");
    assert!(model.totals().is_empty());
}

#[test]
fn a_time_counts_once_so_many_have_confirmed_it() {
    let mut model = Model::new(Rules { confirm: 2, ..RULES });
    assert_eq!(model.take(0, Some(event(900_000, "a"))), Fate::Counted);
    assert_eq!((model.watermark_ms(0), model.unconfirmed_ms(0)), (None, vec![900_000]));
    assert_eq!(model.take(0, Some(event(0, "b"))), Fate::Counted);
    assert_eq!((model.watermark_ms(0), model.unconfirmed_ms(0)), (Some(0), vec![900_000]));
    assert_eq!(model.take(0, Some(event(900_000, "c"))), Fate::Counted);
    assert_eq!((model.watermark_ms(0), model.unconfirmed_ms(0)), (Some(900_000), vec![]));
    assert_eq!(model.take(0, Some(event(0, "d"))), Fate::Late);
}

#[test]
fn the_events_of_a_record_are_judged_one_by_one_and_have_one_time() {
    let mut model = Model::new(Rules { confirm: 2, dedups: true, ..RULES });
    let [counted, duplicate, dead] = [Fate::Counted, Fate::Duplicate, Fate::Dead];
    let fates =
        model.take_all(0, &[Some(event(900_000, "a")), None, Some(event(900_000, "a")), Some(event(900_000, "b"))]);
    assert_eq!(fates, [counted, dead, duplicate, counted]);
    assert_eq!((model.watermark_ms(0), model.unconfirmed_ms(0)), (None, vec![900_000]), "it is confirmed once");
    assert_eq!(model.take_all(0, &[Some(event(900_000, "c")), Some(event(900_000, "d"))]), [counted, counted]);
    assert_eq!(model.take_all(0, &[Some(event(0, "e")), Some(event(0, "f"))]), [Fate::Late; 2]);
    assert_eq!((model.counts(0).read, model.counts(0).counted), (8, 4));
}

#[test]
fn an_event_without_an_amount_is_an_event_still() {
    let of = |amounts: &[Option<i128>]| amounts.iter().fold(Total::default(), |all, one| all.and(Total::of(*one)));
    let none = Total { events: 2, live: 2, ..Total::default() };
    assert_eq!(of(&[None, None]), none);
    let some = Total { events: 3, live: 3, present: 2, sum: -2, squares: 34, least: Some(-5), greatest: Some(3) };
    assert_eq!(of(&[Some(-5), None, Some(3)]), some);
    assert_eq!(none.and(some), Total { events: 5, live: 5, ..some });
    assert_eq!([none, some].map(|total| total.mean(0)), [None, Some(-1)]);
    let third = of(&[Some(5), Some(3), Some(2)]);
    assert_eq!([-1, 0, 1, 3].map(|digits| third.mean(digits)), [0, 3, 33, 3_333].map(Some));
    let half = of(&[Some(-3), Some(0)]);
    assert_eq!([-1, 0, 1].map(|digits| half.mean(digits)), [0, -2, -15].map(Some), "the even one");
}

#[test]
fn how_far_amounts_are_from_their_mean() {
    let of = |amounts: &[i128]| amounts.iter().fold(Total::default(), |all, one| all.and(Total::of(Some(*one))));
    let all = of(&[2, 4, 4, 4, 5, 5, 7, 9]).and(Total::of(None));
    assert_eq!([true, false].map(|sample| all.variance(sample, 2)), [457, 400].map(Some));
    assert_eq!([true, false].map(|sample| all.deviation(sample, 2)), [214, 200].map(Some));
    let halves = [of(&[0, 1]), of(&[0, 3])];
    assert_eq!(halves.map(|total| total.variance(true, 0)), [0, 4].map(Some), "the even one");
    assert_eq!(halves.map(|total| total.deviation(false, 0)), [0, 2].map(Some), "the even one");
    assert_eq!([true, false].map(|sample| of(&[7]).deviation(sample, 0)), [None, Some(0)]);
    assert_eq!(of(&[]).variance(false, 0), None);
}

#[test]
fn partitions_are_on_their_own_and_add_up() {
    let mut model = Model::new(RULES);
    model.close_before(2, 90_000);
    for (partition, event) in
        [(0, Some(event(900_000, "a"))), (1, Some(event(0, "b"))), (2, Some(event(0, "c"))), (1, None)]
    {
        model.take(partition, event);
    }
    let totals: Vec<_> = model.totals().iter().map(|((start, _), total)| (*start, total.events, total.sum)).collect();
    assert_eq!(totals, [(0, 1, 5), (900_000, 1, 5)]);
    let counts =
        [0, 1, 2, 3].map(|partition| model.counts(partition)).map(|it| (it.read, it.counted, it.late, it.dead));
    assert_eq!(counts, [(1, 1, 0, 0), (2, 1, 0, 1), (1, 0, 1, 0), (0, 0, 0, 0)]);
    assert_eq!(model.partitions().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_session_goes_on_until_nothing_comes_for_the_gap() {
    let rules = Rules { windows: WindowRule::Session { gap_ms: 100 }, lateness_ms: 20, ..RULES };
    let mut model = Model::new(rules);
    let mut take = |time_ms| {
        let id = format!("{time_ms}");
        model.take(0, Some(Event { time_ms, group: "a", id: &id, amount: Some(1), is_wanted: true, cancels: false }))
    };
    for (time_ms, fate) in [(1_000, Fate::Counted), (1_099, Fate::Counted), (1_199, Fate::Counted)] {
        assert_eq!(take(time_ms), fate);
    }
    // Of the first session, and late; it would join two of them otherwise.
    assert_eq!(
        (take(1_300), take(1_180), take(1_179), take(1_181)),
        (Fate::Counted, Fate::Late, Fate::Late, Fate::Counted)
    );
    let sessions: Vec<_> =
        model.sessions().into_iter().map(|((start, _), (end, it))| (start, end, it.events)).collect();
    assert_eq!(sessions, [(1_000, 1_299, 4), (1_300, 1_400, 1)]);
    let certain = |watermark| {
        let mut model = model.clone();
        model.hear(0, watermark);
        (model.is_certain(1_299, 1), model.is_certain(1_400, 1), model.is_certain(1_299, 2))
    };
    assert_eq!(
        (certain(1_418), certain(1_419), certain(1_520)),
        ((false, false, false), (true, false, false), (true, true, false))
    );
}

/// What becomes of orders and cancellations, told by a `-` before the id, with amounts that are their times.
fn cancelled(rules: Rules, times: &[(i64, &str, Fate)]) -> Vec<(i64, i64, i64, i128)> {
    let mut model = Model::new(rules);
    for (time_ms, id, expected) in times {
        let (id, cancels) = id.strip_prefix('-').map_or((*id, false), |id| (id, true));
        let event = Event { amount: Some((*time_ms).into()), cancels, ..event(*time_ms, id) };
        assert_eq!(model.take(0, Some(event)), *expected, "{time_ms} {id} {cancels}");
    }
    let total = |(key, total): (&(i64, String), &Total)| (key.0, total.events, total.live, total.sum);
    model.totals().iter().map(total).collect()
}

#[test]
fn a_cancellation_takes_its_order_back_where_that_was_counted() {
    let [counted, late, duplicate] = [Fate::Counted, Fate::Late, Fate::Duplicate];
    let rules = Rules { dedups: true, ..RULES };
    let times = [
        (10, "a", counted),
        (20, "b", counted),
        (70_000, "-a", counted),
        (70_001, "-a", duplicate),
        (10, "a", duplicate),
        (70_002, "-c", late),
        (30, "c", duplicate),
        (90_000, "d", counted),
        (90_001, "-b", late),
    ];
    assert_eq!(cancelled(rules, &times), [(0, 3, 1, 20), (60_000, 1, 1, 90_000)]);
}

#[test]
fn a_cancellation_takes_back_from_the_windows_that_are_open() {
    let windows = WindowRule::Hopping { size_ms: 60_000, step_ms: 25_000, offset_ms: 0 };
    // The windows of 52,000 begin at 50,000, 25,000 and 0, and close at 140,000, 115,000 and 90,000.
    let times = [
        (52_000, "a", Fate::Counted),
        (100_000, "b", Fate::Counted),
        (100_001, "-a", Fate::Counted),
        (140_000, "c", Fate::Counted),
        (140_001, "-a", Fate::Late),
    ];
    let found = cancelled(Rules { windows, dedups: true, ..RULES }, &times);
    let first: Vec<_> = found.into_iter().take(3).collect();
    assert_eq!(first, [(0, 1, 1, 52_000), (25_000, 2, 0, 0), (50_000, 3, 1, 100_000)]);
}

#[test]
fn without_ids_a_cancellation_has_an_amount_of_its_own() {
    let times = [(10, "a", Fate::Counted), (60_000, "-a", Fate::Counted), (20, "-x", Fate::Counted)];
    assert_eq!(cancelled(RULES, &times), [(0, 2, 0, -10), (60_000, 1, -1, -60_000)]);
    let late = [(90_000, "a", Fate::Counted), (10, "-a", Fate::Late)];
    assert_eq!(cancelled(RULES, &late), [(60_000, 1, 1, 90_000)]);
}
