//! The database file, and what is in it: read by connections of its own, beside those that the engine writes with.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use tempfile::TempDir;

use super::amount::{Amount, DemoDocuments};
use crate::cli::Failure;
use crate::time::EventTime;

/// The table that the demo writes.
pub const TABLE: &str = "faturamento_tempo_real";
/// How long a reader waits for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the engine's writers may take to close their connections.
const CLOSING: Duration = Duration::from_secs(1);

const NEWEST: &str = "SELECT janela_inicio, categoria, faturamento_total, volume_vendas FROM faturamento_tempo_real \
    WHERE janela_inicio IN (SELECT DISTINCT janela_inicio FROM faturamento_tempo_real ORDER BY 1 DESC LIMIT ?)";
const ALL: &str = "SELECT janela_inicio, categoria, faturamento_total, volume_vendas FROM faturamento_tempo_real";
const TOTALS: &str = "SELECT count(*), coalesce(sum(CAST(round(faturamento_total * 100) AS INTEGER)), 0), \
    coalesce(sum(volume_vendas), 0) FROM faturamento_tempo_real";

/// The SQLite file of a demo: a given one, or one in a temporary folder that goes when this value does.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    folder: Option<TempDir>,
}

impl Database {
    /// The file at `given`, else a temporary one. Nothing is written yet.
    ///
    /// # Errors
    /// If there is something at `given`: totals of two demos do not mix. If there is no room for temporary files.
    pub fn new(given: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = given {
            if path.exists() {
                let taken = format!("{} is there already, and a demo starts from nothing", path.display());
                return Err(Failure::new(taken).remedy("remove it, or name another file by --database"));
            }
            return Ok(Database { path: path.to_owned(), folder: None });
        }
        let folder = tempfile::Builder::new().prefix("mare-demo-").tempdir();
        let folder = folder.map_err(|error| Failure::new(format!("no temporary folder for the database: {error}")))?;
        Ok(Database { path: folder.path().join("black_friday.db"), folder: Some(folder) })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that is removed at the end, unless the file was given.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Every document, when the engine has ended; and makes one plain file of what was three in write-ahead mode,
    /// unless somebody else has it open.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn settle(&self) -> Result<DemoDocuments, Failure> {
        let failed = |error| Failure::new(format!("cannot read {}: {error}", self.path.display()));
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        let documents = documents(&connection, ALL, ()).map_err(failed)?;
        leave_write_ahead(&connection).map_err(failed)?;
        Ok(documents)
    }
}

/// A read-only connection to the file, while the engine writes.
#[derive(Debug)]
pub struct DemoReader {
    connection: Connection,
}

/// What is in the database at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The documents of the newest windows.
    pub newest: DemoDocuments,
    /// How many documents there are.
    pub documents: u64,
    /// What they come to together.
    pub total: Amount,
}

impl DemoReader {
    /// Opens the file, in which the engine must have written by now.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(database: &Database) -> rusqlite::Result<Self> {
        let connection = Connection::open_with_flags(database.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(DemoReader { connection })
    }

    /// The newest `windows`, and the totals of everything, as of one moment.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn contents(&self, windows: usize) -> rusqlite::Result<Contents> {
        let moment = self.connection.unchecked_transaction()?;
        let newest = documents(&moment, NEWEST, [windows as i64])?;
        let (documents, total) = moment.query_row(TOTALS, (), |row| {
            Ok((row.get::<_, i64>(0)?, Amount { cents: row.get::<_, i64>(1)?.into(), sales: row.get(2)? }))
        })?;
        Ok(Contents { newest, documents: documents.unsigned_abs(), total })
    }
}

impl Contents {
    /// The contents that consist of `all` documents.
    #[must_use]
    pub fn of(all: &DemoDocuments, windows: usize) -> Self {
        let mut starts: Vec<EventTime> = all.keys().map(|(start, _)| *start).collect();
        starts.dedup();
        let oldest = starts.iter().rev().take(windows).next_back().copied().unwrap_or(EventTime::MAX);
        let newest = all.iter().filter(|((start, _), _)| *start >= oldest);
        let newest = newest.map(|(key, amount)| (key.clone(), *amount)).collect();
        Contents { newest, documents: all.len() as u64, total: all.values().sum() }
    }
}

/// The documents that a query finds.
fn documents(
    connection: &Connection,
    query: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<DemoDocuments> {
    connection.prepare_cached(query)?.query_map(parameters, document)?.collect()
}

/// A row as a document.
fn document(row: &Row<'_>) -> rusqlite::Result<((EventTime, String), Amount)> {
    let start: String = row.get(0)?;
    let start: jiff::Timestamp = start
        .parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    let key = (EventTime(start.as_millisecond()), row.get(1)?);
    Ok((key, Amount::of_row(row.get(2)?, row.get(3)?)))
}

/// Leaves write-ahead mode, which takes the file alone: waits for the engine's threads to close their connections. With
/// somebody else's the file stays in that mode, which serves readers as well.
fn leave_write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let begin = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "DELETE") {
            Err(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => return Err(error),
            Err(_) if begin.elapsed() < CLOSING => thread::sleep(Duration::from_millis(2)),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> EventTime {
        EventTime(1_764_331_200_000 + minute * 60_000)
    }

    fn filled(database: &Database) -> Connection {
        let writer = Connection::open(database.path()).expect("a file");
        writer.pragma_update(None, "journal_mode", "WAL").expect("write-ahead mode");
        let table = format!(
            "CREATE TABLE {TABLE} (janela_inicio TEXT, categoria TEXT, faturamento_total REAL, volume_vendas INTEGER)"
        );
        writer.execute(&table, ()).expect("a table");
        for (minute, category, total, sales) in
            [(0, "Moda", 10.25, 1), (1, "Moda", 0.1, 2), (1, "Gamer", 0.2, 3), (3, "Moda", 1234.56, 4)]
        {
            let start = at(minute).to_string();
            let insert = format!("INSERT INTO {TABLE} VALUES (?, ?, ?, ?)");
            writer.execute(&insert, (start, category, total, sales)).expect("a row");
        }
        writer
    }

    #[test]
    fn a_reader_sees_the_newest_windows_and_the_whole_total() {
        let database = Database::new(None).expect("a folder");
        let _writer = filled(&database);
        let contents = DemoReader::open(&database).and_then(|reader| reader.contents(2)).expect("readable");
        let keys: Vec<_> = contents.newest.keys().cloned().collect();
        assert_eq!(keys, [(at(1), "Gamer".into()), (at(1), "Moda".into()), (at(3), "Moda".into())]);
        assert_eq!((contents.documents, contents.total), (4, Amount { cents: 124_511, sales: 10 }));
    }

    #[test]
    fn what_is_settled_is_one_file_with_the_same_contents() {
        let database = Database::new(None).expect("a folder");
        let writer = filled(&database);
        let live = DemoReader::open(&database).and_then(|reader| reader.contents(2)).expect("readable");
        drop(writer);
        assert_eq!(Contents::of(&database.settle().expect("settled"), 2), live);
        let files = std::fs::read_dir(database.folder().expect("temporary")).expect("the folder").count();
        assert_eq!(files, 1);
    }

    #[test]
    fn what_somebody_else_reads_is_settled_all_the_same() {
        let database = Database::new(None).expect("a folder");
        let _writer = filled(&database);
        assert_eq!(database.settle().expect("settled").len(), 4);
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let refused = Database::new(Some(file.path())).expect_err("taken").to_string();
        assert!(refused.contains("is there already"), "{refused}");
    }
}
