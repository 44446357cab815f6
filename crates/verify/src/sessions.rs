//! Sessions: which events of a group are one, and what they come to. Pure.
//!
//! The rule, beside those of [`recount`](super::recount): two counted events of a group are in one session if less than
//! the gap lies between them, and so are all that are so chained. A session starts with its first event and ends the
//! gap behind its last. It is certain when every partition has promised the gap and the lateness behind its end, for
//! then what could come into it would be late; and not before that there is a document of it.

use std::collections::BTreeMap;

use super::event::Event;
use super::recount::Total;
use super::topic::RawRecord;
use mare_dataflow::Plan;
use mare_model::time::{Assigner, EventTime};

/// How long nothing comes between two sessions, if windows are such.
#[must_use]
pub fn gap_ms(plan: &Plan) -> Option<i64> {
    match plan.view().windows.assigner {
        Assigner::Session { gap_ms } => Some(gap_ms),
        _ => None,
    }
}

/// The counted events of a dataflow of sessions, by group and by the time of the first event of each session.
#[derive(Debug, Default)]
pub struct SessionsOfGroups(BTreeMap<String, BTreeMap<i64, Session>>);

/// Some events between which there is no gap.
#[derive(Debug)]
struct Session {
    /// The time of the last.
    last_ms: i64,
    total: Total,
}

impl SessionsOfGroups {
    /// Takes a counted event in: it joins whatever lies less than the gap from it.
    pub fn add(&mut self, plan: &Plan, gap_ms: i64, event: &Event<'_>, record: &RawRecord<'_>) {
        let of_group = self.0.entry(event.group.clone().into_owned()).or_default();
        let (mut first_ms, mut joined) = (event.time_ms, Session { last_ms: event.time_ms, total: Total::default() });
        joined.total.add(event, record, plan.view());
        while let Some((start_ms, near)) = of_group.range(..joined.last_ms + gap_ms).next_back()
            && first_ms - near.last_ms < gap_ms
        {
            let start_ms = *start_ms;
            let Some(near) = of_group.remove(&start_ms) else { break };
            first_ms = first_ms.min(start_ms);
            joined.last_ms = joined.last_ms.max(near.last_ms);
            joined.total.join(near.total, plan.view());
        }
        of_group.insert(first_ms, joined);
    }

    /// All of them: what they come to, by the start and the group, each with its end.
    pub fn into_totals(self, gap_ms: i64) -> impl Iterator<Item = ((EventTime, String), EventTime, Total)> {
        self.0.into_iter().flat_map(move |(group, of_group)| {
            of_group.into_iter().map(move |(start_ms, Session { last_ms, total })| {
                ((EventTime(start_ms), group.clone()), EventTime(last_ms + gap_ms), total)
            })
        })
    }
}

/// The event time at which every event is late that could be in a session that ends then.
#[must_use]
pub fn close(plan: &Plan, gap_ms: i64, end: EventTime) -> EventTime {
    EventTime(end.0 + gap_ms + plan.view().windows.lateness_ms)
}

/// Where a session ends that closes then.
#[must_use]
pub fn end(plan: &Plan, gap_ms: i64, close: EventTime) -> EventTime {
    EventTime(close.0 - gap_ms - plan.view().windows.lateness_ms)
}
