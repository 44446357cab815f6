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
        unmatched_cancellations = (outcome.unmatched > 0).then_some(outcome.unmatched),
        written_documents = outcome.written,
        stale_documents = outcome.stale,
        checkpoint_epoch = epoch,
        checkpoint_rows = rows,
        checkpoint_bytes = bytes,
        "{head}"
    );
    let (rest, warnings) = rest.split_at(rest.len() - outcome.many_late.len());
    let accounts = accounts(outcome);
    let (whole, each) = rest.split_at(rest.len() - accounts.len());
    whole.iter().for_each(|line| info!("{line}"));
    for ((view, partition, tally), line) in accounts.iter().zip(each) {
        info!(
            view,
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
    let read = outcome.total.read;
    let (seconds, rate) = (outcome.elapsed.as_secs_f64(), PerSecond::of(read, outcome.elapsed));
    let mut lines = vec![format!("read         {} events in {seconds:.1} s, {rate} events/s", HumanCount(read))];
    if outcome.views.is_empty() {
        lines.extend(account(&outcome.total));
    }
    for view in &outcome.views {
        lines.push(format!("view {}", view.name));
        lines.extend(account(&view.total));
    }
    if outcome.unmatched > 0 {
        lines.push(format!(
            "unmatched    {} cancellations that found no order, among the late",
            HumanCount(outcome.unmatched)
        ));
    }
    let (written, stale) = (HumanCount(outcome.written), HumanCount(outcome.stale));
    lines.push(format!("documents    {written} written, {stale} already as complete"));
    if let Some((epoch, rows, bytes)) = outcome.checkpoint {
        let bytes = ByteSize(bytes).display().iec();
        lines.push(format!("checkpoint   epoch {epoch}, {} rows, {bytes}", HumanCount(rows)));
    }
    lines.extend(outcome.held.iter().map(|held| format!("not read     {held}")));
    lines.extend(accounts(outcome).into_iter().map(|(view, partition, tally)| {
        let of_view = view.map_or_else(String::new, |view| format!(" ({view})"));
        format!("partition {partition:<3}{}{of_view}", identity(tally))
    }));
    lines.extend(outcome.many_late.iter().map(|late| format!("warning      {}", late.fault())));
    lines
}

/// The account of each partition, of several views that of each.
fn accounts(outcome: &Outcome) -> Vec<(Option<&str>, Partition, &Tally)> {
    if outcome.views.is_empty() {
        return outcome.partitions.iter().map(|(partition, tally)| (None, *partition, tally)).collect();
    }
    let views = outcome.views.iter().flat_map(|view| view.partitions.iter().map(move |account| (view, account)));
    views.map(|(view, (partition, tally))| (Some(&*view.name), *partition, tally)).collect()
}

/// What became of the records that were read, a line for each.
fn account(total: &Tally) -> Vec<String> {
    let Tally { counted, filtered, late, duplicate, rounded, .. } = *total;
    let mut lines = vec![format!("counted      {}", HumanCount(counted))];
    if rounded > 0 {
        lines.push(format!("rounded      {} numbers with more digits than their scale", HumanCount(rounded)));
    }
    if filtered > 0 {
        lines.push(format!("filtered     {} events that are not wanted", HumanCount(filtered)));
    }
    lines.push(format!("late         {}{}", HumanCount(late), late_share(late, counted + duplicate)));
    lines.push(format!("duplicates   {}", HumanCount(duplicate)));
    lines.push(format!("dead letters {}{}", HumanCount(total.dead_total()), reasons(total)));
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
fn identity(tally: &Tally) -> String {
    let Tally { read, counted, late, duplicate, .. } = tally;
    let unwanted = filtered(" + ", tally.filtered);
    let [read, counted, late, duplicate, dead] =
        [*read, *counted, *late, *duplicate, tally.dead_total()].map(HumanCount);
    format!("{read} read = {counted} counted{unwanted} + {late} late + {duplicate} duplicates + {dead} dead letters")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::logging::fixture::Lines;
    use crate::run::ViewOutcome;
    use crate::time::EventTime;

    fn outcome() -> Outcome {
        let mut dead = [0; Reject::REASONS.len()];
        (dead[0], dead[2]) = (1, 2);
        let tally = Tally { read: 1_010, counted: 1_000, filtered: 0, late: 4, duplicate: 3, dead, rounded: 0 };
        Outcome {
            total: tally.clone(),
            partitions: vec![(Partition(0), tally)],
            views: Vec::new(),
            many_late: Vec::new(),
            unmatched: 0,
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
    fn cancellations_that_found_nothing_have_a_line_of_their_own() {
        let lines = lines(&Outcome { unmatched: 3, ..outcome() });
        assert_eq!(lines[5], "unmatched    3 cancellations that found no order, among the late");
    }

    #[test]
    fn the_records_add_up_for_each_view() {
        let view = |name: &str, late| {
            let tally = Tally { read: 10, counted: 7 - late, filtered: 3, late, ..Tally::default() };
            ViewOutcome { name: name.to_owned(), total: tally.clone(), partitions: vec![(Partition(0), tally)] }
        };
        let outcome = Outcome { views: vec![view("por_minuto", 2), view("por_dia", 0)], ..outcome() };
        let lines = lines(&outcome);
        let of_day = lines.iter().position(|line| line == "view por_dia").expect("a line for the view");
        assert_eq!(lines[1..3], ["view por_minuto", "counted      5"]);
        assert_eq!(lines[of_day + 1], "counted      7");
        let last = &lines[lines.len() - 2..];
        let of = |counted: u64, late: u64, view: &str| {
            let identity = format!("{counted} counted + 3 filtered + {late} late + 0 duplicates + 0 dead letters");
            format!("partition 0  10 read = {identity} ({view})")
        };
        assert_eq!(last, [of(5, 2, "por_minuto"), of(7, 0, "por_dia")]);
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
