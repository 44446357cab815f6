//! `[epochs]`: when an epoch is sealed, and how many may be on their way. All of it has defaults.

use std::time::Duration;

use super::super::Epochs;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::{Mark, Table};

/// The most epochs that may be on their way: each holds a few documents in memory. None would stop the dataflow before
/// its first event.
const IN_FLIGHT_MAX: i64 = 10_000;
/// The default of [`Epochs::in_flight`].
const IN_FLIGHT: usize = 16;

/// How long collecting an epoch may take: a document is at least that old when it is written.
const COLLECTING: Bounds = Bounds { least_ms: 0, most_ms: 60_000, said: "from 0s to 60s" };

/// The epochs of a dataflow.
pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<Epochs> {
    let nothing = Table::default();
    let section = match root.table.entry("epochs") {
        Some(_) => root.section_if_any("epochs", report)?,
        None => Section { path: "epochs".to_owned(), mark: root.mark, table: &nothing },
    };
    section.only(&["shortest", "longest", "in_flight"], report);
    let shortest = time(&section, "shortest", "5ms", report);
    let longest = time(&section, "longest", "100ms", report);
    let in_flight = quantity::count(&section, "in_flight", IN_FLIGHT, IN_FLIGHT_MAX, report);
    let (shortest, longest) = (shortest?.0, longest?);
    if longest.0 < shortest {
        let message = format!("`epochs.longest` is {:?}, less than `epochs.shortest` of {shortest:?}", longest.0);
        report.refuse(longest.1, message, "make `longest` at least as long as `shortest`");
    }
    Some(Epochs { shortest, longest: longest.0, in_flight: in_flight? })
}

/// One of the two times, with its place.
fn time(section: &Section<'_>, key: &str, default: &str, report: &mut Report) -> Option<(Duration, Mark)> {
    let text = section.text_or(key, default, report)?;
    let milliseconds = quantity::duration(section, key, &text, COLLECTING, report)?;
    Some((Duration::from_millis(milliseconds.unsigned_abs()), text.mark))
}
