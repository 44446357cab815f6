//! What a total keeps of its events beside their number: one exact integer for each measure, folded by its function.
//!
//! # A new function
//! A variant of [`Function`], which has to be a commutative monoid: with [`merge`](Function::merge) in any order and any grouping
//! the same comes out, and [`identity`](Function::identity) changes nothing. It needs no inverse: a closed window leaves memory by
//! its number of events alone. The tests below hold each of [`Function::ALL`] to it.

/// One number that is maintained for each window and group, beside the number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How events come to one number.
    pub function: Function,
    /// Of which field, an index into [`EventPlan::fields`](crate::schema::EventPlan::fields).
    pub field: usize,
}

/// How the values of a field come to one number. Every number is an integer of the field's own units, so it is exact, and the
/// order of events never matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// The sum of the values. An absent optional field adds 0.
    Sum,
    /// How many events carried the optional field.
    Count,
}

impl Function {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [Function; 2] = [Function::Sum, Function::Count];

    /// Its name in a dataflow file. Checkpoints and fingerprints have it, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Function::Sum => "sum",
            Function::Count => "count",
        }
    }

    /// What no event at all comes to.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> i128 {
        match self {
            Function::Sum | Function::Count => 0,
        }
    }

    /// What one event comes to, whose field has so many `units`; 0 of them if it is absent.
    #[inline]
    #[must_use]
    pub fn of(self, is_present: bool, units: i128) -> i128 {
        match self {
            Function::Sum => units,
            Function::Count => i128::from(is_present),
        }
    }

    /// What two of its numbers come to.
    #[inline]
    #[must_use]
    pub fn merge(self, one: i128, other: i128) -> i128 {
        match self {
            Function::Sum | Function::Count => one + other,
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
        for seed in mare_random::seeds(200) {
            let mut random = SmallRng::seed_from_u64(seed);
            let function = Function::ALL[random.random_range(0..Function::ALL.len())];
            let merge = |all: &[i128]| all.iter().fold(function.identity(), |one, other| function.merge(one, *other));
            let event = |random: &mut SmallRng| {
                let is_present = random.random_ratio(3, 4);
                function.of(is_present, if is_present { random.random_range(-1_000..1_000) } else { 0 })
            };
            let mut events: Vec<i128> = (0..random.random_range(0..20)).map(|_| event(&mut random)).collect();
            let whole = merge(&events);
            let (front, back) = events.split_at(random.random_range(0..=events.len()));
            assert_eq!(function.merge(merge(front), merge(back)), whole, "seed {seed} {function:?}: grouping");
            assert_eq!(function.merge(whole, function.identity()), whole, "seed {seed} {function:?}: identity");
            events.shuffle(&mut random);
            assert_eq!(merge(&events), whole, "seed {seed} {function:?}: order");
        }
    }

    #[test]
    fn each_function_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Function::ALL.map(Function::name).into();
        assert_eq!(names.len(), Function::ALL.len());
        let measure = Measure { function: Function::Sum, field: 2 };
        assert_eq!(measure.text("valor"), "sum(valor)");
    }
}
