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

/// The default of [`Epochs::freshness`], or the longest or shortest epoch where that is less or more.
const FRESHNESS: &str = "20ms";

/// How long collecting an epoch may take: a document is at least that old when it is written.
const COLLECTING: Bounds = Bounds { least_ms: 0, most_ms: 60_000, said: "from 0s to 60s" };

/// The epochs of a dataflow.
pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<Epochs> {
    let nothing = Table::default();
    let section = match root.table.entry("epochs") {
        Some(_) => root.section_if_any("epochs", report)?,
        None => Section { path: "epochs".to_owned(), mark: root.mark, table: &nothing },
    };
    section.only(&["shortest", "freshness", "longest", "in_flight"], report);
    let shortest = time(&section, "shortest", "5ms", report);
    let freshness = time(&section, "freshness", FRESHNESS, report);
    let longest = time(&section, "longest", "100ms", report);
    let in_flight = quantity::count(&section, "in_flight", IN_FLIGHT, IN_FLIGHT_MAX, report);
    let (shortest, freshness, longest) = (shortest?.0, freshness?, longest?);
    let is_given = section.table.entry("freshness").is_some();
    if is_given && freshness.0 < shortest {
        let message = format!("`epochs.freshness` is {:?}, less than `epochs.shortest` of {shortest:?}", freshness.0);
        report.refuse(freshness.1, message, "make `freshness` at least as long as `shortest`");
    }
    if longest.0 < shortest {
        let message = format!("`epochs.longest` is {:?}, less than `epochs.shortest` of {shortest:?}", longest.0);
        report.refuse(longest.1, message, "make `longest` at least as long as `shortest`");
    }
    let freshness = if is_given { freshness.0 } else { freshness.0.min(longest.0) };
    Some(Epochs { shortest, freshness: freshness.max(shortest), longest: longest.0, in_flight: in_flight? })
}

/// One of the two times, with its place.
fn time(section: &Section<'_>, key: &str, default: &str, report: &mut Report) -> Option<(Duration, Mark)> {
    let text = section.text_or(key, default, report)?;
    let milliseconds = quantity::duration(section, key, &text, COLLECTING, report)?;
    Some((Duration::from_millis(milliseconds.unsigned_abs()), text.mark))
}
