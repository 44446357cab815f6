//! What there is to read of a topic: its partitions, where each begins and ends.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataPartition, MetadataTopic};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};

use super::cause;
use super::client::{self, Consumer};
use super::config::KafkaSource;
use super::health::Health;
use crate::{StartAt, Survey};
use mare_model::extent::{Ends, Span};
use mare_model::fault::{Domain, Fault};
use mare_model::position::{LogId, Offset, Partition};
use mare_raw::admin::Inquiry;
use mare_raw::queue::events;

/// A topic, and a client of the process's own to ask about it. It reads no records.
pub struct Topic {
    source: KafkaSource,
    consumer: Arc<Consumer>,
    /// Asks for the ends behind open transactions; `None` if the dataflow reads those as well, so that there is nothing
    /// else.
    surveyor: Option<Consumer>,
    health: Arc<Health>,
}

impl Topic {
    /// A client for the topic of `source`. Nothing is asked yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn new(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Self, Fault> {
        let consumer = Arc::new(client::inquirer(source, name, Arc::clone(&health))?);
        let sees_all = |(key, value): &(String, String)| key == client::ISOLATION && value == "read_uncommitted";
        let surveyor = match source.properties.iter().any(sees_all) {
            true => None,
            false => Some(client::surveyor(source, name, Arc::clone(&health))?),
        };
        Ok(Topic { source: source.clone(), consumer, surveyor, health })
    }

    /// The first offset of `partition` and the one behind its last, as `consumer` may see them.
    fn watermarks(&self, consumer: &Consumer, partition: Partition) -> Result<(i64, i64), Fault> {
        let (low, high) =
            self.ask(consumer.fetch_watermarks(&self.source.topic, partition.0, self.health.patience()))?;
        if low < 0 || high < low {
            return Err(away(format!("partition {partition}: no offsets yet")));
        }
        Ok((low, high))
    }

    /// Moves each span's start to the first record whose timestamp is not before `timestamp_ms`, or to its end.
    fn seek(&self, spans: &mut [Span], timestamp_ms: i64) -> Result<(), Fault> {
        let mut times = TopicPartitionList::new();
        for span in &*spans {
            let time = KafkaOffset::Offset(timestamp_ms);
            self.ask(times.add_partition_offset(&self.source.topic, span.partition.0, time))?;
        }
        let found = self.ask(self.consumer.offsets_for_times(times, self.health.patience()))?;
        for span in spans {
            let place = found.find_partition(&self.source.topic, span.partition.0).map(|place| place.offset());
            span.start = match (place, span.until) {
                (Some(KafkaOffset::Offset(offset)), _) => Offset(offset),
                (_, Some(end)) => end,
                (_, None) => span.start,
            };
        }
        Ok(())
    }

    /// Lets librdkafka tell the contexts about refused credentials, and why connections fail.
    fn hear(&self) {
        for consumer in std::iter::once(&*self.consumer).chain(&self.surveyor) {
            while events(consumer) > 0 {
                let _ = consumer.poll(Duration::ZERO);
            }
        }
    }

    fn ask<T>(&self, answer: Result<T, KafkaError>) -> Result<T, Fault> {
        self.hear();
        if answer.is_err() {
            self.health.look_closer();
        }
        match (answer, self.health.refused()) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Some(refused)) => Err(refused.clone()),
            (Err(error), None) => Err(away(cause::unanswered(&error))),
        }
    }
}

impl Survey for Topic {
    fn health(&self) -> &Arc<Health> {
        &self.health
    }

    fn spans(&self) -> Result<Vec<Span>, Fault> {
        // Absolute offsets, at which a consumer starts two orders of magnitude faster than at a logical one.
        let partitions = self.partitions()?;
        let mut spans = Vec::with_capacity(partitions.len());
        for partition in &partitions {
            let (low, high) = self.watermarks(&self.consumer, *partition)?;
            let start = if self.source.start == StartAt::Latest { high } else { low };
            let (first, start, until) = (Offset(low), Offset(start), Some(Offset(high)));
            spans.push(Span { partition: *partition, first, start, until });
        }
        if let StartAt::Time(time) = self.source.start {
            self.seek(&mut spans, time.0)?;
        }
        self.health.answered();
        Ok(spans)
    }

