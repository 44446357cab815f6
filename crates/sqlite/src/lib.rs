//! Documents as rows of a table in an SQLite file, upserted under the same guard as elsewhere.
//!
//! # Layout
//! * `config`: [`SqliteSink`], its table of a dataflow file (pure)
//! * `connector`: what it brings as a sink; `proposal`: what `mare init` makes of it (pure)
//! * `mod`: [`SqliteWriter`]
//! * `read`: [`SqliteReader`]
//! * `control`: the control document, a row beside the table
//! * `alerts`: the alerts about the documents
//! * `claim`: claiming the table for a run
//! * `table`: making the table, and refusing one that cannot hold the rows
//! * [`mod@file`]: whether the file is still the one that was opened, and what of it is in its log
//! * [`inspect`]: looking at it without changing anything; `examine`: what that means for a run
//! * [`storage`]: what the table and its indexes take up
//! * `statements`: the SQL of a layout (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)

mod alerts;
mod claim;
mod config;
mod connector;
mod control;
mod examine;
mod fault;
pub mod file;
pub mod inspect;
mod proposal;
mod read;
mod statements;
pub mod storage;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

pub use self::alerts::SqliteAlerts;
pub use self::claim::claim;
use self::claim::stands;
pub use self::config::SqliteSink;
pub use self::connector::FACTORY;
use self::fault::TransactionFailure;
use self::file::FileId;
pub use self::read::SqliteReader;
use self::table::prepare;
use mare_model::decimal;
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;
use mare_sink::document::{Document, FieldValue, Layout, iso};
use mare_sink::fence::{self, ControlDocument, FencingToken, SinkName, Stands, owner};
use mare_sink::ranking::Ranked;
use mare_sink::{SinkError, Writer, Written};

/// How long a statement waits for another connection's transaction before the sink counts as away.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Held while a file is opened: turning on write-ahead mode needs the file alone and, unlike a statement, does not wait
/// for it. So the writers of one process, which all start at once, open one by one.
static OPENING: Mutex<()> = Mutex::new(());

/// A connection to an SQLite file. Each write is one transaction, durable when it returns.
///
/// Instants are ISO-8601 text, decimals the nearest `REAL`, whole numbers `INTEGER` (beyond 64 bits the nearest
/// `REAL`), truth values 0 and 1.
#[derive(Debug)]
pub struct SqliteWriter {
    /// Owned by this writer alone; writers of other workers have their own.
    connection: Connection,
    /// What a document consists of.
    layout: Layout,
    /// The table's name, which names its control document too.
    table: String,
    /// The file's path, and what was there when it was opened.
    path: PathBuf,
    file: FileId,
    /// The guarded upsert, compiled once by the connection's statement cache.
    upsert: String,
    /// Asks whether a row stands that an upsert may not replace.
    stands: String,
    /// Names the sink in messages.
    name: String,
    /// Of the run that writes.
    token: FencingToken,
    /// What the next write shows, and what the control document was seen to show.
    shows: Positions,
    shown: Positions,
    /// Whether it has written rows: some must be left then.
    has_written: bool,
}

impl SqliteWriter {
    /// Opens the file of `sink`, and makes the file, the table and the index that are absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if another connection holds the file for too long; [`SinkError::Refused`] if it cannot be
    /// opened or written, if the table has other columns, or if what the run has claimed does not stand there any more;
    /// [`SinkError::Superseded`] if another run has taken it over.
    pub fn open(sink: &SqliteSink, layout: Layout, token: FencingToken) -> Result<Self, SinkError> {
        let name = name_of(sink);
        let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        let prepared = connect(sink).map_err(TransactionFailure::from).and_then(|connection| {
            prepare(&connection, &sink.table, &layout, &name)?;
            Ok(connection)
        });
        let connection = prepared.map_err(|failure| failure.of(&name))?;
        let (table, path, shows) = (sink.table.clone(), sink.path.clone(), Positions::new());
        let file = FileId::of(&path)
            .map_err(|error| SinkError::refused(format_args!("{name}: {error}"), "leave the file there"))?;
        let (upsert, stands) = (statements::upsert(&table, &layout), statements::stands(&table, &layout));
        if token.is_fenced() {
            own(&connection, &table, (&token, &Positions::new()), &name).map_err(|failure| failure.of(&name))?;
        }
        let shown = Positions::new();
        Ok(SqliteWriter {
            connection,
            layout,
            table,
            path,
            file,
            upsert,
            stands,
            name,
            token,
            shows,
            shown,
            has_written: false,
        })
    }

    /// The control document, if it is still that of this run.
    fn own(&self, connection: &Connection) -> Result<ControlDocument, TransactionFailure> {
        own(connection, &self.table, (&self.token, &self.shown), &self.name)
    }

    /// Whether rows are left, where the run has written some.
    fn look_for_rows(&self) -> Result<(), TransactionFailure> {
        if self.has_written && stands(&self.connection, &self.table)? == Stands::Nothing {
            return Err(owner::emptied(place(&self.name)).into());
        }
        Ok(())
    }

