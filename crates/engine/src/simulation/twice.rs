//! Scenarios of two views over one log.

use super::scenario::GAP_MS;
use crate::tests::oracle::{LATENESS_MS, WINDOW_MS};
use mare_dataflow::{Output, Plan};
use mare_model::time::Windows;

/// Has the dataflow keep a second view, `plain` or like the first; `which` says how it differs. It asks nothing of the
/// chance either.
pub fn look_twice(plan: &mut Plan, plain: Output, which: i64, grows: bool) {
    let first = &mut plan.outputs[0];
    let mut second = if which % 2 == 0 { plain } else { first.clone() };
    // All of them are closed by the tail, and those of a partition that comes later when the first one's are.
    second.view.windows = match which / 2 % 8 {
        0 => first.view.windows,
        1 => Windows::tumbling(WINDOW_MS, 0),
        2 => Windows::tumbling(3 * WINDOW_MS, LATENESS_MS / 2),
        3 => Windows::tumbling(WINDOW_MS / 4, 2 * LATENESS_MS),
        5 => Windows::global(),
        7 if !grows && plan.retract.is_none() => Windows::sessions(2 * GAP_MS, LATENESS_MS / 3),
        4 => Windows::cumulative(3 * WINDOW_MS / 2, WINDOW_MS / 2, LATENESS_MS),
        _ => Windows::hopping(3 * WINDOW_MS / 2, WINDOW_MS / 2, LATENESS_MS),
    };
    if which / 10 % 3 == 0 {
        second.view.group_by.clear();
    }
    second.filter = first.filter.clone().filter(|_| which / 30 % 2 == 0);
    if which / 60 % 3 == 0 || second.view.windows.is_global() {
        second.view.window_names.is_final = None;
    }
    (first.name, second.name) = (Some("first".to_owned()), Some("second".to_owned()));
    plan.outputs.push(second);
}
