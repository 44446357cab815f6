//! What a total keeps of its events where no number of a fixed size is enough: the first and the last, the distinct
//! ones, how they are spread.
//!
//! They are *mergeable summaries* (Agarwal, Cormode, Huang, Phillips, Wei and Yi, PODS 2012), and more than that: what
//! comes of events does not depend on their order nor on how they were split up, to the last bit. So there is none
//! that flips coins or depends on what was merged with what, such as t-digest, KLL and REQ.
//!
//! # A new one
//! A variant of [`SummaryFunction`] and of [`Summary`], which has to be a commutative monoid as a
//! [`Function`](crate::measure::Function) is; it needs no inverse either. The tests below hold each of
//! [`SummaryFunction::ALL`] to it, by the [laws](crate::laws) that everybody may try.
//!
//! # Layout
//! * [`mod@registers`]: how many distinct ones, nearly; [`mod@buckets`]: how they are spread, nearly
//! * [`sighting`]: the first and the last; [`ranking`]: which come to most

pub mod buckets;
pub mod ranking;
pub mod registers;
pub mod sighting;

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use self::buckets::Buckets;
use self::ranking::Weights;
use self::registers::Registers;
use self::sighting::{Sighting, Witness};
use crate::datum::Datum;
use crate::decimal;

/// One summary that is maintained for each window and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summarize {
    /// What is kept.
    pub function: SummaryFunction,
    /// Of which field, an index into [`EventPlan::fields`](crate::schema::EventPlan::fields).
    pub field: usize,
    /// By the sum of which field values are ranked, if they are: without one it is by how many events had them.
    pub by: Option<usize>,
}

/// What is kept of the values of a field. An event without the field is passed over by each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SummaryFunction {
    /// The value of the first event: by event time, then by partition and offset.
    First,
    /// The value of the last event, in the same order.
    Last,
    /// All distinct values.
    Distinct,
    /// What tells nearly how many distinct values there are, in 4 KiB at most.
    ApproxDistinct,
    /// How many values there are of nearly each size.
    Quantiles,
    /// The least text, by its bytes. What numbers need, a [`Function`](crate::measure::Function) keeps.
    LeastText,
    /// The greatest text, by its bytes.
    GreatestText,
    /// What each value comes to.
    Top,
}

/// What has been kept of some events.
///
/// Checkpoints have it, by the numbers of its variants, so these never change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Summary {
    /// Of [`SummaryFunction::First`].
    First(Option<Sighting>),
    /// Of [`SummaryFunction::Last`].
    Last(Option<Sighting>),
    /// Of [`SummaryFunction::Distinct`]: the values as texts.
    Distinct(BTreeSet<CompactString>),
    /// Of [`SummaryFunction::ApproxDistinct`].
    ApproxDistinct(Registers),
    /// Of [`SummaryFunction::Quantiles`].
    Quantiles(Buckets),
    /// Of [`SummaryFunction::LeastText`].
    LeastText(Option<CompactString>),
    /// Of [`SummaryFunction::GreatestText`].
    GreatestText(Option<CompactString>),
    /// Of [`SummaryFunction::Top`].
    Top(Weights),
}

/// Which of the values in ascending order is asked for: that behind so many millionths of them, 1,000,000 of which are
/// all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile(pub u32);

impl Quantile {
    /// All of them.
    pub const END: u32 = 1_000_000;
}

/// As a file has it: `0.5`, `0.999`.
impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(decimal::text(self.0.into(), 6).trim_end_matches('0').trim_end_matches('.'))
    }
}

impl SummaryFunction {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [SummaryFunction; 8] = [
        SummaryFunction::First,
        SummaryFunction::Last,
        SummaryFunction::Distinct,
        SummaryFunction::ApproxDistinct,
        SummaryFunction::Quantiles,
        SummaryFunction::LeastText,
        SummaryFunction::GreatestText,
        SummaryFunction::Top,
    ];

