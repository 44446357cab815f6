//! Numbers by table, and the short way against the long at random.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;

fn half_even(text: &str, scale: u8) -> Option<(i128, bool)> {
    units(text.as_bytes(), scale, Rounding::HalfEven).map(|it| (it.units, it.exact))
}

#[test]
fn digits_beyond_the_scale_round_half_even() {
    for (text, units, exact) in [
        ("123.45", 12345, true),
        ("0", 0, true),
        ("-0", 0, true),
        ("-0.00", 0, true),
        ("7", 700, true),
        ("7.5", 750, true),
        ("-7.5", -750, true),
        ("1.500", 150, true),
        ("0.005", 0, false),
        ("0.015", 2, false),
        ("0.025", 2, false),
        ("0.0250000000000000000000001", 3, false),
        ("0.02499999999999999999999999", 2, false),
        ("-0.005", 0, false),
        ("-0.015", -2, false),
        ("-0.025", -2, false),
        ("-0.026", -3, false),
        ("9.995", 1000, false),
        ("0.004", 0, false),
        ("0.0004999", 0, false),
        ("1e2", 10000, true),
        ("1E+2", 10000, true),
        ("12345e-3", 1234, false),
        ("12355e-3", 1236, false),
        ("12345e-4", 123, false),
        ("5e-3", 0, false),
        ("5.1e-3", 1, false),
        ("5e-4", 0, false),
        ("9e-4", 0, false),
        ("1e-999999999999999999999", 0, false),
        ("0e999999999999999999999", 0, true),
        ("0.000000000000000000000000000001e30", 100, true),
        ("1000000000000000000000000000000e-30", 100, true),
    ] {
        assert_eq!(half_even(text, 2), Some((units, exact)), "{text}");
    }
}

#[test]
fn magnitudes_from_the_end_of_the_range_on_are_refused() {
    let largest = i128::try_from(UNITS_END).unwrap() - 1;
    assert_eq!(half_even("9999999999999999999999.99", 2), Some((largest, true)));
    assert_eq!(half_even("-9999999999999999999999.99", 2), Some((-largest, true)));
    assert_eq!(half_even("999999999999999999999999", 0), Some((largest, true)));
    for text in [
        "1e22",
        "9999999999999999999999.995",
        "-1e22",
        "1e999999999",
        "1e99999999999999999999999",
        "12345678901234567890123",
    ] {
        assert_eq!(half_even(text, 2), None, "{text}");
    }
    assert_eq!(half_even("9999999", 18), None, "few digits, but many units");
    assert_eq!(half_even("999999.9", 18), Some((999_999_900_000_000_000_000_000, true)));
}

#[test]
fn floors_go_down_on_both_sides_of_zero() {
    for (text, expected) in [
        ("1.9999", 1999),
        ("1.9", 1900),
        ("-1.9991", -2000),
        ("-0.0001", -1),
        ("0.0009", 0),
        ("-2", -2000),
        ("1e-9", 0),
    ] {
        assert_eq!(units(text.as_bytes(), 3, Rounding::Floor).map(|it| it.units), Some(expected), "{text}");
    }
    assert_eq!(units(b"-1e-9", 3, Rounding::Floor), Some(Units { units: -1, exact: false }));
}

#[test]
fn short_and_long_agree() {
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    for round in 0..200_000 {
        let sign = if random.random() { "-" } else { "" };
        let whole = random.random::<u64>() >> random.random_range(0..64);
        let behind = random.random_range(0..1000);
        let text = match random.random_range(0..4) {
            0 => format!("{sign}{whole}"),
            1 => format!("{sign}{whole}.{behind}"),
            2 => format!("{sign}{whole}.{behind:05}"),
            _ => format!("{sign}0.{whole}"),
        };
        let scale = random.random_range(0..=18);
        if let Some((negative, magnitude)) = Digits::of(text.as_bytes()).and_then(|digits| digits.units(scale)) {
            let expected = in_range(negative, magnitude).map(|units| Units { units, exact: true });
            assert_eq!(
                long(&text, scale, Rounding::HalfEven),
                expected,
                "seed {seed} round {round}: {text} at {scale}"
            );
            assert_eq!(long(&text, scale, Rounding::Floor), expected, "seed {seed} round {round}: {text} at {scale}");
        }
    }
}

/// What the least and the greatest of values count on: no value comes near to what stands for none.
#[test]
fn every_value_has_24_digits_at_most() {
    use mare_model::measure::VALUE_END;
    let largest = "9".repeat(24);
    for (text, expected) in [(largest.clone(), VALUE_END - 1), (format!("-{largest}"), 1 - VALUE_END)] {
        assert_eq!(units(text.as_bytes(), 0, Rounding::HalfEven).map(|it| it.units), Some(expected));
    }
    for text in [format!("{largest}.5"), "1e24".to_owned(), "-1e24".to_owned()] {
        assert_eq!(units(text.as_bytes(), 0, Rounding::HalfEven), None, "{text}");
    }
}
