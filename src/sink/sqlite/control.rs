//! The control document of a table: a row of the table `mare_control` in the same file, named by the table.
//!
//! A transaction that writes documents reads it first and raises it, so a superseded run writes nothing at all, and the
//! positions say exactly what the documents show.

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
    shown TEXT NOT NULL, who TEXT NOT NULL, since TEXT NOT NULL) STRICT, WITHOUT ROWID";

/// Reads one.
const FIND: &str =
    "SELECT format, dataflow, fingerprint, generation, shown, who, since FROM mare_control WHERE sink = ?";

/// Writes one.
const STORE: &str = "INSERT OR REPLACE INTO mare_control (sink, format, dataflow, fingerprint, generation, shown, who, since) \
    VALUES (:sink, :format, :dataflow, :fingerprint, :generation, :shown, :who, :since)";

/// Makes the table of the control documents if it is absent.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(CREATE, ()).map(drop)
}

/// The control document of `table`, if there is one.
pub(super) fn find(connection: &Connection, table: &str) -> rusqlite::Result<Option<Control>> {
    connection.prepare_cached(FIND)?.query_row([table], read).optional()
}

/// A row as a control document.
fn read(row: &Row<'_>) -> rusqlite::Result<Control> {
    let (shown, since): (String, String) = (row.get(4)?, row.get(6)?);
    Ok(Control {
        format: row.get(0)?,
        dataflow: row.get(1)?,
        fingerprint: row.get(2)?,
        generation: Generation(row.get::<_, i64>(3)?.unsigned_abs()),
        shown: serde_json::from_str(&shown).map_err(|error| not_ours(4, error))?,
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
