//! What a person is told of what a run came to.

use bytesize::ByteSize;
use indicatif::HumanCount;
use tracing::{info, warn};

use crate::checkpoint::Tally;
use crate::cli::filtered::filtered;
use crate::cli::{PerSecond, logging};
use crate::decode::Reject;
use crate::engine::lateness::{PartitionLateness, share};
use crate::position::Partition;
use crate::run::Outcome;

/// Prints it to standard error: standard output is for documents.
pub fn print(outcome: &Outcome) {
    if logging::is_json() { log(outcome) } else { logging::say(lines(outcome).join("\n")) }
}

/// Says it in the log: the first line has the numbers of the run as its fields, each line of a partition has that
/// one's. What is to be mended is a warning.
fn log(outcome: &Outcome) {
    let Tally { read, counted, filtered: unwanted, late, duplicate, rounded, .. } = outcome.total;
    let (epoch, rows, bytes) =
        outcome.checkpoint.map_or((None, None, None), |(epoch, rows, bytes)| (Some(epoch), Some(rows), Some(bytes)));
    let lines = lines(outcome);
    let (head, rest) = lines.split_first().map_or(("", &[][..]), |(head, rest)| (head.as_str(), rest));
    info!(
        elapsed_s = outcome.elapsed.as_secs_f64(),
        events_per_second = PerSecond::of(read, outcome.elapsed).number(),
        read_records = read,
        counted_records = counted,
        filtered_records = unwanted,
        late_records = late,
        duplicate_records = duplicate,
        dead_letter_records = outcome.total.dead_total(),
        rounded_numbers = rounded,
        written_documents = outcome.written,
        stale_documents = outcome.stale,
        checkpoint_epoch = epoch,
        checkpoint_rows = rows,
        checkpoint_bytes = bytes,
        "{head}"
    );
    let (rest, warnings) = rest.split_at(rest.len() - outcome.many_late.len());
    let (whole, each) = rest.split_at(rest.len() - outcome.partitions.len());
    whole.iter().for_each(|line| info!("{line}"));
    for ((partition, tally), line) in outcome.partitions.iter().zip(each) {
        info!(
            partition = partition.0,
            read_records = tally.read,
            counted_records = tally.counted,
            filtered_records = tally.filtered,
            late_records = tally.late,
            duplicate_records = tally.duplicate,
            dead_letter_records = tally.dead_total(),
            "{line}"
        );
    }
    for (PartitionLateness { partition, counted, late, .. }, line) in outcome.many_late.iter().zip(warnings) {
        warn!(partition = partition.0, counted_records = counted, late_records = late, "{line}");
    }
}

/// The accounts, a line each: `read` is the sum of `counted`, `filtered`, `late`, `duplicates` and `dead letters`, in
/// all and in each partition.
#[must_use]
pub fn lines(outcome: &Outcome) -> Vec<String> {
    let Tally { read, counted, filtered: unwanted, late, duplicate, rounded, .. } = outcome.total;
    let (seconds, rate) = (outcome.elapsed.as_secs_f64(), PerSecond::of(read, outcome.elapsed));
    let mut lines = vec![
        format!("read         {} events in {seconds:.1} s, {rate} events/s", HumanCount(read)),
        format!("counted      {}", HumanCount(counted)),
        format!("late         {}{}", HumanCount(late), late_share(late, counted + duplicate)),
        format!("duplicates   {}", HumanCount(duplicate)),
        format!("dead letters {}{}", HumanCount(outcome.total.dead_total()), reasons(&outcome.total)),
        format!(
            "documents    {} written, {} already as complete",
            HumanCount(outcome.written),
            HumanCount(outcome.stale)
        ),
    ];
    if unwanted > 0 {
        lines.insert(2, format!("filtered     {} events that are not wanted", HumanCount(unwanted)));
    }
    if rounded > 0 {
        lines.insert(2, format!("rounded      {} numbers with more digits than their scale", HumanCount(rounded)));
    }
    if let Some((epoch, rows, bytes)) = outcome.checkpoint {
        let bytes = ByteSize(bytes).display().iec();
        lines.push(format!("checkpoint   epoch {epoch}, {} rows, {bytes}", HumanCount(rows)));
    }
    lines.extend(outcome.held.iter().map(|held| format!("not read     {held}")));
    lines.extend(outcome.partitions.iter().map(|(partition, tally)| identity(*partition, tally)));
    lines.extend(outcome.many_late.iter().map(|late| format!("warning      {}", late.fault())));
    lines
}

