//! What answers have in common: documents, groups and windows as JSON.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::service::ServeState;
use mare_model::group;
use mare_model::time::{EventTime, Window};
use mare_sink::document::{FieldOrigin, FieldValue, iso};
use mare_sink::figures::Figures;

/// A document of the sink.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Document {
    /// Its `_id`: the canonical text of the group and the start of the window.
    #[schema(example = "Gamer|2025-11-28T12:00:00Z")]
    pub id: String,
    /// Whether its window is closed for good: the total does not change any more.
    pub r#final: bool,
    /// The number of events in it. Of two documents with one `id`, the larger version is the newer one.
    pub version: i64,
    /// Its fields, by the names and in the order of the sink; `status` says what each means. Numbers are exact: a
    /// decimal has all digits of its scale.
    #[schema(value_type = Object)]
    pub document: Map<String, Json>,
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct WindowShape {
    /// Its first instant; null if there are no windows.
    #[schema(example = "2025-11-28T12:00:00Z")]
    pub start: Option<String>,
    /// The first instant after it.
    #[schema(example = "2025-11-28T12:01:00Z")]
    pub end: Option<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct GroupShape {
    /// Its canonical text, as the parameter `group` takes it.
    #[schema(example = "Gamer")]
    pub text: String,
    /// The value of each of its fields.
    #[schema(value_type = Object)]
    pub fields: Map<String, Json>,
}

impl ServeState {
    /// The document that says this. Its finality is taken as it is.
    ///
    /// # Errors
    /// If its group is not one of this dataflow, which none is that the engine or the sink gives.
    pub fn document(&self, figures: &Figures) -> Result<Document, Problem> {
        let rendered = self.layout.document(figures).map_err(Problem::unavailable)?;
        let fields = self.layout.fields().iter().zip(&rendered.values);
        let document = fields.map(|(field, value)| (field.name.clone(), json(value))).collect();
        Ok(Document { id: rendered.id.clone(), r#final: figures.is_final, version: rendered.version, document })
    }

    /// The group with this canonical text.
    #[must_use]
    pub fn group(&self, text: &str) -> GroupShape {
        let fields = self.layout.fields().iter().filter(|field| matches!(field.origin, FieldOrigin::Group(_)));
        let values = group::split(text).into_iter();
        let fields = fields.zip(values).map(|(field, value)| {
            let foreign = || value.clone().map_or(FieldValue::Null, FieldValue::Text);
            (field.name.clone(), json(&field.group_value(value.clone()).unwrap_or_else(foreign)))
        });
        GroupShape { text: text.to_owned(), fields: fields.collect() }
    }

    /// A window.
    #[must_use]
    pub fn window(&self, window: Window) -> WindowShape {
        let edge = |time| (window != Window::ALL).then(|| iso(time));
        WindowShape { start: edge(window.start), end: edge(window.end) }
    }
}

/// A value as JSON; the digits of a number stay as they are.
#[must_use]
pub fn json(value: &FieldValue) -> Json {
    serde_json::to_value(value).unwrap_or_default() // no value of a document can fail
}

/// An instant of the calendar, if it is one.
#[must_use]
pub fn calendar(time: EventTime) -> Option<String> {
    time.timestamp().map(|timestamp| timestamp.to_string())
}
