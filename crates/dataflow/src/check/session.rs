//! `[window] session`: how long nothing has to come for a session to be over, and what has no meaning beside it.

use mare_model::time::Windows;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;

/// The keys that say where windows begin, each with why no session does.
const NOT_BESIDE: [(&str, &str); 3] = [
    ("every", "sessions begin with an event, and not `every` so often"),
    ("offset", "sessions begin with an event, and no `offset` moves them"),
    ("zone", "sessions belong to no zone: they begin with an event, whatever the calendar says"),
];

/// Sessions, without their lateness.
pub(super) fn session(section: &Section<'_>, report: &mut Report) -> Option<Windows> {
    let gap = section.text("session", "30m", report)?;
    let mut is_refused = false;
    for (key, message) in NOT_BESIDE {
        if let Some(entry) = section.table.entry(key) {
            let remedy = format!("remove `{key}`, or write `tumbling` instead of `session`");
            report.refuse(entry.key.mark, message, remedy);
            is_refused = true;
        }
    }
    let gap_ms = quantity::duration(section, "session", &gap, Bounds::LENGTH, report)?;
    (!is_refused).then(|| Windows::sessions(gap_ms, 0))
}
