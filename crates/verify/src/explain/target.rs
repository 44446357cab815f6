//! Which document is meant, and of sessions which one.

use std::ops::ControlFlow;

use super::DocumentKey;
use crate::VerifyError;
use crate::reading::RawReading;
use crate::sessions::{self, gap_ms};
use crate::topic::RawTopic;
use mare_dataflow::Plan;
use mare_model::position::Positions;
use mare_model::time::EventTime;

/// A document, and where its session ends, if its window is one.
pub(super) struct Target {
    pub key: DocumentKey,
    pub session_end: Option<EventTime>,
}

/// The document that is meant: of sessions the one that holds a time is known only when the topic is read.
pub(super) fn whole(
    plan: &Plan,
    topic: &RawTopic,
    meant: &DocumentKey,
    shown: Option<&Positions>,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Target, VerifyError> {
    let key = meant.clone();
    let Some(gap_ms) = gap_ms(plan) else { return Ok(Target { key, session_end: None }) };
    let mut reading = RawReading::new(plan, topic, EventTime::MIN, EventTime::MAX, shown)?;
    reading.read(topic, &mut |_, _| {}, progress)?;
    let sessions = reading.recount.closes.into_iter().filter(|((_, group), _)| *group == key.group);
    let mut sessions = sessions.map(|((start, _), close)| (start, sessions::end(plan, gap_ms, close)));
    let held = sessions.find(|(start, end)| *start <= key.slot && key.slot < *end);
    let (slot, end) = held.unwrap_or((key.slot, EventTime(key.slot.0.saturating_add(gap_ms))));
    Ok(Target { key: DocumentKey { slot, ..key }, session_end: Some(end) })
}
