//! The mean of the values of a field, derived from what is maintained: it has no number of its own.

use std::cmp::Ordering;

use crate::total::Total;

/// The exact quotient of a sum and a count, rounded half-even to a scale: a function of both, so the same for every
/// order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Average {
    /// The sum of the values, by its index in [`View::measures`](crate::view::View::measures).
    pub sum: usize,
    /// How many values there are, by its index there; without one each event has a value.
    pub count: Option<usize>,
    /// Digits behind the point of the values.
    pub of_scale: u8,
    /// Digits behind the point of the average: at most [`MORE_DIGITS_MAX`] more than the values have.
    pub scale: u8,
}

/// How many digits an average may have more than its values. These have [24](crate::measure::VALUE_END), so an average
/// has no more than the 34 that a Decimal128 holds, and far from what an `i128` does.
pub const MORE_DIGITS_MAX: u8 = 10;

impl Average {
    /// The average of the values in `total`, in units of its scale; `None` if there is no value.
    #[must_use]
    pub fn units(self, total: &Total) -> Option<i128> {
        let count = self.count.map_or(total.n.into(), |index| total.units(index).unwrap_or_default());
        let sum = total.units(self.sum).unwrap_or_default();
        (count > 0).then(|| quotient(sum, count, self.of_scale, self.scale))
    }
}

/// `sum` units of `10^-from` by `count`, which is above 0, in units of `10^-to`, rounded half-even.
///
/// Digit by digit, so that nothing grows beyond the quotient: of more digits behind the point each is one of the rest,
/// times ten, by the count; of fewer the count is so many times larger.
fn quotient(sum: i128, count: i128, from: u8, to: u8) -> i128 {
    let divisor = count.saturating_mul(10_i128.saturating_pow(from.saturating_sub(to).into()));
    let (mut quotient, mut rest) = (sum.div_euclid(divisor), sum.rem_euclid(divisor));
    for _ in from..to {
        let next = rest.saturating_mul(10);
        quotient = quotient.saturating_mul(10).saturating_add(next / divisor);
        rest = next % divisor;
    }
    // Rounded downwards so far: the rest, which is below the divisor, says on which side of the middle it lies.
    let up = match rest.cmp(&(divisor - rest)) {
        Ordering::Greater => 1,
        Ordering::Equal => quotient & 1,
        Ordering::Less => 0,
    };
    quotient.saturating_add(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Function, Measure, VALUE_END};
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn an_average_is_rounded_half_even() {
        for (sum, count, from, to, expected) in [
            (10, 3, 0, 2, 333),
            (20, 3, 0, 2, 667),
            (-10, 3, 0, 2, -333),
            (-20, 3, 0, 2, -667),
            (1, 8, 0, 2, 12),
            (3, 8, 0, 2, 38),
            (-1, 8, 0, 2, -12),
            (-3, 8, 0, 2, -38),
            (5, 2, 0, 0, 2),
            (7, 2, 0, 0, 4),
            (-5, 2, 0, 0, -2),
            (-7, 2, 0, 0, -4),
            (1_005, 1, 3, 2, 100),
            (1_015, 1, 3, 2, 102),
            (-1_015, 1, 3, 2, -102),
            (10_051, 10, 3, 2, 101),
            (1, 3, 2, 7, 33_333),
            (0, 9, 2, 4, 0),
        ] {
            assert_eq!(quotient(sum, count, from, to), expected, "{sum} / {count} from {from} to {to}");
        }
    }

    /// Against the quotient of whole numbers, which has to be nearer than any other.
    #[test]
    fn no_other_number_is_nearer() {
        for seed in mare_random::seeds(4_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let end = [100, 1_000_000, 10_i128.pow(18)][random.random_range(0..3)];
            let most = [9, 1_000][random.random_range(0..2)];
            let (sum, count) = (random.random_range(-end..end), random.random_range(1..=most));
            let (from, to) = (random.random_range(0..=6), random.random_range(0..=6));
            let found = quotient(sum, count, from, to);
            // Both sides times the count and the powers of ten: |sum * 10^to - found * count * 10^from|.
            let (one, unit) = (sum * 10_i128.pow(to.into()), count * 10_i128.pow(from.into()));
            let distance = (one - found * unit).abs();
            assert!(2 * distance <= unit, "seed {seed}: {found} is not the nearest to {sum}/{count}, {from} to {to}");
            assert!(2 * distance < unit || found % 2 == 0, "seed {seed}: {found} is not the even one");
        }
    }

    #[test]
    fn the_largest_values_have_an_average() {
        let count = i64::MAX.into();
        let largest = VALUE_END - 1;
        for (of_scale, scale) in [(0, 10), (8, 18), (18, 0), (18, 18)] {
            let factor = |digits: u8| 10_i128.pow(digits.into());
            let expected =
                if scale > of_scale { largest * factor(scale - of_scale) } else { largest / factor(of_scale - scale) };
            // As many as an i128 holds the sum of.
            let many = i128::MAX / VALUE_END;
            for sign in [1, -1] {
                let found = quotient(sign * largest * many, many, of_scale, scale);
                assert!((found - sign * expected).abs() <= 1, "{of_scale} to {scale}: {found}");
            }
        }
        assert_eq!(quotient(count, count, 0, 10), 10_i128.pow(10));
    }

    #[test]
    fn of_no_value_there_is_none() {
        let measure = |function| Measure { function, field: 0 };
        let measures = [measure(Function::Sum), measure(Function::Count)];
        let of = |count| Average { sum: 0, count, of_scale: 2, scale: 2 };
        let total = Total::new(3, &measures, &[600, 0]);
        assert_eq!((of(Some(1)).units(&total), of(None).units(&total)), (None, Some(200)));
        let total = Total::new(3, &measures, &[600, 2]);
        assert_eq!((of(Some(1)).units(&total), of(None).units(&Total::default())), (Some(300), None));
    }
}
