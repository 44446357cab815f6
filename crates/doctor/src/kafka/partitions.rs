//! How many partitions there are, what they hold, and what is gone. Pure.

use indicatif::HumanCount;

use crate::{Finding, counted, list};
use mare_checkpoint::Manifest;
use mare_checkpoint::positions::{ControlPositions, GonePartition, LogState, gone_of_checkpoint, gone_of_documents};
use mare_checks::Check;
use mare_model::extent::Span;
use mare_source::kafka::KafkaSource;
use mare_source::{OnDataLoss, StartAt};

/// Checks that there is a partition for each of `workers`.
#[must_use]
pub fn workers(partitions: usize, workers: usize) -> Finding {
    let check = list::WORKERS;
    if workers > partitions {
        let idle = workers - partitions;
        let finding =
            format!("{workers} workers share {}: {idle} of them read nothing", counted(partitions, "partition"));
        return Finding::warning(
            check,
            finding,
            format!("run with -w and -n of at most {} in all, or add partitions", counted(partitions, "worker")),
        );
    }
    Finding::ok(
        check,
        format!("{}, {}: no worker is idle", counted(workers, "worker"), counted(partitions, "partition")),
    )
}

/// Checks that there is something to read.
#[must_use]
pub fn records(topic: &str, spans: &[Span]) -> Finding {
    let check = list::RECORDS;
    let held = |span: &Span| span.until.map_or(0, |until| until.0.saturating_sub(span.first.0)).max(0).unsigned_abs();
    let total: u64 = spans.iter().map(held).sum();
    if total == 0 {
        let remedy = format!(
            "see that the producer is running and sends to {topic}; `mare produce --topic {topic}` sends made-up sales"
        );
        return Finding::warning(check, format!("{topic} has no records"), remedy);
    }
    Finding::ok(check, format!("about {} records", HumanCount(total)))
}

/// Checks whether a run that begins without a checkpoint at the oldest record still finds the first ones.
#[must_use]
pub fn retention(source: &KafkaSource, spans: &[Span], newest: Option<&Manifest>) -> Option<Finding> {
    let check = list::RETENTION;
    if source.start != StartAt::Earliest || newest.is_some() {
        return None;
    }
    let gone: Vec<_> = spans.iter().filter(|span| span.first.0 > 0).collect();
    if gone.is_empty() {
        return Some(Finding::ok(check, "every partition begins with its first record"));
    }
    let listed: Vec<_> =
        gone.iter().map(|span| format!("{} begins at offset {}", span.partition, span.first)).collect();
    let finding = format!("older records have been deleted: partition {}", listed.join(", "));
    let remedy = format!(
        "totals will be without them; to keep more from now on raise retention.ms and retention.bytes of {}",
        source.topic
    );
    Some(Finding::warning(check, finding, remedy))
}

/// Holds what the documents in the sink say of the log against what it has; `newest` is the checkpoint that a run would
/// go on from, and checkpoints are in `place`.
#[must_use]
pub fn documents(
    source: &KafkaSource,
    log: &LogState,
    documents: &ControlPositions,
    newest: Option<&Manifest>,
    place: Option<&str>,
) -> Finding {
    let gone = gone_of_documents(log, documents, newest.map(|newest| &newest.partitions), false);
    // A checkpoint has the last records read, and by them it is known whether the log is still the same.
    let is_known = newest.is_some() || documents.shown.is_empty();
    let good = if is_known {
        "the topic still has what the documents were counted from"
    } else {
        "the topic reaches as far as the documents show; whether with the same records, a checkpoint would tell, and none is found"
    };
    judged(list::SHOWN, source, &gone, place).unwrap_or_else(|| Finding::ok(list::SHOWN, good))
}

/// What it means that this is gone; nothing if nothing is.
fn judged(check: Check, source: &KafkaSource, gone: &[GonePartition], place: Option<&str>) -> Option<Finding> {
    let first = gone.first()?;
    let lost: Vec<_> = gone.iter().map(|gone| format!("[{}]: {}", gone.partition, gone.what)).collect();
    let finding = format!("{}{}", source.topic, lost.join(", "));
    Some(match source.on_data_loss {
        OnDataLoss::Fail => Finding::failed(check, finding, first.remedy.describe(place)),
        OnDataLoss::Continue => {
            Finding::warning(check, finding, "on_data_loss = \"continue\": a run reads what is left")
        }
    })
}

