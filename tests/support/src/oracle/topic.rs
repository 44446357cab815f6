//! A topic read by a plain consumer, from the beginning to its end at the time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use super::Oracle;

/// The longest that reading a topic may take.
const BOUND: Duration = Duration::from_secs(120);

/// A record as it stands in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its Kafka timestamp, in milliseconds.
    pub timestamp_ms: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its payload.
    pub payload: Option<Vec<u8>>,
    /// Its headers, as text.
    pub headers: BTreeMap<String, String>,
}

impl Oracle {
    /// Reads all that is in a topic.
    pub fn read(brokers: &str, topic: &str) -> Oracle {
        Oracle::default().reading(brokers, topic)
    }

    /// This one, when it has read all that is in a topic.
    pub fn reading(mut self, brokers: &str, topic: &str) -> Oracle {
        each(brokers, topic, |record| {
            self.take(record.partition(), timestamp_ms(record), record.payload());
        });
        self
    }
}

/// All that is in a topic; the records of a partition are in their order.
pub fn read(brokers: &str, topic: &str) -> Vec<Read> {
    let mut records = Vec::new();
    each(brokers, topic, |record| records.push(owned(record)));
    records
}

/// Gives `take` each record of a topic, those of a partition in their order.
fn each(brokers: &str, topic: &str, mut take: impl FnMut(&BorrowedMessage<'_>)) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "mare-oracle").set("enable.auto.commit", "false");
    config.set("enable.partition.eof", "true").set("fetch.message.max.bytes", "8388608");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut open = assign_all(&consumer, topic);
    let mut records = 0_u64;
    let begin = Instant::now();
    while open > 0 {
        assert!(begin.elapsed() < BOUND, "{topic} not read within {BOUND:?}; so far {records} records");
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => panic!("reading {topic}: {error}"),
            Some(Ok(record)) => {
                take(&record);
                records += 1;
            }
        }
    }
}

fn owned(record: &BorrowedMessage<'_>) -> Read {
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("a header in UTF-8");
    let headers = record.headers().map(|headers| {
        headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect::<BTreeMap<_, _>>()
    });
    Read {
        partition: record.partition(),
        offset: record.offset(),
        timestamp_ms: timestamp_ms(record),
        key: record.key().map(<[u8]>::to_vec),
        payload: record.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}

fn timestamp_ms(record: &BorrowedMessage<'_>) -> i64 {
    record.timestamp().to_millis().expect("a record with a timestamp")
}

/// Assigns all partitions from their beginning and returns how many there are.
fn assign_all(consumer: &BaseConsumer, topic: &str) -> usize {
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(30)).expect("the topic's metadata");
    let mut list = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        list.add_partition_offset(topic, partition.id(), Offset::Beginning).expect("an assignment");
    }
    consumer.assign(&list).expect("an assignment");
    list.count()
}
