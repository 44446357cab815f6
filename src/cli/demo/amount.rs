//! What documents hold: revenue and a number of sales.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::AddAssign;

use indicatif::HumanCount;

use crate::time::EventTime;

/// The documents of the flagship: the start of the window and the category, and what was sold there.
pub type DemoDocuments = BTreeMap<(EventTime, String), Amount>;

/// Revenue and the number of sales that it was made by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Revenue, in cents.
    pub cents: i128,
    /// How many sales.
    pub sales: i64,
}

impl Amount {
    /// The amount of one row: a sum as the nearest double of its exact cents, which are the nearest to it in turn.
    #[must_use]
    pub fn of_row(total: f64, sales: i64) -> Self {
        Amount { cents: (total * 100.0).round() as i128, sales }
    }

    /// The revenue as people write it: `1,234,567.89`.
    #[must_use]
    pub fn revenue(&self) -> String {
        let (sign, cents) = (if self.cents < 0 { "-" } else { "" }, self.cents.unsigned_abs());
        let whole = u64::try_from(cents / 100).unwrap_or(u64::MAX);
        format!("{sign}{}.{:02}", HumanCount(whole), cents % 100)
    }

    /// The number of sales as people write it: `1,234`.
    #[must_use]
    pub fn count(&self) -> String {
        HumanCount(u64::try_from(self.sales).unwrap_or(0)).to_string()
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.cents += other.cents;
        self.sales += other.sales;
    }
}

impl<'a> Sum<&'a Amount> for Amount {
    fn sum<I: Iterator<Item = &'a Amount>>(amounts: I) -> Self {
        amounts.fold(Amount::default(), |mut sum, amount| {
            sum += *amount;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revenue_is_written_with_commas_and_two_digits() {
        let revenue = |cents| Amount { cents, sales: 0 }.revenue();
        assert_eq!(revenue(0), "0.00");
        assert_eq!(revenue(7), "0.07");
        assert_eq!(revenue(123_456_789), "1,234,567.89");
        assert_eq!(revenue(-100_050), "-1,000.50");
    }

    #[test]
    fn the_nearest_double_gives_the_cents_back() {
        for cents in [0, 1, 29, 57, 115, 8_175, 123_456_789, 4_503_599_627_370_497] {
            assert_eq!(Amount::of_row(cents as f64 / 100.0, 1), Amount { cents, sales: 1 }, "{cents}");
        }
    }
}
