//! What a total becomes under a plan: a document of named, typed fields, the same one for every kind of sink. Pure.

mod instant;

use std::borrow::Cow;

pub use self::instant::iso;

use super::SinkError;
use super::computed::ComputedTotals;
use super::ranking::Ranked;
use mare_model::fault::{Domain, Fault};
use mare_model::group;
use mare_model::plain::plain_json;
use mare_model::schema::{EventPlan, FieldType};
use mare_model::summary::Summary;
use mare_model::time::{EventTime, Windows};
use mare_model::total::{Change, Key, Total};
use mare_model::view::{Aggregate, Number, Ranking, TextField, View};

/// The field that names a document: one value for each window and group.
pub const ID: &str = "_id";

/// What stands in an `_id` behind the group where there are no windows.
pub const ALL: &str = "all";

/// The fields of a plan's documents behind [`ID`], in their order: the window, the group, the totals in the order of
/// the file, and the version if none of the totals is it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The fields.
    fields: Vec<LayoutField>,
    /// The one of `fields` that holds the number of events.
    version: String,
    windows: Windows,
    computed: ComputedTotals,
}

/// One field of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutField {
    /// Its name in the document.
    pub name: String,
    /// Where its value comes from, which settles the type too.
    pub origin: FieldOrigin,
    /// Whether its value may be null: of a group, because events that lack the field are one; of a total, because no
    /// event had what it is of.
    pub may_be_null: bool,
}

/// Where the value of a document's field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldOrigin {
    /// The first instant of the window.
    WindowStart,
    /// The first instant after the window.
    WindowEnd,
    /// Whether the window is closed.
    Final,
    /// A value of the group, of the type of its event field.
    Group(FieldType),
    /// What the events have come to.
    Total(Aggregate),
    /// What a summary of texts says, by its index in [`View::summaries`].
    Text(usize),
    /// The values that have come to most, by the summary that has them.
    Ranking(usize, Ranking),
}

impl FieldOrigin {
    /// Whether it is what the events have come to.
    #[must_use]
    pub fn is_total(self) -> bool {
        matches!(self, FieldOrigin::Total(_) | FieldOrigin::Text(_) | FieldOrigin::Ranking(..))
    }
}

/// The value of a document's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// An instant.
    Time(EventTime),
    /// A text.
    Text(String),
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A number of `10^-scale` units.
    Decimal {
        /// How many units.
        units: i128,
        /// Digits behind the point.
        scale: u8,
    },
    /// The values that have come to most, the greatest first.
    Ranking(Vec<Ranked>),
    /// No value: no event had the field.
    Null,
}

/// One document: the newest total of a window and a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The canonical text of the group and what names the window, its start: `Gamer|2025-11-28T12:00:00Z`; of
    /// cumulative windows its end.
    pub id: String,
    /// The number of events folded in: of two documents with one `id` the larger version is the more complete.
    pub version: i64,
    /// Whether it has a field that says that its total is certain, and it is. Of two documents with one `id` and one
    /// version, one that is final is never followed by one that is not.
    pub is_final: bool,
    /// One value for each of [`Layout::fields`].
    pub values: Vec<FieldValue>,
}

impl Layout {
    /// The layout of the documents of `view`, whose events are read by `event`.
    #[must_use]
    pub fn new(event: &EventPlan, view: &View) -> Layout {
        let mut fields = window_and_group(event, view);
        fields.extend(totals(view));
        let version = view.version.clone();
        if !fields.iter().any(|field| field.name == version) {
            fields.push(field(&version, FieldOrigin::Total(Aggregate::Events)));
        }
        Layout { fields, version, windows: view.windows, computed: ComputedTotals::new(event, view) }
    }

    /// The fields behind [`ID`], in the order of the document.
    #[must_use]
    pub fn fields(&self) -> &[LayoutField] {
        &self.fields
    }

    /// The windows of the documents.
    #[must_use]
    pub fn windows(&self) -> Windows {
        self.windows
    }

    /// The name of the field that holds the instant by which a window is [named](Windows::name), and in the order of
    /// which documents are read: the first instant of the window; of cumulative windows, the first behind it. `None`
    /// without windows: then documents have no instants, and are in the order of their `_id`.
    #[must_use]
    pub fn order(&self) -> Option<&str> {
        self.fields.iter().find(|field| field.origin == self.named_by()).map(|field| &*field.name)
    }

    /// Which field of a document names its window.
    fn named_by(&self) -> FieldOrigin {
        if self.windows.are_named_by_their_ends() { FieldOrigin::WindowEnd } else { FieldOrigin::WindowStart }
    }

