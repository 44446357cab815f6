//! `[sink.stdout]`: it has no key. Pure.

use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

/// The standard output of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StdoutSink;

impl StdoutSink {
    /// Reads its table.
    pub(super) fn read(section: &Section<'_>, report: &mut Report) -> StdoutSink {
        section.only(&[], report);
        StdoutSink
    }
}
