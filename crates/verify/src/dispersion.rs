//! How far the values of a field are from their mean.
//!
//! The rule: of n values, whose sum is S and the sum of whose squares is Q, the variance is (nQ - S²) / (n(n - 1)), or
//! (nQ - S²) / n² of a whole population (`var_pop`), and a standard deviation is its root. The result is the number of
//! its scale that lies nearest; of two that are as near, the one whose last digit is even. It is null with fewer than
//! two values (none, of a population), and from 10^34 units on.

use std::cmp::Ordering;

use mare_expression_reference::big::Big;

/// What a variance or a standard deviation is made of.
#[derive(Clone, Copy, Debug)]
pub struct Dispersion {
    /// How many values there are.
    pub count: i128,
    /// What they come to, in units.
    pub sum: i128,
    /// What the limbs of their squares come to, of 64 bits each, the lowest first.
    pub squares: [i128; 3],
    /// Digits behind the point of the values.
    pub of_scale: u8,
    /// Digits behind the point of the result.
    pub scale: u8,
    /// Whether the values are a sample.
    pub is_sample: bool,
    /// Whether it is the root.
    pub is_root: bool,
}

impl Dispersion {
    /// The result in units of its scale; none if there is none.
    ///
    /// ```
    /// use mare_verify::dispersion::Dispersion;
    /// // 1, 2 and 6: the squares of their distances from 3 come to 14.
    /// let spread = Dispersion { count: 3, sum: 9, squares: [41, 0, 0], of_scale: 0, scale: 2, is_sample: true, is_root: false };
    /// assert_eq!(spread.units(), Some(700));
    /// assert_eq!(Dispersion { is_root: true, ..spread }.units(), Some(265)); // 2.6457…
    /// ```
    #[must_use]
    pub fn units(&self) -> Option<i128> {
        let degrees = self.count - i128::from(self.is_sample);
        if degrees < 1 {
            return None;
        }
        let word = Big::of(1 << 64);
        let [low, middle, high] = self.squares.map(Big::of);
        let squares = high.times(&word).plus(&middle).times(&word).plus(&low);
        let (count, sum) = (Big::of(self.count), Big::of(self.sum));
        let above = count.times(&squares).minus(&sum.times(&sum));
        let below = count.times(&Big::of(degrees)).times(&Big::power(2 * usize::from(self.of_scale)));
        let digits = usize::from(self.scale) * if self.is_root { 2 } else { 1 };
        let above = above.times(&Big::power(digits));
        let found = if self.is_root { root(&above, &below) } else { above.rounded(&below) };
        found.to_i128().filter(|units| *units < 10_i128.pow(34))
    }
}

