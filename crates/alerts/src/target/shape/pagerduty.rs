//! An event of PagerDuty's Events API v2: it opens an incident, or adds to the one that is open.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{cut, thread};
use crate::Alert;

/// The most characters of a summary.
const SUMMARY: usize = 1_024;
/// The most characters of a key by which events are one incident.
const KEY: usize = 255;

/// The event that triggers. What a rule finds in a group is one incident for as long as that is open: rules judge
/// window by window and do not say that something is over, so people close it.
pub(super) fn event(alert: &Alert, routing_key: &str, page: Option<&str>) -> Value {
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": key(alert),
        "client": "Maré",
        "payload": {
            "summary": cut(&alert.message, SUMMARY),
            "source": alert.dataflow,
            "severity": alert.severity.word(),
            "timestamp": alert.window_end,
            "component": alert.total,
            "group": alert.group_text(),
            "class": alert.condition,
            "custom_details": alert,
        },
    });
    if let Some(page) = page {
        event["client_url"] = page.into();
    }
    event
}

/// The rule and the group; where that is too long, its beginning and a digest of all of it.
fn key(alert: &Alert) -> String {
    let key = thread(alert);
    if key.chars().nth(KEY).is_none() {
        return key.to_owned();
    }
    let digest = Sha256::digest(key).iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a text takes everything
        hex
    });
    let kept: String = key.chars().take(KEY - digest.len() - 1).collect();
    format!("{kept}~{digest}")
}
