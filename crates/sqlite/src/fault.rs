//! Whose fault an error of SQLite is, and the remedy.

use rusqlite::{Error, ErrorCode};

use mare_sink::SinkError;

/// What ends a transaction.
#[derive(Debug)]
pub(super) enum TransactionFailure {
    /// SQLite's words, which want an explanation.
    Sqlite(Error),
    /// The rules of the sinks.
    Sink(SinkError),
}

impl From<Error> for TransactionFailure {
    fn from(error: Error) -> Self {
        TransactionFailure::Sqlite(error)
    }
}

impl From<SinkError> for TransactionFailure {
    fn from(error: SinkError) -> Self {
        TransactionFailure::Sink(error)
    }
}

impl TransactionFailure {
    /// What it means for the sink that is called `sink`.
    pub(super) fn of(self, sink: &str) -> SinkError {
        match self {
            TransactionFailure::Sqlite(error) => classify(sink, &error),
            TransactionFailure::Sink(error) => error,
        }
    }
}

/// What `error` means for the sink that is called `sink`.
fn classify(sink: &str, error: &Error) -> SinkError {
    let remedy = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return SinkError::away(format_args!("{sink}: {error}"));
        }
        Some(ErrorCode::DiskFull) => "free space on its disk, then start again",
        Some(ErrorCode::NotADatabase) => "this file is no SQLite database: name another one in sink.sqlite.path",
        Some(ErrorCode::CannotOpen) => "check that the folder in sink.sqlite.path exists and may be written to",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "make the file and its folder writable for this user"
        }
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged: restore it, or move it away to have it written anew",
        Some(ErrorCode::SystemIoFailure) => "check the disk that holds the file",
        _ => "the table is not as this dataflow made it: drop it or name another one in sink.sqlite.table",
    };
    SinkError::refused(format_args!("{sink}: {error}"), remedy)
}
