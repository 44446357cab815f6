//! Open transactions, which a run waits behind, and records of aborted ones. The judging is pure.

use std::sync::Arc;

use crate::dataflow::KafkaSource;
use crate::doctor::Finding;
use crate::source::Offset;
use crate::source::kafka::{Health, Span, Topic, Unanswered};

const CHECK: &str = "kafka.transactions";
/// The property that says what of transactions is read.
const ISOLATION: &str = "isolation.level";

/// Checks how far the `spans` of the topic of `source`, all its partitions as a run reads them, are from their ends.
#[must_use]
pub fn check(source: &KafkaSource, name: &str, spans: &[Span], health: &Arc<Health>) -> Finding {
    let isolation = source.properties.iter().rev().find(|(key, _)| key == ISOLATION);
    if isolation.is_some_and(|(_, value)| value == "read_uncommitted") {
        return uncommitted();
    }
    match ends(source, name, spans, health) {
        Ok(ends) => judge(&ends),
        Err(Unanswered::Away(why)) => Finding::unknown(CHECK, why),
        Err(Unanswered::Refused(why)) => Finding::unknown(CHECK, why.to_string()),
    }
}

/// Each span with where its partition really ends, open transactions among it.
fn ends(
    source: &KafkaSource,
    name: &str,
    spans: &[Span],
    health: &Arc<Health>,
) -> Result<Vec<(Span, Offset)>, Unanswered> {
    let mut all = source.clone();
    all.properties.push((ISOLATION.to_owned(), "read_uncommitted".to_owned()));
    let topic = Topic::new(&all, name, Arc::clone(health)).map_err(Unanswered::Refused)?;
    spans.iter().map(|span| Ok((*span, topic.end(span.partition)?))).collect()
}

/// What it means that each span ends before its partition does, or does not.
fn judge(ends: &[(Span, Offset)]) -> Finding {
    let open =
        ends.iter().filter_map(|(span, end)| Some((span.partition, span.until.filter(|until| until < end)?, end)));
    let open: Vec<_> = open
        .map(|(partition, stable, end)| {
            format!("partition {partition} is readable to offset {stable} and ends at {end}")
        })
        .collect();
    if open.is_empty() {
        return Finding::ok(CHECK, "no open transaction holds records back");
    }
    let remedy = "records behind the beginning of an open transaction are read once it ends: let its producer commit or abort it, \
                  or find it with `kafka-transactions find-hanging` and abort it; --until-end ends before them";
    Finding::warning(CHECK, format!("an open transaction holds records back: {}", open.join(", ")), remedy)
}

/// Records of aborted transactions would be counted.
fn uncommitted() -> Finding {
    let finding = "isolation.level=read_uncommitted counts records of transactions that are aborted";
    let remedy = "remove it under [source.kafka] properties; without it only committed ones are read";
    Finding::warning(CHECK, finding, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::span;
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn records_that_are_held_back_are_told_with_both_ends() {
        let found = judge(&[(span(0, 0, 5), Offset(5)), (span(1, 0, 5), Offset(11))]);
        assert_eq!(found.verdict, Verdict::Warning);
        assert!(found.finding.contains("partition 1 is readable to offset 5 and ends at 11"), "{found:?}");
        assert!(!found.finding.contains("partition 0") && found.remedy.unwrap().contains("--until-end"));
        assert_eq!(judge(&[(span(0, 0, 5), Offset(5))]).verdict, Verdict::Ok);
    }

    #[test]
    fn reading_what_is_not_committed_is_told() {
        let mut plan = crate::doctor::fixture::plan();
        let crate::dataflow::Source::Kafka(source) = &mut plan.source;
        source.properties = vec![(ISOLATION.into(), "read_uncommitted".into())];
        let found = check(source, "x", &[], &Arc::default());
        assert!(found.verdict == Verdict::Warning && found.finding.contains("aborted"), "{found:?}");
    }
}