/// ` (not_json 3, tombstone 1)`, or nothing.
fn reasons(total: &Tally) -> String {
    let reasons = Reject::REASONS.iter().zip(total.dead).filter(|(_, dead)| *dead > 0);
    let reasons: Vec<String> = reasons.map(|(reason, dead)| format!("{reason} {}", HumanCount(dead))).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// ` (0.4 % of the events)`, or nothing.
fn late_share(late: u64, others: u64) -> String {
    if late == 0 { String::new() } else { format!(" ({} of the events)", share(late, late + others)) }
}

/// How the records of a partition add up.
fn identity(partition: Partition, tally: &Tally) -> String {
    let Tally { read, counted, late, duplicate, .. } = tally;
    let unwanted = filtered(" + ", tally.filtered);
    let [read, counted, late, duplicate, dead] =
        [*read, *counted, *late, *duplicate, tally.dead_total()].map(HumanCount);
    format!(
        "partition {partition:<3}{read} read = {counted} counted{unwanted} + {late} late + {duplicate} duplicates + {dead} dead letters"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::logging::fixture::Lines;
    use crate::time::EventTime;

    fn outcome() -> Outcome {
        let mut dead = [0; Reject::REASONS.len()];
        (dead[0], dead[2]) = (1, 2);
        let tally = Tally { read: 1_010, counted: 1_000, filtered: 0, late: 4, duplicate: 3, dead, rounded: 0 };
        Outcome {
            total: tally.clone(),
            partitions: vec![(Partition(0), tally)],
            many_late: Vec::new(),
            written: 5,
            stale: 0,
            checkpoint: None,
            elapsed: Duration::from_secs(1),
            held: Vec::new(),
            reason: None,
        }
    }

    #[test]
    fn the_records_add_up_in_all_and_in_each_partition() {
        let expected = [
            "read         1,010 events in 1.0 s, 1,010 events/s",
            "counted      1,000",
            "late         4 (0.3 % of the events)",
            "duplicates   3",
            "dead letters 3 (tombstone 1, not_json 2)",
            "documents    5 written, 0 already as complete",
            "partition 0  1,010 read = 1,000 counted + 4 late + 3 duplicates + 3 dead letters",
        ];
        assert_eq!(lines(&outcome()), expected);
    }

    #[test]
    fn a_line_has_the_numbers_of_its_own_partition_whatever_else_is_said() {
        let late =
            PartitionLateness { partition: Partition(0), counted: 4, late: 40, promise: EventTime(0), jump: None };
        let outcome = Outcome { many_late: vec![late], ..outcome() };
        let written = Lines::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
        tracing::subscriber::with_default(subscriber.finish(), || log(&outcome));
        let text = written.text();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        let of_partition: Vec<_> = lines.iter().filter(|line| line["partition"] == 0).collect();
        assert_eq!(of_partition.len(), 2, "{text}");
        assert!(of_partition[0]["message"].as_str().is_some_and(|said| said.starts_with("partition 0 ")), "{text}");
        assert_eq!(
            (&of_partition[0]["level"], &of_partition[0]["late_records"]),
            (&"INFO".into(), &4.into()),
            "{text}"
        );
        let last = lines.last().expect("a line");
        assert!(last["message"].as_str().is_some_and(|said| said.starts_with("warning ")), "{text}");
        assert_eq!((&last["level"], &last["late_records"]), (&"WARN".into(), &40.into()), "{text}");
    }
}