/// The whole number nearest to the root of `above / below`: the first for which the middle between it and the next is
/// not below that root, or is it where the number is even. It is looked for by halves.
fn root(above: &Big, below: &Big) -> Big {
    let fourfold = above.times(&Big::of(4));
    // Whether the root lies above the middle between a number and the next.
    let is_beyond = |number: i128| {
        let middle = Big::of(2 * number + 1);
        match fourfold.compare(&middle.times(&middle).times(below)) {
            Ordering::Greater => true,
            Ordering::Equal => number % 2 == 1,
            Ordering::Less => false,
        }
    };
    let (mut least, mut most) = (0, 1);
    while is_beyond(most) && most < i128::MAX / 8 {
        (least, most) = (most, most * 2);
    }
    while least < most {
        let middle = least + (most - least) / 2;
        if is_beyond(middle) { least = middle + 1 } else { most = middle }
    }
    Big::of(least)
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use mare_model::dispersion::{self as engine, DispersionKind};
    use mare_model::measure::{Function, Measure};
    use mare_model::total::Total;

    /// What is maintained of some values.
    fn maintained(values: &[i128]) -> Total {
        let functions = [Function::Sum, Function::SquaresLow, Function::SquaresMiddle, Function::SquaresHigh];
        let measures = functions.map(|function| Measure { function, field: 0 });
        let of =
            |function: Function| values.iter().fold(0, |all, value| function.merge(all, function.of(true, *value)));
        Total::new(values.len() as i64, &measures, &functions.map(of))
    }

    const KINDS: [DispersionKind; 4] = [
        DispersionKind::Sample,
        DispersionKind::Population,
        DispersionKind::SampleDeviation,
        DispersionKind::PopulationDeviation,
    ];

    /// What both come to, each by its own code.
    fn both(total: &Total, kind: DispersionKind, of_scale: u8, scale: u8) -> [Option<i128>; 2] {
        let squares = (1, 2, Some(3));
        let theirs = engine::Dispersion { sum: 0, count: None, squares, of_scale, scale, kind };
        let measured = |index| total.units(index).unwrap();
        let ours = Dispersion {
            count: total.n.into(),
            sum: measured(0),
            squares: [measured(1), measured(2), measured(3)],
            of_scale,
            scale,
            is_sample: matches!(kind, DispersionKind::Sample | DispersionKind::SampleDeviation),
            is_root: matches!(kind, DispersionKind::SampleDeviation | DispersionKind::PopulationDeviation),
        };
        [theirs.units(total), ours.units()]
    }

    #[test]
    fn spreads_by_hand() {
        for (values, of_scale, scale, expected) in [
            (&[][..], 0, 2, [None; 4]),
            (&[7], 0, 2, [None, Some(0), None, Some(0)]),
            (&[2, 4, 4, 4, 5, 5, 7, 9], 0, 2, [Some(457), Some(400), Some(214), Some(200)]),
            // 0.01 and 0.02: half a hundredth of a hundredth squared, and ties to the even one.
            (&[1, 2], 2, 5, [Some(5), Some(2), Some(707), Some(500)]),
            (&[-3, 3], 0, 0, [Some(18), Some(9), Some(4), Some(3)]),
            (&[0, 1], 0, 0, [Some(0), Some(0), Some(1), Some(0)]),
            (&[0, 3], 0, 0, [Some(4), Some(2), Some(2), Some(2)]),
            // 24 digits: a deviation fits, its square does not.
            (
                &[1 - 10_i128.pow(24), 10_i128.pow(24) - 1],
                0,
                0,
                [None, None, Some(1_414_213_562_373_095_048_801_687), Some(10_i128.pow(24) - 1)],
            ),
        ] {
            let total = maintained(values);
            for (kind, expected) in KINDS.into_iter().zip(expected) {
                assert_eq!(both(&total, kind, of_scale, scale), [expected; 2], "{kind:?} of {values:?}");
            }
        }
    }

    /// Two computations that share no code, of values of any size, alike or apart.
    #[test]
    fn any_spread_is_that_of_the_engine() {
        let mut known = 0;
        for seed in mare_random::seeds(1_500) {
            let mut random = SmallRng::seed_from_u64(seed);
            let end = (10_i128.pow(24) - 1) >> random.random_range(0..80);
            let (middle, width) = (random.random_range(-end..=end), end >> random.random_range(0..80));
            let mut value =
                || (middle + random.random_range(-width..=width)).clamp(1 - 10_i128.pow(24), 10_i128.pow(24) - 1);
            let values: Vec<i128> = (0..20).map(|_| value()).collect();
            let values = &values[..random.random_range(0..=20)];
            let total = maintained(values);
            let (of_scale, kind) = (random.random_range(0..=18), KINDS[random.random_range(0..4)]);
            let scale = random.random_range(0..=18.min(of_scale + 10));
            let [theirs, ours] = both(&total, kind, of_scale, scale);
            assert_eq!(ours, theirs, "seed {seed}: {kind:?} of {values:?}, {of_scale} to {scale}");
            known += u32::from(ours.is_some());
        }
        assert!(mare_random::asked().is_some() || known > 500, "{known}");
    }

    /// As many of the largest values as their sum takes: nothing is lost on the way.
    #[test]
    fn the_largest_total_has_a_spread() {
        let largest = 10_i128.pow(24) - 1;
        let count = i128::MAX / 2 / largest;
        let limbs = [Function::SquaresLow, Function::SquaresMiddle, Function::SquaresHigh].map(|f| f.of(true, largest));
        // Half of them are the largest, and half the least.
        let functions = [Function::Sum, Function::SquaresLow, Function::SquaresMiddle, Function::SquaresHigh];
        let measures = functions.map(|function| Measure { function, field: 0 });
        let units = [0, limbs[0] * count, limbs[1] * count, limbs[2] * count];
        let total = Total::new(count as i64, &measures, &units);
        for (of_scale, scale) in [(0, 10), (18, 18), (18, 0), (8, 18)] {
            for kind in KINDS {
                let [theirs, ours] = both(&total, kind, of_scale, scale);
                assert_eq!(ours, theirs, "{kind:?}, {of_scale} to {scale}");
            }
        }
    }
}
