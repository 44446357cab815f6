//! What is in the topics of brokers, and whether it stays there.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::Offset;
use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;

use crate::support::PARTITIONS;

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one call waits for a record.
const LOOK: Duration = Duration::from_millis(100);

/// Reads all that is in a topic, each partition in its order.
///
/// # Panics
/// If it cannot be read.
pub fn read(brokers: &str, topic: &str, mut take: impl FnMut(i32, &[u8])) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "mare-rivals-oracle").set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut assignment = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        assignment.add_partition_offset(topic, partition, Offset::Beginning).expect("a place");
    }
    consumer.assign(&assignment).expect("an assignment");
    let (mut open, mut last) = (PARTITIONS, Instant::now());
    while open > 0 {
        match consumer.poll(LOOK) {
            None => assert!(last.elapsed() < PATIENCE, "nothing comes of {topic}"),
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => panic!("reading {topic}: {error}"),
            Some(Ok(record)) => {
                take(record.partition(), record.payload().unwrap_or_default());
                last = Instant::now();
            }
        }
    }
}

/// Deletes the topics whose names contain `mark`: what a contestant has made for itself.
pub fn forget(brokers: &str, mark: &str) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client");
    let metadata = admin.inner().fetch_metadata(None, PATIENCE).expect("the topics");
    let names: Vec<&str> =
        metadata.topics().iter().map(|topic| topic.name()).filter(|name| name.contains(mark)).collect();
    if !names.is_empty() {
        let _ = pollster::block_on(admin.delete_topics(&names, &AdminOptions::new()));
    }
}
