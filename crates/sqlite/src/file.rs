//! The file under an open connection: whether it is still the one at its path, and what of it is in its log.
//!
//! In write-ahead mode what is committed goes to a log beside the file, `-wal`, and is folded into the file later;
//! nothing is folded past what a reader still looks at. Whoever copies the file alone gets what is folded. So a run
//! that ends in good order folds all of it, and one that cannot says so.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytesize::ByteSize;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tracing::warn;

use super::fault::TransactionFailure;
use super::{SqliteSink, name_of};
use mare_sink::SinkError;
use mare_sink::fence::owner;

/// What is said of a log that is at least so large, and again whenever it has doubled: no run leaves that much by
/// itself.
pub const LARGE_LOG: u64 = 16 << 20;
/// What the log is cut to when all of it is folded, in bytes.
pub(super) const LOG_LIMIT: i64 = 4 << 20;
/// How long the end of a run waits for readers and for other writers.
const PATIENCE: Duration = Duration::from_secs(2);

/// The size of the log that was told last; one for the process, whose writers share the file.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// What a file is, whatever its path is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Of the file at `path`.
    ///
    /// # Errors
    /// If there is none, or it cannot be asked.
    pub(super) fn of(path: &Path) -> io::Result<FileId> {
        let file = std::fs::metadata(path)?;
        Ok(FileId { device: file.dev(), inode: file.ino() })
    }

    /// Refuses to go on if another file is at `path` now, or none: what is written goes to one that nobody will find.
    ///
    /// # Errors
    /// [`SinkError::Refused`] with the remedy.
    pub(super) fn check(self, path: &Path, name: &str) -> Result<(), SinkError> {
        let what = match FileId::of(path) {
            Ok(there) if there == self => return Ok(()),
            Ok(_) => "was replaced by another file",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "was removed or moved away",
            Err(_) => return Ok(()), // the next write tells
        };
        let what = format!("{name} {what} while the run wrote there: documents are missing");
        Err(SinkError::refused(what, owner::REMEDY))
    }
}

/// The path of the log of the file at `path`.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// The size of the log of the file at `path`, in bytes; 0 if there is none.
#[must_use]
pub fn log_bytes(path: &Path) -> u64 {
    std::fs::metadata(log_of(path)).map_or(0, |log| log.len())
}

/// Refuses a file that does not fit together. It is asked where a log is found that nobody folded, `unfolded` bytes of
/// it before the file was opened: if another file was put in the place of the one that the log is of, SQLite takes the
/// pages of both for one.
///
/// # Errors
/// [`SinkError::Refused`] with the remedy; what keeps SQLite from looking.
pub(super) fn sound(connection: &Connection, unfolded: u64, name: &str) -> Result<(), TransactionFailure> {
    if unfolded == 0 {
        return Ok(());
    }
    let said: rusqlite::Result<String> = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0));
    let said = match said {
        Ok(said) if said == "ok" => return Ok(()),
        Ok(said) => said.replace('\n', " "),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let what = format_args!(
        "{name} is damaged ({said}): another file was perhaps put in its place while its log, `-wal`, was there"
    );
    Err(SinkError::refused(
        what,
        "remove the file with its -wal and -shm, then put a backup back, or count again with --fresh",
    )
    .into())
}

/// Says that the log grows, once for each doubling, if there is something in it that cannot be folded.
pub(super) fn watch(connection: &Connection, path: &Path, name: &str) {
    let bytes = log_bytes(path);
    if bytes < LARGE_LOG {
        TOLD.store(0, Relaxed);
        return;
    }
    let told = TOLD.load(Relaxed);
    if bytes < told.saturating_mul(2) || is_folded(connection, "PASSIVE") {
        return;
    }
    if TOLD.compare_exchange(told, bytes, Relaxed, Relaxed).is_ok() {
        warn!(
            "{name}: its log has {} that cannot be folded into the file, because somebody reads there and does not end; it \
             grows until that reader does (`fuser {}` names it)",
            ByteSize(bytes),
            path.display()
        );
    }
}

/// Folds the log as far as that is possible; whether all of it is.
fn is_folded(connection: &Connection, how: &str) -> bool {
    let folded = connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), (), |row| {
        let (is_busy, all, folded): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(!is_busy && folded >= all)
    });
    folded.unwrap_or(false)
}

/// Folds the log into the file of `sink` when the writers of a run have ended, so that what is left behind is one file;
/// says so if that cannot be.
pub fn fold(sink: &SqliteSink) {
    if !sink.path.exists() || !log_of(&sink.path).exists() {
        return; // the last connection has done it, or there is nothing to fold into
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folded = Connection::open_with_flags(&sink.path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        Ok(is_folded(&connection, "TRUNCATE"))
    });
    if !matches!(folded, Ok(true)) && log_bytes(&sink.path) > 0 {
        warn!(
            "{}: {} of it are still in its log {}, because somebody has it open; copy both files, or end that program \
             (`fuser` names it) and run `sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)'`",
            name_of(sink),
            ByteSize(log_bytes(&sink.path)),
            log_of(&sink.path).display(),
            sink.path.display()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection
    }

    #[test]
    fn a_file_that_is_removed_or_replaced_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("totals.db");
        std::fs::write(&path, "a").unwrap();
        let file = FileId::of(&path).unwrap();
        file.check(&path, "SQLite").unwrap();
        std::fs::rename(&path, folder.path().join("away.db")).unwrap();
        let removed = file.check(&path, "SQLite").unwrap_err().to_string();
        assert!(removed.contains("was removed") && removed.contains("--fresh"), "{removed}");
        std::fs::write(&path, "b").unwrap();
        let replaced = file.check(&path, "SQLite").unwrap_err().to_string();
        assert!(replaced.contains("was replaced"), "{replaced}");
    }

    #[test]
    fn folding_leaves_everything_in_the_file_although_another_connection_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let sink = SqliteSink { path: folder.path().join("totals.db"), table: "t".into() };
        let open = open(&sink.path);
        open.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)").unwrap();
        assert!(log_bytes(&sink.path) > 0);
        fold(&sink);
        assert_eq!(log_bytes(&sink.path), 0);
        let copy = folder.path().join("copy.db");
        std::fs::copy(&sink.path, &copy).unwrap();
        let rows = Connection::open(copy).unwrap().query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0));
        assert_eq!(rows, Ok(2));
    }

    #[test]
    fn what_a_reader_looks_at_is_not_folded_past() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("totals.db");
        let writer = open(&path);
        writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        reader.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0)).unwrap();
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        assert!(!is_folded(&writer, "PASSIVE"));
        reader.execute_batch("COMMIT").unwrap();
        assert!(is_folded(&writer, "PASSIVE"));
    }
}
