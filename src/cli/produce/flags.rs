//! Flags with rules of their own.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz};

use crate::cli::Failure;
use crate::sales::{Assortment, Categories, Share, Shares, ValueRange};

/// Records a second, or as fast as they are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// Records a second; `None` is flat out.
    #[must_use]
    pub fn per_second(self) -> Option<f64> {
        (self.0 > 0.0).then_some(self.0)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<f64>() {
            Ok(rate) if rate >= 0.0 && rate.is_finite() => Ok(Rate(rate)),
            _ => Err("write a number of records a second, such as 2 or 0.5, or 0 for flat out".to_owned()),
        }
    }
}

/// How many of the records are something else than a sale on time.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct SharesArgs {
    /// Share of sales 4 to 30 minutes behind: later than a window of one minute and a lateness of two allow (0.05 or
    /// 5%)
    #[arg(long, default_value = "0", value_name = "SHARE")]
    pub late: Share,
    /// Share of sales up to 90 seconds behind: out of order, but on time
    #[arg(long, default_value = "0", value_name = "SHARE")]
    pub out_of_order: Share,
    /// Share of repetitions of an earlier sale, byte for byte
    #[arg(long, default_value = "0", value_name = "SHARE")]
    pub duplicates: Share,
    /// Share of records that are no sales: random bytes, cut JSON, missing fields, wrong types, null payloads, …
    #[arg(long, default_value = "0", value_name = "SHARE")]
    pub garbage: Share,
}

impl SharesArgs {
    /// The shares, together at most everything.
    ///
    /// # Errors
    /// If they add up to more than that.
    pub fn shares(&self) -> Result<Shares, Failure> {
        Shares::new(self.late, self.out_of_order, self.duplicates, self.garbage).map_err(Failure::new)
    }
}

/// What is sold.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AssortmentArgs {
    /// Sell these categories, each as often as the others, instead of the flagship's eight
    #[arg(long, value_name = "NAME,NAME,…")]
    categories: Option<Categories>,
    /// The least and the greatest value of a sale, instead of 10..5000
    #[arg(long, value_name = "LEAST..GREATEST", allow_hyphen_values = true)]
    values: Option<ValueRange>,
}

impl AssortmentArgs {
    /// The flagship's assortment, but for what was said otherwise.
    #[must_use]
    pub fn assortment(self) -> Assortment {
        let mut assortment = Assortment::default();
        if let Some(categories) = self.categories {
            assortment = assortment.of_categories(categories);
        }
        if let Some(values) = self.values {
            assortment = assortment.of_values(values);
        }
        assortment
    }
}

/// Reads a time: RFC 3339, or without an offset as UTC.
pub(in crate::cli) fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let naive = text.parse::<DateTime>().map_err(|_| "write it as 2025-11-28T12:00:00Z".to_owned())?;
    tz::Offset::UTC.to_timestamp(naive).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_utc() {
        let noon = parse_time("2025-11-28T12:00:00Z");
        assert!(noon.is_ok());
        assert_eq!(parse_time("2025-11-28T12:00:00"), noon);
        assert_eq!(parse_time("2025-11-28T09:00:00-03:00"), noon);
        assert!(parse_time("noon").is_err());
    }

    #[test]
    fn a_rate_of_zero_is_flat_out() {
        assert_eq!("0".parse::<Rate>().map(Rate::per_second), Ok(None));
        assert_eq!("0.5".parse::<Rate>().map(Rate::per_second), Ok(Some(0.5)));
        assert!("-1".parse::<Rate>().is_err() && "inf".parse::<Rate>().is_err());
    }
}
