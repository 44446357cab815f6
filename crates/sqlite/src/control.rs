//! The control document of a table: a row of the table `mare_control` in the same file, named by the table.
//!
//! A transaction that writes documents reads it first and raises it, so a superseded run writes nothing at all, and the
//! positions say exactly what the documents show.
//!
//! Columns that came later are added to a table that has them not, so a release from before finds its own as they were:
//! `id` and `begins` of format 2, by what the log is known, and the journal of the silent, which is format 3 if it is
//! not empty.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, named_params};

use mare_model::journal::{Heartbeat, Journal};
use mare_model::position::{LogId, Offset, Partition, Positions};
use mare_model::time::EventTime;
use mare_sink::fence::{ControlDocument, FORMAT, Generation};

/// The table of the control documents.
pub(super) const TABLE: &str = "mare_control";

/// Makes the table of the control documents, as format 1 has it. Names of tables differ by more than case, and so do
/// their rows here.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS mare_control (sink TEXT PRIMARY KEY COLLATE NOCASE NOT NULL, \
    format INTEGER NOT NULL, dataflow TEXT NOT NULL, fingerprint TEXT NOT NULL, generation INTEGER NOT NULL, \
    shown TEXT NOT NULL, who TEXT NOT NULL, since TEXT NOT NULL) STRICT, WITHOUT ROWID";

/// The columns that came later: the name, what it is, and what is read where it is not there yet.
const LATER: [(&str, &str, &str); 5] = [
    ("id", "TEXT", "NULL"),
    ("begins", "TEXT NOT NULL DEFAULT '{}'", "'{}'"),
    ("log_cluster", "TEXT", "NULL"),
    ("log_topic", "TEXT", "NULL"),
    ("journal", "TEXT NOT NULL DEFAULT '{}'", "'{}'"),
];

/// Writes one.
const STORE: &str = "INSERT OR REPLACE INTO mare_control \
    (sink, format, dataflow, fingerprint, generation, shown, who, since, id, begins, log_cluster, log_topic, journal) VALUES \
    (:sink, :format, :dataflow, :fingerprint, :generation, :shown, :who, :since, :id, :begins, :log_cluster, :log_topic, \
    :journal)";

/// Makes the table of the control documents if it is absent, and adds the columns that it has not.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(CREATE, ())?;
    for (column, kind, _) in LATER {
        if !connection.column_exists(None, TABLE, column)? {
            connection.execute(&format!("ALTER TABLE {TABLE} ADD COLUMN {column} {kind}"), ())?;
        }
    }
    Ok(())
}

/// The control document of `table`, if there is one.
pub(super) fn find(connection: &Connection, table: &str) -> rusqlite::Result<Option<ControlDocument>> {
    let mut find = "SELECT format, dataflow, fingerprint, generation, shown, who, since".to_owned();
    for (column, _, instead) in LATER {
        let is_there = connection.column_exists(None, TABLE, column)?;
        find.push_str(", ");
        find.push_str(if is_there { column } else { instead });
    }
    find.push_str(" FROM mare_control WHERE sink = ?");
    connection.prepare_cached(&find)?.query_row([table], read).optional()
}

/// A row as a control document.
fn read(row: &Row<'_>) -> rusqlite::Result<ControlDocument> {
    let (shown, since, begins): (String, String, String) = (row.get(4)?, row.get(6)?, row.get(8)?);
    Ok(ControlDocument {
        format: row.get(0)?,
        id: row.get(7)?,
        dataflow: row.get(1)?,
        fingerprint: row.get(2)?,
        generation: Generation(row.get::<_, i64>(3)?.unsigned_abs()),
        log: LogId { cluster: row.get(9)?, topic: row.get(10)? },
        shown: serde_json::from_str(&shown).map_err(|error| not_ours(4, error))?,
        begins: serde_json::from_str(&begins).map_err(|error| not_ours(8, error))?,
        journal: journal(&row.get::<_, String>(11)?).map_err(|error| not_ours(11, error))?,
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
pub(super) fn store(connection: &Connection, table: &str, control: &ControlDocument) -> rusqlite::Result<()> {
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
        ":log_cluster": control.log.cluster,
        ":log_topic": control.log.topic,
        ":journal": journal_text(&control.journal),
    };
    connection.execute(STORE, parameters).map(drop)
}

/// Writes down that the positions of `table` have risen to `shown`.
pub(super) fn raise(connection: &Connection, table: &str, shown: &Positions) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached("UPDATE mare_control SET shown = ? WHERE sink = ?")?;
    update.execute((json(shown), table)).map(drop)
}

/// Writes down what the journal of `table` says from now on.
pub(super) fn declare(connection: &Connection, table: &str, journal: &Journal) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached("UPDATE mare_control SET journal = ?, format = ? WHERE sink = ?")?;
    update.execute((journal_text(journal), FORMAT, table)).map(drop)
}

