//! What a total keeps of its events beside their number: one exact integer for each measure, folded by its function.
//!
//! # A new function
//! A variant of [`Function`], which has to be a commutative monoid: with [`merge`](Function::merge) in any order and
//! any grouping the same comes out, and [`identity`](Function::identity) changes nothing. It needs no inverse: a closed
//! window leaves memory by its number of events alone. The tests below hold each of [`Function::ALL`] to it, by the
//! [laws](crate::laws) that everybody may try.
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
    /// The sum of the lowest 64 bits of each square of a value. An absent optional field adds 0. Limbs are added up
    /// each for itself, so that nothing is carried: 2^63 of them fit.
    SquaresLow,
    /// The sum of the 64 bits of each square behind those.
    SquaresMiddle,
    /// The sum of what is behind these: a value has less than 2^80 units, so its square less than 2^160.
    SquaresHigh,
    /// How many events there are that nobody has taken back, of whichever field. It is kept where events can be taken
    /// back: there the number of events folded in says something else.
    Live,
}

/// Every value of an event lies between this and its negative, in units of its field.
pub const VALUE_END: i128 = 10_i128.pow(24);

impl Function {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [Function; 8] = [
        Function::Sum,
        Function::Count,
        Function::Min,
        Function::Max,
        Function::SquaresLow,
        Function::SquaresMiddle,
        Function::SquaresHigh,
        Function::Live,
    ];

    /// Its name, in a dataflow file too if people may write it. Checkpoints and fingerprints have it, so it never
    /// changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Function::Sum => "sum",
            Function::Count => "count",
            Function::Min => "min",
            Function::Max => "max",
            Function::SquaresLow => "squares_low",
            Function::SquaresMiddle => "squares_middle",
            Function::SquaresHigh => "squares_high",
            Function::Live => "live",
        }
    }

    /// What no event at all comes to.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> i128 {
        match self {
            Function::Sum | Function::Count | Function::Live => 0,
            Function::SquaresLow | Function::SquaresMiddle | Function::SquaresHigh => 0,
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
            Function::SquaresLow => square(units)[0],
            Function::SquaresMiddle => square(units)[1],
            Function::SquaresHigh => square(units)[2],
            Function::Live => 1,
        }
    }

    /// What two of its numbers come to.
    #[inline]
    #[must_use]
    pub fn merge(self, one: i128, other: i128) -> i128 {
        match self {
            Function::Sum | Function::Count | Function::Live => one + other,
            Function::SquaresLow | Function::SquaresMiddle | Function::SquaresHigh => one + other,
            Function::Min => one.min(other),
            Function::Max => one.max(other),
        }
    }

    /// What one of its numbers is to people: nothing if it is the least or the greatest of no value.
    #[inline]
    #[must_use]
    pub fn value(self, number: i128) -> Option<i128> {
        match self {
            Function::Sum | Function::Count | Function::Live => Some(number),
            Function::SquaresLow | Function::SquaresMiddle | Function::SquaresHigh => Some(number),
            Function::Min | Function::Max => (number != self.identity()).then_some(number),
        }
    }
}

/// The square of a value in limbs of 64 bits, the lowest first.
#[inline]
fn square(units: i128) -> [i128; 3] {
    let size = units.unsigned_abs();
    let (high, low) = (size >> 64, size & u128::from(u64::MAX));
    // With high < 2^16, as of every value, each sum is far from its end.
    let lowest = low * low;
    let middle = (lowest >> 64) + 2 * high * low;
    let highest = (middle >> 64) + high * high;
    [lowest as u64, middle as u64, highest as u64].map(i128::from)
}

