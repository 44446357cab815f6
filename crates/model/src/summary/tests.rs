use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::measure::VALUE_END;
use crate::position::{Offset, Partition};
use crate::time::EventTime;

/// A value of an event, as it may be kept by a test.
type Seen = (Option<Result<i128, String>>, Witness);

fn datum(value: &Option<Result<i128, String>>) -> Datum<'_> {
    match value {
        None => Datum::Absent,
        Some(Ok(units)) => Datum::Exact(*units),
        Some(Err(text)) => Datum::Text(text),
    }
}

/// What is kept of some events.
fn of(function: SummaryFunction, events: &[Seen]) -> Summary {
    let mut summary = function.identity();
    events.iter().for_each(|(value, witness)| {
        summary.take(datum(value), *witness);
    });
    summary
}

fn merged(one: &Summary, other: &Summary) -> Summary {
    let mut merged = one.clone();
    merged.merge(other);
    merged
}

fn draw(random: &mut SmallRng, function: SummaryFunction) -> Vec<Seen> {
    let of_texts = function != SummaryFunction::Quantiles && random.random();
    let many = [20, 20, 900][random.random_range(0..3)];
    let mut offset = 0;
    let mut event = |random: &mut SmallRng| {
        offset += 1;
        let end = [5, 1_000, VALUE_END][random.random_range(0..3)];
        let units = random.random_range(1 - end..end);
        let value = random.random_ratio(5, 6).then(|| if of_texts { Err(units.to_string()) } else { Ok(units) });
        let partition = Partition(random.random_range(0..2));
        (value, Witness { time: EventTime(random.random_range(0..9)), partition, offset: Offset(offset) })
    };
    (0..random.random_range(0..many)).map(|_| event(random)).collect()
}

/// Whatever the order, and wherever it is split, and through a checkpoint: the law by which a total is the same for
/// every number of workers.
#[test]
fn each_function_is_a_commutative_monoid_that_is_kept_as_it_is() {
    for seed in mare_random::seeds(600) {
        let mut random = SmallRng::seed_from_u64(seed);
        let function = SummaryFunction::ALL[random.random_range(0..SummaryFunction::ALL.len())];
        let mut events = draw(&mut random, function);
        let whole = of(function, &events);
        let (front, back) = events.split_at(random.random_range(0..=events.len()));
        let (front, back) = (of(function, front), of(function, back));
        assert_eq!(merged(&front, &back), whole, "seed {seed} {function:?}: grouping");
        assert_eq!(merged(&back, &front), whole, "seed {seed} {function:?}: sides");
        assert_eq!(merged(&whole, &function.identity()), whole, "seed {seed} {function:?}: identity");
        assert_eq!(merged(&function.identity(), &whole), whole, "seed {seed} {function:?}: identity");
        events.shuffle(&mut random);
        assert_eq!(of(function, &events), whole, "seed {seed} {function:?}: order");
        let bytes = serde_json::to_vec(&whole).expect("a text");
        assert_eq!(serde_json::from_slice::<Summary>(&bytes).ok().as_ref(), Some(&whole), "seed {seed} {function:?}");
    }
}

#[test]
fn the_first_and_the_last_are_by_time_then_partition_then_offset() {
    let seen = |time, partition, offset, units| {
        (Some(Ok(units)), Witness { time: EventTime(time), partition: Partition(partition), offset: Offset(offset) })
    };
    let events = [seen(5, 1, 0, 1), seen(5, 0, 9, 2), seen(5, 0, 7, 3), seen(9, 0, 8, 4), seen(9, 1, 2, 5)];
    let says = |function| of(function, &events).units(Quantile(0));
    assert_eq!([SummaryFunction::First, SummaryFunction::Last].map(says), [Some(3), Some(5)]);
    let none = (None, Witness { time: EventTime(0), partition: Partition(0), offset: Offset(0) });
    assert_eq!(of(SummaryFunction::First, &[none]).units(Quantile(0)), None);
}

#[test]
fn of_the_events_of_one_record_the_order_of_taking_says_which_is_first() {
    let witness = Witness { time: EventTime(5), partition: Partition(0), offset: Offset(7) };
    let later = Witness { offset: Offset(8), ..witness };
    for units in [[2, 1, 3], [3, 2, 1], [1, 1, 2], [1, 3, 1]] {
        let events = units.map(|units| (Some(Ok(units)), witness));
        let says = |function, events: &[Seen]| of(function, events).units(Quantile(0));
        assert_eq!(says(SummaryFunction::First, &events), Some(units[0]), "{units:?}");
        assert_eq!(says(SummaryFunction::Last, &events), Some(units[2]), "{units:?}");
        let other = [(Some(Ok(9)), later)];
        assert_eq!(says(SummaryFunction::First, &[&other[..], &events].concat()), Some(units[0]), "{units:?}");
        assert_eq!(says(SummaryFunction::Last, &[&other[..], &events].concat()), Some(9), "{units:?}");
    }
}

#[test]
fn distinct_values_are_counted_by_what_they_are() {
    let witness = Witness { time: EventTime(0), partition: Partition(0), offset: Offset(0) };
    for function in [SummaryFunction::Distinct, SummaryFunction::ApproxDistinct] {
        let mut summary = function.identity();
        assert_eq!(summary.units(Quantile(0)), Some(0));
        for value in [Datum::Exact(1), Datum::Exact(-1), Datum::Exact(1), Datum::Absent, Datum::Text("a")] {
            summary.take(value, witness);
        }
        assert_eq!(summary.units(Quantile(0)), Some(3), "{function:?}");
    }
}
