//! What a run came to.

use std::time::Duration;

use bytesize::ByteSize;
use indicatif::HumanCount;

use crate::cli::logging;
use crate::dataflow::{Plan, Source};
use crate::engine::Run;
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
        let (written, stale) = (run.sink.written(), run.sink.stale());
        let newest = run.vault.as_ref().and_then(|vault| vault.newest());
        let checkpoint = newest.map(|manifest| (manifest.epoch.0, manifest.rows(), manifest.bytes()));
        Summary { total: run.ledger.total(), partitions, written, stale, checkpoint, elapsed, held: Vec::new() }
    }

    /// The same, with what was `held` back from a run of `plan`.
    #[must_use]
    pub fn without(self, held: &[HeldBack], plan: &Plan) -> Self {
        let Source::Kafka(source) = &plan.source;
        Summary { held: held.iter().map(|held| held.describe(&source.topic)).collect(), ..self }
    }

    /// Prints it to standard error: standard output is for documents.
    pub fn print(&self) {
        logging::say(self.lines().join("\n"));
    }

    /// The accounts, a line each: `read` is the sum of `counted`, `late`, `duplicates` and `dead letters`, in all and in each
    /// partition.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Tally { read, counted, late, duplicate, rounded, .. } = self.total;
        let seconds = self.elapsed.as_secs_f64();
        let rate = HumanCount((read as f64 / seconds.max(1e-9)) as u64);
        let mut lines = vec![
            format!("read         {} events in {seconds:.1} s, {rate} events/s", HumanCount(read)),
            format!("counted      {}", HumanCount(counted)),
            format!("late         {}", HumanCount(late)),
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
        lines
    }

    /// ` (not_json 3, tombstone 1)`, or nothing.
    fn reasons(&self) -> String {
        let reasons = Reject::REASONS.iter().zip(self.total.dead).filter(|(_, dead)| *dead > 0);
        let reasons: Vec<String> = reasons.map(|(reason, dead)| format!("{reason} {}", HumanCount(dead))).collect();
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    }
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
        let dead = [1, 0, 2, 0, 0, 0, 0, 0];
        let tally = Tally { read: 1_010, counted: 1_000, late: 4, duplicate: 3, dead, rounded: 0 };
        let summary = Summary {
            total: tally.clone(),
            partitions: vec![(Partition(0), tally)],
            written: 5,
            stale: 0,
            checkpoint: None,
            elapsed: Duration::from_secs(1),
            held: Vec::new(),
        };
        let expected = [
            "read         1,010 events in 1.0 s, 1,010 events/s",
            "counted      1,000",
            "late         4",
            "duplicates   3",
            "dead letters 3 (tombstone 1, not_json 2)",
            "documents    5 written, 0 already as complete",
            "partition 0  1,010 read = 1,000 counted + 4 late + 3 duplicates + 3 dead letters",
        ];
        assert_eq!(summary.lines(), expected);
    }
}
