//! The topics of late events and dead letters: there, and writable as far as the brokers' metadata tells.

use super::contact::Access;
use super::unanswered;
use crate::dataflow::{KafkaSource, LetterTopic, Plan, Source};
use crate::doctor::{Finding, counted};
use crate::source::kafka;

/// Checks the topics that `plan` names. `answers` says whether the brokers of the source do, which are those of the letters
/// unless the file names others.
#[must_use]
pub fn check(plan: &Plan, answers: bool) -> Vec<Finding> {
    let Source::Kafka(source) = &plan.source;
    let late = plan.late.as_ref().map(|to| ("letters.late", "late", to));
    let dead = plan.dead_letter.as_ref().map(|to| ("letters.dead_letter", "dead_letter", to));
    let topics = late.into_iter().chain(dead);
    let check = |(check, table, to): (&'static str, &'static str, &LetterTopic)| {
        if !answers && is_as_of(source, to) {
            return Finding::unknown(check, "its brokers are those of the source");
        }
        one(Access { check, table, brokers: &to.brokers, properties: &to.properties, topic: &to.topic })
    };
    topics.map(check).collect()
}

fn is_as_of(source: &KafkaSource, to: &LetterTopic) -> bool {
    to.brokers == source.brokers && to.properties == source.properties
}

/// Checks one topic of letters.
fn one(access: Access<'_>) -> Finding {
    let Access { check, topic, brokers, .. } = access;
    let there = match access.greet() {
        Ok(metadata) => kafka::partitions(&metadata, topic, brokers, "Write and Describe"),
        Err(refused) => return refused,
    };
    match there {
        Ok(partitions) => {
            Finding::ok(check, format!("{topic} is there, with {}", counted(partitions.len(), "partition")))
        }
        Err(why) => unanswered(check, &why),
    }
}