/// Holds what the newest checkpoint knows against what the topic is and has; checkpoints are in `place`.
#[must_use]
pub fn positions(source: &KafkaSource, log: &LogState, newest: &Manifest, place: Option<&str>) -> Finding {
    let check = list::POSITIONS;
    let (topic, spans) = (&source.topic, &log.spans);
    let span = |partition| spans.iter().find(|span| span.partition == partition);
    let gone = gone_of_checkpoint(log, &newest.source, &newest.partitions);
    if let Some(finding) = judged(check, source, &gone, place) {
        return finding;
    }
    let (there, before) = (spans.len(), newest.partitions.len());
    if newest.partitions.keys().any(|partition| span(*partition).is_none()) {
        let finding = format!("{topic} has {there} partitions, the newest checkpoint knows {before}");
        let remedy = "a topic never loses partitions: it was made anew, or source.kafka.topic or brokers name another one; \
                      correct that, or begin anew with --overwrite, which replaces the documents";
        return Finding::warning(check, finding, remedy);
    }
    let more = there.saturating_sub(before);
    let new = match more {
        0 => String::new(),
        _ => format!("; it has {} more than then, read from the first record on", counted(more, "partition")),
    };
    Finding::ok(check, format!("the topic still has what comes next after epoch {}{new}", newest.epoch.0))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::span;
    use super::*;
    use crate::Verdict;
    use mare_checkpoint::manifest::{Author, Content};
    use mare_checkpoint::{PartitionState, Partitions};
    use mare_model::extent::Cut;
    use mare_model::position::{LogId, Offset, Partition};
    use mare_model::time::Epoch;

    fn source(on_data_loss: OnDataLoss) -> KafkaSource {
        KafkaSource {
            brokers: "b:1".into(),
            topic: "t".into(),
            start: StartAt::Earliest,
            on_data_loss,
            properties: vec![],
        }
    }

    fn checkpoint(positions: &[(i32, i64)]) -> Manifest {
        let state = |position| PartitionState::unread(Offset(position));
        let partitions: Partitions = positions.iter().map(|(p, at)| (Partition(*p), state(*at))).collect();
        let author = Author { dataflow: "d".into(), generation: 1, ..Author::default() };
        author.manifest(Epoch(7), jiff::Timestamp::UNIX_EPOCH, Content { partitions, ..Content::default() })
    }

    #[test]
    fn workers_without_a_partition_are_told() {
        assert_eq!((workers(3, 3).verdict, workers(3, 4).verdict), (Verdict::Ok, Verdict::Warning));
        assert!(workers(3, 4).finding.contains("1 of them"));
    }

    #[test]
    fn a_topic_without_records_is_told() {
        assert_eq!(records("t", &[span(0, 5, 5), span(1, 0, 0)]).verdict, Verdict::Warning);
        let some = records("t", &[span(0, 5, 15), span(1, 0, 0)]);
        assert_eq!((some.verdict, &*some.finding), (Verdict::Ok, "about 10 records"));
    }

    #[test]
    fn what_retention_took_matters_at_the_beginning_only() {
        let spans = [span(0, 0, 9), span(1, 4, 9)];
        let early = source(OnDataLoss::Fail);
        let found = retention(&early, &spans, None).unwrap();
        assert!(found.verdict == Verdict::Warning && found.finding.contains("1 begins at offset 4"), "{found:?}");
        assert_eq!(retention(&early, &spans[..1], None).unwrap().verdict, Verdict::Ok);
        assert_eq!(retention(&early, &spans, Some(&checkpoint(&[]))), None);
        assert_eq!(retention(&KafkaSource { start: StartAt::Latest, ..early }, &spans, None), None);
    }

    fn log(spans: &[Span]) -> LogState {
        LogState { spans: spans.to_vec(), ..LogState::default() }
    }

    #[test]
    fn another_log_of_the_same_name_is_told() {
        let id = |topic: &str| LogId { cluster: None, topic: Some(topic.to_owned()) };
        let newest = Manifest { source: id("old"), ..checkpoint(&[(0, 5)]) };
        let log = |topic| LogState { id: id(topic), ..log(&[span(0, 0, 9)]) };
        let at = |log: &LogState| positions(&source(OnDataLoss::Fail), log, &newest, None);
        assert_eq!(at(&log("old")).verdict, Verdict::Ok);
        let anew = at(&log("new"));
        assert!(anew.verdict == Verdict::Failed && anew.finding.contains("deleted and made anew"), "{anew:?}");
        let cut = LogState { cut: [(Partition(0), Cut::At(Offset(3)))].into(), ..log("old") };
        assert!(at(&cut).finding.contains("cut short at offset 3"), "{:?}", at(&cut));
    }

    #[test]
    fn documents_are_evidence_where_no_checkpoint_is() {
        let shown = ControlPositions { shown: [(Partition(0), Offset(3_000))].into(), ..ControlPositions::default() };
        let at = |spans: &[Span], policy| documents(&source(policy), &log(spans), &shown, None, Some("here"));
        assert_eq!(at(&[span(0, 3_000, 7_000)], OnDataLoss::Fail).verdict, Verdict::Ok);
        let lost = at(&[span(0, 5_000, 7_000)], OnDataLoss::Fail);
        assert!(lost.verdict == Verdict::Failed && lost.finding.contains("2000 records"), "{lost:?}");
        assert!(lost.remedy.unwrap().contains("no checkpoint is in here"));
        assert_eq!(at(&[span(0, 5_000, 7_000)], OnDataLoss::Continue).verdict, Verdict::Warning);
        assert_eq!(at(&[span(0, 0, 2_000)], OnDataLoss::Fail).verdict, Verdict::Failed, "more is shown than there is");
    }

    #[test]
    fn what_a_checkpoint_needs_next_may_be_gone() {
        let at = |spans: &[Span], policy| positions(&source(policy), &log(spans), &checkpoint(&[(0, 5), (1, 5)]), None);
        let good = [span(0, 0, 9), span(1, 5, 5)];
        assert_eq!(at(&good, OnDataLoss::Fail).verdict, Verdict::Ok);
        let gone = [span(0, 6, 9), span(1, 5, 5)];
        assert_eq!(at(&gone, OnDataLoss::Fail).verdict, Verdict::Failed);
        assert_eq!(at(&gone, OnDataLoss::Continue).verdict, Verdict::Warning);
        let remade = [span(0, 0, 4), span(1, 0, 0)];
        assert!(at(&remade, OnDataLoss::Fail).finding.contains("made anew"));
    }

    #[test]
    fn another_number_of_partitions_than_the_checkpoint_knows() {
        let at =
            |spans: &[Span]| positions(&source(OnDataLoss::Fail), &log(spans), &checkpoint(&[(0, 5), (1, 5)]), None);
        assert_eq!(at(&[span(0, 0, 9)]).verdict, Verdict::Warning);
        let grown = at(&[span(0, 0, 9), span(1, 0, 9), span(2, 0, 9)]);
        assert!(grown.verdict == Verdict::Ok && grown.finding.contains("1 partition more than then"), "{grown:?}");
    }
}
