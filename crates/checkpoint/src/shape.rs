//! Which settings a state means something under. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::fmt::friendly::{Designator, SpanPrinter};
use serde::{Deserialize, Serialize};

use mare_model::schema::{EventPlan, Field, FieldType};
use mare_model::time::{Assigner, Calendar};
use mare_model::view::{Aggregate, View};

/// The settings that decide what a checkpoint's state means, each by its key in the file and in one spelling.
///
/// They are those that decide which events are counted, where, and as what: with one of them changed, old and new
/// totals would add up to something that no run computes. Settings of speed, of places, and of the sink are not among
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(pub BTreeMap<String, String>);

impl Shape {
    /// The shape of a dataflow that reads events by `event` from the log that `source` tells, as a setting and its
    /// value, keeps `view` of them, and knows repeated ones by the field `dedup`.
    #[must_use]
    pub fn new(source: (&'static str, String), event: &EventPlan, view: &View, dedup: Option<usize>) -> Shape {
        let name = |index: &usize| event.fields.get(*index).map_or("", |field| &field.name);
        let groups: Vec<_> = view.group_by.iter().filter_map(|index| event.fields.get(*index)).map(group).collect();
        let measures: Vec<_> = view.measures.iter().map(|measure| measure.text(name(&measure.field))).collect();
        let settings = [
            source,
            ("event.time", event.time.join(".")),
            ("event.time_format", event.time_format.to_string()),
            ("event.zone", zone(&event.zone)),
            ("event.max_ahead", duration(event.max_ahead_ms)),
            ("event.max_bytes", event.max_bytes.to_string()),
            window(&view.windows.assigner),
            ("window.lateness", duration(view.windows.lateness_ms)),
            ("dedup.by", dedup.as_ref().map_or("", name).to_owned()),
            ("totals.group_by", groups.join(", ")),
            // The order of the numbers in a row of the state, which the order of the totals decides.
            ("totals", measures.join(", ")),
        ];
        // Later settings are there only where they are not the default, so that the checkpoints from before them still
        // fit.
        let later = [("event.confirm", event.confirm, 1), ("totals.group_max_bytes", event.group_max_bytes, 1024)];
        let later = later.into_iter().filter(|(_, value, default)| value != default);
        let later = later.map(|(key, value, _)| (key, value.to_string()));
        let later = later.chain(event.explode.iter().map(|array| ("event.explode", array.join("."))));
        let summaries: Vec<_> = view.summaries.iter().map(|summary| summary.text(|field| name(&field))).collect();
        let summaries = (!summaries.is_empty()).then(|| ("summaries", summaries.join(", ")));
        let later = later.chain(where_windows_begin(&view.windows.assigner)).chain(summaries);
        let settings = settings.into_iter().chain(later).map(|(key, text)| (key.to_owned(), text));
        let fields = event.fields.iter().map(|field| (format!("event.fields.{}", field.name), declared(field)));
        let totals = view.totals.iter();
        let totals = totals.map(|total| (format!("totals.{}", total.name), defined(view, total.aggregate, event)));
        let texts = view.texts.iter();
        let texts = texts.map(|it| (format!("totals.{}", it.name), view.text_of(it, event)));
        Shape(settings.chain(fields).chain(totals).chain(texts).collect())
    }

    /// The same with one setting more.
    #[must_use]
    pub fn with(mut self, key: String, value: String) -> Shape {
        self.0.insert(key, value);
        self
    }

    /// What has changed from this shape to `other`, a sentence for each setting.
    ///
    /// ```
    /// # use mare_checkpoint::Shape;
    /// let shape = |size: &str| Shape([("window.tumbling".to_owned(), size.to_owned())].into());
    /// assert_eq!(shape("1m").differences(&shape("5m")), ["`window.tumbling` was `1m`, is `5m`"]);
    /// ```
    #[must_use]
    pub fn differences(&self, other: &Shape) -> Vec<String> {
        let keys: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let differences = keys.into_iter().filter_map(|key| match (self.0.get(key), other.0.get(key)) {
            (was, is) if was == is => None,
            (was, is) => Some(format!("`{key}` was {}, is {}", quoted(was), quoted(is))),
        });
        differences.collect()
    }
}

/// A field of a group; one whose null is a group of its own has a `?`.
fn group(field: &Field) -> String {
    format!("{}{}", field.name, if field.optional { "?" } else { "" })
}

/// What a total is, as the file has it; of an expression with the version of its canonical text, for what a text means
/// may differ in another.
fn defined(view: &View, aggregate: Aggregate, event: &EventPlan) -> String {
    match aggregate {
        Aggregate::Computed(index, _) => {
            view.expressions.get(index).map_or_else(String::new, |expression| expression.canonical.clone())
        }
        _ => view.text(aggregate, event),
    }
}

fn quoted(text: Option<&String>) -> String {
    match text.map(String::as_str) {
        None => "not there".to_owned(),
        Some("") => "empty".to_owned(),
        Some(text) => format!("`{text}`"),
    }
}

/// The setting that says which windows there are.
fn window(assigner: &Assigner) -> (&'static str, String) {
    match assigner {
        Assigner::Tumbling { size_ms, .. } => ("window.tumbling", duration(*size_ms)),
        Assigner::Hopping { size_ms, .. } => ("window.hopping", duration(*size_ms)),
        Assigner::Cumulative { size_ms, .. } => ("window.cumulative", duration(*size_ms)),
        Assigner::Calendar(calendar) => ("window.tumbling", calendar.unit.word().to_owned()),
        Assigner::Session { gap_ms } => ("window.session", duration(*gap_ms)),
        Assigner::Global => ("window.none", "true".to_owned()),
    }
}

/// The settings that say where windows begin, if they do not one behind the other from the Unix epoch on. Of a zone it
/// is its name and what the data of this build says of it: other data may have other days.
fn where_windows_begin(assigner: &Assigner) -> Vec<(&'static str, String)> {
    let offset = |offset_ms: i64| (offset_ms > 0).then(|| ("window.offset", duration(offset_ms)));
    match assigner {
        Assigner::Session { .. } | Assigner::Global => Vec::new(),
        Assigner::Tumbling { offset_ms, .. } => offset(*offset_ms).into_iter().collect(),
        Assigner::Hopping { step_ms, offset_ms, .. } | Assigner::Cumulative { step_ms, offset_ms, .. } => {
            [("window.every", duration(*step_ms))].into_iter().chain(offset(*offset_ms)).collect()
        }
        Assigner::Calendar(Calendar { zone, .. }) => {
            vec![("window.zone", zone.name().to_owned()), ("window.zone_data", zone.fingerprint())]
        }
    }
}

/// A field's type as the file has it. Every declared field decides what is a dead letter, whether a total uses it or
/// not.
fn declared(field: &Field) -> String {
    let optional = if field.optional { "?" } else { "" };
    let from = if field.from_text { " from text" } else { "" };
    match field.kind {
        FieldType::String => format!("string{optional}"),
        FieldType::Integer => format!("integer{optional}{from}"),
        FieldType::Decimal { scale } => format!("decimal({scale}){optional}{from}"),
        FieldType::Boolean => format!("boolean{optional}"),
        FieldType::Time(format) => format!("time({format}){optional}"),
    }
}

/// A zone by its name; one without a name, which no file can give, by its offset in seconds.
fn zone(zone: &jiff::tz::TimeZone) -> String {
    let offset =
        || zone.to_fixed_offset().map_or_else(|_| "unnamed".to_owned(), |offset| format!("{}s", offset.seconds()));
    zone.iana_name().map_or_else(offset, str::to_owned)
}

/// A duration as the file may have it: `2m`, `1h 30m`.
fn duration(milliseconds: i64) -> String {
    let printer = SpanPrinter::new().designator(Designator::Compact);
    printer.duration_to_string(&SignedDuration::from_millis(milliseconds))
}
