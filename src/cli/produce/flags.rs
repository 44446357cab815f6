//! Flags with rules of their own.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz};

use crate::cli::Failure;
use crate::dataflow::{self, Overrides, Plan};
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

/// How many of the records are something else than one on time.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct SharesArgs {
    /// Share of records whose windows are closed when they come: sales are 4 to 30 minutes behind (0.05 or 5%)
    #[arg(long, default_value = "0", value_name = "SHARE")]
    late: Share,
    /// Share of records that are out of order, but on time: sales are up to 90 seconds behind; 5% with --like
    #[arg(long, value_name = "SHARE")]
    out_of_order: Option<Share>,
    /// Share of repetitions of an earlier record, byte for byte; 2% with --like, if the dataflow counts ids once
    #[arg(long, value_name = "SHARE")]
    duplicates: Option<Share>,
    /// Share of records that are no events: random bytes, cut JSON, missing fields, wrong types, null payloads, …
    #[arg(long, default_value = "0", value_name = "SHARE")]
    garbage: Share,
}

impl SharesArgs {
    /// The shares of sales, together at most everything.
    ///
    /// # Errors
    /// If they add up to more than that.
    pub fn of_sales(&self) -> Result<Shares, Failure> {
        self.or(Share::NONE, Share::NONE)
    }

    /// Those of records like those of `plan`. Such records are never in perfect order, nor without a repetition where
    /// somebody looks for them.
    ///
    /// # Errors
    /// As of [sales](Self::of_sales).
    pub fn of_likeness(&self, plan: &Plan) -> Result<Shares, Failure> {
        let share = |text: &str| text.parse().map_err(Failure::new);
        self.or(share("5%")?, if plan.dedup.is_some() { share("2%")? } else { Share::NONE })
    }

    fn or(&self, out_of_order: Share, duplicates: Share) -> Result<Shares, Failure> {
        let (out_of_order, duplicates) =
            (self.out_of_order.unwrap_or(out_of_order), self.duplicates.unwrap_or(duplicates));
        Shares::new(self.late, out_of_order, duplicates, self.garbage).map_err(Failure::new)
    }
}

/// Records like those of a dataflow, instead of sales.
#[derive(Debug, Default, clap::Args)]
pub struct LikeArgs {
    /// Make records like those that this dataflow reads instead of sales, and send them to its topic at its brokers
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    /// With --like: overrides a key of the file, such as source.kafka.topic=trial; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "like")]
    set: Vec<String>,
}

impl LikeArgs {
    /// The plan of the dataflow, if there is one.
    ///
    /// # Errors
    /// If the file is refused.
    pub fn plan(&self) -> Result<Option<Plan>, Failure> {
        let load = |file: &PathBuf| dataflow::load(file, &Overrides::new(self.set.iter()), &|name| env::var(name).ok());
        let plan = self.like.as_ref().map(load).transpose();
        plan.map_err(|error| Failure::report(error.render(console::colors_enabled_stderr())))
    }
}

/// What is sold.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AssortmentArgs {
    /// Sell these categories, each as often as the others, instead of the flagship's eight
    #[arg(long, value_name = "NAME,NAME,…", conflicts_with = "like")]
    categories: Option<Categories>,
    /// The least and the greatest value of a sale, instead of 10..5000
    #[arg(long, value_name = "LEAST..GREATEST", allow_hyphen_values = true, conflicts_with = "like")]
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