    /// Its name. Checkpoints and fingerprints have it, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SummaryFunction::First => "first",
            SummaryFunction::Last => "last",
            SummaryFunction::Distinct => "count_distinct",
            SummaryFunction::ApproxDistinct => "approx_count_distinct",
            SummaryFunction::Quantiles => "quantile",
            SummaryFunction::LeastText => "min",
            SummaryFunction::GreatestText => "max",
            SummaryFunction::Top => "top",
        }
    }

    /// What no event at all comes to.
    #[must_use]
    pub fn identity(self) -> Summary {
        match self {
            SummaryFunction::First => Summary::First(None),
            SummaryFunction::Last => Summary::Last(None),
            SummaryFunction::Distinct => Summary::Distinct(BTreeSet::new()),
            SummaryFunction::ApproxDistinct => Summary::ApproxDistinct(Registers::default()),
            SummaryFunction::Quantiles => Summary::Quantiles(Buckets::default()),
            SummaryFunction::LeastText => Summary::LeastText(None),
            SummaryFunction::GreatestText => Summary::GreatestText(None),
            SummaryFunction::Top => Summary::Top(Weights::default()),
        }
    }

    /// Whether it says how many there are, so that of no event it says 0; the others say nothing then.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, SummaryFunction::Distinct | SummaryFunction::ApproxDistinct)
    }
}

impl Summarize {
    /// As a dataflow file has it, where `name` says what a field is called: `first(valor)`. Of a ranking it does not
    /// say how many are asked for: `top(produto, sum(valor))`.
    #[must_use]
    pub fn text<'n>(self, name: impl Fn(usize) -> &'n str) -> String {
        let by = self.by.map_or_else(String::new, |by| format!(", sum({})", name(by)));
        format!("{}({}{by})", self.function.name(), name(self.field))
    }
}

impl Summary {
    /// Takes the value of an event in, which `witness` tells from all others. Returns by how many bytes it has grown,
    /// as far as that depends on the values.
    pub fn take(&mut self, value: Datum<'_>, witness: Witness) -> usize {
        match (self, value) {
            (_, Datum::Absent) => 0,
            (Summary::First(first), value) => {
                sighting::first(first, value, witness);
                0
            }
            (Summary::Last(last), value) => {
                sighting::last(last, value, witness);
                0
            }
            (Summary::Distinct(values), value) => insert(values, value),
            (Summary::ApproxDistinct(registers), value) => {
                with_text(value, |text| registers.take(text.as_bytes()));
                0
            }
            (Summary::Quantiles(buckets), value) => {
                units(value).into_iter().for_each(|units| buckets.take(units));
                0
            }
            (Summary::LeastText(least), Datum::Text(text)) => {
                keep(least, text, |text, least| text < least);
                0
            }
            (Summary::GreatestText(greatest), Datum::Text(text)) => {
                keep(greatest, text, |text, greatest| text > greatest);
                0
            }
            (Summary::LeastText(_) | Summary::GreatestText(_), _) => 0,
            (Summary::Top(weights), value) => weights.add(value, 1),
        }
    }

    /// Takes the value of an event in whose other field is `weight`, by the sum of which values are ranked; one that is
    /// absent adds nothing to a value that is there. Returns by how many bytes it has grown.
    pub fn rank(&mut self, value: Datum<'_>, weight: Datum<'_>) -> usize {
        match self {
            Summary::Top(weights) if value != Datum::Absent => weights.add(value, units(weight).unwrap_or(0)),
            _ => 0,
        }
    }

