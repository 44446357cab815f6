//! What commands print for their users, on standard output, and what they say beside it, on standard error.

use std::io::{self, Write};
use std::sync::OnceLock;

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::Failure;
use crate::plain::plain_json;

/// How an answer is printed that is no plain list of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Printed {
    /// For a person
    #[default]
    #[value(alias = "text")]
    Table,
    /// For a program: one JSON object, with exact numbers
    Json,
}

/// A table without lines, with these headings.
pub(super) fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(headings);
    table
}

/// What kept an answer from standard output, the first time.
static UNANSWERED: OnceLock<String> = OnceLock::new();

/// Prints on standard output. What keeps it from there is told when the command ends, by [`answered`].
pub(super) fn print(text: impl std::fmt::Display) {
    printed(writeln!(io::stdout(), "{text}"));
}

/// Whether something was printed on standard output. That nobody reads it is no error: whoever has read enough, as
/// `head` has, closes the pipe.
pub(super) fn printed(outcome: io::Result<()>) -> bool {
    match &outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            UNANSWERED.get_or_init(|| error.to_string());
        }
        Ok(()) | Err(_) => {}
    }
    outcome.is_ok()
}

/// Whether all that was printed has arrived.
///
/// # Errors
/// If standard output did not take it, as where a disk is full: an answer that is lost is none.
pub(super) fn answered() -> Result<(), Failure> {
    printed(io::stdout().flush());
    let lost = |why| Failure::new(format!("standard output does not take the answer: {why}"));
    UNANSWERED.get().map_or(Ok(()), |why| Err(lost(why).remedy("make room there, or send it elsewhere")))
}

/// Prints JSON on standard output, where escapes stand for what a terminal would obey.
pub(super) fn json(text: impl std::fmt::Display) {
    print(plain_json(&text.to_string()));
}

/// Prints a value as one JSON object.
pub(super) fn print_json(value: &impl serde::Serialize) {
    json(serde_json::to_string_pretty(value).unwrap_or_default()); // every shape of ours is JSON
}

/// Says something on standard error. Saying is not doing: where nobody can hear it, a full disk or a terminal that has
/// gone, the command goes on all the same.
pub(super) fn tell(text: impl std::fmt::Display) {
    let _unheard = writeln!(io::stderr(), "{text}");
}
