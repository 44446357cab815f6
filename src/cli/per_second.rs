//! Rates for people.

use std::fmt;
use std::time::Duration;

use indicatif::HumanCount;

/// Below this a rate has a digit behind the point: 1.99 a second is not 1.
const SLOW: f64 = 10.0;

/// So many things a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct PerSecond(f64);

impl PerSecond {
    /// A rate that is known; none that is negative or no number is.
    #[must_use]
    pub fn new(per_second: f64) -> PerSecond {
        PerSecond(if per_second.is_finite() { per_second.max(0.0) } else { 0.0 })
    }

    /// So many in that time; none in no time.
    #[must_use]
    pub fn of(count: u64, elapsed: Duration) -> PerSecond {
        PerSecond::new(count as f64 / elapsed.as_secs_f64())
    }

    /// Things a second.
    #[must_use]
    pub fn number(self) -> f64 {
        self.0
    }
}

impl fmt::Display for PerSecond {
    /// Rounded: `1.9`, `12`, `1,500`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        if tenths > 0.0 && tenths < SLOW * 10.0 {
            write!(f, "{:.1}", tenths / 10.0)
        } else {
            HumanCount(self.0.round() as u64).fmt(f)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_and_a_slow_one_has_a_tenth() {
        for (rate, expected) in [
            (0.0, "0"),
            (0.04, "0"),
            (0.06, "0.1"),
            (1.99, "2.0"),
            (1.94, "1.9"),
            (9.96, "10"),
            (10.4, "10"),
            (1_499.6, "1,500"),
        ] {
            assert_eq!(PerSecond::new(rate).to_string(), expected, "{rate}");
        }
        assert_eq!(PerSecond::of(3, Duration::ZERO), PerSecond::default());
        assert_eq!(PerSecond::of(0, Duration::ZERO), PerSecond::default());
        assert_eq!(PerSecond::of(199, Duration::from_secs(100)).to_string(), "2.0");
        assert_eq!(PerSecond::new(f64::NAN).to_string(), "0");
    }
}
