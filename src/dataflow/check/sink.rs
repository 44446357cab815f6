//! `[sink.mongodb]`, `[sink.sqlite]`, `[sink.stdout]`: where the documents go.

use super::super::connection::{self, Slip};
use super::super::diagnostic::Report;
use super::super::section::Section;
use super::super::tree::Marked;
use super::super::{MongoSink, Sink, SqliteSink};
use super::event::one_of_words;

const KINDS: [&str; 3] = ["mongodb", "sqlite", "stdout"];

/// The longest name of a database, in bytes.
const DATABASE_LENGTH_MAX: usize = 63;

/// The sink of the dataflow called `name`. A new kind is added here.
pub(super) fn read(root: &Section<'_>, name: Option<&str>, report: &mut Report) -> Option<Sink> {
    let example = "`[sink.mongodb]` with `uri`, `database` and `collection`, or `[sink.sqlite]` with `path`";
    let (kind, section) = root.one_of("sink", &KINDS, example, report)?;
    match kind {
        "mongodb" => mongodb(&section, report).map(Sink::MongoDb),
        "sqlite" => sqlite(&section, name, report).map(Sink::Sqlite),
        _ => {
            section.only(&[], report);
            Some(Sink::Stdout)
        }
    }
}

/// A MongoDB collection. The connection string is checked by the driver's own parser.
fn mongodb(section: &Section<'_>, report: &mut Report) -> Option<MongoSink> {
    section.only(&["uri", "database", "collection", "decimals"], report);
    let uri = uri(section, report);
    let database = section.text("database", "black_friday", report);
    let database = database.and_then(|name| named(name, "database", is_database, report));
    let collection = section.text("collection", "totals", report);
    let collection = collection.and_then(|name| named(name, "collection", is_collection, report));
    let decimals = section.text_or("decimals", "double", report);
    let words = [("double", false), ("decimal128", true)];
    let decimal128 = decimals.and_then(|text| one_of_words(section, "decimals", &text, &words, report));
    Some(MongoSink { uri: uri?, database: database?, collection: collection?, decimal128: decimal128? })
}

/// The connection string; a message never repeats it, because it may hold a password.
fn uri(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("uri", "mongodb://localhost:27017", report)?;
    if let Some(Slip { what, remedy }) = connection::uri::slip(&value) {
        report.refuse(mark, format!("`sink.mongodb.uri` {what}"), remedy);
        return None;
    }
    Some(value)
}

/// A table in an SQLite file. Whether the file can be opened is seen when the dataflow starts, not here.
fn sqlite(section: &Section<'_>, name: Option<&str>, report: &mut Report) -> Option<SqliteSink> {
    section.only(&["path", "table"], report);
    let path = section.text("path", "totals.db", report);
    let path = path.and_then(|path| named(path, "file", |path| !path.is_empty() && !path.contains('\0'), report));
    let table = section.text_or("table", &name.unwrap_or("totals").replace('-', "_"), report);
    let table = table.and_then(|table| named(table, "table", is_table, report));
    Some(SqliteSink { path: path?.into(), table: table? })
}

/// A name that its database takes.
fn named(name: Marked<String>, what: &str, is_good: impl Fn(&str) -> bool, report: &mut Report) -> Option<String> {
    if !is_good(&name.value) {
        let message = format!("`{}` cannot be the name of a {what}", name.value);
        report.refuse(name.mark, message, "use letters, digits and `_`");
        return None;
    }
    Some(name.value)
}

/// By the rules of a server on Unix; one on Windows allows less, and then refuses by itself.
fn is_database(name: &str) -> bool {
    !name.is_empty() && name.len() <= DATABASE_LENGTH_MAX && !name.contains(['/', '\\', '.', ' ', '"', '$', '\0'])
}

/// `system.` collections belong to the server; a `.` elsewhere is common (`totals.minute`).
fn is_collection(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("system.") && !name.contains(['$', '\0'])
}

/// Any name can be quoted, but those of SQLite itself cannot be created.
fn is_table(name: &str) -> bool {
    !name.is_empty() && !name.to_ascii_lowercase().starts_with("sqlite_") && !name.contains('\0')
}
