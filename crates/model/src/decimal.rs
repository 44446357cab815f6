//! Decimals as sinks keep them: exact text, and the double that lies nearest to it; there and back. Pure.

/// The exact text of `units * 10^-scale`, with all `scale` digits behind the point, as JSON and SQL write numbers.
///
/// ```
/// use mare_model::decimal::text;
/// assert_eq!(text(-5, 2), "-0.05");
/// assert_eq!(text(123_450, 2), "1234.50");
/// assert_eq!(text(7, 0), "7");
/// ```
#[must_use]
pub fn text(units: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let mut text = format!("{units:0width$}", width = usize::from(units < 0) + 1 + scale);
    if scale > 0 {
        text.insert(text.len() - scale, '.');
    }
    text
}

/// The double nearest to `units * 10^-scale`, ties to even.
///
/// The standard library's parser rounds correctly, so the way through the text is exact where a division of two
/// doubles is not: there both the units and the power of ten would be rounded before the quotient is.
#[must_use]
pub fn nearest(units: i128, scale: u8) -> f64 {
    text(units, scale).parse().expect("digits with at most one point are a number")
}

/// How many units of `10^-scale` the number `text` is: digits with at most one point, and perhaps an exponent, as
/// databases write numbers; `None` if it is no whole number of them, is none at all, or more than an `i128` holds.
///
/// ```
/// use mare_model::decimal::units;
/// assert_eq!(units("1234.5", 2), Some(123_450));
/// assert_eq!(units("1.2345E+3", 2), Some(123_450));
/// assert_eq!(units("6418.5599999999995", 2), None);
/// ```
#[must_use]
pub fn units(text: &str, scale: u8) -> Option<i128> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (negative, magnitude) = match mantissa.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, mantissa),
    };
    let (whole, behind) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let digits = [whole, behind].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The number is `digits` with the last `places` of them behind the point, or zeros behind them if that is negative.
    let places = i64::try_from(behind.len()).ok()?.checked_sub(exponent.parse().ok()?)?;
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = i64::try_from(digits.len() - digits.trim_end_matches('0').len()).ok()?;
    let power = zeros.checked_sub(places)?.checked_add(scale.into())?;
    let factor = 10_i128.checked_pow(u32::try_from(power).ok()?)?;
    let units = significant.parse::<i128>().ok()?.checked_mul(factor)?;
    Some(if negative { -units } else { units })
}

/// How many units of `10^-scale` the double `number` stands for: those whose nearest double it is; `None` if it is the
/// nearest to no whole number of them, or more than an `i128` holds.
///
/// Beyond 2^53 units several of them share a double; then it is the one with the shortest text.
///
/// # Why the shortest text decides
/// The shortest text of a double is the one of the fewest digits that lies nearer to it than to any other. If a number
/// of `scale` digits behind the point does so too, the shortest has no more digits behind the point than that.
#[must_use]
pub fn of_nearest(number: f64, scale: u8) -> Option<i128> {
    number.is_finite().then(|| units(&number.to_string(), scale)).flatten()
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
        let seed = mare_random::seed();
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

    #[test]
    fn what_went_out_comes_back() {
        let seed = mare_random::seed();
        let mut random = SmallRng::seed_from_u64(seed);
        for round in 0..20_000 {
            let scale = random.random_range(0..=18);
            // Fifteen digits always fit a double.
            let magnitude = 10_i64.pow(random.random_range(1..=15));
            let before = i128::from(random.random_range(-magnitude + 1..magnitude));
            assert_eq!(units(&text(before, scale), scale), Some(before), "seed {seed} round {round}");
            assert_eq!(of_nearest(nearest(before, scale), scale), Some(before), "seed {seed} round {round}");
        }
    }

    #[test]
    fn any_text_is_a_number_that_is_written_as_it_is_read_or_none() {
        mare_random::fuzz("decimals", 12_000, |input| {
            let Ok(number) = std::str::from_utf8(input) else { return false };
            let read = [0, 2, 18].map(|scale| (scale, units(number, scale)));
            for (scale, read) in read {
                assert_eq!(read.and_then(|read| units(&text(read, scale), scale)), read, "{number} at {scale}");
            }
            read.iter().any(|(_, read)| read.is_some())
        });
    }

    #[test]
    fn beyond_the_digits_of_a_double_its_neighbours_share_it() {
        for before in [10_i128.pow(30) + 1, i128::from(i64::MAX) * 100 + 7, -(10_i128.pow(37)) + 1] {
            let after = of_nearest(nearest(before, 2), 2).unwrap();
            assert_eq!(nearest(after, 2), nearest(before, 2), "{before} {after}");
        }
    }

    #[test]
    fn a_double_next_to_a_decimal_is_none() {
        for (number, scale) in [(6418.5599999999995, 2), (0.1, 0), (0.30000000000000004, 2), (1e-3, 2)] {
            assert_eq!(of_nearest(number, scale), None, "{number}");
        }
        for cents in [1_i128, 29, 641_856, 123_456_789_012] {
            let double = nearest(cents, 2);
            assert_eq!((of_nearest(double.next_up(), 2), of_nearest(double.next_down(), 2)), (None, None), "{cents}");
        }
        assert_eq!([f64::NAN, f64::INFINITY, 1e300].map(|number| of_nearest(number, 2)), [None; 3]);
    }

    #[test]
    fn texts_of_databases_are_read() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0.00", Some(0)),
            ("0E-6176", Some(0)),
            ("20.20", Some(2_020)),
            ("2.02E+1", Some(2_020)),
            ("1E+3", Some(100_000)),
            ("1E-3", None),
            ("1E+40", None),
            ("1E+9999999999999999999", None),
            ("NaN", None),
            ("Infinity", None),
            ("", None),
            ("-", None),
            ("1.2.3", None),
            ("+1", None),
        ] {
            assert_eq!(units(text, 2), expected, "{text}");
        }
    }
}
