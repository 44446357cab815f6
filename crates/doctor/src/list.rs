//! Every check that the doctor makes itself, and what a run does where it has failed. A kind of sink brings a list of
//! its own.
//!
//! A run is refused for what would have it count wrongly, or end later; it says what it can do its work without, for it
//! keeps on trying or warns again when it comes to that; it waits for what is away. What it does not ask has no
//! consequence: the check never fails, no number depends on it, or the run counts what it finds. `docs/doctor.md` says
//! all this to people.

use mare_checks::{Check, checks};
use mare_sink::Registry;

checks! {
    /// Where brokers are said to be, one answers.
    BROKERS: "kafka.brokers", Waits;
    /// A broker lets us in.
    LOGIN: "kafka.login", Refuses;
    /// Brokers can be reached where they send their clients.
    ADVERTISED: "kafka.advertised", Waits;
    /// The topic is there, and may be read.
    TOPIC: "kafka.topic", Refuses;
    /// There are no more workers than partitions.
    WORKERS: "kafka.workers", None;
    /// The topic has records.
    RECORDS: "kafka.records", None;
    /// A first run finds the first records.
    RETENTION: "kafka.retention", None;
    /// The topic has what comes next after the newest checkpoint.
    POSITIONS: "checkpoint.positions", Refuses;
    /// The topic has what the documents are still to be counted from.
    SHOWN: "sink.positions", Refuses;
    /// No open transaction holds records back.
    TRANSACTIONS: "kafka.transactions", None;
    /// Positions can be committed for the tools that show a lag.
    GROUP: "kafka.group", None;
    /// No record is removed from the middle of the log.
    COMPACTION: "kafka.compaction", None;
    /// Records are kept for longer than windows are open.
    KEEPING: "kafka.keeping", None;
    /// Acknowledged records are not lost with a broker.
    REPLICAS: "kafka.replicas", None;
    /// The newest records are events.
    SAMPLE: "kafka.sample", None;
    /// Few events are late.
    ORDER: "kafka.order", None;
    /// No offset is missing among the newest records.
    GAPS: "kafka.gaps", None;
    /// No partition holds windows open.
    SILENT: "kafka.silent", None;
    /// Who stamps records has this host's time.
    CLOCK: "clock.kafka", None;
    /// Event times are read as they are meant.
    TIMES: "clock.events", None;
    /// Late events can be sent to their topic.
    LATE: "letters.late", Refuses;
    /// Dead letters can be sent to theirs.
    DEAD_LETTER: "letters.dead_letter", Refuses;
    /// Alerts can be sent to theirs, which holds no records of the source.
    ALERTS: "alerts.topic", Refuses;
    /// Clients that send can be made.
    CLIENT: "letters.client", Refuses;
    /// Each record fits into its letter.
    SIZE: "letters.size", None;
    /// Checkpoints can be written.
    FOLDER: "checkpoint.folder", Says;
    /// The newest checkpoint can be gone on from.
    NEWEST: "checkpoint.newest", Refuses;
    /// The last run has not left a note of records that are gone.
    LOST: "checkpoint.lost", Refuses;
    /// No partition has promised a time to come.
    PROMISE: "checkpoint.promise", Says;
    /// The newest checkpoint is of a time that has been.
    EPOCH: "checkpoint.epoch", None;
    /// There is room for checkpoints.
    DISK: "disk.checkpoints", Says;
    /// Nobody listens where this process is going to.
    PORTS: "ports", Refuses;
    /// Enough files may be open.
    FILES: "limits.files", Says;
    /// There is memory enough.
    MEMORY: "limits.memory", None;
}

/// Every check that there is: the doctor's own, and those of the sinks.
pub fn all(sinks: Registry) -> impl Iterator<Item = Check> {
    CHECKS.iter().copied().chain(sinks.checks())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use mare_checks::Consequence;
    use mare_dataflow::fixture::SINKS;

    /// The checks of a row of the docs, and what a run does where one has failed.
    fn row(line: &str) -> Option<(Vec<&str>, &str)> {
        let cells: Vec<&str> = line.strip_prefix("| `")?.trim_end_matches(" |").split(" | ").collect();
        let &[checks, _, _, a_run] = &cells[..] else { return None };
        let checks = checks.split("`, `").map(|check| check.trim_matches('`'));
        Some((checks.collect(), a_run.split(';').next()?))
    }

    /// How the docs begin to say it.
    fn word(consequence: Consequence) -> &'static str {
        match consequence {
            Consequence::None => "–",
            Consequence::Says => "says so",
            Consequence::Waits => "waits",
            Consequence::Refuses => "refused",
        }
    }

    #[test]
    fn every_check_has_a_row_in_the_docs_that_says_what_a_run_does() {
        let rows: Vec<_> = include_str!("../../../docs/doctor.md").lines().filter_map(row).collect();
        let docs: BTreeSet<_> =
            rows.iter().flat_map(|(checks, a_run)| checks.iter().map(move |check| (*check, *a_run))).collect();
        let listed: BTreeSet<_> = all(SINKS).map(|check| (check.name(), word(check.failed()))).collect();
        assert_eq!(docs, listed);
    }

    #[test]
    fn no_two_checks_have_one_name() {
        let names: Vec<_> = all(SINKS).map(Check::name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }

    /// The files below a folder that make a check by themselves; tests at the end of a file are left out.
    fn making(folder: &Path, found: &mut Vec<String>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                making(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            if code.contains("Check::new(") {
                found.push(path.display().to_string());
            }
        }
    }

    #[test]
    fn a_check_is_made_by_a_list_alone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        for folder in ["src", "crates"] {
            making(&root.join(folder), &mut found);
        }
        assert_eq!(found, [root.join("crates/checks/src/check.rs").display().to_string()], "use `checks!`");
    }
}
