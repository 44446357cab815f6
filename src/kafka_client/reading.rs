//! The records of a topic, by a consumer that joins no group and commits nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message, Offset, TopicPartitionList};

use super::contact::PATIENCE;
use super::{ClientOptions, Contact, Link, LinkContext, refused_config};
use crate::failure::Failure;
use crate::stop::Stop;

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(200);
/// How long brokers may send nothing while there is more, and how long they may take to find a time.
const SILENCE: Duration = Duration::from_secs(20);

impl ConsumerContext for LinkContext {}

/// Where reading begins in each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At the oldest record.
    Beginning,
    /// Behind the newest record.
    End,
    /// At this offset.
    At(i64),
    /// So many records before the end.
    Last(i64),
    /// So many records before the end of all partitions together, each with its share of them.
    Newest(i64),
    /// At the first record whose own timestamp is not before this one.
    Time(Timestamp),
}

impl Begin {
    /// The offset in one of `partitions` whose oldest record is at `low` and whose end is `high`; a time has to be
    /// asked for.
    fn offset(self, low: i64, high: i64, partitions: usize) -> Option<i64> {
        match self {
            Begin::Beginning => Some(low),
            Begin::End => Some(high),
            Begin::At(offset) => Some(offset.clamp(low, high)),
            Begin::Last(records) => Some(high.saturating_sub(records).max(low)),
            Begin::Newest(records) => {
                let share = records / i64::try_from(partitions).unwrap_or(i64::MAX).max(1);
                Some(high.saturating_sub(share.max(1)).max(low))
            }
            Begin::Time(_) => None,
        }
    }
}

/// What is to be read.
#[derive(Clone, Debug)]
pub struct ReadRequest<'a> {
    /// The topic.
    pub topic: &'a str,
    /// From where on.
    pub begin: Begin,
    /// Of which partitions; of all if none is named.
    pub partitions: &'a [i32],
    /// Whether to wait for records that come later, instead of ending where the partitions end now.
    pub follows: bool,
}

/// A topic that is being read.
pub struct Reading {
    consumer: BaseConsumer<LinkContext>,
    link: Arc<Link>,
    topic: String,
    follows: bool,
    /// The partitions with something to read, from where and to where.
    spans: BTreeMap<i32, (i64, i64)>,
}

impl Reading {
    /// Asks what there is, and reads nothing yet.
    ///
    /// # Errors
    /// If no broker answers, the topic or one of the partitions is not there, or the configuration is refused.
    pub fn open(kafka: &ClientOptions, client: &str, wanted: &ReadRequest<'_>) -> Result<Reading, Failure> {
        let mut config = kafka.client_config(&[
            ("client.id", client.to_owned()),
            ("group.id", client.to_owned()),
            ("fetch.wait.max.ms", "100".to_owned()),
        ]);
        config.set("enable.auto.commit", "false").set("enable.partition.eof", "true").set("auto.offset.reset", "error");
        config.set_log_level(RDKafkaLogLevel::Info);
        let link = Link::of(&config);
        let contact = Contact::new(
            &kafka.client_config(&[("client.id", client.to_owned())]),
            Arc::clone(&link),
            Some(PATIENCE),
            Stop::default(),
        )?;
        let partitions = partitions(wanted, contact.partitions(wanted.topic)?)?;
        let consumer = config
            .create_with_context(LinkContext(Arc::clone(&link)))
            .map_err(|error| refused_config(&error, &config))?;
        let (topic, follows) = (wanted.topic.to_owned(), wanted.follows);
        let mut reading = Reading { consumer, link, topic, follows, spans: BTreeMap::new() };
        for partition in &partitions {
            let (partition, number) = (*partition, partitions.len());
            let (low, high) = contact.watermarks(wanted.topic, partition)?;
            let start = match (wanted.begin.offset(low, high, number), wanted.begin) {
                (Some(start), _) => start,
                (None, Begin::Time(time)) => reading.offset_at(partition, time)?.unwrap_or(high).clamp(low, high),
                (None, _) => low,
            };
            if wanted.follows || start < high {
                reading.spans.insert(partition, (start, high));
            }
        }
        Ok(reading)
    }

