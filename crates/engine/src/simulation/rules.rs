//! What the reference model has to know of a view, and which windows it means by the instants that tell them.

use mare_dataflow::Plan;
use mare_model::time::{Assigner, EventTime, Window, Windows};
use mare_reference::{Rules, WindowRule};

/// The rules of a view.
pub fn of(plan: &Plan) -> Rules {
    let Windows { assigner, lateness_ms } = plan.view().windows;
    let windows = match assigner {
        Assigner::Hopping { size_ms, step_ms, offset_ms } => WindowRule::Hopping { size_ms, step_ms, offset_ms },
        Assigner::Cumulative { size_ms, step_ms, offset_ms } => WindowRule::Cumulative { size_ms, step_ms, offset_ms },
        Assigner::Tumbling { size_ms, offset_ms } => WindowRule::Every { size_ms, offset_ms },
        Assigner::Session { gap_ms } => WindowRule::Session { gap_ms },
        Assigner::Global => WindowRule::Ever,
        Assigner::Calendar(_) => unreachable!("no scenario has windows of a calendar"),
    };
    Rules { windows, lateness_ms, confirm: plan.event.confirm, dedups: plan.dedup.is_some() }
}

/// The window that is told so.
pub fn window(rules: Rules, told_ms: i64) -> Window {
    let (start_ms, end_ms) = match rules.windows {
        WindowRule::Every { size_ms, .. } | WindowRule::Hopping { size_ms, .. } => (told_ms, told_ms + size_ms),
        WindowRule::Cumulative { size_ms, step_ms, offset_ms } => {
            ((told_ms - offset_ms).div_euclid(size_ms) * size_ms + offset_ms, told_ms + step_ms)
        }
        WindowRule::Session { gap_ms } => (told_ms, told_ms + gap_ms),
        WindowRule::Ever => return Window::ALL,
        WindowRule::Between(_) => unreachable!("no scenario has windows of a calendar"),
    };
    Window { start: EventTime(start_ms), end: EventTime(end_ms) }
}

/// What tells a window.
pub fn told_ms(rules: Rules, window: Window) -> i64 {
    match rules.windows {
        WindowRule::Cumulative { step_ms, .. } => window.end.0 - step_ms,
        WindowRule::Ever => 0,
        _ => window.start.0,
    }
}

/// The window in which the ids of events are told apart whose last window is `window`.
pub fn of_ids(rules: Rules, window: Window) -> Window {
    let WindowRule::Session { gap_ms } = rules.windows else { return window };
    let start_ms = window.start.0.div_euclid(gap_ms) * gap_ms;
    Window { start: EventTime(start_ms), end: EventTime(start_ms + gap_ms) }
}
