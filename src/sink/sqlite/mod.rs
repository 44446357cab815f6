//! Documents as rows of a table in an SQLite file, upserted under the same guard as elsewhere.
//!
//! # Layout
//! * `mod`: [`SqliteWriter`]
//! * `read`: [`SqliteReader`]
//! * `control`: the control document, a row beside the table
//! * `alerts`: the alerts about the documents
//! * `claim`: claiming the table for a run
//! * [`inspect`]: looking at it without changing anything
//! * `statements`: the SQL of a layout (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)

mod alerts;
mod claim;
mod control;
mod fault;
pub mod inspect;
mod read;
mod statements;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

pub use self::alerts::SqliteAlerts;
pub use self::claim::claim;
use self::fault::Failure;
pub use self::read::SqliteReader;
use super::document::{Document, Layout, Value, iso};
use super::fence::{self, Generation, Place};
use super::{SinkError, Writer, Written, decimal};
use crate::dataflow::SqliteSink;
use crate::engine::Change;
use crate::source::Positions;

/// How long a statement waits for another connection's transaction before the sink counts as away.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Held while a file is opened: turning on write-ahead mode needs the file alone and, unlike a statement, does not wait
/// for it. So the writers of one process, which all start at once, open one by one.
static OPENING: Mutex<()> = Mutex::new(());

/// A connection to an SQLite file. Each write is one transaction, durable when it returns.
///
/// Instants are ISO-8601 text, decimals the nearest `REAL`, whole numbers `INTEGER` (beyond 64 bits the nearest `REAL`),
/// truth values 0 and 1.
#[derive(Debug)]
pub struct SqliteWriter {
    /// Owned by this writer alone; writers of other workers have their own.
    connection: Connection,
    /// What a document consists of.
    layout: Layout,
    /// The table's name, which names its control document too.
    table: String,
    /// The guarded upsert, compiled once by the connection's statement cache.
    upsert: String,
    /// Names the sink in messages.
    name: String,
    /// The run that writes.
    generation: Generation,
    /// What the next write shows.
    shows: Positions,
}

impl SqliteWriter {
    /// Opens the file of `sink`, and makes the file, the table and the index that are absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if another connection holds the file for too long; [`SinkError::Refused`] if it cannot be
    /// opened or written, or if the table has other columns.
    pub fn open(sink: &SqliteSink, layout: Layout, generation: Generation) -> Result<Self, SinkError> {
        let name = name_of(sink);
        let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        let prepared = connect(sink).map_err(Failure::from).and_then(|connection| {
            prepare(&connection, &sink.table, &layout, &name)?;
            Ok(connection)
        });
        let connection = prepared.map_err(|failure| failure.of(&name))?;
        let (table, upsert) = (sink.table.clone(), statements::upsert(&sink.table, &layout));
        Ok(SqliteWriter { connection, layout, table, upsert, name, generation, shows: Positions::new() })
    }

    /// One transaction: the control document, then the documents. Returns how many rows were inserted or replaced.
    fn transact(&mut self, documents: Vec<Document>) -> Result<u64, Failure> {
        // Immediate: it waits for its turn at the start, where waiting is always allowed.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.generation.is_fenced() {
            let found = control::find(&transaction, &self.table)?;
            let Some(mut control) = found.clone().filter(|found| found.generation == self.generation) else {
                return Err(fence::superseded(self.generation, found.as_ref(), place(&self.name)).into());
            };
            if !fence::raise(&mut control.shown, &self.shows).is_empty() {
                control::raise(&transaction, &self.table, &control.shown)?;
            }
        }
        let written = upsert_all(&transaction, &self.upsert, documents)?;
        transaction.commit()?;
        Ok(written)
    }
}

impl Writer for SqliteWriter {
    /// Keeps `shows` for the transaction of the next write, which raises the control document.
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        fence::raise(&mut self.shows, shows);
        Ok(())
    }

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let documents = changes.iter().map(|change| self.layout.render(change));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        let written = self.transact(documents).map_err(|failure| failure.of(&self.name))?;
        Ok(Written { written, stale: changes.len() as u64 - written })
    }
}

/// A sink as messages name it.
fn name_of(sink: &SqliteSink) -> String {
    format!("SQLite table `{}` in {}", sink.table, sink.path.display())
}

/// The sink of that name as messages of every kind of sink name it.
fn place(name: &str) -> Place<'_> {
    Place { name, key: "sink.sqlite.table" }
}

/// Upserts `documents` and returns how many rows that inserted or replaced.
fn upsert_all(transaction: &Transaction, upsert: &str, documents: Vec<Document>) -> rusqlite::Result<u64> {
    let mut statement = transaction.prepare_cached(upsert)?;
    documents.into_iter().try_fold(0, |written, document| {
        let cells = std::iter::once(Cell::Text(document.id)).chain(document.values.into_iter().map(cell));
        Ok(written + statement.execute(params_from_iter(cells))? as u64)
    })
}

/// A connection in write-ahead mode; to be called with [`OPENING`] held.
fn connect(sink: &SqliteSink) -> rusqlite::Result<Connection> {
    let connection = Connection::open(&sink.path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Makes the table and the index that are absent, and refuses a table of other columns.
fn prepare(connection: &Connection, table: &str, layout: &Layout, name: &str) -> Result<(), Failure> {
    connection.execute(&statements::create_table(table, layout), ())?;
    let (found, expected) = (columns(connection, table)?, expected(layout));
    if found != expected {
        return Err(other_columns(name, &found, &expected).into());
    }
    connection.execute(&statements::create_index(table, layout), ())?;
    Ok(())
}

/// A column as the schema tells it: its name, its declared type, and whether it is the primary key.
type Column = (String, String, bool);

/// The columns that the table has.
fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? == 1)))?;
    rows.collect()
}

/// The columns that the table should have.
fn expected(layout: &Layout) -> Vec<Column> {
    let columns = statements::columns(layout).into_iter().enumerate();
    columns.map(|(index, (name, kind))| (name, kind.to_owned(), index == 0)).collect()
}

/// What is said of a table that belongs to something else.
#[cold]
fn other_columns(name: &str, found: &[Column], expected: &[Column]) -> SinkError {
    let show = |columns: &[Column]| {
        let columns = columns.iter().map(|(name, kind, _)| format!("{name} {kind}"));
        columns.collect::<Vec<_>>().join(", ")
    };
    SinkError::Refused(format!(
        "{name} has the columns ({}), this dataflow writes ({}); drop the table or name another one in sink.sqlite.table",
        show(found),
        show(expected)
    ))
}

/// A value as SQLite stores it.
fn cell(value: Value) -> Cell {
    match value {
        Value::Time(time) => Cell::Text(iso(time)),
        Value::Text(text) => Cell::Text(text),
        Value::Boolean(truth) => Cell::Integer(truth.into()),
        Value::Integer(number) => i64::try_from(number).map_or_else(|_| Cell::Real(number as f64), Cell::Integer),
        Value::Decimal { units, scale } => Cell::Real(decimal::nearest(units, scale)),
    }
}
