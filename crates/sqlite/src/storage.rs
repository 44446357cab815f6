//! What a table takes up in its file.
//!
//! SQLite counts pages by the virtual table `dbstat`, and does not count how often an index is used.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::SqliteSink;
use super::read::SqliteReader;
use mare_sink::document::Layout;
use mare_sink::storage::{IndexUse, Storage};
use mare_sink::{Reader, SinkError};

/// What the file of `sink` tells.
///
/// # Errors
/// As for [`Reader::find`].
pub fn of(sink: &SqliteSink, layout: Layout) -> Result<Storage, SinkError> {
    let mut reader = SqliteReader::new(sink, layout);
    let documents = reader.size()?;
    let place = super::name_of(sink);
    reader.ask(|connection| {
        let (table, mut sizes) = (sink.table.as_str(), sizes(connection)?);
        let (storage_bytes, data_bytes) = sizes.remove(table).unzip();
        let mut indexes = Vec::new();
        for name in names(connection, table)? {
            // The key of a table without row ids is the table itself, and has no pages of its own.
            let bytes = sizes.remove(&name).map(|(pages, _)| pages).or(storage_bytes.map(|_| 0));
            indexes.push(IndexUse { keys: keys(connection, &name)?, name, bytes, ..IndexUse::default() });
        }
        Ok(Storage { place, documents, data_bytes, storage_bytes, indexes })
    })
}

/// The bytes of the pages, and of what stands in them, by table and index; nothing where the library was built without
/// `dbstat`.
fn sizes(connection: &Connection) -> rusqlite::Result<BTreeMap<String, (u64, u64)>> {
    let sql = "SELECT name, sum(pgsize), sum(payload) FROM dbstat GROUP BY name";
    let Ok(mut statement) = connection.prepare(sql) else { return Ok(BTreeMap::new()) };
    let bytes = |bytes: i64| bytes.unsigned_abs();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, (bytes(row.get(1)?), bytes(row.get(2)?)))))?;
    rows.collect()
}

/// The indexes of a table, as they were made.
fn names(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_index_list(?) ORDER BY seq DESC")?;
    let rows = statement.query_map([table], |row| row.get(0))?;
    rows.collect()
}

/// The columns of an index.
fn keys(connection: &Connection, index: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT iif(\"desc\", '-', '') || coalesce(name, 'an expression') FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([index], |row| row.get(0))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::{FencingToken, Writer, fixture};

    #[test]
    fn a_table_tells_its_bytes_and_its_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let sink = SqliteSink { path: folder.path().join("totals.db"), table: "vendas".into() };
        let layout = fixture::sales().layout();
        assert!(of(&sink, layout.clone()).is_err(), "there is no file yet, and none is made");
        assert!(!sink.path.exists());
        let mut writer = crate::SqliteWriter::open(&sink, layout.clone(), FencingToken::UNFENCED).expect("open");
        let changes: Vec<_> = (0..200)
            .map(|minute| fixture::change(fixture::key("Gamer", minute * 60_000), fixture::total(1, &[100])))
            .collect();
        writer.write(&changes).expect("written");
        let found = of(&sink, layout).expect("told");
        assert_eq!(found.documents, 200);
        let (data, storage) = (found.data_bytes.expect("told"), found.storage_bytes.expect("told"));
        assert!(data > 200 * 40 && storage > data && storage % 4_096 == 0, "{found:?}");
        assert!(found.average_bytes().is_some_and(|bytes| (40..400).contains(&bytes)), "{found:?}");
        assert!(found.indexes.len() > 1 && found.index_bytes().is_some_and(|bytes| bytes >= 4_096), "{found:?}");
        let keys: Vec<_> = found.indexes.iter().map(|index| index.keys.join(",")).collect();
        assert!(keys.contains(&"_id".to_owned()) && keys.iter().any(|keys| keys.starts_with("categoria,")), "{keys:?}");
        assert!(found.indexes.iter().all(|index| index.used.is_none()), "SQLite does not count that");
    }
}
