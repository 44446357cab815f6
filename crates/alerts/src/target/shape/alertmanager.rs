//! An array of one alert, as Prometheus' Alertmanager takes it by `POST /api/v2/alerts`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Alert;

/// An alert stands at least for so long: as long as Alertmanager's own default, `resolve_timeout`.
const STANDS_MIN_MS: i64 = 5 * 60 * 1_000;

/// The alert of a window, which stands from the window's start until `stands_ms` after `now`. Rules do not say that
/// something is over: when no window after it has alerted by then, Alertmanager takes it as resolved. Those that do
/// have the same labels, so they are the same alert to it, and only its annotations change.
pub(super) fn alerts(alert: &Alert, page: Option<&str>, now: Timestamp, stands_ms: i64) -> Value {
    let start: Timestamp = alert.window_start.parse().unwrap_or(now);
    let stands = SignedDuration::from_millis(stands_ms.max(STANDS_MIN_MS));
    let end = now.max(start).saturating_add(stands).unwrap_or(Timestamp::MAX);
    let mut annotations = BTreeMap::from([
        ("summary", alert.message.clone()),
        ("id", alert.id.clone()),
        ("condition", alert.condition.clone()),
        ("window_start", alert.window_start.clone()),
        ("window_end", alert.window_end.clone()),
        ("value", alert.value.to_string()),
        ("final", alert.is_final.to_string()),
    ]);
    annotations.extend(alert.against.as_ref().map(|against| ("against", against.to_string())));
    let mut posted = json!({
        "labels": labels(alert),
        "annotations": annotations,
        "startsAt": start.to_string(),
        "endsAt": end.to_string(),
    });
    if let Some(page) = page {
        posted["generatorURL"] = page.into();
    }
    json!([posted])
}

/// What an alert is known by: the rule, and the group by its fields. A field that is called like one of the others has
/// `group_` before its name. A label without text is none to Alertmanager.
fn labels(alert: &Alert) -> BTreeMap<String, String> {
    let own = [
        ("alertname", &*alert.rule),
        ("severity", alert.severity.word()),
        ("dataflow", &alert.dataflow),
        ("total", &alert.total),
    ];
    let mut labels: BTreeMap<_, _> = own.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    for (field, value) in &alert.group {
        let mut name = label(field);
        while labels.contains_key(&name) {
            name.insert_str(0, "group_");
        }
        // A label without text is none there, so null has one of its own, which no value of the field has.
        match value {
            Value::Null => labels.insert(format!("{name}_is_null"), true.to_string()),
            Value::String(text) => labels.insert(name, text.clone()),
            other => labels.insert(name, other.to_string()),
        };
    }
    labels
}

/// A field's name as a label may be called: letters without accents, digits and `_`, and no digit first.
fn label(field: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let name: String = field.chars().map(plain).collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}
