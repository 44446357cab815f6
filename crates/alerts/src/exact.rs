//! Comparing products of integers without rounding or overflow. Pure.

use std::cmp::Ordering;

/// How `a * b` compares with `c * d`, exactly, whatever their size.
///
/// ```
/// use mare_alerts::exact::compare;
/// use std::cmp::Ordering;
/// assert_eq!(compare((i128::MAX, i128::MIN), (i128::MIN, i128::MAX)), Ordering::Equal);
/// assert_eq!(compare((i128::MAX, 3), (i128::MAX, 2)), Ordering::Greater);
/// assert_eq!(compare((-5, 3), (-7, 2)), Ordering::Less);
/// ```
#[must_use]
pub fn compare((a, b): (i128, i128), (c, d): (i128, i128)) -> Ordering {
    let (left, right) = (a.signum() * b.signum(), c.signum() * d.signum());
    let magnitudes = || wide(a.unsigned_abs(), b.unsigned_abs()).cmp(&wide(c.unsigned_abs(), d.unsigned_abs()));
    left.cmp(&right).then_with(|| if left < 0 { magnitudes().reverse() } else { magnitudes() })
}

/// The product of two numbers as its upper and lower 128 bits, by halves as on paper.
fn wide(a: u128, b: u128) -> (u128, u128) {
    const HALF: u32 = 64;
    const LOW: u128 = (1 << HALF) - 1;
    let ((a1, a0), (b1, b0)) = ((a >> HALF, a & LOW), (b >> HALF, b & LOW));
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> HALF);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> HALF) + (other >> HALF), (other << HALF) | (low & LOW))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    use super::*;

    #[test]
    fn small_products_compare_as_they_do() {
        let seed = mare_random::seed();
        let mut random = SmallRng::seed_from_u64(seed);
        for _ in 0..10_000 {
            let [a, b, c, d] =
                std::array::from_fn(|_| i128::from(random.random::<i64>() >> random.random_range(0..63)));
            assert_eq!(compare((a, b), (c, d)), (a * b).cmp(&(c * d)), "seed {seed}: {a} {b} {c} {d}");
        }
    }

    #[test]
    fn a_wide_product_divides_back() {
        let seed = mare_random::seed();
        let mut random = SmallRng::seed_from_u64(seed);
        for _ in 0..10_000 {
            let (a, b): (u128, u128) = (random.random::<u128>() | 1, random.random::<u128>() | 1);
            let (high, low) = wide(a, b);
            assert_eq!(low, a.wrapping_mul(b), "seed {seed}");
            // The upper half, by its bounds: a * b / 2^128 lies within one of it, and is never above.
            let estimate = (a >> 64) * (b >> 64);
            assert!(high >= estimate && high - estimate <= (a >> 64) + (b >> 64), "seed {seed}: {a} {b}");
        }
        assert_eq!(wide(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
    }
}
