//! A message for an incoming webhook of Slack, and of whoever takes the same: Mattermost, Rocket.Chat.

use serde_json::{Value, json};

use super::cut;
use crate::Alert;
use mare_dataflow::alerts::Severity;

/// The most characters of an alert's sentence. Slack asks for messages below 4,000 characters; an escape has up to five
/// of them, and a sentence is as long as a group is.
const CHARACTERS: usize = 700;

/// The message: what is wrong and where on the first line, the sentence below it, then the link.
pub(super) fn message(alert: &Alert, page: Option<&str>) -> Value {
    let severity = alert.severity.word();
    let mark = match alert.severity {
        Severity::Info => ":information_source:",
        Severity::Warning => ":warning:",
        Severity::Critical => ":rotating_light:",
    };
    let Alert { rule, dataflow, .. } = alert;
    let mut text = format!("{mark} *{}* ({severity}) in {}\n", escaped(rule), escaped(dataflow));
    text.push_str(&escaped(&cut(&alert.message, CHARACTERS)));
    if let Some(page) = page {
        text.push_str(&format!("\n<{}|open the page>", escaped(page)));
    }
    json!({ "text": text })
}

/// `text` without the three characters that Slack reads as control: they begin links and mentions, such as
/// `<!channel>`, which would wake everybody.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
