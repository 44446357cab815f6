//! What is sold, and for how much.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;

use fake::{Fake, RngExt};

use super::sale::{CATEGORIES, VALUE_CENTS};

/// Categories with their weights, and the range of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assortment {
    /// Each category as it stands between the quotes of a JSON string, and its weight.
    categories: Vec<(Cow<'static, str>, u32)>,
    /// The sum of the weights.
    tickets: u32,
    /// The least and the greatest value, in cents.
    cents: (u32, u32),
}

impl Default for Assortment {
    /// The flagship's: [`CATEGORIES`] and [`VALUE_CENTS`].
    fn default() -> Self {
        let categories = CATEGORIES.iter().map(|(category, weight)| (Cow::Borrowed(*category), *weight)).collect();
        Assortment::new(categories, VALUE_CENTS)
    }
}

impl Assortment {
    fn new(categories: Vec<(Cow<'static, str>, u32)>, cents: (u32, u32)) -> Self {
        let tickets = categories.iter().map(|(_, weight)| weight).sum();
        Assortment { categories, tickets, cents }
    }

    /// The same with these categories, each as frequent as the others.
    #[must_use]
    pub fn of_categories(self, Categories(names): Categories) -> Self {
        Assortment::new(names.into_iter().map(|name| (Cow::Owned(name), 1)).collect(), self.cents)
    }

    /// The same with values in this range.
    #[must_use]
    pub fn of_values(self, ValueRange(cents): ValueRange) -> Self {
        Assortment { cents, ..self }
    }

    /// Draws a category by its weight.
    pub(super) fn draw_category(&self, rng: &mut impl RngExt) -> &str {
        let mut ticket: u32 = (0..self.tickets).fake_with_rng(rng);
        for (category, weight) in &self.categories {
            if ticket < *weight {
                return category;
            }
            ticket -= weight;
        }
        CATEGORIES[0].0
    }

    /// Draws a value in cents.
    pub(super) fn draw_cents(&self, rng: &mut impl RngExt) -> u32 {
        (self.cents.0..=self.cents.1).fake_with_rng(rng)
    }
}

/// Categories of one's own. They are written `Gamer,Livros`.
///
/// ```
/// use mare_sales::Categories;
/// assert!("Gamer, Livros".parse::<Categories>().is_ok());
/// assert!("Gamer,,Livros".parse::<Categories>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories(
    /// As they stand between the quotes of a JSON string.
    Vec<String>,
);

impl FromStr for Categories {
    type Err = AssortmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<_> = text.split(',').map(str::trim).collect();
        let mut seen = BTreeSet::new();
        for name in &names {
            if name.is_empty() {
                return Err(AssortmentError::NoName);
            }
            if !seen.insert(*name) {
                return Err(AssortmentError::Twice((*name).to_owned()));
            }
        }
        Ok(Categories(names.into_iter().map(between_quotes).collect()))
    }
}

/// A text as it stands between the quotes of a JSON string.
fn between_quotes(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let inner = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

/// A range of values. It is written `10..5000`, or with cents, `0.99..19.90`; both ends belong to it.
///
/// ```
/// use mare_sales::ValueRange;
/// assert!("0.99..19.9".parse::<ValueRange>().is_ok());
/// assert!("5000..10".parse::<ValueRange>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueRange(
    /// The ends, in cents.
    (u32, u32),
);

impl FromStr for ValueRange {
    type Err = AssortmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (low, high) = text.split_once("..").ok_or_else(|| AssortmentError::NoRange(text.to_owned()))?;
        let ends = (cents(low)?, cents(high)?);
        if ends.0 > ends.1 {
            return Err(AssortmentError::Backwards(low.trim().to_owned(), high.trim().to_owned()));
        }
        Ok(ValueRange(ends))
    }
}

/// The cents of an amount.
fn cents(text: &str) -> Result<u32, AssortmentError> {
    let text = text.trim();
    let (whole, behind) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if text.starts_with('-') {
        return Err(AssortmentError::Negative(text.to_owned()));
    }
    if !is_number(whole) || !is_number(behind) {
        return Err(AssortmentError::NoAmount(text.to_owned()));
    }
    if behind.len() > 2 {
        return Err(AssortmentError::TooFine(text.to_owned()));
    }
    format!("{whole}{behind:0<2}").parse().map_err(|_| AssortmentError::TooMuch(text.to_owned()))
}

/// Why an assortment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssortmentError {
    /// A category has no name.
    #[error("a category has no name: write them with one comma between two, such as Gamer,Livros")]
    NoName,
    /// A category is named twice.
    #[error("the category `{0}` is named twice: each of them is as frequent as the others")]
    Twice(String),
    /// There are no two amounts.
    #[error("`{0}` is no range: write the least and the greatest value with two dots between them, such as 10..5000")]
    NoRange(String),
    /// An end is no number.
    #[error("`{0}` is no amount: write digits, and cents behind a point, such as 10 or 99.90")]
    NoAmount(String),
    /// An end is negative.
    #[error("`{0}` is negative: a sale costs 0 or more")]
    Negative(String),
    /// An end has more digits than a sale.
    #[error("`{0}` has more than two digits behind the point: a sale is in whole cents")]
    TooFine(String),
    /// An end is too large.
    #[error("`{0}` is too much: a sale costs at most 42949672.95")]
    TooMuch(String),
    /// The ends are in the wrong order.
    #[error("no value lies between {0} and {1}: write the smaller one first, such as {1}..{0}")]
    Backwards(String, String),
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn categories_are_drawn_alike_and_are_json() {
        let categories: Categories = "Gamer, Casa \"J\",Livros".parse().expect("categories");
        let assortment = Assortment::default().of_categories(categories);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let drawn: Vec<_> = (0..3_000).map(|_| assortment.draw_category(&mut rng).to_owned()).collect();
        for name in ["Gamer", "Casa \\\"J\\\"", "Livros"] {
            let count = drawn.iter().filter(|drawn| *drawn == name).count();
            assert!((800..1_200).contains(&count), "{name}: {count}");
        }
    }

    #[test]
    fn values_lie_between_their_ends_and_reach_them() {
        let assortment = Assortment::default().of_values("0.99..1.01".parse().expect("a range"));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let drawn: BTreeSet<_> = (0..100).map(|_| assortment.draw_cents(&mut rng)).collect();
        assert_eq!(drawn, BTreeSet::from([99, 100, 101]));
    }

    #[test]
    fn nonsense_is_refused_with_what_to_write() {
        let values = |text: &str| text.parse::<ValueRange>().map_err(|error| error.to_string());
        assert_eq!(values("10..5000"), Ok(ValueRange((1_000, 500_000))));
        assert_eq!(values(" 7 .. 7.5 "), Ok(ValueRange((700, 750))));
        for (text, words) in [
            ("", "10..5000"),
            ("10", "10..5000"),
            ("10..", "no amount"),
            ("a..b", "no amount"),
            ("1e3..2e3", "no amount"),
            ("-5..10", "negative"),
            ("1..2.345", "two digits"),
            ("1..99999999", "too much"),
            ("50..10", "such as 10..50"),
        ] {
            assert!(values(text).is_err_and(|error| error.contains(words)), "{text}: {:?}", values(text));
        }
        let categories = |text: &str| text.parse::<Categories>().map_err(|error| error.to_string());
        for (text, words) in [("", "no name"), ("a,,b", "no name"), ("a,", "no name"), ("a,b,a", "`a` is named twice")]
        {
            assert!(categories(text).is_err_and(|error| error.contains(words)), "{text}");
        }
    }
}
