//! Fragments in any order and any epochs come to the sessions of the reference model, and the updates to what stands.

use std::collections::BTreeMap;

use mare_reference::sessions::sessions;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::tests::plan::plan;
use mare_model::time::Windows;

const GAP_MS: i64 = 10;

/// Views of which the first has sessions.
fn views() -> Rc<[View]> {
    let mut view = plan("0ms", "1ms").view().clone();
    view.windows = Windows::sessions(GAP_MS, 3);
    view.measures.clear();
    [view].into()
}

/// One event as a fragment of its own.
fn event(group: &str, time: i64) -> Key {
    let window = Window { start: EventTime(time), end: EventTime(time + GAP_MS) };
    Key { view: ViewId(0), window, group: group.into() }
}

fn one() -> Total {
    Total { n: 1, ..Total::default() }
}

/// What is put in and taken out in the epochs before `boundary` comes to, key by key.
fn standing(changes: &[(Epoch, Key, Total)], boundary: Epoch) -> BTreeMap<Key, i64> {
    let mut standing = BTreeMap::new();
    for (_, key, total) in changes.iter().filter(|(epoch, ..)| *epoch < boundary) {
        *standing.entry(key.clone()).or_insert(0) += total.n;
    }
    standing.retain(|_, n| *n != 0);
    standing
}

/// The sessions of events, each with how many it has.
fn expected(events: &[(usize, i64)]) -> BTreeMap<Key, i64> {
    let of_group = |group: usize| {
        let times = events.iter().filter(|(of, _)| *of == group).map(|(_, time)| (*time, ())).collect();
        sessions(GAP_MS, times).into_iter().map(move |session| {
            let window = Window { start: EventTime(session.start_ms), end: EventTime(session.end_ms) };
            let key = Key { view: ViewId(0), window, group: group.to_string().into() };
            (key, session.events.len() as i64)
        })
    };
    (0..3).flat_map(of_group).collect()
}

#[test]
fn fragments_in_any_order_come_to_the_sessions_of_their_events_at_each_boundary() {
    for seed in mare_random::seeds(300) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (mut operator, mut changes, mut events) = (Sessions::new(views()), Vec::new(), Vec::new());
        for epoch in 0..6 {
            let mut of_epoch: Vec<_> = (0..random.random_range(0..12))
                .map(|_| (random.random_range(0..3), random.random_range(0..120)))
                .collect();
            of_epoch.shuffle(&mut random);
            for (group, time) in &of_epoch {
                let fragment = event(&group.to_string(), *time);
                let give = &mut |key: &Key, total: &Total| changes.push((Epoch(epoch), key.clone(), total.clone()));
                operator.fold(fragment, one(), give);
            }
            events.push(of_epoch);
        }
        for boundary in 0..=6 {
            let read = events[..boundary].concat();
            let found = standing(&changes, Epoch(boundary as u64));
            assert_eq!(found, expected(&read), "seed {seed} before epoch {boundary}");
        }
        let open: BTreeMap<_, _> = operator.open.iter().map(|(key, total)| (key.clone(), total.n)).collect();
        assert_eq!(open, expected(&events.concat()), "seed {seed}");
    }
}

#[test]
fn a_session_is_forgotten_a_gap_and_the_lateness_behind_its_end() {
    let mut operator = Sessions::new(views());
    for (group, time) in [("a", 0), ("a", 9), ("a", 19), ("b", 5)] {
        operator.fold(event(group, time), one(), &mut |_, _| {});
    }
    let open = |operator: &Sessions| operator.open.keys().map(|key| key.window.end.0).collect::<Vec<_>>();
    assert_eq!(open(&operator), [15, 19, 29], "an event exactly a gap behind begins the next");
    operator.close(EventTime(27));
    assert_eq!(open(&operator), [15, 19, 29]);
    operator.close(EventTime(28));
    assert_eq!((open(&operator), operator.groups.len()), (vec![19, 29], 1));
    operator.close(EventTime(42));
    assert!(operator.open.is_empty() && operator.groups.is_empty());
}

#[test]
fn a_fragment_between_two_sessions_makes_one_of_them() {
    let mut operator = Sessions::new(views());
    let mut changes = Vec::new();
    for time in [0, 15, 8] {
        operator.fold(event("a", time), one(), &mut |_, total| changes.push(total.n));
    }
    let found: Vec<_> =
        operator.open.iter().map(|(key, total)| (key.window.start.0, key.window.end.0, total.n)).collect();
    assert_eq!(found, [(0, 25, 3)]);
    assert_eq!(changes, [1, 1, -1, -1, 3], "each is put in, and both that were are taken out");
}
