//! The SQLite file that rows go to: its folder, its lock, its table.

use std::path::Path;

use super::{Finding, disk, folder};
use crate::dataflow::{Plan, SqliteSink};
use crate::sink::document::Layout;
use crate::sink::sqlite::inspect::{Inspection, inspect};
use crate::sink::{Claim, SinkError};

/// The remedy where the file is held by somebody else.
const LOCKED: &str =
    "end the program that holds a transaction open in it (`fuser` names it); a run waits for it meanwhile";

/// Looks at the file of `sink` for a run of `plan` that would say `claim`. What is found, and that somebody else holds the file, if
/// so: that passes.
#[must_use]
pub fn look(plan: &Plan, sink: &SqliteSink, claim: &Claim) -> (Vec<Finding>, Option<SinkError>) {
    let around = sink.path.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = vec![folder::check("sqlite.folder", around, "sink.sqlite.path", false)];
    found.push(disk::check("disk.sqlite", around));
    if sink.path.symlink_metadata().is_err() {
        let words = format!("{} is not there yet, and made by a run", sink.path.display());
        found.push(Finding::ok("sqlite.file", words));
        return (found, None);
    }
    let (lock, table, owner) = match inspect(sink, &Layout::of(plan), claim) {
        Ok(Inspection { lock, table, owner }) => (lock, table, owner),
        Err(error) => {
            found.push(Finding::from_sink("sqlite.file", &error, LOCKED));
            return (found, None);
        }
    };
    // A claim that overwrites makes the table anew, or refuses to within its one transaction.
    let table = if claim.overwrite { Ok(()) } else { table };
    found.push(judge("sqlite.file", &lock, "it can be written to"));
    found.push(judge("sqlite.table", &table, "absent, or as this dataflow makes it"));
    found.push(judge("sqlite.rows", &owner, "nobody's, or this dataflow's own"));
    (found, [lock, table, owner].into_iter().filter_map(Result::err).find(|error| matches!(error, SinkError::Away(_))))
}

fn judge(check: &'static str, outcome: &Result<(), SinkError>, good: &str) -> Finding {
    match outcome {
        Ok(()) => Finding::ok(check, good),
        Err(error) => Finding::from_sink(check, error, LOCKED),
    }
}
