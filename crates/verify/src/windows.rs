//! Which windows a time lies in, and when each closes: the rules once more, by code of the auditor's own. Pure.
//!
//! A window is told by one instant, its *slot*: the time at which it starts; where windows grow from one beginning, the
//! time at which its last step starts.

use super::calendar;
use mare_dataflow::Plan;
use mare_model::time::{Assigner, Calendar, CalendarUnit, EventTime};
use mare_sink::document::iso;

/// The slot of the window without an end, where there are no others.
const EVER: EventTime = EventTime::MIN;
/// What stands in its place in the name of a document.
const WORD: &str = "all";

/// How long a window is at most, in milliseconds: those of a calendar by the two hours that clocks go back at most.
pub(super) fn longest_ms(plan: &Plan) -> i64 {
    match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, .. }
        | Assigner::Hopping { size_ms, .. }
        | Assigner::Session { gap_ms: size_ms }
        | Assigner::Cumulative { size_ms, .. } => size_ms,
        Assigner::Global => i64::MAX,
        Assigner::Calendar(Calendar { unit, .. }) => {
            let days = match unit {
                CalendarUnit::Day => 1,
                CalendarUnit::Week => 7,
                CalendarUnit::Month => 31,
                CalendarUnit::Quarter => 92,
                CalendarUnit::Year => 366,
            };
            (days * 24 + 2) * 3_600_000
        }
    }
}

/// The last multiple of `every` behind `offset` that is not behind the time.
fn floor(time_ms: i64, every: i64, offset: i64) -> i64 {
    (time_ms - offset).div_euclid(every) * every + offset
}

/// The slots of the windows that a time lies in, the first of them first.
pub fn windows(plan: &Plan, time_ms: i64) -> impl Iterator<Item = EventTime> + Clone + use<> {
    let (first, step_ms, last) = match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, offset_ms } => (floor(time_ms, size_ms, offset_ms), size_ms, time_ms),
        // The first that ends behind the time.
        Assigner::Hopping { size_ms, step_ms, offset_ms } => {
            (floor(time_ms - size_ms, step_ms, offset_ms) + step_ms, step_ms, time_ms)
        }
        // From the step that the time lies in to the last one of its period.
        Assigner::Cumulative { size_ms, step_ms, offset_ms } => {
            (floor(time_ms, step_ms, offset_ms), step_ms, floor(time_ms, size_ms, offset_ms) + size_ms - step_ms)
        }
        Assigner::Calendar(calendar) => (calendar::window(calendar, time_ms).0.0, i64::MAX, time_ms),
        // What an event touches itself: the session that it is in is known when all is read.
        Assigner::Session { .. } => (time_ms, i64::MAX, time_ms),
        Assigner::Global => (EVER.0, i64::MAX, EVER.0),
    };
    let slots = std::iter::successors(Some(first), move |slot| slot.checked_add(step_ms));
    slots.take_while(move |slot| *slot <= last).map(EventTime)
}

/// The slot of the window that is meant by a time that lies in it: of several the one that starts last; where they grow
/// the first, which has just begun to hold it.
#[must_use]
pub fn window(plan: &Plan, time_ms: i64) -> EventTime {
    let mut windows = windows(plan, time_ms);
    let meant = match plan.view().windows.assigner {
        Assigner::Cumulative { .. } => windows.next(),
        _ => windows.last(),
    };
    meant.unwrap_or(EventTime(time_ms))
}

/// The time at which the window in `slot` starts.
#[must_use]
pub fn start(plan: &Plan, slot: EventTime) -> EventTime {
    match plan.view().windows.assigner {
        Assigner::Cumulative { size_ms, offset_ms, .. } => EventTime(floor(slot.0, size_ms, offset_ms)),
        _ => slot,
    }
}

/// The text by which the document of the window in `slot` is named behind its group: the start of the window; where
/// windows grow its end; without windows one word for all.
#[must_use]
pub fn name(plan: &Plan, slot: EventTime) -> String {
    match plan.view().windows.assigner {
        Assigner::Global => WORD.to_owned(),
        _ => iso(EventTime(slot.0.saturating_add(from_slot_to_name_ms(plan)))),
    }
}

/// The slot of the window of a document that is named so, if that is a name.
#[must_use]
pub fn named(plan: &Plan, name: &str) -> Option<EventTime> {
    if let Assigner::Global = plan.view().windows.assigner {
        return (name == WORD).then_some(EVER);
    }
    let name = name.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    Some(EventTime(name.saturating_sub(from_slot_to_name_ms(plan))))
}

fn from_slot_to_name_ms(plan: &Plan) -> i64 {
    match plan.view().windows.assigner {
        Assigner::Cumulative { step_ms, .. } => step_ms,
        _ => 0,
    }
}

/// The slot of the window in which the ids of events are told apart whose last window is in `slot`: of sessions it is
/// a stretch of one gap.
pub(super) fn of_ids(plan: &Plan, slot: EventTime) -> i64 {
    match plan.view().windows.assigner {
        Assigner::Session { gap_ms } => floor(slot.0, gap_ms, 0),
        _ => slot.0,
    }
}

/// The promise at which all events of such a window are late.
pub(super) fn ids_close(plan: &Plan, slot_ms: i64) -> EventTime {
    match plan.view().windows.assigner {
        // The last of them may be at its very end.
        Assigner::Session { gap_ms } => close(plan, EventTime(slot_ms + gap_ms)),
        _ => close(plan, EventTime(slot_ms)),
    }
}

/// The event time that closes the window in `slot`; of sessions, by which an event at `slot` is late.
#[must_use]
pub fn close(plan: &Plan, slot: EventTime) -> EventTime {
    let end_ms = match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, .. } | Assigner::Hopping { size_ms, .. } => slot.0 + size_ms,
        Assigner::Cumulative { step_ms, .. } => slot.0 + step_ms,
        Assigner::Session { gap_ms } => slot.0 + gap_ms,
        Assigner::Calendar(calendar) => calendar::window(calendar, slot.0).1.0,
        Assigner::Global => return EventTime::MAX, // nothing closes it
    };
    EventTime(end_ms + plan.view().windows.lateness_ms)
}
