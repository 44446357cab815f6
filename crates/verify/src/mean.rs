//! The mean of the values of a field.
//!
//! The rule: it is the number of its scale that lies nearest to the sum divided by the number of values; of two that
//! are as near, the one whose last digit is even.

/// The mean of `count` values that come to `sum` units of `10^-of_scale`, in units of `10^-scale`; `None` without
/// values.
///
/// ```
/// use mare_verify::mean::mean;
/// assert_eq!(mean(1_000, 3, 2, 4), Some(33_333)); // 10.00 / 3 = 3.3333
/// assert_eq!(mean(-25, 2, 0, 0), Some(-12));
/// assert_eq!(mean(0, 0, 2, 2), None);
/// ```
#[must_use]
pub fn mean(sum: i128, count: i128, of_scale: u8, scale: u8) -> Option<i128> {
    let count = u128::try_from(count).ok().filter(|count| *count > 0)?;
    let size = sum.unsigned_abs();
    let power = |digits: u8| 10_u128.pow(digits.into());
    // Whole values of the sum first, and what is left of them as a fraction of the count.
    let (whole, left, of) = if scale >= of_scale {
        let more = power(scale - of_scale);
        let left = (size % count).checked_mul(more)?;
        ((size / count).checked_mul(more)?.checked_add(left / count)?, left % count, count)
    } else {
        let of = count.checked_mul(power(of_scale - scale))?;
        (size / of, size % of, of)
    };
    let is_beyond = left > of - left;
    let is_between = left == of - left;
    let nearest = whole + u128::from(is_beyond || (is_between && whole % 2 == 1));
    let nearest = i128::try_from(nearest).ok()?;
    Some(if sum < 0 { -nearest } else { nearest })
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use mare_model::average::Average;
    use mare_model::measure::{Function, Measure};
    use mare_model::total::Total;

    #[test]
    fn means_by_hand() {
        for (sum, count, of_scale, scale, expected) in [
            (7, 2, 0, 0, 4),
            (5, 2, 0, 0, 2),
            (-7, 2, 0, 0, -4),
            (2, 3, 0, 2, 67),
            (1_005, 1, 3, 2, 100),
            (1_015, 1, 3, 2, 102),
            (-1_006, 1, 3, 2, -101),
            (0, 5, 2, 2, 0),
        ] {
            assert_eq!(mean(sum, count, of_scale, scale), Some(expected), "{sum} / {count}, {of_scale} to {scale}");
        }
    }

    /// Two divisions that share no code, up to the largest sums and counts that there may be.
    #[test]
    fn any_mean_is_the_average_of_the_engine() {
        let measure = |function| Measure { function, field: 0 };
        for seed in mare_random::seeds(20_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let count = 1 + (random.random_range(0..i64::MAX) >> random.random_range(0..63));
            let largest = (10_i128.pow(24) - 1).min(i128::MAX / 2 / i128::from(count)) >> random.random_range(0..80);
            let sum = random.random_range(-largest..=largest) * i128::from(count) + random.random_range(-9..=9);
            let of_scale = random.random_range(0..=18);
            let scale = random.random_range(0..=18.min(of_scale + 10));
            let total = Total::new(count, &[measure(Function::Sum), measure(Function::Count)], &[sum, count.into()]);
            let average = Average { sum: 0, count: Some(1), of_scale, scale };
            let said = mean(sum, count.into(), of_scale, scale);
            assert_eq!(said, average.units(&total), "seed {seed}: {sum} / {count}, {of_scale} to {scale}");
        }
    }
}
