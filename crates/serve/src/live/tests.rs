//! What is in memory is what the sink would answer, and it stays bounded.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::fixture::Memory;
use mare_dataflow::fixture::documents as fixture;
use mare_sink::Query;

fn change(group: &str, window: i64, n: i64) -> Change {
    fixture::change(fixture::key(group, window * 60_000), fixture::total(n, &[i128::from(n) * 10]))
}

fn live_of(bounds: LiveLimits) -> Live {
    Live::new(fixture::sales().layout(), bounds)
}

/// What the document of [`change`] says.
fn figures(group: &str, window: i64, n: i64) -> Figures {
    fixture::sales().layout().figures(&change(group, window, n))
}

fn starts(live: &Live) -> Vec<i64> {
    live.snapshot().windows.keys().map(|start| start.0 / 60_000).collect()
}

#[test]
fn the_larger_version_wins_and_a_final_one_is_last() {
    let live = live_of(LiveLimits::default());
    let mut listener = live.subscribe(None);
    live.durable(vec![change("a", 0, 2), change("b", 0, 1)]);
    live.durable(vec![change("a", 0, 1), change("b", 0, 3)]);
    live.durable(vec![Change { is_final: true, ..change("a", 0, 2) }]);
    live.durable(vec![change("a", 0, 2), change("b", 0, 3)]);
    let found = live.snapshot().find(&Query::all(9));
    assert_eq!(found, [Figures { is_final: true, ..figures("a", 0, 2) }, figures("b", 0, 3)]);
    let news: Vec<_> = std::iter::from_fn(|| listener.news.try_recv().ok()).collect();
    let told: Vec<_> = news.iter().map(|news| (news.sequence, news.changes.len())).collect();
    assert_eq!(told, [(1, 2), (2, 1), (3, 1)], "what was known is no news");
}

#[test]
fn sessions_that_start_together_keep_their_own_ends() {
    let mut plan = fixture::sales();
    plan.outputs[0].view.windows = mare_model::time::Windows::sessions(60_000, 0);
    let live = Live::new(plan.layout(), LiveLimits::default());
    let of = |group, end| {
        let mut change = Change { is_final: true, ..change(group, 0, 1) };
        change.key.window.end = EventTime(end);
        change
    };
    let changes = [of("a", 60_000), of("b", 90_000)];
    live.durable(changes.to_vec());
    let found = live.snapshot().find(&Query::all(9));
    assert_eq!(found, changes.each_ref().map(|change| plan.layout().figures(change)));
}

#[test]
fn the_oldest_windows_leave_first() {
    let live = live_of(LiveLimits { windows: 3, documents: 5 });
    live.is_complete_from(EventTime::MIN);
    live.durable((0..4).map(|window| change("a", window, 1)).collect());
    assert_eq!(starts(&live), [1, 2, 3]);
    assert!(!live.snapshot().has_all_from(EventTime(0)) && live.snapshot().has_all_from(EventTime(60_000)));
    live.durable(vec![change("a", 0, 5), change("b", 2, 1), change("b", 3, 1)]);
    assert_eq!(starts(&live), [1, 2, 3], "a window that has left does not come back");
    live.durable(vec![change("c", 3, 1)]);
    assert_eq!(starts(&live), [2, 3], "too many documents");
    let big = (0..7).map(|group| change(&group.to_string(), 4, 1)).collect();
    live.durable(big);
    assert_eq!(starts(&live), [] as [i64; 0], "one window that is too large for itself");
    assert!(live.snapshot().answer(&Query { from: EventTime(240_000), ..Query::all(1) }).is_none());
}

#[test]
fn a_snapshot_stays_as_it_is() {
    let live = live_of(LiveLimits::default());
    live.durable(vec![change("a", 0, 1)]);
    let before = live.snapshot();
    live.durable(vec![change("a", 0, 2), change("a", 1, 1)]);
    assert_eq!(before.find(&Query::all(9)), [figures("a", 0, 1)]);
}

#[test]
fn who_comes_back_hears_what_it_has_missed() {
    let live = live_of(LiveLimits::default());
    let missed = |after| live.subscribe(Some(after)).missed.map(|missed| missed.len());
    assert_eq!((missed(0), missed(1)), (Some(0), None), "there has been no batch 1");
    for n in 1..=3 {
        live.durable(vec![change("a", 0, n)]);
    }
    assert_eq!((missed(0), missed(2), missed(3), missed(4)), (Some(3), Some(1), Some(0), None));
    let many = i64::try_from(KEPT_CHANGES).expect("few");
    live.durable((0..many).map(|group| change(&group.to_string(), 1, 1)).collect());
    assert_eq!((missed(2), missed(3)), (None, Some(1)), "the batches before are not kept");
}

