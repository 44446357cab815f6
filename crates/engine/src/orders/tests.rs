//! Orders by themselves.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;

const WINDOWS: Windows = Windows::tumbling(10, 20);

fn window(start: i64) -> Window {
    WINDOWS.of_slot(EventTime(start))
}

fn added(time: i64, amounts: &[i128]) -> AddedOrder<'_> {
    AddedOrder { time: EventTime(time), group: "a|b", amounts }
}

/// What a cancellation finds, and the times of the orders that it takes back.
fn cancel(orders: &mut Orders, id: &str) -> (Found, Vec<i64>) {
    let mut times = Vec::new();
    let found = orders.cancel(id, &mut |order| {
        assert_eq!((order.group, order.amounts), ("a|b", &[i128::from(order.time.0), 1][..]), "what was added");
        times.push(order.time.0);
    });
    (found, times)
}

#[test]
fn an_order_is_taken_back_once_from_every_window_that_has_it() {
    let mut orders = Orders::new(2);
    for (start, id) in [(0, "x"), (0, ""), (10, "x")] {
        assert!(orders.is_new(window(start), id));
        orders.keep(window(start), id, added(start + 3, &[i128::from(start + 3), 1]));
        assert!(!orders.is_new(window(start), id) && orders.is_new(window(20), id));
    }
    assert_eq!(cancel(&mut orders, "x"), (Found::Counted, vec![3, 13]));
    assert_eq!(cancel(&mut orders, "x"), (Found::Cancelled, vec![]));
    assert_eq!(cancel(&mut orders, "y"), (Found::Nothing, vec![]));
    assert!(!orders.is_new(window(20), "x"), "it is cancelled, in whichever window");
    orders.close(WINDOWS, EventTime(40));
    assert!(orders.is_new(window(20), "x"), "and forgotten with the windows that know of it");
    assert_eq!(cancel(&mut orders, ""), (Found::Nothing, vec![]), "of a window that has closed");
}

#[test]
fn what_is_cancelled_before_it_comes_is_a_duplicate() {
    let mut orders = Orders::new(2);
    orders.remember(window(10), "x");
    assert!(!orders.is_new(window(0), "x") && !orders.is_new(window(10), "x") && orders.is_new(window(0), "y"));
    assert_eq!(cancel(&mut orders, "x"), (Found::Cancelled, vec![]));
}

#[test]
fn a_snapshot_stays_and_is_read_in_slices() {
    let mut orders = Orders::new(1);
    orders.keep(window(0), "x", added(1, &[7]));
    orders.remember(window(0), "y");
    let snapshot = orders.snapshot();
    let [(of, snapshot)] = snapshot.as_slice() else { panic!("one window") };
    orders.cancel("x", &mut |_| {});
    orders.close(WINDOWS, EventTime::MAX);
    assert_eq!((*of, snapshot.len(), snapshot.is_empty()), (window(0), 2, false));
    let counted = CountedOrder { time: EventTime(1), group: "a|b".to_owned(), measures: vec![7] };
    assert_eq!(snapshot.read(0..1), [SeenOrder { id: "x".to_owned(), counted: Some(counted) }]);
    assert_eq!(snapshot.read(1..9), [SeenOrder { id: "y".to_owned(), counted: None }]);
}

/// Against a plain map: what is restored in any order, at any moment, answers as what was kept.
#[test]
fn what_is_restored_answers_the_same() {
    for seed in mare_random::seeds(300) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (mut orders, mut naive) = (Orders::new(2), BTreeMap::<(i64, String), Option<i64>>::new());
        for step in 0..60 {
            let (start, id) = (10 * random.random_range(0..3), random.random_range(0..9).to_string());
            let is_cancelled = naive.iter().any(|((_, of), live)| *of == id && live.is_none());
            let is_new = !naive.contains_key(&(start, id.clone())) && !is_cancelled;
            assert_eq!(orders.is_new(window(start), &id), is_new, "seed {seed}");
            if random.random_bool(0.6) && is_new {
                orders.keep(window(start), &id, added(step, &[step.into(), 1]));
                naive.insert((start, id), Some(step));
            } else {
                let of_id = naive.iter_mut().filter(|((_, of), _)| *of == id).map(|(_, live)| live.take());
                let known: Vec<_> = of_id.collect();
                let live: Vec<_> = known.iter().copied().flatten().collect();
                let found = match (known.len(), live.len()) {
                    (0, _) => Found::Nothing,
                    (_, 0) => Found::Cancelled,
                    _ => Found::Counted,
                };
                assert_eq!(cancel(&mut orders, &id), (found, live), "seed {seed}");
                if known.is_empty() {
                    orders.remember(window(start), &id);
                    naive.insert((start, id), None);
                }
            }
            if random.random_range(0..20) == 0 {
                let mut entries: Vec<_> = Vec::new();
                for (window, snapshot) in orders.snapshot() {
                    entries.extend(snapshot.read(0..snapshot.len()).into_iter().map(|order| (window, order)));
                }
                orders = Orders::new(2);
                while !entries.is_empty() {
                    let (window, order) = entries.swap_remove(random.random_range(0..entries.len()));
                    orders.restore(window, &[order]);
                }
            }
        }
    }
}
