//! How long a condition must hold before its rule alerts (`for`), and how long the rule is quiet afterwards
//! (`cooldown`). Both are of event time, so that a replay decides the same.

use super::super::alerts::Condition;
use super::condition::WINDOWS_MAX;
use super::length;
use mare_model::time::Windows;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;

/// In how many windows in a row the condition must hold: `for`, rounded up to whole windows. `condition` is missing if
/// it has been refused.
pub(super) fn windows_held(
    section: &Section<'_>,
    condition: Option<&Condition>,
    windows: Windows,
    report: &mut Report,
) -> Option<i64> {
    let Some(entry) = section.table.entry("for") else { return Some(1) };
    let text = section.text_of("for", &entry.node, "10m", report)?;
    let length = length::windows(section, "for", &text, windows, report)?;
    let count = length.windows;
    let (message, remedy) = match condition {
        Some(Condition::Silent { .. }) => {
            ("`silent` says by itself for how long".to_owned(), "remove `for`, and make `silent` as long".to_owned())
        }
        Some(Condition::Above { on_update: true, .. }) => (
            "a total that has to hold `for` some windows is judged when they are final".to_owned(),
            "remove either `for` or `on = \"update\"`".to_owned(),
        ),
        _ if count == 1 => no_longer("alerts.rules.for", windows),
        _ if count > WINDOWS_MAX => {
            (format!("`alerts.rules.for` is {count} windows long"), format!("write at most {WINDOWS_MAX} windows"))
        }
        _ => return Some(count),
    };
    report.refuse(text.mark, message, remedy);
    None
}

/// What is said of a length of time that is no longer than from one window to the next, and what to do about it.
fn no_longer(name: &str, windows: Windows) -> (String, String) {
    let than = if windows.overlap() { "than it is from one window to the next" } else { "than a window" };
    let message = format!("`{name}` is no longer {than}, so it changes nothing");
    (message, format!("write more than `{}`, or remove it", length::step(windows)))
}

/// How long a rule is quiet for a group after it has alerted, in milliseconds, if it is. A rule alerts once for each
/// window, so this says something only if it is longer than one.
pub(super) fn cooldown(section: &Section<'_>, windows: Windows, report: &mut Report) -> Option<Option<i64>> {
    let Some(entry) = section.table.entry("cooldown") else { return Some(None) };
    let text = section.text_of("cooldown", &entry.node, "10m", report)?;
    let ms = quantity::duration(section, "cooldown", &text, Bounds::LENGTH, report)?;
    if ms <= windows.step_ms_max() {
        let (message, remedy) = no_longer(&section.name("cooldown"), windows);
        report.refuse(text.mark, message, remedy);
        return None;
    }
    Some(Some(ms))
}