    /// The `_id` of a key's document: the group, and what names the window; without windows [`ALL`].
    #[must_use]
    pub fn id(&self, key: &Key) -> String {
        if self.windows.is_global() {
            return [&key.group, ALL].join("|");
        }
        [&*key.group, &iso(self.windows.name(self.windows.slot(key.window)))].join("|")
    }

    /// The name of the field that holds the version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The name of the field that says whether the window is closed, if there is one.
    #[must_use]
    pub fn final_field(&self) -> Option<&str> {
        self.fields.iter().find(|field| field.origin == FieldOrigin::Final).map(|field| &*field.name)
    }

    /// The fields by which a document of a dataflow is known, whatever its groups and totals: the window's two and the
    /// version. Without windows all of them, for a version alone is no sign of one: documents are removed by this.
    #[must_use]
    pub fn signature(&self) -> Vec<&str> {
        if self.windows.is_global() {
            return self.fields.iter().map(|field| &*field.name).collect();
        }
        let of_window =
            |field: &&LayoutField| matches!(field.origin, FieldOrigin::WindowStart | FieldOrigin::WindowEnd);
        let window = self.fields.iter().filter(of_window).map(|field| &*field.name);
        window.chain([&*self.version]).collect()
    }

    /// The fields of an index that serves "the newest windows of a category", each with whether it descends:
    /// the group's, then what names the window, newest first. There may be none: without groups and windows there is
    /// one document.
    #[must_use]
    pub fn newest_first(&self) -> Vec<(&str, bool)> {
        let groups = self.fields.iter().filter(|field| matches!(field.origin, FieldOrigin::Group(_)));
        groups.map(|field| (&*field.name, false)).chain(self.order().map(|order| (order, true))).collect()
    }

    /// The document of one key with its newest total.
    ///
    /// # Errors
    /// [`SinkError::Refused`] if the key's group is not one of this plan, which no decoder of the plan makes.
    pub fn render(&self, change: &Change) -> Result<Document, SinkError> {
        let Change { key, total, is_final } = change;
        self.filled(key, total.n, *is_final, self.numbers_of(total).into_iter(), self.texts_of(total))
    }

    /// What a document with this total has that is no number, in the order of the fields.
    pub(super) fn texts_of(&self, total: &Total) -> impl Iterator<Item = FieldValue> {
        let summary = |index: usize| total.cells.summaries().get(index);
        self.fields.iter().filter_map(move |field| match field.origin {
            FieldOrigin::Text(index) => {
                let text = summary(index).and_then(Summary::text);
                Some(text.map_or(FieldValue::Null, |text| FieldValue::Text(text.to_owned())))
            }
            FieldOrigin::Ranking(index, ranking) => Some(FieldValue::Ranking(Ranked::all(ranking, summary(index)))),
            _ => None,
        })
    }

    /// The numbers of a document with this total, in the order of the fields: the version stands behind the totals, so
    /// they begin with these.
    pub(super) fn numbers_of(&self, total: &Total) -> Vec<Option<i128>> {
        let number = |field: &LayoutField| match field.origin {
            FieldOrigin::Total(aggregate) => Some(aggregate.units(total)),
            _ => None,
        };
        let mut numbers: Vec<_> = self.fields.iter().filter_map(number).collect();
        self.computed.complete(&mut numbers);
        numbers
    }

    /// The fields that hold numbers of events: the totals and the version, in the order of the document.
    pub fn numbers(&self) -> impl Iterator<Item = &LayoutField> {
        self.fields.iter().filter(|field| matches!(field.origin, FieldOrigin::Total(_)))
    }

    /// The document of `key` with these numbers, in the order of [`Layout::numbers`], and what it has beside them.
    pub(super) fn filled(
        &self,
        key: &Key,
        n: i64,
        is_final: bool,
        mut numbers: impl Iterator<Item = Option<i128>>,
        mut texts: impl Iterator<Item = FieldValue>,
    ) -> Result<Document, SinkError> {
        let mut group = group::split(&key.group).into_iter();
        let values = self.fields.iter().map(|field| {
            let value = match field.origin {
                FieldOrigin::WindowStart => Some(FieldValue::Time(key.window.start)),
                FieldOrigin::WindowEnd => Some(FieldValue::Time(key.window.end)),
                FieldOrigin::Final => Some(FieldValue::Boolean(is_final)),
                FieldOrigin::Group(_) => group.next().and_then(|text| field.group_value(text)),
                FieldOrigin::Total(aggregate) => numbers.next().map(|units| number(units, aggregate.number())),
                FieldOrigin::Text(_) | FieldOrigin::Ranking(..) => texts.next(),
            };
            value.ok_or_else(|| foreign(&key.group))
        });
        let values = values.collect::<Result<_, _>>()?;
        let is_final = is_final && self.final_field().is_some();
        Ok(Document { id: self.id(key), version: n, is_final, values })
    }
}

