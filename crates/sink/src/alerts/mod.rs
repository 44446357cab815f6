//! What is remembered of alerts, beside the documents: which there are, to whom they have been sent, and how far
//! evaluation has come.

mod alert;

pub use alert::{Alert, Severity};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::SinkError;
use mare_model::time::EventTime;

/// Where alerts go, apart from the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// The log of the process, as a warning.
    Log,
    /// A webhook.
    Webhook,
    /// A Kafka topic.
    Topic,
}

impl Target {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Target; 3] = [Target::Log, Target::Webhook, Target::Topic];

    /// Its name, also of the field or column that keeps its state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::Log => "log",
            Target::Webhook => "webhook",
            Target::Topic => "topic",
        }
    }
}

/// How far an alert is on its way to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Not known to have arrived.
    Pending,
    /// Arrived.
    Sent(Timestamp),
    /// Not taken, for this reason; it is not sent again.
    Refused(String),
    /// Not sent, since the rule has alerted for the group not long ago: it does so again for windows from this one on.
    Held(Timestamp),
}

/// What a state of [`AlertState::Held`] begins with.
pub const HELD: &str = "held back until ";

impl AlertState {
    /// As it is stored: one text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            AlertState::Pending => "pending".to_owned(),
            AlertState::Sent(at) => format!("sent {at}"),
            AlertState::Refused(why) => format!("refused: {why}"),
            AlertState::Held(until) => format!("{HELD}{until}"),
        }
    }

    /// Reads back what [`AlertState::text`] has written; anything else is as if it had not arrived.
    #[must_use]
    pub fn parse(text: &str) -> AlertState {
        if let Some(why) = text.strip_prefix("refused: ") {
            return AlertState::Refused(why.to_owned());
        }
        if let Some(until) = text.strip_prefix(HELD).and_then(|until| until.parse().ok()) {
            return AlertState::Held(until);
        }
        let sent = text.strip_prefix("sent ").and_then(|at| at.parse().ok());
        sent.map_or(AlertState::Pending, AlertState::Sent)
    }
}

/// An alert as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertEntry {
    /// The alert.
    pub alert: Alert,
    /// When it was found.
    pub found: Timestamp,
    /// By target, in the order of [`Target::ALL`]; nothing for one that it does not go to.
    pub states: [Option<AlertState>; 3],
}

impl AlertEntry {
    /// An alert that is found now, on its way to `targets`.
    #[must_use]
    pub fn new(alert: Alert, targets: &[Target]) -> AlertEntry {
        let states = Target::ALL.map(|target| targets.contains(&target).then_some(AlertState::Pending));
        let now = Timestamp::now();
        let found = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now); // as precise as it is kept
        AlertEntry { alert, found, states }
    }

    /// The same, held back for every target until windows that start then.
    #[must_use]
    pub fn held_back(self, until: Timestamp) -> AlertEntry {
        let held = |state: Option<AlertState>| state.map(|_| AlertState::Held(until));
        AlertEntry { states: self.states.map(held), ..self }
    }

    /// Until when it is held back, if it is.
    #[must_use]
    pub fn held_until(&self) -> Option<Timestamp> {
        self.states.iter().flatten().find_map(|state| match state {
            AlertState::Held(until) => Some(*until),
            AlertState::Pending | AlertState::Sent(_) | AlertState::Refused(_) => None,
        })
    }

    /// Whether it was too old to be sent when it was found.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.states.iter().all(Option::is_none)
    }

    /// The entry as one JSON object: the alert as receivers get it, when it was found, whether it was too old to be
    /// sent or is held back, and how far it is on its way, by target.
    #[must_use]
    pub fn json(&self) -> Value {
        let states = Target::ALL
            .into_iter()
            .filter_map(|target| Some((target.name().to_owned(), Value::from(self.state(target)?.text()))));
        let alert = serde_json::to_value(&self.alert).unwrap_or_default(); // texts and numbers alone: it cannot fail
        let (found, sent) = (self.found.to_string(), states.collect::<Map<_, _>>());
        let is_held_back = self.held_until().is_some();
        json!({ "alert": alert, "found": found, "old": self.is_old(), "held_back": is_held_back, "sent": sent })
    }

    /// How far it is on its way to a target.
    #[must_use]
    pub fn state(&self, target: Target) -> Option<&AlertState> {
        self.states[target as usize].as_ref()
    }
}

/// Remembers the alerts of one collection or table. What it has said to have kept, it keeps through a crash.
pub trait AlertStore: Send {
    /// The start of the first window that has not been evaluated; `None` before the first one.
    ///
    /// # Errors
    /// As for [`Writer::write`](crate::Writer::write), here and below.
    fn position(&mut self) -> Result<Option<EventTime>, SinkError>;

    /// Keeps the alerts that it does not know yet, and returns for each whether it was new. Those that it knows stay as
    /// they are.
    ///
    /// # Errors
    /// If it cannot. Some may be kept then; keeping them again is harmless.
    fn record(&mut self, entries: &[AlertEntry]) -> Result<Vec<bool>, SinkError>;

    /// Notes the start of the first window that has not been evaluated; `None` to begin anew.
    ///
    /// # Errors
    /// If it cannot.
    fn move_to(&mut self, next: Option<EventTime>) -> Result<(), SinkError>;

    /// Notes how far an alert is on its way to `target`.
    ///
    /// # Errors
    /// If it cannot.
    fn mark(&mut self, id: &str, target: Target, state: &AlertState) -> Result<(), SinkError>;

    /// The ids of the alerts that somebody was to hear of: those that were neither old nor held back, of windows that
    /// start at `since` or later; of all windows without it. In no order.
    ///
    /// # Errors
    /// If it cannot.
    fn fired(&mut self, since: Option<EventTime>) -> Result<Vec<String>, SinkError>;

    /// Alerts that are pending for `target`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// If it cannot.
    fn pending(&mut self, target: Target, limit: usize) -> Result<Vec<AlertEntry>, SinkError>;

    /// The alerts found last, newest first, at most `limit`; those that are held back only if they are wanted, since
    /// there may be many of them for each that is not.
    ///
    /// # Errors
    /// If it cannot.
    fn newest(&mut self, limit: usize, with_held_back: bool) -> Result<Vec<AlertEntry>, SinkError>;

    /// How many alerts are held back.
    ///
    /// # Errors
    /// If it cannot.
    fn held_back(&mut self) -> Result<u64, SinkError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_is_written() {
        let now = Timestamp::now();
        for state in [
            AlertState::Pending,
            AlertState::Sent(now),
            AlertState::Refused("404: sent ".to_owned()),
            AlertState::Held(now),
        ] {
            assert_eq!(AlertState::parse(&state.text()), state);
        }
        for (at, target) in Target::ALL.into_iter().enumerate() {
            assert_eq!(target as usize, at);
        }
    }
}
