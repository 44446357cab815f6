//! What commands print for their users, on standard output, and what they say beside it, on standard error.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

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

/// Prints on standard output; that nobody reads it is no error.
pub(super) fn print(text: impl std::fmt::Display) {
    use std::io::Write;
    let _gone = writeln!(std::io::stdout(), "{text}");
}

/// Prints JSON on standard output, where escapes stand for what a terminal would obey.
pub(super) fn json(text: impl std::fmt::Display) {
    print(plain_json(&text.to_string()));
}

/// Prints a value as one JSON object.
pub(super) fn print_json(value: &impl serde::Serialize) {
    json(serde_json::to_string_pretty(value).unwrap_or_default()); // every shape of ours is JSON
}

/// Says something on standard error. Saying is not doing: where nobody can hear it, a full disk or a terminal that has gone, the
/// command goes on all the same.
pub(super) fn tell(text: impl std::fmt::Display) {
    use std::io::Write;
    let _unheard = writeln!(std::io::stderr(), "{text}");
}
