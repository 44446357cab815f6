//! Documents as rows of a table in an SQLite file, upserted under the same guard as elsewhere.
//!
//! # Layout
//! * `mod`: [`SqliteWriter`]
//! * `statements`: the SQL of a layout (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)

mod fault;
mod statements;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

use super::document::{Document, Layout, Value, iso};
use super::{SinkError, Writer, Written, decimal};
use crate::dataflow::SqliteSink;
use crate::engine::Change;

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
    /// The guarded upsert, compiled once by the connection's statement cache.
    upsert: String,
    /// Names the sink in messages.
    name: String,
}

impl SqliteWriter {
    /// Opens the file of `sink`, and makes the file, the table and the index that are absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if another connection holds the file for too long; [`SinkError::Refused`] if it cannot be
    /// opened or written, or if the table has other columns.
    pub fn open(sink: &SqliteSink, layout: Layout) -> Result<Self, SinkError> {
        let name = format!("SQLite table `{}` in {}", sink.table, sink.path.display());
        let connection = prepared(sink, &layout).map_err(|error| fault::classify(&name, &error))?;
        let found = columns(&connection, &sink.table).map_err(|error| fault::classify(&name, &error))?;
        let expected = expected(&layout);
        if found != expected {
            return Err(other_columns(&name, &found, &expected));
        }
        Ok(SqliteWriter { connection, upsert: statements::upsert(&sink.table, &layout), layout, name })
    }
}

impl Writer for SqliteWriter {
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let documents = changes.iter().map(|Change { key, total, .. }| self.layout.render(key, total));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        // Immediate: it waits for its turn at the start, where waiting is always allowed.
        let written =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let written = upsert_all(&transaction, &self.upsert, documents)?;
                transaction.commit()?;
                Ok(written)
            });
        let written = written.map_err(|error| fault::classify(&self.name, &error))?;
        Ok(Written { written, stale: changes.len() as u64 - written })
    }
}

/// Upserts `documents` and returns how many rows that inserted or replaced.
fn upsert_all(transaction: &Transaction, upsert: &str, documents: Vec<Document>) -> rusqlite::Result<u64> {
    let mut statement = transaction.prepare_cached(upsert)?;
    documents.into_iter().try_fold(0, |written, document| {
        let cells = std::iter::once(Cell::Text(document.id)).chain(document.values.into_iter().map(cell));
        Ok(written + statement.execute(params_from_iter(cells))? as u64)
    })
}

/// A connection in write-ahead mode, with the table and the index there.
fn prepared(sink: &SqliteSink, layout: &Layout) -> rusqlite::Result<Connection> {
    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let connection = Connection::open(&sink.path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute(&statements::create_table(&sink.table, layout), ())?;
    if columns(&connection, &sink.table)? == expected(layout) {
        connection.execute(&statements::create_index(&sink.table, layout), ())?;
    }
    Ok(connection)
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
