//! A topic read by a plain consumer, from the beginning to its end at the time.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use super::Oracle;

/// The longest that reading a topic may take.
const BOUND: Duration = Duration::from_secs(120);

impl Oracle {
    /// Reads all that is in a topic.
    pub fn read(brokers: &str, topic: &str) -> Oracle {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("group.id", "mare-oracle").set("enable.auto.commit", "false");
        config.set("enable.partition.eof", "true").set("fetch.message.max.bytes", "8388608");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut open = assign_all(&consumer, topic);
        let mut oracle = Oracle::default();
        let begin = Instant::now();
        while open > 0 {
            assert!(begin.elapsed() < BOUND, "{topic} not read within {BOUND:?}; so far {:?}", oracle.partitions);
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(error)) => panic!("reading {topic}: {error}"),
                Some(Ok(record)) => {
                    let timestamp = record.timestamp().to_millis().expect("a record with a timestamp");
                    oracle.take(record.partition(), timestamp, record.payload());
                }
            }
        }
        oracle
    }
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
