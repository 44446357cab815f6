//! Which windows a time lies in, and when each closes: the rules once more, by code of the auditor's own. Pure.

use super::calendar;
use mare_dataflow::Plan;
use mare_model::time::{Assigner, Calendar, CalendarUnit, EventTime};

/// How long a window is at most, in milliseconds: those of a calendar by the two hours that clocks go back at most.
pub(super) fn longest_ms(plan: &Plan) -> i64 {
    match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, .. } | Assigner::Hopping { size_ms, .. } => size_ms,
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

/// The starts of the windows that a time lies in, the first of them first.
pub fn windows(plan: &Plan, time_ms: i64) -> impl Iterator<Item = EventTime> + Clone + use<> {
    let (first, step_ms) = match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, offset_ms } => {
            ((time_ms - offset_ms).div_euclid(size_ms) * size_ms + offset_ms, size_ms)
        }
        // The first that ends behind the time.
        Assigner::Hopping { size_ms, step_ms, offset_ms } => {
            (((time_ms - size_ms - offset_ms).div_euclid(step_ms) + 1) * step_ms + offset_ms, step_ms)
        }
        Assigner::Calendar(calendar) => (calendar::window(calendar, time_ms).0.0, i64::MAX),
    };
    let starts = std::iter::successors(Some(first), move |start| start.checked_add(step_ms));
    starts.take_while(move |start| *start <= time_ms).map(EventTime)
}

/// The start of the window that a time lies in; of several the last.
#[must_use]
pub fn window(plan: &Plan, time_ms: i64) -> EventTime {
    windows(plan, time_ms).last().unwrap_or(EventTime(time_ms))
}

/// The event time that closes the window which starts at `start`.
#[must_use]
pub fn close(plan: &Plan, start: EventTime) -> EventTime {
    let end_ms = match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, .. } | Assigner::Hopping { size_ms, .. } => start.0 + size_ms,
        Assigner::Calendar(calendar) => calendar::window(calendar, start.0).1.0,
    };
    EventTime(end_ms + plan.view().windows.lateness_ms)
}
