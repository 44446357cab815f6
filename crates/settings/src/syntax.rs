//! From text to a tree, with TOML's own errors as problems.

use toml::de::{DeTable, Error};

use super::diagnostic::Report;
use super::tree::{Origin, Table};

/// The file's tree, or nothing if it is not TOML; then the report has its syntax errors.
pub fn read(text: &str, report: &mut Report) -> Option<Table> {
    let origin = Origin { text: 0, shift: 0 };
    let (table, mut errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Some(origin.table(table.get_ref()));
    }
    errors.sort_by_key(start);
    // An array that is not closed swallows the rest of the file, and each line of it is an error: one is enough.
    if errors.iter().any(|error| error.message().contains("array")) {
        errors.truncate(1);
    }
    errors.dedup_by_key(|error| text.get(..start(error)).map(|before| before.matches('\n').count()));
    for error in &errors {
        refuse(error, origin, report);
    }
    None
}

/// Where an error is: at the start of the file if the parser gives no place.
fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

/// Reports a syntax error.
pub fn refuse(error: &Error, origin: Origin, report: &mut Report) {
    let mark = origin.mark(error.span().unwrap_or(0..0));
    report.refuse(mark, format!("not TOML: {}", error.message()), remedy(error.message()));
}

/// The remedy for a key that is none.
const KEY: &str = "write `key = value`, with quotes around a key that has spaces or other signs in it";

/// What to do about an error of the parser, found by a part of its message, because its errors have no codes.
///
/// A message that a new version words differently falls back to the general remedy.
fn remedy(message: &str) -> &'static str {
    let remedies = [
        ("string values must be quoted", "put the text in double quotes"),
        ("duplicate key", "keep one of the two; all keys of a table stand below one `[header]`"),
        ("invalid basic string", "close the text with a double quote on the same line"),
        ("invalid unquoted key", KEY),
        ("key with no value", KEY),
        ("array", "separate the items by commas and close the array: `[\"a\", \"b\"]`"),
        ("unexpected key or value", "put each `key = value` on a line of its own"),
    ];
    let found = remedies.iter().find(|(part, _)| message.contains(part));
    found.map_or("the syntax is at https://toml.io; the files under `dataflows/` are examples", |(_, remedy)| remedy)
}
