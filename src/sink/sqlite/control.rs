//! The control document of a table: a row of the table `mare_control` in the same file, named by the table.
//!
//! A transaction that writes documents reads it first and raises it, so a superseded run writes nothing at all, and the
//! positions say exactly what the documents show.
//!
//! Format 2 has the columns `id` and `begins` as well, which are added to a table of format 1; a release that knows no others
//! finds its own columns as they were.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, named_params};

use crate::sink::fence::{Control, Generation};
use crate::source::Positions;

/// The table of the control documents.
pub(super) const TABLE: &str = "mare_control";

/// Makes the table of the control documents. Names of tables differ by more than case, and so do their rows here.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS mare_control (sink TEXT PRIMARY KEY COLLATE NOCASE NOT NULL, \
    format INTEGER NOT NULL, dataflow TEXT NOT NULL, fingerprint TEXT NOT NULL, generation INTEGER NOT NULL, \
    shown TEXT NOT NULL, who TEXT NOT NULL, since TEXT NOT NULL, id TEXT, begins TEXT NOT NULL DEFAULT '{}') \
    STRICT, WITHOUT ROWID";

/// Adds what a table of format 1 has not.
const EXTEND: &str = "ALTER TABLE mare_control ADD COLUMN id TEXT; \
    ALTER TABLE mare_control ADD COLUMN begins TEXT NOT NULL DEFAULT '{}'";

/// Reads one.
const FIND: &str =
    "SELECT format, dataflow, fingerprint, generation, shown, who, since, id, begins FROM mare_control WHERE sink = ?";

/// Reads one in a table of format 1.
const FIND_1: &str =
    "SELECT format, dataflow, fingerprint, generation, shown, who, since, NULL, '{}' FROM mare_control WHERE sink = ?";

/// Writes one.
const STORE: &str = "INSERT OR REPLACE INTO mare_control \
    (sink, format, dataflow, fingerprint, generation, shown, who, since, id, begins) \
    VALUES (:sink, :format, :dataflow, :fingerprint, :generation, :shown, :who, :since, :id, :begins)";

/// Makes the table of the control documents if it is absent, and adds what it has not if it is of format 1.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(CREATE, ())?;
    if is_of_format_1(connection)? { connection.execute_batch(EXTEND) } else { Ok(()) }
}

/// Whether the table, which is there, is of format 1.
fn is_of_format_1(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(!connection.column_exists(None, TABLE, "id")?)
}

/// The control document of `table`, if there is one.
pub(super) fn find(connection: &Connection, table: &str) -> rusqlite::Result<Option<Control>> {
    let find = if is_of_format_1(connection)? { FIND_1 } else { FIND };
    connection.prepare_cached(find)?.query_row([table], read).optional()
}

/// A row as a control document.
fn read(row: &Row<'_>) -> rusqlite::Result<Control> {
    let (shown, since, begins): (String, String, String) = (row.get(4)?, row.get(6)?, row.get(8)?);
    Ok(Control {
        format: row.get(0)?,
        id: row.get(7)?,
        dataflow: row.get(1)?,
        fingerprint: row.get(2)?,
        generation: Generation(row.get::<_, i64>(3)?.unsigned_abs()),
        shown: serde_json::from_str(&shown).map_err(|error| not_ours(4, error))?,
        begins: serde_json::from_str(&begins).map_err(|error| not_ours(8, error))?,
        who: row.get(5)?,
        since: since.parse::<Timestamp>().map_err(|error| not_ours(6, error))?,
        overwriting: false,
    })
}

/// A cell that somebody else has written.
fn not_ours(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// Makes `control` the control document of `table`.
pub(super) fn store(connection: &Connection, table: &str, control: &Control) -> rusqlite::Result<()> {
    let parameters = named_params! {
        ":sink": table,
        ":format": control.format,
        ":dataflow": control.dataflow,
        ":fingerprint": control.fingerprint,
        ":generation": i64::try_from(control.generation.0).unwrap_or(i64::MAX),
        ":shown": json(&control.shown),
        ":who": control.who,
        ":since": control.since.to_string(),
        ":id": control.id,
        ":begins": json(&control.begins),
    };
    connection.execute(STORE, parameters).map(drop)
}

/// Writes down that the positions of `table` have risen to `shown`.
pub(super) fn raise(connection: &Connection, table: &str, shown: &Positions) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached("UPDATE mare_control SET shown = ? WHERE sink = ?")?;
    update.execute((json(shown), table)).map(drop)
}

/// Positions as a JSON object: `{"0":120,"1":98}`.
fn json(positions: &Positions) -> String {
    let numbers: BTreeMap<i32, i64> = positions.iter().map(|(partition, offset)| (partition.0, offset.0)).collect();
    serde_json::json!(numbers).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::fixture::positions;

    /// A copy of a file that the last release with control documents of format 1 has written.
    fn kept(folder: &tempfile::TempDir) -> Connection {
        let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/control-v1/sqlite.db");
        let copy = folder.path().join("totals.db");
        std::fs::copy(kept, &copy).unwrap();
        Connection::open(copy).unwrap()
    }

    #[test]
    fn one_of_format_1_is_read_and_written_as_format_2() {
        let folder = tempfile::tempdir().unwrap();
        let connection = kept(&folder);
        let found = find(&connection, "black_friday").unwrap().unwrap();
        assert_eq!((found.format, &found.id, &*found.fingerprint), (1, &None, "f9a92987fbd9f62a"));
        assert_eq!(found.shown, positions(&[(0, 8), (1, 8), (2, 7), (3, 7)]));
        assert_eq!((found.generation, &found.begins), (Generation(1), &Positions::new()));
        create(&connection).unwrap();
        assert_eq!(find(&connection, "BLACK_FRIDAY").unwrap().unwrap(), found, "the names of tables have no case");
        let renewed = Control { format: 2, id: Some("id".into()), begins: positions(&[(0, 3)]), ..found };
        store(&connection, "black_friday", &renewed).unwrap();
        assert_eq!(find(&connection, "black_friday").unwrap(), Some(renewed));
    }

    /// Another table in the same file may still be written by a release of format 1.
    #[test]
    fn a_table_of_format_2_takes_what_format_1_writes() {
        let folder = tempfile::tempdir().unwrap();
        let connection = kept(&folder);
        create(&connection).unwrap();
        let insert = "INSERT OR REPLACE INTO mare_control (sink, format, dataflow, fingerprint, generation, shown, who, since) \
            VALUES ('other', 1, 'd', 'f', 1, '{}', 'w', '1970-01-01T00:00:00Z')";
        connection.execute(insert, ()).unwrap();
        assert_eq!(find(&connection, "other").unwrap().unwrap().id, None);
    }
}
