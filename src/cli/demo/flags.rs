//! Flags with rules of their own.

use std::str::FromStr;

use jiff::Timestamp;

use crate::cli::Failure;
use crate::cli::produce::Rate;
use crate::sales::{Share, Shares, Spread};

/// When the made-up sales begin: the noon of a Black Friday, in seconds since the Unix epoch.
const NOON_S: i64 = 1_764_331_200;
/// Flat out, event time runs as if so many sales a second were made.
const FLAT_OUT_RATE: f64 = 100_000.0;
/// For how many microseconds of event time there are sales: 250 years, which a double holds exactly.
const HORIZON_US: f64 = 250.0 * 365.0 * 86_400e6;

/// How many times as fast as the clock event time runs; more than zero, at most a day a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// The event times of sales that are made at `rate`, from noon on. They depend on nothing else, so the same seed
    /// makes the same sales at the same event times.
    ///
    /// # Errors
    /// If the rate is so low that there is no sale within the horizon.
    pub fn spread(self, rate: Rate) -> Result<Spread, Failure> {
        let at = |us| Timestamp::from_microsecond(NOON_S * 1_000_000 + us).map_err(Failure::new);
        let step_us = 1e6 * self.0 / rate.per_second().unwrap_or(FLAT_OUT_RATE);
        let sales = (HORIZON_US / step_us).floor();
        Spread::new(at(0)?, at((sales * step_us).round() as i64)?, sales as u64).map_err(Failure::new)
    }

    /// How many times as fast as the clock.
    #[must_use]
    pub fn times(self) -> f64 {
        self.0
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<f64>() {
            Ok(speed) if speed > 0.0 && speed <= 86_400.0 => Ok(Speed(speed)),
            _ => {
                Err("write how many times as fast as the clock: more than 0, at most 86400, a day a second".to_owned())
            }
        }
    }
}

/// How many of the records are something else than a sale on time.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct DemoSharesArgs {
    /// Share of sales that come when their window is closed (0.05 or 5%)
    #[arg(long, default_value = "1%", value_name = "SHARE")]
    late: Share,
    /// Share of sales up to 90 seconds behind: out of order, but on time
    #[arg(long, default_value = "5%", value_name = "SHARE")]
    out_of_order: Share,
    /// Share of records that are no sales
    #[arg(long, default_value = "0.2%", value_name = "SHARE")]
    garbage: Share,
}

impl DemoSharesArgs {
    /// The shares, together at most everything.
    ///
    /// # Errors
    /// If they add up to more than that.
    pub fn shares(&self) -> Result<Shares, Failure> {
        Shares::new(self.late, self.out_of_order, Share::NONE, self.garbage).map_err(Failure::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::BaseTimes;

    fn times(speed: &str, rate: &str) -> [i64; 2] {
        let rate = rate.parse().expect("a rate");
        let spread = speed.parse::<Speed>().expect("a speed").spread(rate).expect("sales");
        [0, 3].map(|index| BaseTimes::Spread(spread).before(index, 0).as_microsecond() - NOON_S * 1_000_000)
    }

    #[test]
    fn event_time_runs_as_fast_as_it_is_told() {
        assert_eq!(times("1", "1"), [0, 3_000_000]);
        assert_eq!(times("10", "500"), [0, 60_000]);
        assert_eq!(times("86400", "2"), [0, 3 * 43_200_000_000]);
        assert_eq!(times("10", "0"), [0, 300]);
        assert_eq!(times("7", "3"), [0, 7_000_000]);
    }

    #[test]
    fn speeds_have_bounds() {
        for speed in ["0", "-1", "NaN", "inf", "86401", "fast"] {
            assert!(speed.parse::<Speed>().is_err(), "{speed}");
        }
    }
}
