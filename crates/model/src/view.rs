//! A view: what is kept of the events of a log, by windows and groups.

use serde::{Deserialize, Serialize};

use crate::average::Average;
use crate::dispersion::Dispersion;
use crate::measure::{Function, Measure};
use crate::schema::{EventPlan, FieldType};
use crate::summary::{Quantile, Summarize};
use crate::time::Windows;
use crate::total::Total;

/// What is kept of the events of one dataflow: which windows an event is in, which group, and what its group comes to.
///
/// It names fields by their indices in [`EventPlan::fields`], so that nobody behind the plan compares strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The windows and their lateness.
    pub windows: Windows,
    /// Under which names a document carries its window.
    pub window_names: WindowNames,
    /// The fields that name the group, of type string, integer or boolean. The events that lack an optional one are a
    /// group of their own, in which it is null.
    pub group_by: Vec<usize>,
    /// What each total carries besides its number of events. Equal measures are kept once.
    pub measures: Vec<Measure>,
    /// What it carries where numbers are not enough. Equal ones are kept once.
    pub summaries: Vec<Summarize>,
    /// The totals of a document that are numbers, in the order of the file.
    pub totals: Vec<TotalField>,
    /// Those that are texts, in the order of the file.
    pub texts: Vec<TextField>,
    /// The expressions of those totals that are computed from others.
    pub expressions: Vec<TotalExpression>,
    /// The field that holds the number of events folded in, which is the document's version:
    /// the name of a total that counts every event if there is one, else a field of its own.
    pub version: String,
}

/// The number of a view among those of its dataflow. Keys carry it, so that one arrangement holds all views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ViewId(pub u16);

/// Under which names a document carries its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowNames {
    /// Field of the window's first instant.
    pub start: String,
    /// Field of the first instant after the window.
    pub end: String,
    /// Field that says whether the window is closed, if documents are to have one: false while its totals may still
    /// change, true from when they are certain.
    pub is_final: Option<String>,
}

/// One total of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalField {
    /// Its field in the document.
    pub name: String,
    /// How it is read from the maintained numbers.
    pub aggregate: Aggregate,
}

/// One total of a document that is no number: a text, the first, the last, the least or the greatest, which is null if
/// no event had the field; or a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextField {
    /// Its field in the document.
    pub name: String,
    /// The summary that has it, by its index in [`View::summaries`].
    pub summary: usize,
    /// How many of [`View::totals`] stand before it.
    pub behind: usize,
    /// What is ranked, if it is a ranking.
    pub ranking: Option<Ranking>,
}

/// Which values of a field come to most: `top(3, produto, sum(valor))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// How many of them there are at most.
    pub k: u8,
    /// The type of the field, one that may name a group.
    pub of: FieldType,
    /// What kind of number each comes to.
    pub by: Number,
}

/// A SQL expression over the totals that are not computed themselves, checked before the start. It keeps no number:
/// who makes a document evaluates it over the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalExpression {
    /// As the file has it.
    pub text: String,
    /// The text that stands for it in fingerprints, behind the version of its format: one for all ways to write it.
    pub canonical: String,
}

/// How a total is read from the maintained numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The number of events: `count()`, or `count(field)` of a required field.
    Events,
    /// A measure that adds up, a sum or a count, by its index in [`View::measures`], and what kind of number it is.
    Measure(usize, Number),
    /// A measure that is one of the values, the least or the greatest: there is none if no event had the field.
    Extreme(usize, Number),
    /// What a sum and a count come to together.
    Average(Average),
    /// What these and the squares of the values come to together.
    Dispersion(Dispersion),
    /// What a summary says.
    Summary(SummaryTotal),
    /// What an expression over the other totals comes to, by its index in [`View::expressions`]. There may be none: it
    /// is NULL, has no value, such as a quotient by 0, or one beyond [what documents hold](COMPUTED_END).
    Computed(usize, Number),
}

/// What a total reads from a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SummaryTotal {
    /// Its index in [`View::summaries`].
    pub index: usize,
    /// What kind of number it says.
    pub number: Number,
    /// Which of its values is asked for, if it knows of several.
    pub quantile: Option<Quantile>,
    /// Whether it says how many there are, which is 0 of no value.
    pub counts: bool,
}

/// Every decimal that is computed from totals, and every variance, lies between this and its negative, in units of its
/// scale: a Decimal128 holds so many digits. Whole numbers have 64 bits.
pub const COMPUTED_END: i128 = 10_i128.pow(34);

/// What kind of number a measure is in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number.
    Integer,
    /// An integer of `10^-scale` units.
    Decimal {
        /// Digits behind the point.
        scale: u8,
    },
    /// A truth value: 1 if it is true, else 0. The greatest of some says whether any is true, and the least whether all
    /// are.
    Boolean,
    /// A time, in milliseconds since the Unix epoch.
    Time,
}

impl Number {
    /// How many digits it has behind the point.
    #[must_use]
    pub fn scale(self) -> u8 {
        match self {
            Number::Integer | Number::Boolean | Number::Time => 0,
            Number::Decimal { scale } => scale,
        }
    }
}

impl Aggregate {
    /// What kind of number it is.
    #[must_use]
    pub fn number(self) -> Number {
        match self {
            Aggregate::Events => Number::Integer,
            Aggregate::Measure(_, number) | Aggregate::Extreme(_, number) | Aggregate::Computed(_, number) => number,
            Aggregate::Average(average) => Number::Decimal { scale: average.scale },
            Aggregate::Dispersion(dispersion) => Number::Decimal { scale: dispersion.scale },
            Aggregate::Summary(summary) => summary.number,
        }
    }

