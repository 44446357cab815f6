//! What a total keeps of its events beside their number: one exact integer for each measure, folded by its function.
//!
//! # A new function
//! A variant of [`Function`], which has to be a commutative monoid: with [`merge`](Function::merge) in any order and
//! any grouping the same comes out, and [`identity`](Function::identity) changes nothing. It needs no inverse: a closed
//! window leaves memory by its number of events alone. The tests below hold each of [`Function::ALL`] to it.
//!
//! # No value at all
//! A sum or a count of nothing is 0; the least of nothing is none, and neither is the greatest. Their identities say
//! so, the ends of an `i128`, and [`value`](Function::value) takes them for no number. No value of an event comes near:
//! an integer has 64 bits, a decimal has [24 digits](VALUE_END), and both functions give back one of the values that
//! they were given.

/// One number that is maintained for each window and group, beside the number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How events come to one number.
    pub function: Function,
    /// Of which field, an index into [`EventPlan::fields`](crate::schema::EventPlan::fields).
    pub field: usize,
}

/// How the values of a field come to one number. Every number is an integer of the field's own units, so it is exact,
/// and the order of events never matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// The sum of the values. An absent optional field adds 0.
    Sum,
    /// How many events carried the optional field.
    Count,
    /// The least of the values. An absent optional field is passed over.
    Min,
    /// The greatest of the values. An absent optional field is passed over.
    Max,
}

/// Every value of an event lies between this and its negative, in units of its field.
pub const VALUE_END: i128 = 10_i128.pow(24);

impl Function {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [Function; 4] = [Function::Sum, Function::Count, Function::Min, Function::Max];

    /// Its name in a dataflow file. Checkpoints and fingerprints have it, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Function::Sum => "sum",
            Function::Count => "count",
            Function::Min => "min",
            Function::Max => "max",
        }
    }

    /// What no event at all comes to.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> i128 {
        match self {
            Function::Sum | Function::Count => 0,
            Function::Min => i128::MAX,
            Function::Max => i128::MIN,
        }
    }

    /// What one event comes to, whose field has so many `units`; 0 of them if it is absent.
    #[inline]
    #[must_use]
    pub fn of(self, is_present: bool, units: i128) -> i128 {
        match self {
            Function::Sum => units,
            Function::Count => i128::from(is_present),
            Function::Min | Function::Max if is_present => units,
            Function::Min | Function::Max => self.identity(),
        }
    }

    /// What two of its numbers come to.
    #[inline]
    #[must_use]
    pub fn merge(self, one: i128, other: i128) -> i128 {
        match self {
            Function::Sum | Function::Count => one + other,
            Function::Min => one.min(other),
            Function::Max => one.max(other),
        }
    }

    /// What one of its numbers is to people: nothing if it is the least or the greatest of no value.
    #[inline]
    #[must_use]
    pub fn value(self, number: i128) -> Option<i128> {
        match self {
            Function::Sum | Function::Count => Some(number),
            Function::Min | Function::Max => (number != self.identity()).then_some(number),
        }
    }
}

impl Measure {
    /// As a dataflow file has it, if `name` is the field's: `sum(valor)`.
    #[must_use]
    pub fn text(self, name: &str) -> String {
        format!("{}({name})", self.function.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::SmallRng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};

    /// Whatever the order, and wherever it is split: the law by which a total is the same for every number of workers.
    #[test]
    fn each_function_is_a_commutative_monoid() {
        for seed in mare_random::seeds(400) {
            let mut random = SmallRng::seed_from_u64(seed);
            let function = Function::ALL[random.random_range(0..Function::ALL.len())];
            let merge = |all: &[i128]| all.iter().fold(function.identity(), |one, other| function.merge(one, *other));
            let event = |random: &mut SmallRng| {
                let is_present = random.random_ratio(3, 4);
                let end = [1_000, i64::MAX.into(), VALUE_END][random.random_range(0..3)];
                function.of(is_present, if is_present { random.random_range(1 - end..end) } else { 0 })
            };
            let mut events: Vec<i128> = (0..random.random_range(0..20)).map(|_| event(&mut random)).collect();
            let whole = merge(&events);
            let (front, back) = events.split_at(random.random_range(0..=events.len()));
            assert_eq!(function.merge(merge(front), merge(back)), whole, "seed {seed} {function:?}: grouping");
            assert_eq!(function.merge(whole, function.identity()), whole, "seed {seed} {function:?}: identity");
            let changed = events.iter().find(|event| function.merge(function.identity(), **event) != **event);
            assert_eq!(changed, None, "seed {seed} {function:?}: identity of one");
            events.shuffle(&mut random);
            assert_eq!(merge(&events), whole, "seed {seed} {function:?}: order");
        }
    }

    #[test]
    fn no_value_is_taken_for_none() {
        let ends = [1 - VALUE_END, VALUE_END - 1, i64::MIN.into(), i64::MAX.into(), 0];
        for function in [Function::Min, Function::Max] {
            let none = function.of(false, 0);
            assert_eq!((none, function.value(none)), (function.identity(), None), "{function:?}");
            for units in ends {
                assert_eq!(function.value(function.merge(none, function.of(true, units))), Some(units), "{function:?}");
            }
        }
        for function in [Function::Sum, Function::Count] {
            assert_eq!(function.value(function.of(false, 0)), Some(0), "{function:?} of nothing");
        }
        let merged =
            |function: Function| ends.into_iter().fold(function.identity(), |one, other| function.merge(one, other));
        assert_eq!([Function::Min, Function::Max].map(merged), [1 - VALUE_END, VALUE_END - 1]);
    }

    #[test]
    fn each_function_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Function::ALL.map(Function::name).into();
        assert_eq!(names.len(), Function::ALL.len());
        let measure = Measure { function: Function::Sum, field: 2 };
        assert_eq!(measure.text("valor"), "sum(valor)");
    }
}
