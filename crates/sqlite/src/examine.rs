//! The SQLite file that rows go to: its folder, its lock, its table.

use std::path::Path;

use bytesize::ByteSize;

use super::SqliteSink;
use super::file::{LARGE_LOG, log_bytes};
use super::inspect::{Inspection, belongs, inspect};
use mare_checks::{Check, Finding, checks, disk, folder};
use mare_sink::document::Layout;
use mare_sink::examine::{Examination, owner};
use mare_sink::{Claim, SinkError};

checks! {
    /// The folder is there and can be written to.
    FOLDER: "sqlite.folder", Refuses;
    /// The file can be written to.
    FILE: "sqlite.file", Refuses;
    /// What is written comes out of the file's log.
    LOG: "sqlite.log", None;
    /// The table is absent, or as this dataflow makes it.
    TABLE: "sqlite.table", Refuses;
    /// Its rows are nobody's, or this dataflow's own.
    ROWS: "sqlite.rows", Refuses;
    /// There is room for the file.
    DISK: "disk.sqlite", Says;
}

/// The remedy where the file is held by somebody else.
const LOCKED: &str =
    "end the program that holds a transaction open in it (`fuser` names it); a run waits for it meanwhile";

/// Examines the file of `sink` for a run of the dataflow of `layout` that would say `claim`. That somebody else holds
/// it passes, and is no answer.
pub(super) fn examine(sink: &SqliteSink, layout: &Layout, claim: &Claim) -> Examination {
    let around = sink.path.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = vec![folder::check(FOLDER, around, "sink.sqlite.path", false)];
    found.push(disk::check(DISK, around));
    if sink.path.symlink_metadata().is_err() {
        let words = format!("{} is not there yet, and made by a run", sink.path.display());
        found.push(Finding::ok(FILE, words));
        found.push(owner::judge(belongs(sink, claim), claim, LOCKED));
        return found.into();
    }
    found.push(log(log_bytes(&sink.path)));
    let Inspection { lock, table, owner, checkpoint } = match inspect(sink, layout, claim) {
        Ok(inspection) => inspection,
        Err(error) => {
            found.push(Finding::of(FILE, error, LOCKED));
            return found.into();
        }
    };
    // A claim that overwrites makes the table anew, or refuses to within its one transaction.
    let table = if claim.overwrite { Ok(()) } else { table };
    found.push(judge(FILE, &lock, "it can be written to"));
    found.push(judge(TABLE, &table, "absent, or as this dataflow makes it"));
    found.push(judge(ROWS, &owner, "nobody's, or this dataflow's own"));
    let unanswered =
        [lock, table, owner].into_iter().filter_map(Result::err).find(|error| matches!(error, SinkError::Away(_)));
    found.push(owner::judge(checkpoint, claim, LOCKED));
    Examination { findings: found, unanswered }
}

/// What it means that so much is in the file's log.
fn log(bytes: u64) -> Finding {
    let (check, size) = (LOG, ByteSize(bytes));
    if bytes < LARGE_LOG {
        return Finding::ok(check, format!("{size} are in the file's log"));
    }
    let finding =
        format!("{size} are in the file's log `-wal`, and not in the file: somebody reads there and does not end");
    let remedy = "end the program that has it open (`fuser` names it); until then copy the log with the file";
    Finding::warning(check, finding, remedy)
}

fn judge(check: Check, outcome: &Result<(), SinkError>, good: &str) -> Finding {
    match outcome {
        Ok(()) => Finding::ok(check, good),
        Err(error) => Finding::of(check, error.fault().clone(), LOCKED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checks::Verdict;
    use mare_sink::fixture;

    #[test]
    fn a_large_log_is_a_warning() {
        assert_eq!(log(0).verdict, Verdict::Ok);
        assert_eq!(log(LARGE_LOG).verdict, Verdict::Warning);
    }

    #[test]
    fn what_is_refused_has_its_remedy_in_the_column_of_remedies() {
        let folder = tempfile::tempdir().unwrap();
        let sink = SqliteSink { path: folder.path().join("totals.db"), table: "totals".into() };
        rusqlite::Connection::open(&sink.path).unwrap().execute_batch("CREATE TABLE totals (a TEXT)").unwrap();
        let claim = fixture::claim("f1", false);
        let Examination { findings, unanswered } = examine(&sink, &fixture::sales().layout(), &claim);
        let table = findings.iter().find(|found| found.check == TABLE).expect("it was looked at");
        assert!(table.verdict == Verdict::Failed && table.finding.contains("has the columns (a TEXT)"), "{table:?}");
        assert_eq!(table.remedy.as_deref(), Some("drop the table or name another one in sink.sqlite.table"));
        assert!(unanswered.is_none(), "nobody else has it");
    }
}