/// The fields that name a document's window and group.
fn window_and_group(event: &EventPlan, view: &View) -> Vec<LayoutField> {
    let names = &view.window_names;
    let window = [field(&names.start, FieldOrigin::WindowStart), field(&names.end, FieldOrigin::WindowEnd)];
    let mut fields: Vec<_> = window.into_iter().filter(|_| !view.windows.is_global()).collect();
    fields.extend(names.is_final.iter().map(|name| field(name, FieldOrigin::Final)));
    let groups = view.group_by.iter().filter_map(|index| event.fields.get(*index));
    fields.extend(groups.map(|event| LayoutField {
        may_be_null: event.optional,
        ..field(&event.document_name(), FieldOrigin::Group(event.kind))
    }));
    fields
}

/// The totals, in the order of the file.
fn totals(view: &View) -> impl Iterator<Item = LayoutField> {
    view.total_names().map(|name| {
        let text = view.texts.iter().find(|text| text.name == name);
        let total = view.totals.iter().find(|total| total.name == name);
        match (text, total) {
            (Some(TextField { summary, ranking: Some(ranking), .. }), _) => {
                field(name, FieldOrigin::Ranking(*summary, *ranking))
            }
            (Some(text), _) => field(name, FieldOrigin::Text(text.summary)),
            (None, total) => field(name, FieldOrigin::Total(total.map_or(Aggregate::Events, |total| total.aggregate))),
        }
    })
}

/// A field from its parts. If it is of a group, it is never null.
fn field(name: &str, origin: FieldOrigin) -> LayoutField {
    let may_be_null = match origin {
        FieldOrigin::Total(aggregate) => aggregate.may_be_null(),
        FieldOrigin::Text(_) => true,
        _ => false,
    };
    LayoutField { name: name.to_owned(), origin, may_be_null }
}

/// Appends a value to the canonical text of a group; `None` if it is of a type that no group has.
pub(super) fn push_group(group: &mut String, value: &FieldValue, first: bool) -> Option<()> {
    let text: Option<Cow<'_, str>> = match value {
        FieldValue::Null => None,
        FieldValue::Text(text) => Some(text.into()),
        FieldValue::Integer(number) => Some(number.to_string().into()),
        FieldValue::Boolean(truth) => Some(truth.to_string().into()),
        FieldValue::Time(_) | FieldValue::Decimal { .. } | FieldValue::Ranking(_) => return None,
    };
    group::push(group, text.as_deref(), first);
    Some(())
}

/// Units as a value of their kind of number; null if there are none.
#[must_use]
pub fn number(units: Option<i128>, number: Number) -> FieldValue {
    match (units, number) {
        (None, _) => FieldValue::Null,
        (Some(units), Number::Integer) => FieldValue::Integer(units),
        (Some(units), Number::Decimal { scale }) => FieldValue::Decimal { units, scale },
        (Some(units), Number::Boolean) => FieldValue::Boolean(units != 0),
        // A time is of the calendar, so it fits.
        (Some(units), Number::Time) => FieldValue::Time(EventTime(i64::try_from(units).unwrap_or_default())),
    }
}

/// What is said of a group that the plan cannot have made.
#[cold]
fn foreign(group: &str) -> SinkError {
    SinkError::Refused(Fault::new(
        Domain::Ours,
        format!("internal error: group `{group}` does not have the values of this dataflow's group_by"),
    ))
}

impl LayoutField {
    /// The value of a group's field, from its canonical text, which null has none of; `None` if this is no field of a
    /// group, `text` not of its type, or it is never null.
    #[must_use]
    pub fn group_value(&self, text: Option<String>) -> Option<FieldValue> {
        match (self.origin, text) {
            (FieldOrigin::Group(_), None) => self.may_be_null.then_some(FieldValue::Null),
            (FieldOrigin::Group(kind), Some(text)) => of_text(kind, text),
            _ => None,
        }
    }
}

/// A value of a type that may name a group, from its canonical text; `None` if it is none.
pub(super) fn of_text(kind: FieldType, text: String) -> Option<FieldValue> {
    match kind {
        FieldType::Integer => text.parse().ok().map(FieldValue::Integer),
        FieldType::Boolean => text.parse().ok().map(FieldValue::Boolean),
        FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_) => Some(FieldValue::Text(text)),
    }
}

/// `text` as a JSON string, in which escapes stand for what a terminal would obey: JSON goes to people as well.
#[must_use]
pub fn json_text(text: &str) -> String {
    plain_json(&serde_json::Value::from(text).to_string()).into_owned()
}

#[cfg(test)]
mod tests;