    /// Whether it adds up over groups, and over windows that do not overlap: each event is in one of each.
    #[must_use]
    pub fn adds_up(self) -> bool {
        match self {
            Aggregate::Events | Aggregate::Measure(..) => true,
            Aggregate::Extreme(..) | Aggregate::Average(_) | Aggregate::Dispersion(_) => false,
            Aggregate::Summary(_) | Aggregate::Computed(..) => false,
        }
    }

    /// Whether a document may have null in its place: no event had the field.
    #[must_use]
    pub fn may_be_null(self) -> bool {
        match self {
            Aggregate::Events | Aggregate::Measure(..) => false,
            Aggregate::Extreme(..) | Aggregate::Dispersion(_) | Aggregate::Computed(..) => true,
            Aggregate::Average(average) => average.count.is_some(),
            Aggregate::Summary(summary) => !summary.counts,
        }
    }

    /// What `total` says of it, in units of its kind of number; nothing if no event had the field, where that is not 0.
    /// A total without measures is the identity. Of what is computed from other totals it says nothing.
    #[inline]
    #[must_use]
    pub fn units(self, total: &Total) -> Option<i128> {
        match self {
            Aggregate::Events => Some(total.n.into()),
            Aggregate::Measure(index, _) => Some(total.units(index).unwrap_or_default()),
            Aggregate::Extreme(index, _) => total.value(index),
            Aggregate::Average(average) => average.units(total),
            Aggregate::Dispersion(dispersion) => dispersion.units(total),
            Aggregate::Summary(summary) => summary.units(total),
            Aggregate::Computed(..) => None,
        }
    }
}

impl SummaryTotal {
    /// What `total` says of it.
    fn units(self, total: &Total) -> Option<i128> {
        match total.cells.summaries().get(self.index) {
            Some(summary) => summary.units(self.quantile.unwrap_or(Quantile(0))),
            None => self.counts.then_some(0),
        }
    }
}

impl View {
    /// The names by which a document's numbers are asked for: those of the totals, and the version, which is one even
    /// if no total of the file is it.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let is_total = self.totals.iter().any(|total| total.name == self.version);
        let names = self.totals.iter().map(|total| &*total.name);
        names.chain((!is_total).then_some(&*self.version)).collect()
    }

    /// The names of all totals, in the order of the file.
    pub fn total_names(&self) -> impl Iterator<Item = &str> {
        (0..=self.totals.len()).flat_map(|place| {
            let texts = self.texts.iter().filter(move |text| text.behind == place).map(|text| &*text.name);
            texts.chain(self.totals.get(place).map(|total| &*total.name))
        })
    }

    /// Whether it matters when totals are certain: documents say so, or are written then alone.
    #[must_use]
    pub fn has_finals(&self) -> bool {
        self.window_names.is_final.is_some() || self.windows.are_sessions()
    }

    /// How a total is written in a dataflow file: `sum(valor)`, `count()`, `avg(valor, 2)`, `any(pago)`, in one
    /// spelling; of an expression the canonical text, without the version of its format.
    #[must_use]
    pub fn text(&self, aggregate: Aggregate, event: &EventPlan) -> String {
        let name = |index: usize| {
            let field = self.measures.get(index).and_then(|measure| event.fields.get(measure.field));
            field.map_or("", |field| &*field.name)
        };
        match aggregate {
            Aggregate::Events => "count()".to_owned(),
            Aggregate::Extreme(index, Number::Boolean) => {
                let is_any = self.measures.get(index).is_some_and(|measure| measure.function == Function::Max);
                format!("{}({})", if is_any { "any" } else { "all" }, name(index))
            }
            Aggregate::Measure(index, _) | Aggregate::Extreme(index, _) => match self.measures.get(index) {
                Some(Measure { function: Function::Live, .. }) => "count()".to_owned(),
                measure => measure.map_or_else(String::new, |measure| measure.text(name(index))),
            },
            Aggregate::Average(Average { sum, scale, .. }) => format!("avg({}, {scale})", name(sum)),
            Aggregate::Dispersion(Dispersion { sum, scale, kind, .. }) => {
                format!("{}({}, {scale})", kind.name(), name(sum))
            }
            Aggregate::Summary(SummaryTotal { index, quantile, .. }) => self.text_of_summary(index, quantile, event),
            Aggregate::Computed(index, _) => {
                let canonical = self.expressions.get(index).map_or("", |expression| &*expression.canonical);
                let text = canonical.split_once(' ').map_or(canonical, |(_, text)| text);
                // Each operator stands in parentheses, which the outermost does not need.
                text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).to_owned()
            }
        }
    }
    /// How a total is written that reads summary `index`.
    #[must_use]
    pub fn text_of_summary(&self, index: usize, quantile: Option<Quantile>, event: &EventPlan) -> String {
        let Some(summary) = self.summaries.get(index) else { return String::new() };
        let name = |index: usize| event.fields.get(index).map_or("", |field| &*field.name);
        match quantile {
            Some(quantile) => format!("{}({}, {quantile})", summary.function.name(), name(summary.field)),
            None => summary.text(name),
        }
    }

    /// How a total is written that is no number.
    #[must_use]
    pub fn text_of(&self, field: &TextField, event: &EventPlan) -> String {
        let text = self.text_of_summary(field.summary, None, event);
        match field.ranking {
            Some(Ranking { k, .. }) => text.replacen('(', &format!("({k}, "), 1),
            None => text,
        }
    }
}
