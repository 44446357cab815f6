//! Looking at a file and its table without changing anything.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::claim::stands;
use super::fault::TransactionFailure;
use super::{SqliteSink, control, file, name_of, place, table};
use mare_sink::SinkError;
use mare_sink::document::Layout;
use mare_sink::fence::{self, Claim, ControlDocument, Stands, owner};

/// How long to wait for another connection's transaction: a run's own take a few milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// What a file tells. What it does not tell is an error in words.
#[derive(Debug)]
pub struct Inspection {
    /// Whether the file is sound, and a transaction that writes could begin now; it is rolled back at once.
    pub lock: Result<(), SinkError>,
    /// Whether the table is absent or as this dataflow makes it.
    pub table: Result<(), SinkError>,
    /// Whether this dataflow may have the rows.
    pub owner: Result<(), SinkError>,
    /// Whether the rows of the checkpoint stand there that a run would go on from.
    pub checkpoint: Result<(), SinkError>,
}

/// Looks at the file of `sink`, which has to be there, for a run of the dataflow of `layout` that would say `claim`.
///
/// # Errors
/// [`SinkError::Refused`] if it cannot be opened.
pub fn inspect(sink: &SqliteSink, layout: &Layout, claim: &Claim) -> Result<Inspection, SinkError> {
    let name = name_of(sink);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let unfolded = file::log_bytes(&sink.path);
    let opened = Connection::open_with_flags(&sink.path, flags).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    });
    let connection = opened.map_err(|error| TransactionFailure::from(error).of(&name))?;
    let inspecting = Inspecting { connection: &connection, unfolded, table: &sink.table, name: &name };
    let said = |failure: TransactionFailure| failure.of(&name);
    Ok(Inspection {
        lock: inspecting.sound().and_then(|()| inspecting.lock()).map_err(said),
        table: inspecting.table(layout).map_err(said),
        owner: inspecting.owner(claim).map_err(said),
        checkpoint: inspecting.checkpoint(claim).map_err(said),
    })
}

/// Whether the rows of the checkpoint that `claim` goes on from stand in the file of `sink`, which need not be there.
///
/// # Errors
/// [`SinkError::Refused`] with what is missing; [`SinkError::Away`] if nobody can tell.
pub fn belongs(sink: &SqliteSink, claim: &Claim) -> Result<(), SinkError> {
    let name = name_of(sink);
    if sink.path.symlink_metadata().is_err() {
        return owner::judge(None, Stands::Nothing, claim, place(&name));
    }
    let unfolded = file::log_bytes(&sink.path);
    let opened = Connection::open_with_flags(&sink.path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    });
    let connection = opened.map_err(|error| TransactionFailure::from(error).of(&name))?;
    let inspecting = Inspecting { connection: &connection, unfolded, table: &sink.table, name: &name };
    inspecting.sound().and_then(|()| inspecting.checkpoint(claim)).map_err(|failure| failure.of(&name))
}

struct Inspecting<'a> {
    connection: &'a Connection,
    /// How much there was in the file's log before it was opened.
    unfolded: u64,
    table: &'a str,
    /// Names the sink in messages.
    name: &'a str,
}

impl Inspecting<'_> {
    fn sound(&self) -> Result<(), TransactionFailure> {
        file::sound(self.connection, self.unfolded, self.name)
    }

    fn lock(&self) -> Result<(), TransactionFailure> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?)
    }

    fn table(&self, layout: &Layout) -> Result<(), TransactionFailure> {
        table::check(self.connection, self.table, layout, self.name)
    }

    fn control(&self) -> Result<Option<ControlDocument>, TransactionFailure> {
        let is_there = self.connection.table_exists(None, control::TABLE)?;
        Ok(if is_there { control::find(self.connection, self.table)? } else { None })
    }

    fn owner(&self, claim: &Claim) -> Result<(), TransactionFailure> {
        fence::own(self.control()?.as_ref(), claim, place(self.name))?;
        Ok(())
    }

    fn checkpoint(&self, claim: &Claim) -> Result<(), TransactionFailure> {
        let stands = stands(self.connection, self.table)?;
        owner::judge(self.control()?.as_ref(), stands, claim, place(self.name))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture;

    fn at(folder: &tempfile::TempDir) -> SqliteSink {
        SqliteSink { path: folder.path().join("totals.db"), table: "vendas".into() }
    }

    #[test]
    fn a_file_of_this_dataflow_is_good_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (sink, layout, claim) = (at(&folder), fixture::sales().layout(), fixture::claim("f1", false));
        crate::claim(&sink, &layout, &claim).unwrap();
        let before = std::fs::read(&sink.path).unwrap();
        let good = inspect(&sink, &layout, &claim).unwrap();
        assert!(good.lock.is_ok() && good.table.is_ok() && good.owner.is_ok(), "{good:?}");
        assert_eq!(std::fs::read(&sink.path).unwrap(), before);
    }

    #[test]
    fn what_is_another_dataflows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (sink, claim) = (at(&folder), fixture::claim("f1", false));
        crate::claim(&sink, &fixture::sensors().layout(), &claim).unwrap();
        let found = inspect(&sink, &fixture::sales().layout(), &fixture::claim("f2", false)).unwrap();
        assert!(found.table.unwrap_err().to_string().contains("has the columns"));
        assert!(found.owner.unwrap_err().to_string().contains("--overwrite"));
    }

    #[test]
    fn a_file_that_is_locked_is_away() {
        let folder = tempfile::tempdir().unwrap();
        let (sink, layout, claim) = (at(&folder), fixture::sales().layout(), fixture::claim("f1", false));
        crate::claim(&sink, &layout, &claim).unwrap();
        let other = Connection::open(&sink.path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let found = inspect(&sink, &layout, &claim).unwrap();
        assert!(matches!(found.lock, Err(SinkError::Away(_))), "{found:?}");
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let sink = at(&folder);
        std::fs::write(&sink.path, "not a database, but long enough to look like a file of one".repeat(50)).unwrap();
        let found = inspect(&sink, &fixture::sales().layout(), &fixture::claim("f1", false)).unwrap();
        assert!(found.table.unwrap_err().to_string().contains("no SQLite database"));
    }
}