#[test]
fn who_is_too_slow_is_told() {
    let live = live_of(LiveLimits::default());
    let mut listener = live.subscribe(None);
    for n in 0..=BATCHES_BEHIND as i64 {
        live.durable(vec![change("a", 0, n + 1)]);
    }
    assert_eq!(listener.news.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1)));
}

#[test]
fn it_answers_as_the_sink_does() {
    let seed = mare_random::seed();
    let mut random = StdRng::seed_from_u64(seed);
    let groups = ["", "a", "a b", "a!", r"a\|b", r"a\\", "b", "~", "ção"];
    for round in 0..200 {
        let keys = (0..random.random_range(0..40)).map(|_| (random.random_range(0..9), random.random_range(-5..5)));
        let keys: std::collections::BTreeSet<(usize, i64)> = keys.collect();
        let changes: Vec<Change> = keys.iter().map(|(group, window)| change(groups[*group], *window, 1)).collect();
        let sink = Memory::new(&fixture::sales(), changes.clone());
        let live = live_of(LiveLimits::default());
        live.durable(changes);
        live.is_complete_from(EventTime::MIN);
        for _ in 0..20 {
            let mut time = || EventTime(random.random_range(-6..6) * 60_000);
            let (from, to, window) = (time(), time(), time());
            let (group, cursor) = (groups[random.random_range(0..9)], groups[random.random_range(0..9)]);
            let after = (window, sink.layout.id(&fixture::key(cursor, window.0)));
            let query = Query {
                from: if random.random() { from } else { EventTime::MIN },
                to: if random.random() { to } else { EventTime::MAX },
                group: random.random_bool(0.3).then(|| group.into()),
                newest_first: random.random(),
                any_order: false,
                after: random.random::<bool>().then_some(after),
                limit: random.random_range(1..20),
            };
            let answer = live.snapshot().answer(&query).expect("everything is here");
            let expected: Vec<_> = sink.totals(&query).iter().map(|change| sink.layout.figures(change)).collect();
            assert_eq!(answer, expected, "seed {seed}, round {round}: {query:?}");
        }
    }
}

#[test]
fn the_newest_pages_need_not_know_everything() {
    let live = live_of(LiveLimits::default());
    live.durable(vec![change("a", 5, 1), change("b", 5, 1), change("a", 6, 1)]);
    let newest = |limit| Query { newest_first: true, ..Query::all(limit) };
    assert_eq!(live.snapshot().answer(&newest(1)), None, "nothing is known to be everything");
    live.is_complete_from(EventTime(300_000));
    assert_eq!(live.snapshot().answer(&newest(3)).map(|found| found.len()), Some(3));
    assert_eq!(live.snapshot().answer(&newest(4)), None, "the rest may be older");
    assert_eq!(live.snapshot().answer(&Query::all(1)), None, "the oldest are elsewhere");
}

#[test]
fn what_stood_in_the_sink_is_loaded_from_the_newest_on() {
    let plan = fixture::sales();
    let layout = plan.layout();
    let all: Vec<Change> = (0..30).flat_map(|window| ["a", "b"].map(|group| change(group, window, 2))).collect();
    let live = live_of(LiveLimits { windows: 10, documents: 1_000 });
    live.durable(vec![change("a", 29, 3), change("b", 29, 1)]);
    live.load(&layout, &mut Memory::new(&plan, all.clone())).expect("readable");
    assert_eq!(starts(&live), (20..30).collect::<Vec<_>>());
    let newest = live.snapshot().answer(&Query { from: EventTime(29 * 60_000), ..Query::all(9) });
    assert_eq!(newest, Some(vec![figures("a", 29, 3), figures("b", 29, 2)]), "the more complete ones");
    assert!(!live.snapshot().has_all_from(EventTime(19 * 60_000)));

    let roomy = live_of(LiveLimits::default());
    roomy.load(&layout, &mut Memory::new(&plan, all)).expect("readable");
    assert!(roomy.snapshot().has_all_from(EventTime::MIN));
}

/// Whoever asks is told of them by the sink.
#[test]
fn what_is_not_understood_is_not_taken_for_absent() {
    let live = live_of(LiveLimits::default());
    let mut sink = Memory::new(&fixture::sales(), vec![change("a", 3, 1), change("a", 5, 1)]);
    live.load(&fixture::sensors().layout(), &mut sink).expect("readable");
    assert!(!live.snapshot().has_all_from(EventTime(300_000)) && live.snapshot().has_all_from(EventTime(360_000)));
}

#[test]
fn a_sink_that_is_away_leaves_it_open_what_is_everything() {
    let plan = fixture::sales();
    let live = live_of(LiveLimits::default());
    let mut sink = Memory::new(&plan, vec![change("a", 0, 1)]);
    *sink.is_away.lock().expect("whole") = true;
    assert!(live.load(&plan.layout(), &mut sink).is_err());
    assert_eq!(live.snapshot().complete_from, None);
}
