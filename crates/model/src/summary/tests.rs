use differential_dataflow::difference::{IsZero, Semigroup};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::laws::{Accumulator, broken};
use crate::measure::VALUE_END;
use crate::position::{Offset, Partition};
use crate::time::EventTime;
use crate::total::Total;

/// A value of an event, as it may be kept by a test.
type Seen = (Option<Result<i128, String>>, Witness);

fn datum(value: &Option<Result<i128, String>>) -> Datum<'_> {
    match value {
        None => Datum::Absent,
        Some(Ok(units)) => Datum::Exact(*units),
        Some(Err(text)) => Datum::Text(text),
    }
}

impl Accumulator for SummaryFunction {
    type Event = Seen;
    type State = Summary;

    fn identity(&self) -> Summary {
        (*self).identity()
    }

    fn take(&self, summary: &mut Summary, (value, witness): &Seen) {
        match (self, witness.partition) {
            (SummaryFunction::Top, Partition(1)) => summary.rank(datum(value), Datum::Exact(witness.time.0.into())),
            _ => summary.take(datum(value), *witness),
        };
    }

    fn merge(&self, summary: &mut Summary, other: &Summary) {
        summary.merge(other);
    }

    fn kept(&self, summary: &Summary) -> Option<Summary> {
        serde_json::from_slice(&serde_json::to_vec(summary).ok()?).ok()
    }

    fn cancels(&self, summary: &Summary) -> bool {
        let mut total = Total::new(3, &[], &[]).summarized(std::slice::from_ref(summary));
        total.plus_equals(&total.retired());
        total.is_zero()
    }
}

/// What is kept of some events.
fn of(function: SummaryFunction, events: &[Seen]) -> Summary {
    let mut summary = function.identity();
    events.iter().for_each(|event| Accumulator::take(&function, &mut summary, event));
    summary
}

fn draw(random: &mut SmallRng, function: SummaryFunction) -> Vec<Seen> {
    let of_texts = function != SummaryFunction::Quantiles && random.random();
    let many = [20, 20, 120][random.random_range(0..3)];
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

/// The laws by which a total is the same for every number of workers, and through a checkpoint.
#[test]
fn each_function_keeps_to_the_laws() {
    for seed in mare_random::seeds(600) {
        let mut random = SmallRng::seed_from_u64(seed);
        let function = SummaryFunction::ALL[random.random_range(0..SummaryFunction::ALL.len())];
        let events = draw(&mut random, function);
        assert_eq!(broken(&function, &events), None, "seed {seed} {function:?}");
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
