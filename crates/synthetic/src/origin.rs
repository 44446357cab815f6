//! Where the values of a field come from.

use std::ops::RangeInclusive;

use fake::{Fake, RngExt};
use mare_expression::Scalar;
use rand::rngs::Xoshiro256PlusPlus;

use super::words::Words;

/// How many spells there are, until the first comes again.
const SPELLS: i64 = 9;

/// Where the values of a field come from, that has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// One of a few, or one of others.
    Few(FewValues),
    /// One of a few texts, each with the number of the spell in which the event lies: it does not come again soon
    /// behind that.
    InSpells(Vec<String>, i64),
    /// A text of its own.
    Words(Words),
    /// A number, in units of the field's scale.
    Units(RangeInclusive<i128>),
    /// True or false.
    Truth,
    /// The number of the record, from 1: an id.
    Serial,
    /// A time up to so many milliseconds before the event's.
    Before(i64),
}

/// A few values, and where others come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FewValues {
    /// The few, which may be none if there are others.
    pub few: Vec<Scalar<'static>>,
    /// How many of eight draws are of the few; without others, all.
    pub of_eight: u32,
    pub others: Option<Box<Origin>>,
}

impl FewValues {
    fn draw(&self, at: Circumstances, rng: &mut Xoshiro256PlusPlus) -> Scalar<'static> {
        match &self.others {
            Some(others) if self.few.is_empty() || !rng.random_ratio(self.of_eight, 8) => others.draw(at, rng),
            _ => self.few.get(rng.random_range(0..self.few.len().max(1))).cloned().unwrap_or(Scalar::Null),
        }
    }
}

/// What a value may depend on beside chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// The number of the record whose contents these are.
    pub index: u64,
    /// The event time, in milliseconds since the Unix epoch.
    pub time_ms: i64,
}

impl Origin {
    /// One value; a time as its milliseconds.
    pub(super) fn draw(&self, at: Circumstances, rng: &mut Xoshiro256PlusPlus) -> Scalar<'static> {
        match self {
            Origin::Few(few) => few.draw(at, rng),
            Origin::InSpells(texts, spell_ms) => {
                let spell = at.time_ms.div_euclid(*spell_ms).rem_euclid(SPELLS) + 1;
                let text = texts.get(rng.random_range(0..texts.len().max(1))).map_or("", String::as_str);
                Scalar::Text(format!("{text} {spell}").into())
            }
            Origin::Words(words) => Scalar::Text(words.draw(rng).into()),
            Origin::Units(range) => Scalar::Exact(range.clone().fake_with_rng(rng)),
            Origin::Truth => Scalar::Boolean(rng.random()),
            Origin::Serial => Scalar::Exact(i128::from(at.index) + 1),
            Origin::Before(longest_ms) => {
                Scalar::Exact(i128::from(at.time_ms) - i128::from(rng.random_range(0..=*longest_ms)))
            }
        }
    }
}
