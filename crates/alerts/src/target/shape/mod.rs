//! What is posted to a webhook: an alert in the words of whoever takes it. Pure: the instant of posting is given.
//!
//! # Layout
//! * `mod`: [`PayloadShape`], which of them it is
//! * `slack`: a message of an incoming webhook
//! * `pagerduty`: an event of the Events API v2
//! * `alertmanager`: an array of one alert for its API v2

mod alertmanager;
mod pagerduty;
mod slack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::Alert;
use mare_dataflow::Plan;
use mare_dataflow::alerts::{Webhook, WebhookFormat};

/// The shape of what a webhook gets. It lives as long as the webhook.
#[derive(Clone, Debug)]
pub struct PayloadShape {
    format: WebhookFormat,
    /// Where people look further.
    page: Option<String>,
    /// For how long a rule's alert stands if no other follows, in milliseconds, by the rule's name.
    stands: BTreeMap<String, i64>,
}

impl PayloadShape {
    /// The shape that `webhook` of `plan` asks for.
    #[must_use]
    pub fn of(plan: &Plan, webhook: &Webhook) -> PayloadShape {
        let rules = plan.alerts.iter().flat_map(|alerts| &alerts.rules);
        // Until the next window is final and judged, and the rule may speak again.
        let next_ms = plan.view().windows.length_ms_max() + plan.view().windows.open_ms_max();
        let stands = rules.map(|rule| (rule.name.clone(), next_ms + rule.cooldown_ms.unwrap_or_default()));
        PayloadShape { format: webhook.format.clone(), page: webhook.page.clone(), stands: stands.collect() }
    }

    /// The body of a POST of `alert` at `now`: JSON.
    #[must_use]
    pub fn body(&self, alert: &Alert, now: Timestamp) -> String {
        let page = self.page.as_deref();
        let body = match &self.format {
            WebhookFormat::Json => return alert.json(),
            WebhookFormat::Slack => slack::message(alert, page),
            WebhookFormat::PagerDuty { routing_key } => pagerduty::event(alert, routing_key, page),
            WebhookFormat::Alertmanager => {
                let stands_ms = self.stands.get(&alert.rule).copied().unwrap_or_default();
                alertmanager::alerts(alert, page, now, stands_ms)
            }
        };
        body.to_string()
    }
}

/// `text` of at most so many characters: a longer one ends in an ellipsis.
fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(characters.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// An alert's id without its window: what its rule finds in its group has the same from window to window.
fn thread(alert: &Alert) -> &str {
    alert.id.rsplit_once('|').map_or(&*alert.id, |(thread, _)| thread)
}