impl Measure {
    /// As a dataflow file has it, if `name` is the field's: `sum(valor)`.
    #[must_use]
    pub fn text(self, name: &str) -> String {
        let name = if self.function == Function::Live { "" } else { name };
        format!("{}({name})", self.function.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{Accumulator, broken};
    use crate::total::Total;
    use differential_dataflow::difference::{IsZero, Semigroup};
    use rand::rngs::SmallRng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};

    impl Accumulator for Function {
        /// Whether the field is there, and its units.
        type Event = (bool, i128);
        type State = i128;

        fn identity(&self) -> i128 {
            (*self).identity()
        }

        fn take(&self, number: &mut i128, (is_present, units): &(bool, i128)) {
            *number = (*self).merge(*number, self.of(*is_present, *units));
        }

        fn merge(&self, number: &mut i128, other: &i128) {
            *number = (*self).merge(*number, *other);
        }

        fn kept(&self, number: &i128) -> Option<i128> {
            serde_json::from_slice(&serde_json::to_vec(number).ok()?).ok()
        }

        fn cancels(&self, number: &i128) -> bool {
            let mut total = Total::new(3, &[Measure { function: *self, field: 0 }], &[*number]);
            total.plus_equals(&total.retired());
            total.is_zero()
        }
    }

    /// The laws by which a total is the same for every number of workers.
    #[test]
    fn each_function_keeps_to_the_laws() {
        for seed in mare_random::seeds(400) {
            let mut random = SmallRng::seed_from_u64(seed);
            let function = Function::ALL[random.random_range(0..Function::ALL.len())];
            let event = |random: &mut SmallRng| {
                let is_present = random.random_ratio(3, 4);
                let end = [1_000, i64::MAX.into(), VALUE_END][random.random_range(0..3)];
                (is_present, if is_present { random.random_range(1 - end..end) } else { 0 })
            };
            let events: Vec<_> = (0..random.random_range(0..20)).map(|_| event(&mut random)).collect();
            assert_eq!(broken(&function, &events), None, "seed {seed} {function:?}");
        }
    }

    /// What an event has added can be taken back by the negative of it, whatever came before and comes behind.
    #[test]
    fn what_is_added_up_is_taken_back_by_its_negative() {
        for seed in mare_random::seeds(400) {
            let mut random = SmallRng::seed_from_u64(seed);
            let adds_up = |function: &&Function| !matches!(function, Function::Min | Function::Max);
            let all: Vec<_> = Function::ALL.iter().filter(adds_up).collect();
            let function = *all[random.random_range(0..all.len())];
            let kept: Vec<i128> =
                (0..9).map(|_| function.of(true, random.random_range(-VALUE_END..VALUE_END))).collect();
            let gone = function.of(random.random(), random.random_range(-VALUE_END..VALUE_END));
            let merge = |all: &[i128]| all.iter().fold(function.identity(), |one, other| function.merge(one, *other));
            let mut events = [&*kept, &[gone, -gone]].concat();
            events.shuffle(&mut random);
            assert_eq!(merge(&events), merge(&kept), "seed {seed} {function:?}");
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
    fn the_limbs_of_a_square_are_the_square() {
        for seed in mare_random::seeds(1_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let units = random.random_range(1 - VALUE_END..VALUE_END) >> random.random_range(0..80);
            let limbs =
                [Function::SquaresLow, Function::SquaresMiddle, Function::SquaresHigh].map(|f| f.of(true, units));
            // Digit by digit in base 2^20, of which the square is once more put together.
            let digits: Vec<u128> = (0..4).map(|place| units.unsigned_abs() >> (20 * place) & 0xf_ffff).collect();
            let mut words = [0_u128; 9];
            for (one, other) in (0..4).flat_map(|one| (0..4).map(move |other| (one, other))) {
                words[one + other] += digits[one] * digits[other];
            }
            for place in 0..8 {
                words[place + 1] += words[place] >> 20;
                words[place] &= 0xf_ffff;
            }
            let bit = |place: usize| words[place / 20] >> (place % 20) & 1;
            let limb = |from: usize| (0..64).fold(0, |limb, at| limb | (bit((from + at).min(179)) as i128) << at);
            assert_eq!(limbs, [limb(0), limb(64), limb(128)], "seed {seed}: {units}");
        }
        let largest = Function::SquaresHigh.of(true, VALUE_END - 1);
        assert!(largest > 0 && largest < 1 << 32 && Function::SquaresHigh.of(true, i64::MIN.into()) == 0);
    }

    #[test]
    fn each_function_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Function::ALL.map(Function::name).into();
        assert_eq!(names.len(), Function::ALL.len());
        let measure = Measure { function: Function::Sum, field: 2 };
        assert_eq!(measure.text("valor"), "sum(valor)");
    }
}
