//! Shares of the records, and what they are shares of.

use std::fmt;
use std::str::FromStr;

use super::{Garbage, SaleKind};

/// A share of all records, from 0 to 1. It is written `0.05` or `5%`.
///
/// ```
/// use mare_sales::Share;
/// assert_eq!("5%".parse::<Share>()?, "0.05".parse()?);
/// assert!("5".parse::<Share>().is_err());
/// # Ok::<(), mare_sales::ShareError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// No record at all.
    pub const NONE: Share = Share(0.0);

    /// The share as a fraction, from 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = match text.strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text, 1.0),
        };
        match number.parse::<f64>() {
            Ok(number) if (0.0..=unit).contains(&number) => Ok(Share(number / unit)),
            _ => Err(ShareError::NotAShare(text.to_owned())),
        }
    }
}

impl fmt::Display for Share {
    /// As a percentage with up to four decimals: `5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e6).round() / 1e4)
    }
}

/// Why shares are refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ShareError {
    /// The text is no number from 0 to 1 and no percentage.
    #[error("`{0}` is not a share: write a fraction such as 0.05 or a percentage such as 5%")]
    NotAShare(String),
    /// Together the shares exceed all records.
    #[error("the shares of late, out-of-order, duplicate and garbage records add up to {0}, which is more than 100%")]
    MoreThanAll(Share),
}

/// How many of the records are something else than a sale on time; together at most all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// Sales that come behind the end of their window plus the lateness.
    late: Share,
    /// Sales older than the one before them, but still on time.
    out_of_order: Share,
    /// Repetitions of an earlier sale, byte for byte.
    duplicates: Share,
    /// Records that are no sales.
    garbage: Share,
}

impl Shares {
    /// The shares of late, out-of-order, duplicate and garbage records.
    ///
    /// # Errors
    /// [`ShareError::MoreThanAll`] if they add up to more than 100%.
    pub fn new(late: Share, out_of_order: Share, duplicates: Share, garbage: Share) -> Result<Self, ShareError> {
        let sum = late.0 + out_of_order.0 + duplicates.0 + garbage.0;
        if sum > 1.0 + 1e-9 {
            return Err(ShareError::MoreThanAll(Share(sum)));
        }
        Ok(Shares { late, out_of_order, duplicates, garbage })
    }

    /// The kind that a uniform draw from `[0, 1)` falls on; `garbage` says which kind of garbage it would be.
    pub(super) fn kind_of(&self, draw: f64, garbage: Garbage) -> SaleKind {
        let kinds = [
            (self.late, SaleKind::Late),
            (self.out_of_order, SaleKind::OutOfOrder),
            (self.duplicates, SaleKind::Duplicate),
            (self.garbage, SaleKind::Garbage(garbage)),
        ];
        let mut bound = 0.0;
        for (share, kind) in kinds {
            bound += share.0;
            if draw < bound {
                return kind;
            }
        }
        SaleKind::OnTime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Share {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_share_is_a_fraction_or_a_percentage() {
        assert_eq!(share("0"), Share::NONE);
        assert_eq!(share("2.5%"), share("0.025"));
        assert_eq!(share("100 %"), share("1"));
        for bad in ["", "%", "1.01", "101%", "-1%", "NaN", "many"] {
            assert_eq!(bad.parse::<Share>(), Err(ShareError::NotAShare(bad.to_owned())));
        }
    }

    #[test]
    fn shares_beyond_all_records_are_refused() {
        let much = share("40%");
        let refused = Shares::new(much, much, much, Share::NONE).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|error| error.contains(" 120%,")));
        assert!(Shares::new(share("70%"), share("10%"), share("10%"), share("10%")).is_ok());
    }

    #[test]
    fn a_draw_falls_on_the_kinds_in_proportion() {
        let shares = Shares::new(share("10%"), share("20%"), share("30%"), share("15%")).unwrap_or_default();
        let kind = |draw| shares.kind_of(draw, Garbage::CutJson);
        assert_eq!((kind(0.0), kind(0.099)), (SaleKind::Late, SaleKind::Late));
        assert_eq!((kind(0.101), kind(0.299)), (SaleKind::OutOfOrder, SaleKind::OutOfOrder));
        assert_eq!((kind(0.301), kind(0.599)), (SaleKind::Duplicate, SaleKind::Duplicate));
        assert_eq!(
            (kind(0.601), kind(0.749)),
            (SaleKind::Garbage(Garbage::CutJson), SaleKind::Garbage(Garbage::CutJson))
        );
        assert_eq!((kind(0.751), kind(0.999)), (SaleKind::OnTime, SaleKind::OnTime));
    }
}
