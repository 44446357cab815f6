//! Decimals on their way out: exact text, and the double that lies nearest to it. Pure.

/// The exact text of `units * 10^-scale`, with all `scale` digits behind the point, as JSON and SQL write numbers.
///
/// ```
/// use mare::sink::decimal::text;
/// assert_eq!(text(-5, 2), "-0.05");
/// assert_eq!(text(123_450, 2), "1234.50");
/// assert_eq!(text(7, 0), "7");
/// ```
#[must_use]
pub fn text(units: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The double nearest to `units * 10^-scale`, ties to even.
///
/// The standard library's parser rounds correctly, so the way through the text is exact where a division of two
/// doubles is not: there both the units and the power of ten would be rounded before the quotient is.
#[must_use]
pub fn nearest(units: i128, scale: u8) -> f64 {
    text(units, scale).parse().expect("digits with at most one point are a number")
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// The magnitude of a finite double as `mantissa * 2^exponent`, exactly.
    fn parts(double: f64) -> (i128, i32) {
        let bits = double.abs().to_bits();
        let (fraction, biased) = ((bits & ((1 << 52) - 1)) as i128, (bits >> 52) as i32);
        if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) }
    }

    /// How far `double` is from `units * 10^-scale`, as a whole number of `2^least * 10^-scale`: nothing is rounded.
    fn distance(double: f64, units: i128, scale: u8, least: i32) -> i128 {
        let (mantissa, exponent) = parts(double);
        let double = (mantissa * 10i128.pow(scale.into())) << (exponent - least);
        (double - (units.abs() << -least)).abs()
    }

    #[test]
    fn no_neighbour_of_the_double_is_nearer() {
        let seed: u64 = rand::random();
        let mut random = SmallRng::seed_from_u64(seed);
        for _ in 0..100_000 {
            let scale = random.random_range(0..=18);
            let units = random.random::<i128>() >> random.random_range(1..120);
            let double = nearest(units, scale);
            let around = [double.abs().next_down(), double.abs(), double.abs().next_up()];
            if units == 0 {
                continue;
            }
            let least = parts(around[0]).1.min(0);
            let [below, mine, above] = around.map(|each| distance(each, units, scale, least));
            let says = format!("seed {seed}: {units}e-{scale} became {double:e}");
            assert_eq!(double < 0.0, units < 0, "{says}");
            assert!(mine <= below && mine <= above, "{says}");
        }
    }

    #[test]
    fn the_text_of_extremes_is_exact() {
        assert_eq!(text(i128::MIN, 0), i128::MIN.to_string());
        assert_eq!(text(i128::MAX, 18), "170141183460469231731.687303715884105727");
        assert_eq!(text(0, 3), "0.000");
        assert_eq!(nearest(i128::MAX, 0), i128::MAX as f64);
        assert_eq!(nearest(10, 2), 0.1);
        assert_eq!(nearest(0, 18), 0.0);
    }
}
