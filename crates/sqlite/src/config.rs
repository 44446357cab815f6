//! `[sink.sqlite]`: a file and a table in it. Pure.

use std::path::PathBuf;

use mare_settings::diagnostic::Report;
use mare_settings::section::{Section, named};

/// A table in an SQLite file to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteSink {
    /// The database file; made if it is absent.
    pub path: PathBuf,
    /// The table; made if it is absent.
    pub table: String,
}

impl SqliteSink {
    /// Reads its table of a dataflow called `name`. Whether the file can be opened is seen when the dataflow starts,
    /// not here.
    pub(super) fn read(section: &Section<'_>, name: Option<&str>, report: &mut Report) -> Option<SqliteSink> {
        section.only(&["path", "table"], report);
        let path = section.text("path", "totals.db", report);
        let path = path.and_then(|path| named(path, "file", |path| !path.is_empty() && !path.contains('\0'), report));
        let table = section.text_or("table", &name.unwrap_or("totals").replace('-', "_"), report);
        let table = table.and_then(|table| named(table, "table", is_table, report));
        Some(SqliteSink { path: path?.into(), table: table? })
    }
}

/// Any name can be quoted, but those of SQLite itself cannot be created.
fn is_table(name: &str) -> bool {
    !name.is_empty() && !name.to_ascii_lowercase().starts_with("sqlite_") && !name.contains('\0')
}
