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

/// Examines the file of `sink` for a run of `plan` that would say `claim`.
pub fn examine(plan: &Plan, sink: &SqliteSink, claim: &Claim, found: &mut Vec<Finding>) {
    let around = sink.path.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    found.push(folder::check("sqlite.folder", around, "sink.sqlite.path", false));
    found.push(disk::check("disk.sqlite", around));
    if sink.path.symlink_metadata().is_err() {
        return found
            .push(Finding::ok("sqlite.file", format!("{} is not there yet, and made by a run", sink.path.display())));
    }
    match inspect(sink, &Layout::of(plan), claim) {
        Err(error) => found.push(Finding::from_sink("sqlite.file", &error, LOCKED)),
        Ok(Inspection { lock, table, owner }) => {
            found.push(judge("sqlite.file", lock, "it can be written to"));
            found.push(judge("sqlite.table", table, "absent, or as this dataflow makes it"));
            found.push(judge("sqlite.rows", owner, "nobody's, or this dataflow's own"));
        }
    }
}

fn judge(check: &'static str, outcome: Result<(), SinkError>, good: &str) -> Finding {
    match outcome {
        Ok(()) => Finding::ok(check, good),
        Err(error) => Finding::from_sink(check, &error, LOCKED),
    }
}
