//! What there is to read of a topic: its partitions, where each begins and ends.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};

use super::client::{self, Consumer, Health};
use super::reader::Span;
use crate::dataflow::{KafkaSource, StartAt};
use crate::raw::queue::events;
use crate::source::{Offset, Partition, SourceError};

/// A topic, and a client of the process's own to ask about it. It reads no records.
pub struct Topic {
    source: KafkaSource,
    consumer: Consumer,
    health: Arc<Health>,
}

/// Why a question about a topic had no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// No broker answers; the same question may have an answer later.
    Away(String),
    /// Somebody has to mend something first.
    Refused(SourceError),
}

impl Topic {
    /// A client for the topic of `source`. Nothing is asked yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn new(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Self, SourceError> {
        let consumer = client::inquirer(source, name, Arc::clone(&health))?;
        Ok(Topic { source: source.clone(), consumer, health })
    }

    /// The process's view of the brokers.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// What to read: each partition from where the plan says, as absolute offsets, which a consumer starts at two orders of
    /// magnitude faster than at a logical one. Every span ends at the partition's end as of now.
    ///
    /// # Errors
    /// [`Unanswered`] says whether to ask again.
    pub fn spans(&self) -> Result<Vec<Span>, Unanswered> {
        let partitions = self.partitions()?;
        let mut spans = Vec::with_capacity(partitions.len());
        for partition in &partitions {
            let (low, high) = self.watermarks(*partition)?;
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

    /// The offset behind the newest record of `partition`.
    ///
    /// # Errors
    /// [`Unanswered`] says whether to ask again.
    pub fn end(&self, partition: Partition) -> Result<Offset, Unanswered> {
        let (_, high) = self.watermarks(partition)?;
        self.health.answered();
        Ok(Offset(high))
    }

    /// The first offset of `partition` and the one behind its last.
    fn watermarks(&self, partition: Partition) -> Result<(i64, i64), Unanswered> {
        let (low, high) =
            self.ask(self.consumer.fetch_watermarks(&self.source.topic, partition.0, self.health.patience()))?;
        if low < 0 || high < low {
            return Err(Unanswered::Away(format!("partition {partition}: no offsets yet")));
        }
        Ok((low, high))
    }

    /// The partitions of the topic, in order.
    ///
    /// # Errors
    /// [`Unanswered`] says whether to ask again.
    pub fn partitions(&self) -> Result<Vec<Partition>, Unanswered> {
        let name = &self.source.topic;
        let metadata = self.ask(self.consumer.fetch_metadata(Some(name), self.health.patience()))?;
        partitions(&metadata, name, &self.source.brokers, "Read and Describe")
    }

    /// Moves each span's start to the first record whose timestamp is not before `timestamp_ms`, or to its end.
    fn seek(&self, spans: &mut [Span], timestamp_ms: i64) -> Result<(), Unanswered> {
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

    fn ask<T>(&self, answer: Result<T, KafkaError>) -> Result<T, Unanswered> {
        // Lets librdkafka tell the context about refused credentials, and why connections fail.
        while events(&self.consumer) > 0 {
            let _ = self.consumer.poll(Duration::ZERO);
        }
        if answer.is_err() {
            self.health.look_closer();
        }
        match (answer, self.health.refused()) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Some(refused)) => Err(Unanswered::Refused(refused.clone())),
            (Err(error), None) => Err(Unanswered::Away(error.to_string())),
        }
    }
}

/// The partitions of the topic called `name` in the metadata of `brokers`, in order; `rights` is what a user of it needs.
///
/// # Errors
/// [`Unanswered::Refused`] if it is not there or may not be used, [`Unanswered::Away`] if it has no leaders yet.
pub(crate) fn partitions(
    metadata: &Metadata,
    name: &str,
    brokers: &str,
    rights: &str,
) -> Result<Vec<Partition>, Unanswered> {
    let missing = || {
        let remedy = format!("mare topic create {name} --partitions 3 --brokers {brokers}");
        Unanswered::Refused(SourceError(format!("topic {name} does not exist; make it with `{remedy}`")))
    };
    let topic = metadata.topics().iter().find(|topic| topic.name() == name).ok_or_else(missing)?;
    match topic.error().map(RDKafkaErrorCode::from) {
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => return Err(missing()),
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
            let message = format!("topic {name}: not authorised; grant this user {rights} on the topic");
            return Err(Unanswered::Refused(SourceError(message)));
        }
        Some(other) => return Err(Unanswered::Away(format!("topic {name}: {other}"))),
        None => {}
    }
    let mut partitions: Vec<_> = topic.partitions().iter().map(|partition| Partition(partition.id())).collect();
    partitions.sort_unstable();
    if partitions.is_empty() { Err(missing()) } else { Ok(partitions) }
}
