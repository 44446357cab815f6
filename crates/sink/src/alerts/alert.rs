//! What a rule found.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// What a rule found in a group's window, in the words and numbers that receivers get as JSON.
///
/// The same documents lead to the same alert, to the last digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// `collection|rule|group|window`: one rule alerts once for a group's window. What comes twice is known by it.
    pub id: String,
    /// The dataflow's name.
    pub dataflow: String,
    /// The rule's name.
    pub rule: String,
    /// How bad the rule says it is.
    pub severity: Severity,
    /// Which condition it is: `above`, `below`, `change`, `silent` or `anomaly`.
    pub condition: String,
    /// The group's values by the document's fields.
    pub group: Map<String, Value>,
    /// The first instant of the window, ISO-8601; of a group that is silent, its last one.
    pub window_start: String,
    /// The first instant behind it.
    pub window_end: String,
    /// The document's field that holds the total.
    pub total: String,
    /// The total, exactly.
    pub value: Number,
    /// What it was compared with, if it was another total: the earlier one, or the median of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Number>,
    /// Whether the window is final; one that is not may have grown since.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// All of it as a sentence.
    pub message: String,
}

/// How bad it is, for whoever receives the alert; the engine treats all alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    #[default]
    Warning,
    /// Somebody has to act.
    Critical,
}

impl Severity {
    /// Its word in the file and in alerts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

impl Alert {
    /// The JSON object that receivers get, on one line.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // texts and numbers alone: nothing in it can fail
    }

    /// Reads back what [`Alert::json`] has written.
    ///
    /// # Errors
    /// If it is something else.
    pub fn parse(json: &str) -> Result<Alert, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The group for people: its values, with commas between; `all` if the dataflow has no groups.
    #[must_use]
    pub fn group_text(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values: Vec<_> = self.group.values().map(text).collect();
        if values.is_empty() { "all".to_owned() } else { values.join(", ") }
    }
}
