//! What is known of a kind of sink before there is one.

use crate::Sink;
use crate::proposal::Proposal;
use mare_checks::Check;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

/// A kind of sink: what is known of it before there is one.
#[derive(Clone, Copy, Debug)]
pub struct Factory {
    /// Its name: that of its table in a dataflow file, `[sink.name]`.
    pub name: &'static str,
    /// How people call it.
    pub title: &'static str,
    /// The keys that its table needs, as a remedy lists them; `None` if its documents cannot be read back, so that
    /// nobody is advised to take it.
    pub keys: Option<&'static str>,
    /// A `--set` that makes such a sink by itself, if there is one.
    pub set: Option<&'static str>,
    /// How `mare init` is told to take it.
    pub proposal: Proposal,
    /// The checks that it makes of itself, but for those that all kinds have.
    pub checks: &'static [Check],
    /// Reads its table, for the dataflow of that name.
    pub read: fn(&Section<'_>, Option<&str>, &mut Report) -> Option<Sink>,
}
