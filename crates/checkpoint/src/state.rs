//! How far one partition has been taken in. Pure.

use serde::{Deserialize, Serialize};

use super::Tally;
use mare_decode::span;
use mare_model::position::Offset;
use mare_model::record::LastRead;
use mare_model::time::EventTime;
use mare_model::view::ViewId;

/// How far one partition has been taken in, and what that came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionState {
    /// The next offset to read.
    pub position: Offset,
    /// Where reading began in the partition, decided once; `None` if the checkpoint is of a version that did not keep
    /// it.
    pub begin: Option<Offset>,
    /// The last record before `position`, by which a log that was cut short and filled again is known; `None` if
    /// nothing is known of it.
    pub last: Option<LastRead>,
    /// What the event times before `position` promise: no event at or before it is waited for; [`EventTime::MIN`] if
    /// nothing.
    pub promise: EventTime,
    /// The largest event times seen that the promise does not stand for yet, in descending order; empty if one
    /// suffices.
    pub recent: Vec<EventTime>,
    /// The last event with which the promise grew by more than a window and its lateness at once.
    pub jump: Option<Jump>,
    /// What the records before it came to, since the dataflow's first run.
    pub tally: Tally,
    /// The same for each view behind the first: its promise, and what records came to for it. Empty if there is one.
    pub others: Vec<PartitionState>,
}

impl PartitionState {
    /// The state of one view: how far the partition has been taken in, with that view's promise and account. One that
    /// is not kept has promised nothing.
    #[must_use]
    pub fn of(&self, view: ViewId) -> PartitionState {
        let PartitionState { position, begin, last, .. } = *self;
        let kept = match view.0 {
            0 => PartitionState { others: Vec::new(), ..self.clone() },
            other => self.others.get(usize::from(other) - 1).cloned().unwrap_or(PartitionState::unread(position)),
        };
        PartitionState { position, begin, last, ..kept }
    }

    /// Of a partition of which nothing has been read, and whose reading begins at `position`.
    #[must_use]
    pub fn unread(position: Offset) -> Self {
        PartitionState {
            position,
            begin: Some(position),
            last: None,
            promise: EventTime::MIN,
            recent: Vec::new(),
            jump: None,
            tally: Tally::default(),
            others: Vec::new(),
        }
    }
}

/// An event with which a promise grew by more than a window and its lateness at once: a gap in the stream, or a wrong
/// time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// Where the event stands in its partition.
    pub offset: Offset,
    /// The promise before; [`EventTime::MIN`] if there was none.
    pub from: EventTime,
    /// The promise behind.
    pub to: EventTime,
    /// The record's own timestamp, if it has one.
    pub sent: Option<EventTime>,
}

impl Jump {
    /// Which event it was and how far it went, for a person: the middle of a sentence that has named the partition.
    #[must_use]
    pub fn words(&self) -> String {
        let Jump { offset, from, to, sent } = *self;
        let sent_at = sent.map_or_else(|| "at a time that it does not tell".to_owned(), |sent| format!("at {sent}"));
        if from > EventTime::MIN {
            let by = span(to.0.saturating_sub(from.0));
            return format!(
                "the event at offset {offset}, which jumped {by} ahead, from {from} to {to} (its record was sent {sent_at})"
            );
        }
        let by = span(to.0.saturating_sub(sent.unwrap_or(to).0));
        format!("its first event, at offset {offset}, of {to}, {by} ahead of its record (sent {sent_at})")
    }
}