/// A journal as a JSON object: `{"1":{"98":1764331320000}}`, by partition and offset what is promised.
fn journal_text(journal: &Journal) -> String {
    let mut promises = BTreeMap::<i32, BTreeMap<i64, i64>>::new();
    for Heartbeat { partition, offset, promise } in journal.heartbeats() {
        promises.entry(partition.0).or_default().insert(offset.0, promise.0);
    }
    serde_json::json!(promises).to_string()
}

/// What such a text says.
fn journal(text: &str) -> serde_json::Result<Journal> {
    let promises: BTreeMap<i32, BTreeMap<i64, i64>> = serde_json::from_str(text)?;
    let heartbeats = promises.into_iter().flat_map(|(partition, promises)| {
        promises.into_iter().map(move |(offset, promise)| Heartbeat {
            partition: Partition(partition),
            offset: Offset(offset),
            promise: EventTime(promise),
        })
    });
    Ok(heartbeats.collect())
}

/// Positions as a JSON object: `{"0":120,"1":98}`.
fn json(positions: &Positions) -> String {
    let numbers: BTreeMap<i32, i64> = positions.iter().map(|(partition, offset)| (partition.0, offset.0)).collect();
    serde_json::json!(numbers).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture::positions;

    /// A copy of a file that a release with control documents of that format has written.
    fn kept(folder: &tempfile::TempDir, format: u32) -> Connection {
        let kept = format!("{}/../../tests/fixtures/control-v{format}/sqlite.db", env!("CARGO_MANIFEST_DIR"));
        let copy = folder.path().join("totals.db");
        std::fs::copy(kept, &copy).unwrap();
        Connection::open(copy).unwrap()
    }

    #[test]
    fn one_of_format_1_is_read_and_written_as_format_2() {
        let folder = tempfile::tempdir().unwrap();
        let connection = kept(&folder, 1);
        let found = find(&connection, "black_friday").unwrap().unwrap();
        assert_eq!((found.format, &found.id, &*found.fingerprint), (1, &None, "f9a92987fbd9f62a"));
        assert_eq!(found.shown, positions(&[(0, 8), (1, 8), (2, 7), (3, 7)]));
        assert_eq!((found.generation, &found.begins), (Generation(1), &Positions::new()));
        create(&connection).unwrap();
        assert_eq!(find(&connection, "BLACK_FRIDAY").unwrap().unwrap(), found, "the names of tables have no case");
        let renewed = ControlDocument { format: 2, id: Some("id".into()), begins: positions(&[(0, 3)]), ..found };
        store(&connection, "black_friday", &renewed).unwrap();
        assert_eq!(find(&connection, "black_friday").unwrap(), Some(renewed));
    }

    #[test]
    fn one_from_before_logs_were_noted_is_read_and_written_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let connection = kept(&folder, 2);
        let found = find(&connection, "faturamento_tempo_real").unwrap().unwrap();
        let id = Some("eaf5d523-847a-4ee0-80c1-1d222f2e20b8".to_owned());
        assert_eq!((found.format, &found.id, &found.log), (2, &id, &LogId::default()));
        assert_eq!(found.shown, positions(&[(0, 200), (1, 199), (2, 199)]));
        assert_eq!(found.begins, positions(&[(0, 0), (1, 0), (2, 0)]));
        create(&connection).unwrap();
        let log = LogId { cluster: Some("c".into()), topic: Some("t".into()) };
        assert!(found.journal.is_empty());
        let heartbeat = Heartbeat { partition: Partition(1), offset: Offset(98), promise: EventTime(5) };
        let journal = [heartbeat].into_iter().collect();
        let noted = ControlDocument { log, journal, ..found };
        store(&connection, "faturamento_tempo_real", &noted).unwrap();
        assert_eq!(find(&connection, "faturamento_tempo_real").unwrap(), Some(noted));
    }

    /// Another table in the same file may still be written by a release of format 1.
    #[test]
    fn a_table_of_format_2_takes_what_format_1_writes() {
        let folder = tempfile::tempdir().unwrap();
        let connection = kept(&folder, 1);
        create(&connection).unwrap();
        let insert = "INSERT OR REPLACE INTO mare_control (sink, format, dataflow, fingerprint, generation, shown, who, since) \
            VALUES ('other', 1, 'd', 'f', 1, '{}', 'w', '1970-01-01T00:00:00Z')";
        connection.execute(insert, ()).unwrap();
        assert_eq!(find(&connection, "other").unwrap().unwrap().id, None);
    }
}
