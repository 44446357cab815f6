//! Everything about the topic, from the names of the brokers to the newest records.
//!
//! Each step asks only what the one before it has made possible: what cannot be looked at is said to be unknown, once.
//!
//! # Layout
//! * [`brokers`]: the addresses that the dataflow names, and those that brokers send their clients to
//! * [`contact`]: the first answer: credentials, TLS
//! * [`partitions`]: how many there are, what they hold, what is gone (pure)
//! * [`sample`]: whether the newest records decode
//! * [`letters`]: the topics of late events and dead letters

pub mod brokers;
pub mod contact;
pub mod letters;
pub mod partitions;
pub mod sample;

use std::sync::Arc;

use jiff::Timestamp;
use rdkafka::metadata::Metadata;

use self::contact::Access;
use super::{Finding, Wishes, clock, counted};
use crate::checkpoint::Manifest;
use crate::dataflow::{KafkaSource, Plan, Source};
use crate::source::SourceError;
use crate::source::kafka::{self, Health, Span, Topic, Unanswered};

/// What other checks need to know of the cluster, as far as it could be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Partitions of the topic.
    pub partitions: usize,
    /// Brokers of the cluster.
    pub brokers: usize,
}

/// Examines the source and the letters of `plan`; `newest` is the checkpoint that a run would go on from.
pub fn examine(plan: &Plan, wishes: &Wishes, newest: Option<&Manifest>, found: &mut Vec<Finding>) -> Size {
    let size = examine_source(plan, wishes, newest, found);
    found.extend(letters::check(plan, size.brokers > 0));
    size
}

fn examine_source(plan: &Plan, wishes: &Wishes, newest: Option<&Manifest>, found: &mut Vec<Finding>) -> Size {
    let Source::Kafka(source) = &plan.source;
    let (bootstrap, answers) = brokers::bootstrap(&source.brokers);
    found.push(bootstrap);
    if !answers {
        found.push(Finding::unknown("kafka.topic", "no broker can be asked"));
        return Size::default();
    }
    let metadata = match Access::to(source).greet() {
        Ok(metadata) => metadata,
        Err(refused) => {
            found.push(refused);
            return Size::default();
        }
    };
    found.push(Finding::ok("kafka.login", contact::describe(source)));
    let (advertised, reachable) = brokers::advertised(&metadata);
    found.push(advertised);
    let mut size = Size { brokers: metadata.brokers().len(), partitions: 0 };
    match topic(source, &metadata) {
        Err(missing) => found.push(missing),
        Ok(count) => {
            size.partitions = count;
            found.push(Finding::ok("kafka.topic", format!("{} has {}", source.topic, counted(count, "partition"))));
            found.push(partitions::workers(count, wishes.workers));
            if reachable {
                records(plan, source, newest, found);
            } else {
                found.push(Finding::unknown("kafka.records", "the brokers that have them cannot be reached"));
            }
        }
    }
    size
}

/// How many partitions the topic has.
fn topic(source: &KafkaSource, metadata: &Metadata) -> Result<usize, Finding> {
    let partitions = kafka::partitions(metadata, &source.topic, &source.brokers, "Read and Describe");
    partitions.map(|partitions| partitions.len()).map_err(|why| unanswered("kafka.topic", &why))
}

/// What the partitions hold, and whether it decodes.
fn records(plan: &Plan, source: &KafkaSource, newest: Option<&Manifest>, found: &mut Vec<Finding>) {
    let health = Arc::new(Health::default());
    health.answered(); // the greeting: nobody asks twice here, so a question may take its time
    let spans = Topic::new(source, &plan.name, Arc::clone(&health))
        .map_err(Unanswered::Refused)
        .and_then(|topic| topic.spans());
    let spans: Vec<Span> = match spans {
        Ok(spans) => spans,
        Err(why) => return found.push(unanswered("kafka.records", &why)),
    };
    found.push(partitions::records(&source.topic, &spans));
    found.extend(partitions::retention(source, &spans, newest));
    found.extend(newest.map(|manifest| partitions::positions(source, &spans, manifest)));
    let now_ms = Timestamp::now().as_millisecond();
    match sample::take(plan, source, &spans, &health) {
        Ok(sample) => {
            found.push(sample.judge());
            found.push(clock::judge_newest("clock.kafka", sample.newest_ms, now_ms, plan.event.max_ahead_ms));
        }
        Err(SourceError(why)) => found.push(Finding::from_error("kafka.sample", &why, LOOK)),
    }
}

/// The remedy where the brokers' words are all that is known.
const LOOK: &str = "look into the log of the broker; `mare topic describe` asks it again";

/// Why a question to the brokers had no answer.
fn unanswered(check: &'static str, why: &Unanswered) -> Finding {
    match why {
        Unanswered::Away(words) => Finding::failed(check, words, LOOK),
        Unanswered::Refused(SourceError(words)) => Finding::from_error(check, words, LOOK),
    }
}
