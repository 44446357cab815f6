//! Open transactions, which a run waits behind, and records of aborted ones. The judging is pure.

use crate::Finding;
use crate::list::TRANSACTIONS;
use mare_model::extent::HeldBack;
use mare_source::Survey;
use mare_source::kafka::{KafkaSource, Topic};

/// The property that says what of transactions is read.
const ISOLATION: &str = "isolation.level";

/// Checks how far the partitions of `topic`, that of `source`, can be read, and how far they go.
#[must_use]
pub fn check(source: &KafkaSource, topic: &Topic) -> Finding {
    if reads_all(source) {
        return uncommitted();
    }
    match topic.held_back() {
        Ok(held) => judge(&held, &source.topic),
        Err(fault) => Finding::unknown(TRANSACTIONS, fault.to_string()),
    }
}

fn reads_all(source: &KafkaSource) -> bool {
    let isolation = source.properties.iter().rev().find(|(key, _)| key == ISOLATION);
    isolation.is_some_and(|(_, value)| value == "read_uncommitted")
}

/// What it means that so much is held back.
fn judge(held: &[HeldBack], topic: &str) -> Finding {
    if held.is_empty() {
        return Finding::ok(TRANSACTIONS, "no open transaction holds records back");
    }
    let remedy = "let its producer commit or abort it, or find it with `kafka-transactions find-hanging` and abort it; --until-end ends \
                  before it";
    let held: Vec<_> = held.iter().map(|held| held.describe(topic)).collect();
    Finding::warning(TRANSACTIONS, held.join(", "), remedy)
}

/// Records of aborted transactions would be counted.
fn uncommitted() -> Finding {
    let finding = "isolation.level=read_uncommitted counts records of transactions that are aborted";
    let remedy = "remove it under [source.kafka] properties; without it only committed ones are read";
    Finding::warning(TRANSACTIONS, finding, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use mare_model::extent::Ends;
    use mare_model::position::{Offset, Partition};

    #[test]
    fn records_that_are_held_back_are_told_with_both_ends() {
        let held = Ends { first: Offset(0), stable: Offset(5), log: Offset(11) }.held_back(Partition(1));
        let found = judge(&[held.unwrap()], "sales");
        assert_eq!(found.verdict, Verdict::Warning);
        assert!(found.finding.contains("sales[1]: an open transaction holds back 6 offsets, from 5"), "{found:?}");
        assert!(found.remedy.unwrap().contains("--until-end"));
        assert_eq!(judge(&[], "sales").verdict, Verdict::Ok);
    }

    #[test]
    fn reading_what_is_not_committed_is_told() {
        let mut plan = crate::fixture::plan();
        let mare_source::Source::Kafka(source) = &mut plan.source;
        assert!(!reads_all(source));
        source.properties = vec![(ISOLATION.into(), "read_uncommitted".into())];
        assert!(reads_all(source) && uncommitted().finding.contains("aborted"));
    }
}