    /// One transaction: the control document, then the documents. Returns how many rows were inserted or replaced.
    fn transact(&mut self, documents: Vec<Document>) -> Result<u64, TransactionFailure> {
        // Immediate: it waits for its turn at the start, where waiting is always allowed.
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut shown = Positions::new();
        if self.token.is_fenced() {
            shown = self.own(&transaction)?.shown;
            if !fence::raise(&mut shown, &self.shows).is_empty() {
                control::raise(&transaction, &self.table, &shown)?;
            }
        }
        let written = self.upsert_all(&transaction, documents)?;
        transaction.commit()?;
        self.shown = shown;
        // What was committed to a file that is not there any more is not durable.
        self.file.check(&self.path, &self.name)?;
        file::watch(&self.connection, &self.path, &self.name);
        Ok(written)
    }

    /// One transaction: whose control document it is, and its journal.
    fn write_down(&self, heartbeats: &[Heartbeat]) -> Result<(), TransactionFailure> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut journal = self.own(&transaction)?.journal;
        let rises = heartbeats.iter().filter(|heartbeat| journal.add(**heartbeat)).count() > 0;
        if rises {
            control::declare(&transaction, &self.table, &journal)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Upserts `documents` and returns how many rows that inserted or replaced. A row that is neither must stand there,
    /// as complete or more: a trigger, or a constraint with a resolution of its own, might have it ignored.
    fn upsert_all(&self, transaction: &Transaction, documents: Vec<Document>) -> Result<u64, TransactionFailure> {
        let mut upsert = transaction.prepare_cached(&self.upsert)?;
        let mut stands = transaction.prepare_cached(&self.stands)?;
        let mut written = 0;
        for Document { id, version, values, .. } in documents {
            let cells = std::iter::once(Cell::Text(id.clone())).chain(values.into_iter().map(cell));
            let changed = upsert.execute(params_from_iter(cells))? as u64;
            if changed == 0 && !stands.exists((&id, version))? {
                return Err(self.ignored(&id).into());
            }
            written += changed;
        }
        Ok(written)
    }

    #[cold]
    fn ignored(&self, id: &str) -> SinkError {
        let id = id.escape_debug();
        SinkError::refused(
            format_args!("{}: the row `{id}` was not taken, and no such row stands there", self.name),
            "look for a trigger or a constraint of the table that ignores it, or name another one in sink.sqlite.table",
        )
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
        self.has_written |= !changes.is_empty();
        Ok(Written { written, stale: changes.len() as u64 - written })
    }

    fn declare(&mut self, heartbeats: &[Heartbeat]) -> Result<(), SinkError> {
        self.file.check(&self.path, &self.name)?;
        self.write_down(heartbeats).map_err(|failure| failure.of(&self.name))
    }

    fn look(&mut self) -> Result<(), SinkError> {
        self.file.check(&self.path, &self.name)?;
        if self.token.is_fenced() {
            self.own(&self.connection).map_err(|failure| failure.of(&self.name))?;
            self.look_for_rows().map_err(|failure| failure.of(&self.name))?;
        }
        Ok(())
    }
}

/// The control document of `table`, if it is that of the run of `token` and shows `shown` at least.
fn own(
    connection: &Connection,
    table: &str,
    (token, shown): (&FencingToken, &Positions),
    name: &str,
) -> Result<ControlDocument, TransactionFailure> {
    match control::find(connection, table)? {
        Some(found) if fence::is_own(&found, token, shown) => Ok(found),
        found => Err(fence::superseded(token, found.as_ref(), place(name)).into()),
    }
}

/// A sink as messages name it.
fn name_of(sink: &SqliteSink) -> String {
    format!("SQLite table `{}` in {}", sink.table, sink.path.display())
}

/// The sink of that name as messages of every kind of sink name it.
fn place(name: &str) -> SinkName<'_> {
    SinkName { name, key: "sink.sqlite.table" }
}

/// A connection in write-ahead mode; to be called with [`OPENING`] held.
fn connect(sink: &SqliteSink) -> rusqlite::Result<Connection> {
    let connection = Connection::open(&sink.path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", file::LOG_LIMIT)?;
    Ok(connection)
}

/// A value as SQLite stores it.
fn cell(value: FieldValue) -> Cell {
    match value {
        FieldValue::Time(time) => Cell::Text(iso(time)),
        FieldValue::Text(text) => Cell::Text(text),
        FieldValue::Boolean(truth) => Cell::Integer(truth.into()),
        FieldValue::Integer(number) => i64::try_from(number).map_or_else(|_| Cell::Real(number as f64), Cell::Integer),
        FieldValue::Decimal { units, scale } => Cell::Real(decimal::nearest(units, scale)),
        FieldValue::Ranking(all) => Cell::Text(Ranked::text(&all)),
        FieldValue::Null => Cell::Null,
    }
}