    /// Takes in what others have kept by the same function. Of another one it takes nothing, which no plan asks for.
    pub fn merge(&mut self, other: &Summary) {
        match (self, other) {
            (Summary::First(first), Summary::First(other)) => {
                other.iter().for_each(|other| sighting::earlier(first, other.clone()));
            }
            (Summary::Last(last), Summary::Last(other)) => {
                other.iter().for_each(|other| sighting::later(last, other.clone()));
            }
            (Summary::Distinct(values), Summary::Distinct(others)) => values.extend(others.iter().cloned()),
            (Summary::ApproxDistinct(registers), Summary::ApproxDistinct(other)) => registers.merge(other),
            (Summary::Quantiles(buckets), Summary::Quantiles(other)) => buckets.merge(other),
            (Summary::LeastText(least), Summary::LeastText(other)) => {
                other.iter().for_each(|other| keep(least, other, |text, least| text < least));
            }
            (Summary::GreatestText(greatest), Summary::GreatestText(other)) => {
                other.iter().for_each(|other| keep(greatest, other, |text, greatest| text > greatest));
            }
            (Summary::Top(weights), Summary::Top(others)) => weights.merge(others),
            _ => {}
        }
    }

    /// What it says as a number: how many distinct values, or a value in units of its field, of the [`Quantile`] that
    /// is asked for if it knows of more than one. Nothing if it has no value, and of a text.
    #[must_use]
    pub fn units(&self, quantile: Quantile) -> Option<i128> {
        match self {
            Summary::First(sighting) | Summary::Last(sighting) => sighting.as_ref().and_then(Sighting::units),
            Summary::Distinct(values) => i128::try_from(values.len()).ok(),
            Summary::ApproxDistinct(registers) => Some(registers.estimate().into()),
            Summary::Quantiles(buckets) => buckets.quantile(quantile),
            Summary::LeastText(_) | Summary::GreatestText(_) | Summary::Top(_) => None,
        }
    }

    /// What it says as a text, if it is of texts and has one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Summary::First(sighting) | Summary::Last(sighting) => sighting.as_ref().and_then(Sighting::text),
            Summary::LeastText(text) | Summary::GreatestText(text) => text.as_deref(),
            Summary::Distinct(_) | Summary::ApproxDistinct(_) | Summary::Quantiles(_) | Summary::Top(_) => None,
        }
    }

    /// The values that have come to most, as [`Weights::top`] has them; none if it is of another function.
    #[must_use]
    pub fn top(&self, k: usize) -> Vec<(&str, i128)> {
        match self {
            Summary::Top(weights) => weights.top(k),
            _ => Vec::new(),
        }
    }
}

/// Keeps a text, if there is none yet or it `is_better` than what is kept.
fn keep(kept: &mut Option<CompactString>, text: &str, is_better: impl Fn(&str, &str) -> bool) {
    if kept.as_ref().is_none_or(|kept| is_better(text, kept)) {
        *kept = Some(text.into());
    }
}

/// Keeps a value, and returns by how many bytes that has grown.
fn insert(values: &mut BTreeSet<CompactString>, value: Datum<'_>) -> usize {
    with_text(value, |text| {
        if values.contains(text) {
            return 0;
        }
        values.insert(text.into());
        size_of::<CompactString>() + text.len()
    })
}

/// A number, a time in milliseconds, or a truth value as 0 or 1.
fn units(value: Datum<'_>) -> Option<i128> {
    match value {
        Datum::Exact(units) => Some(units),
        Datum::Time(time) => Some(time.0.into()),
        Datum::Boolean(truth) => Some(truth.into()),
        Datum::Text(_) | Datum::Absent => None,
    }
}

/// Hands the canonical text of a value over: a text as it is, a number or a time as its digits, a truth value as `true`
/// or `false`.
fn with_text<R>(value: Datum<'_>, then: impl FnOnce(&str) -> R) -> R {
    let mut digits = CompactString::default();
    match value {
        Datum::Text(text) => return then(text),
        Datum::Boolean(truth) => return then(if truth { "true" } else { "false" }),
        Datum::Exact(units) => write!(digits, "{units}"),
        Datum::Time(time) => write!(digits, "{}", time.0),
        Datum::Absent => Ok(()),
    }
    .unwrap_or_default(); // writing to a text cannot fail
    then(&digits)
}

#[cfg(test)]
mod tests;
