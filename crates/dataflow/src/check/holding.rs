//! How long a condition must hold before its rule alerts (`for`), and how long the rule is quiet afterwards
//! (`cooldown`). Both are of event time, so that a replay decides the same.

use super::super::alerts::Condition;
use super::condition::WINDOWS_MAX;
use mare_model::time::Windows;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// In how many windows in a row the condition must hold: `for`, rounded up to whole windows. `condition` is missing if
/// it has been refused.
pub(super) fn windows_held(
    section: &Section<'_>,
    condition: Option<&Condition>,
    windows: Windows,
    report: &mut Report,
) -> Option<i64> {
    let Some((text, ms)) = longer_than_a_window(section, "for", windows, report)? else { return Some(1) };
    let count = (ms - 1) / windows.step_ms() + 1;
    let (message, remedy) = match condition {
        Some(Condition::Silent { .. }) => {
            ("`silent` says by itself for how long".to_owned(), "remove `for`, and make `silent` as long".to_owned())
        }
        Some(Condition::Above { on_update: true, .. }) => (
            "a total that has to hold `for` some windows is judged when they are final".to_owned(),
            "remove either `for` or `on = \"update\"`".to_owned(),
        ),
        _ if count > WINDOWS_MAX => {
            (format!("`alerts.rules.for` is {count} windows long"), format!("write at most {WINDOWS_MAX} windows"))
        }
        _ => return Some(count),
    };
    report.refuse(text.mark, message, remedy);
    None
}

/// How long a rule is quiet for a group after it has alerted, in milliseconds, if it is.
pub(super) fn cooldown(section: &Section<'_>, windows: Windows, report: &mut Report) -> Option<Option<i64>> {
    Some(longer_than_a_window(section, "cooldown", windows, report)?.map(|(_, ms)| ms))
}

/// A duration that says something only if it is longer than one window, since a rule alerts once for each; and how it
/// is written.
fn longer_than_a_window(
    section: &Section<'_>,
    key: &str,
    windows: Windows,
    report: &mut Report,
) -> Option<Option<(Marked<String>, i64)>> {
    let Some(entry) = section.table.entry(key) else { return Some(None) };
    let text = section.text_of(key, &entry.node, "10m", report)?;
    let ms = quantity::duration(section, key, &text, Bounds::LENGTH, report)?;
    if ms <= windows.step_ms() {
        let message = format!("`{}` is no longer than a window, so it changes nothing", section.name(key));
        report.refuse(text.mark, message, "write more than `window.tumbling`, or remove it");
        return None;
    }
    Some(Some((text, ms)))
}
