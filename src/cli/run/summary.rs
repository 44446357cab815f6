//! What a run came to.

use std::time::Duration;

use bytesize::ByteSize;
use indicatif::HumanCount;
use tracing::info;

use crate::cli::{PerSecond, logging};
use crate::dataflow::{Plan, Source};
use crate::engine::Run;
use crate::engine::lateness::{Lateness, share};
use crate::engine::ledger::Tally;
use crate::source::Partition;
use crate::source::decode::Reject;
use crate::source::kafka::HeldBack;

/// The accounts of a process at the end of its run.
#[derive(Clone, Debug)]
pub struct Summary {
    total: Tally,
    /// The same by partition.
    partitions: Vec<(Partition, Tally)>,
    /// Partitions of which so many events were late that it is no matter of stragglers.
    many_late: Vec<Lateness>,
    written: u64,
    stale: u64,
    /// The newest checkpoint that this process has made: epoch, rows, bytes.
    checkpoint: Option<(u64, u64, u64)>,
    elapsed: Duration,
    /// What was not read because a transaction is open, a sentence for each partition.
    held: Vec<String>,
}

impl Summary {
    /// What `run` came to in `elapsed`.
    #[must_use]
    pub fn of(run: &Run, elapsed: Duration) -> Self {
        let partitions = run.ledger.accounts().map(|(partition, account)| (partition, account.tally())).collect();
        let lateness = run.ledger.accounts().map(|(partition, account)| account.lateness(partition));
        let many_late = lateness.filter(Lateness::is_mass).collect();
        let (written, stale) = (run.sink.written(), run.sink.stale());
        let newest = run.vault.as_ref().and_then(|vault| vault.newest());
        let checkpoint = newest.map(|manifest| (manifest.epoch.0, manifest.rows(), manifest.bytes()));
        Summary {
            total: run.ledger.total(),
            partitions,
            many_late,
            written,
            stale,
            checkpoint,
            elapsed,
            held: Vec::new(),
        }
    }

    /// The same, with what was `held` back from a run of `plan`.
    #[must_use]
    pub fn without(self, held: &[HeldBack], plan: &Plan) -> Self {
        let Source::Kafka(source) = &plan.source;
        Summary { held: held.iter().map(|held| held.describe(&source.topic)).collect(), ..self }
    }

    /// Prints it to standard error: standard output is for documents.
    pub fn print(&self) {
        if logging::is_json() { self.log() } else { logging::say(self.lines().join("\n")) }
    }

    /// Says it in the log: the first line has the numbers of the run as its fields, each partition's line has that one's.
    fn log(&self) {
        let Tally { read, counted, late, duplicate, rounded, .. } = self.total;
        let (epoch, rows, bytes) =
            self.checkpoint.map_or((None, None, None), |(epoch, rows, bytes)| (Some(epoch), Some(rows), Some(bytes)));
        let lines = self.lines();
        let (head, rest) = lines.split_first().map_or(("", &[][..]), |(head, rest)| (head.as_str(), rest));
        info!(
            elapsed_s = self.elapsed.as_secs_f64(),
            events_per_second = PerSecond::of(read, self.elapsed).number(),
            read_records = read,
            counted_records = counted,
            late_records = late,
            duplicate_records = duplicate,
            dead_letter_records = self.total.dead_total(),
            rounded_numbers = rounded,
            written_documents = self.written,
            stale_documents = self.stale,
            checkpoint_epoch = epoch,
            checkpoint_rows = rows,
            checkpoint_bytes = bytes,
            "{head}"
        );
        let whole = rest.len() - self.partitions.len();
        rest[..whole].iter().for_each(|line| info!("{line}"));
        for ((partition, tally), line) in self.partitions.iter().zip(&rest[whole..]) {
            info!(
                partition = partition.0,
                read_records = tally.read,
                counted_records = tally.counted,
                late_records = tally.late,
                duplicate_records = tally.duplicate,
                dead_letter_records = tally.dead_total(),
                "{line}"
            );
        }
    }

    /// The accounts, a line each: `read` is the sum of `counted`, `late`, `duplicates` and `dead letters`, in all and in each
    /// partition.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Tally { read, counted, late, duplicate, rounded, .. } = self.total;
        let (seconds, rate) = (self.elapsed.as_secs_f64(), PerSecond::of(read, self.elapsed));
        let mut lines = vec![
            format!("read         {} events in {seconds:.1} s, {rate} events/s", HumanCount(read)),
            format!("counted      {}", HumanCount(counted)),
            format!("late         {}{}", HumanCount(late), late_share(late, counted + duplicate)),
            format!("duplicates   {}", HumanCount(duplicate)),
            format!("dead letters {}{}", HumanCount(self.total.dead_total()), self.reasons()),
            format!(
                "documents    {} written, {} already as complete",
                HumanCount(self.written),
                HumanCount(self.stale)
            ),
        ];
        if rounded > 0 {
            lines.insert(2, format!("rounded      {} numbers with more digits than their scale", HumanCount(rounded)));
        }
        if let Some((epoch, rows, bytes)) = self.checkpoint {
            let bytes = ByteSize(bytes).display().iec();
            lines.push(format!("checkpoint   epoch {epoch}, {} rows, {bytes}", HumanCount(rows)));
        }
        lines.extend(self.held.iter().map(|held| format!("not read     {held}")));
        lines.extend(self.partitions.iter().map(|(partition, tally)| identity(*partition, tally)));
        lines.extend(self.many_late.iter().map(|late| format!("warning      {}", late.fault())));
        lines
    }

    /// ` (not_json 3, tombstone 1)`, or nothing.
    fn reasons(&self) -> String {
        let reasons = Reject::REASONS.iter().zip(self.total.dead).filter(|(_, dead)| *dead > 0);
        let reasons: Vec<String> = reasons.map(|(reason, dead)| format!("{reason} {}", HumanCount(dead))).collect();
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    }
}

/// ` (0.4 % of the events)`, or nothing.
fn late_share(late: u64, others: u64) -> String {
    if late == 0 { String::new() } else { format!(" ({} of the events)", share(late, late + others)) }
}

/// How the records of a partition add up.
fn identity(partition: Partition, tally: &Tally) -> String {
    let Tally { read, counted, late, duplicate, .. } = tally;
    let [read, counted, late, duplicate, dead] =
        [*read, *counted, *late, *duplicate, tally.dead_total()].map(HumanCount);
    format!(
        "partition {partition:<3}{read} read = {counted} counted + {late} late + {duplicate} duplicates + {dead} dead letters"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_add_up_in_all_and_in_each_partition() {
        let mut dead = [0; Reject::REASONS.len()];
        (dead[0], dead[2]) = (1, 2);
        let tally = Tally { read: 1_010, counted: 1_000, late: 4, duplicate: 3, dead, rounded: 0 };
        let summary = Summary {
            total: tally.clone(),
            partitions: vec![(Partition(0), tally)],
            many_late: Vec::new(),
            written: 5,
            stale: 0,
            checkpoint: None,
            elapsed: Duration::from_secs(1),
            held: Vec::new(),
        };
        let expected = [
            "read         1,010 events in 1.0 s, 1,010 events/s",
            "counted      1,000",
            "late         4 (0.3 % of the events)",
            "duplicates   3",
            "dead letters 3 (tombstone 1, not_json 2)",
            "documents    5 written, 0 already as complete",
            "partition 0  1,010 read = 1,000 counted + 4 late + 3 duplicates + 3 dead letters",
        ];
        assert_eq!(summary.lines(), expected);
    }
}