    /// Hands each record to `visit`, those of a partition in their order, until that returns false or there are no
    /// more.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub fn each(&self, visit: &mut dyn FnMut(&BorrowedMessage<'_>) -> bool) -> Result<(), Failure> {
        self.assign()?;
        let (mut open, mut heard) = (self.spans.clone(), Instant::now());
        while !open.is_empty() {
            match self.consumer.poll(POLL) {
                Some(Ok(record)) => {
                    self.link.answered();
                    heard = Instant::now();
                    let (partition, offset) = (record.partition(), record.offset());
                    let Some((_, end)) = open.get(&partition).copied() else { continue };
                    if (self.follows || offset < end) && !visit(&record) {
                        return Ok(());
                    }
                    if !self.follows && offset + 1 >= end {
                        open.remove(&partition);
                    }
                }
                // The last offsets may hold no record: markers of transactions, or what compaction took away.
                Some(Err(KafkaError::PartitionEOF(partition))) if !self.follows => drop(open.remove(&partition)),
                Some(Err(error)) => self.judge(&error)?,
                None => self.bear(heard)?,
            }
        }
        Ok(())
    }

    fn assign(&self) -> Result<(), Failure> {
        let mut list = TopicPartitionList::new();
        for (partition, (start, _)) in &self.spans {
            let place = list.add_partition_offset(&self.topic, *partition, Offset::Offset(*start));
            place.map_err(|error| self.unread(&error))?;
        }
        self.consumer.assign(&list).map_err(|error| self.unread(&error))
    }

    /// The first record of a partition whose timestamp is not before `time`.
    fn offset_at(&self, partition: i32, time: Timestamp) -> Result<Option<i64>, Failure> {
        let mut times = TopicPartitionList::new();
        let asked = times.add_partition_offset(&self.topic, partition, Offset::Offset(time.as_millisecond()));
        let found = asked.and_then(|()| self.consumer.offsets_for_times(times, SILENCE));
        let found = found.map_err(|error| self.unread(&error))?;
        let place = found.find_partition(&self.topic, partition).map(|place| place.offset());
        Ok(place.and_then(|place| if let Offset::Offset(offset) = place { Some(offset) } else { None }))
    }

    /// Tells errors that somebody has to mend from those that the client gets over by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), Failure> {
        let remedy = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
                "records were deleted while they were read; start again"
            }
            Some(RDKafkaErrorCode::TopicAuthorizationFailed) => "grant this user Read on the topic",
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => "the topic is gone",
            _ => return self.link.refusal().map_or(Ok(()), Err),
        };
        Err(self.unread(error).remedy(remedy))
    }

    /// Bears that brokers send nothing: for ever where records may come later, else not for long.
    fn bear(&self, heard: Instant) -> Result<(), Failure> {
        if let Some(refusal) = self.link.refusal() {
            return Err(refusal);
        }
        if self.follows || heard.elapsed() < SILENCE {
            return Ok(());
        }
        let reason = self.link.reason("they do not say why");
        Err(Failure::new(format!("topic {}: the brokers send nothing more, and there is more: {reason}", self.topic)))
    }

    fn unread(&self, error: &KafkaError) -> Failure {
        Failure::new(format!("topic {} cannot be read: {error}", self.topic))
    }
}

/// The partitions that are meant, of a topic that has `number` of them.
fn partitions(wanted: &ReadRequest<'_>, number: u64) -> Result<Vec<i32>, Failure> {
    let there = 0..i32::try_from(number).unwrap_or(i32::MAX);
    if let Some(missing) = wanted.partitions.iter().find(|partition| !there.contains(partition)) {
        let message = format!("topic {} has no partition {missing}", wanted.topic);
        return Err(Failure::new(message).remedy(format!("its partitions are 0 to {}", there.end - 1)));
    }
    Ok(if wanted.partitions.is_empty() { there.collect() } else { wanted.partitions.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_between_the_ends() {
        let offset = |begin: Begin| begin.offset(5, 9, 3);
        assert_eq!([Begin::Beginning, Begin::End, Begin::At(7)].map(offset), [Some(5), Some(9), Some(7)]);
        assert_eq!([Begin::At(1), Begin::At(99)].map(offset), [Some(5), Some(9)]);
        assert_eq!([Begin::Last(3), Begin::Last(99), Begin::Last(0)].map(offset), [Some(6), Some(5), Some(9)]);
        assert_eq!([Begin::Newest(7), Begin::Newest(1), Begin::Newest(99)].map(offset), [Some(7), Some(8), Some(5)]);
    }

    #[test]
    fn a_partition_that_is_not_there_is_refused() {
        let of = |named: &[i32]| {
            partitions(&ReadRequest { topic: "sales", begin: Begin::End, partitions: named, follows: false }, 3)
        };
        assert_eq!((of(&[]), of(&[2])), (Ok(vec![0, 1, 2]), Ok(vec![2])));
        assert!(of(&[3]).is_err_and(|failure| failure.to_string().contains("0 to 2")));
    }
}
