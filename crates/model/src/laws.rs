//! The laws of a total, tried on one: those of ours by their tests, and others' by theirs.
//!
//! A total is the same for every number of workers, every order and every split of the log if what is kept for it is a
//! commutative monoid, and it leaves memory with its window if a retire cancels it. That is all that the engine asks of
//! one, so whatever keeps to these laws may be a total.
//!
//! ```
//! use mare_model::laws::{Accumulator, Law, broken};
//!
//! /// The newest event that was taken in, which depends on the order.
//! struct Newest;
//!
//! impl Accumulator for Newest {
//!     type Event = i64;
//!     type State = Option<i64>;
//!     fn identity(&self) -> Option<i64> {
//!         None
//!     }
//!     fn take(&self, state: &mut Option<i64>, event: &i64) {
//!         *state = Some(*event);
//!     }
//!     fn merge(&self, state: &mut Option<i64>, other: &Option<i64>) {
//!         *state = other.or(*state);
//!     }
//!     fn kept(&self, state: &Option<i64>) -> Option<Option<i64>> {
//!         Some(*state)
//!     }
//! }
//!
//! assert_eq!(broken(&Newest, &[1, 1, 1]), None);
//! assert_eq!(broken(&Newest, &[1, 2, 3]), Some(Law::Commutative));
//! ```

use std::fmt::Debug;

/// What keeps something of events.
pub trait Accumulator {
    /// What it is told of an event.
    type Event;
    /// What it keeps of some events.
    type State: Clone + PartialEq + Debug;

    /// What it keeps of no event.
    fn identity(&self) -> Self::State;

    /// Takes an event in.
    fn take(&self, state: &mut Self::State, event: &Self::Event);

    /// Takes in what is kept of other events.
    fn merge(&self, state: &mut Self::State, other: &Self::State);

    /// What a checkpoint gives back of what it was given; nothing if it cannot be read.
    fn kept(&self, state: &Self::State) -> Option<Self::State>;

    /// Whether nothing is left of a state when it is retired; of what does not retire by itself that is so.
    fn cancels(&self, _: &Self::State) -> bool {
        true
    }
}

/// What must be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// What is kept of no event changes nothing, on either side.
    Identity,
    /// It does not matter which of two is merged into the other.
    Commutative,
    /// It does not matter which two of three are merged first.
    Associative,
    /// Wherever the events are split in two, both parts come to what all come to.
    Split,
    /// The events come to the same in any order.
    Order,
    /// A checkpoint gives back what it was given.
    Kept,
    /// A retire cancels what was inserted.
    Retire,
}

/// The first law that does not hold for these events, if there is one. It takes about `n * n` steps for `n` of them.
pub fn broken<A: Accumulator>(accumulator: &A, events: &[A::Event]) -> Option<Law> {
    let of = |events: &[A::Event]| state(accumulator, events);
    let and = |one: &A::State, other: &A::State| {
        let mut both = one.clone();
        accumulator.merge(&mut both, other);
        both
    };
    let (whole, none) = (of(events), accumulator.identity());
    let parts = || (0..=events.len()).map(|at| events.split_at(at)).map(|(front, back)| (of(front), of(back)));
    let thirds = events.chunks(events.len().div_ceil(3).max(1)).map(of).collect::<Vec<_>>();
    let is_associative = match &thirds[..] {
        [one, two, three] => and(&and(one, two), three) == and(one, &and(two, three)),
        _ => true,
    };
    let (front, back) = events.split_at(events.len() / 2);
    let (backwards, from_the_middle) = (events.iter().rev(), back.iter().chain(front));
    let orders = [state(accumulator, backwards), state(accumulator, from_the_middle)];
    let laws = [
        (Law::Identity, and(&whole, &none) == whole && and(&none, &whole) == whole),
        (Law::Commutative, parts().all(|(front, back)| and(&front, &back) == and(&back, &front))),
        (Law::Associative, is_associative),
        (Law::Split, parts().all(|(front, back)| and(&front, &back) == whole)),
        (Law::Order, orders.iter().all(|state| *state == whole)),
        (Law::Kept, accumulator.kept(&whole).as_ref() == Some(&whole)),
        (Law::Retire, accumulator.cancels(&whole)),
    ];
    laws.into_iter().find(|(_, holds)| !holds).map(|(law, _)| law)
}

/// What is kept of events in this order.
fn state<'e, A: Accumulator<Event: 'e>>(accumulator: &A, events: impl IntoIterator<Item = &'e A::Event>) -> A::State {
    let mut state = accumulator.identity();
    events.into_iter().for_each(|event| accumulator.take(&mut state, event));
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of numbers up to `n`, each of whose laws can be broken by itself.
    struct Sum(Option<Law>);

    impl Accumulator for Sum {
        type Event = i64;
        type State = (i64, i64);

        fn identity(&self) -> (i64, i64) {
            (i64::from(self.0 == Some(Law::Identity)), 0)
        }

        fn take(&self, (sum, last): &mut (i64, i64), event: &i64) {
            *sum += event;
            match self.0 {
                Some(Law::Order) => *last = event * 10 + *last % 10,
                Some(Law::Split) => *last = (*last * 2).max(1),
                Some(Law::Commutative) => *last += 1,
                _ => {}
            }
        }

        fn merge(&self, (sum, last): &mut (i64, i64), (other, others): &(i64, i64)) {
            match self.0 {
                Some(Law::Associative) if *sum != 0 && *other != 0 => *sum = (*sum + other) * 2,
                Some(Law::Commutative) if *other != 0 => (*sum, *last) = (*sum + other, *last * 2 + others),
                Some(Law::Order) => (*sum, *last) = (*sum + other, *last.max(&mut others.clone())),
                _ => (*sum, *last) = (*sum + other, *last + others),
            }
        }

        fn kept(&self, state: &(i64, i64)) -> Option<(i64, i64)> {
            (self.0 != Some(Law::Kept)).then_some(*state)
        }

        fn cancels(&self, _: &(i64, i64)) -> bool {
            self.0 != Some(Law::Retire)
        }
    }

    #[test]
    fn each_law_is_missed_where_it_is_broken() {
        let events: Vec<i64> = (1..9).collect();
        assert_eq!((broken(&Sum(None), &events), broken(&Sum(None), &[])), (None, None));
        let laws = [Law::Identity, Law::Commutative, Law::Associative, Law::Split, Law::Kept, Law::Retire];
        for law in laws {
            assert_eq!(broken(&Sum(Some(law)), &events), Some(law));
        }
        let found = broken(&Sum(Some(Law::Order)), &events);
        assert!(matches!(found, Some(Law::Order | Law::Split)), "{found:?}");
    }
}