    fn ends(&self, partition: Partition) -> Result<Ends, Fault> {
        self.hear(); // a connection that has failed makes the question a short one
        // The end of the log first: what is written between the two questions must not look as if it were held back.
        let log = self.surveyor.as_ref().map(|surveyor| self.watermarks(surveyor, partition)).transpose()?;
        let (first, stable) = self.watermarks(&self.consumer, partition)?;
        self.health.answered();
        let log = log.map_or(stable, |(_, log)| log.max(stable));
        Ok(Ends { first: Offset(first), stable: Offset(stable), log: Offset(log) })
    }

    fn id(&self) -> Result<LogId, Fault> {
        let away = |what: &str| away(format!("topic {}: {what}", self.source.topic));
        let metadata = self.ask(self.consumer.fetch_metadata(Some(&self.source.topic), self.health.patience()))?;
        partitions(&metadata, &self.source.topic, &self.source.brokers, "Read and Describe")?; // a missing one is not waited for
        let cluster = self.consumer.client().fetch_cluster_id(self.health.patience());
        let leaders = metadata.topics().iter().flat_map(MetadataTopic::partitions).map(MetadataPartition::leader);
        let leader =
            leaders.into_iter().find(|leader| *leader >= 0).ok_or_else(|| away("no partition has a leader"))?;
        let inquiry = Inquiry::topic(&self.consumer, &self.source.topic, leader, self.health.patience());
        let answer = inquiry.as_ref().and_then(|inquiry| inquiry.answer(2 * self.health.patience()));
        let topic = match answer.ok_or_else(|| away("its id is not told"))?.topic_id() {
            Err(RDKafkaErrorCode::UnsupportedFeature | RDKafkaErrorCode::UnsupportedVersion) => None,
            id => id.map_err(|code| away(&code.to_string()))?,
        };
        Ok(LogId { cluster, topic })
    }

    fn partitions(&self) -> Result<Vec<Partition>, Fault> {
        let name = &self.source.topic;
        let metadata = self.ask(self.consumer.fetch_metadata(Some(name), self.health.patience()))?;
        partitions(&metadata, name, &self.source.brokers, "Read and Describe")
    }
}

/// No broker answers what was asked, or not yet.
pub fn away(why: impl std::fmt::Display) -> Fault {
    Fault::new(Domain::Log, why).later()
}

/// The partitions of the topic called `name` in the metadata of `brokers`, in order; `rights` is what a user of it
/// needs.
///
/// # Errors
/// If it is not there or may not be used; a fault that passes if it has no leaders yet.
pub fn partitions(metadata: &Metadata, name: &str, brokers: &str, rights: &str) -> Result<Vec<Partition>, Fault> {
    let missing = || {
        let remedy = format!("make it with `mare topic create {name} --partitions 3 --brokers {brokers}`");
        Fault::new(Domain::Log, format!("topic {name} does not exist")).remedy(remedy)
    };
    let topic = metadata.topics().iter().find(|topic| topic.name() == name).ok_or_else(missing)?;
    match topic.error().map(RDKafkaErrorCode::from) {
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => return Err(missing()),
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
            let fault = Fault::new(Domain::Log, format!("topic {name}: not authorised"));
            return Err(fault.remedy(format_args!("grant this user {rights} on the topic")));
        }
        Some(other) => return Err(away(format!("topic {name}: {other}"))),
        None => {}
    }
    let mut partitions: Vec<_> = topic.partitions().iter().map(|partition| Partition(partition.id())).collect();
    partitions.sort_unstable();
    if partitions.is_empty() { Err(missing()) } else { Ok(partitions) }
}
