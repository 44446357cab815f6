//! Topics with sales in them.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::mare::{mare, succeed};

/// Partitions of each topic.
pub const PARTITIONS: i32 = 3;
/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sees to it that `topic` holds `count` sales whose event times are spread over `minutes` minutes: makes the topic and
/// the sales unless they are there.
///
/// # Panics
/// If the topic holds something else already, or cannot be made.
pub fn with_sales(brokers: &str, topic: &str, count: u64, minutes: u64) {
    empty(brokers, topic);
    let held = records(brokers, topic);
    if held == 0 {
        println!("producing {count} sales to {topic}");
        let from: jiff::Timestamp = "2025-11-28T00:00:00Z".parse().expect("a time");
        let to = from + Duration::from_secs(60 * minutes);
        let (count, from, to) = (count.to_string(), from.to_string(), to.to_string());
        let produce = ["produce", "--topic", topic, "--rate", "0", "--count", &count, "--seed", "42"];
        succeed(mare(brokers, &produce).args(["--from", &from, "--to", &to]));
    }
    let held = records(brokers, topic);
    assert_eq!(held, count, "{topic} holds {held} records: delete it");
}

/// Sees to it that `topic` exists.
pub fn empty(brokers: &str, topic: &str) {
    succeed(&mut mare(
        brokers,
        &["topic", "create", topic, "--partitions", &PARTITIONS.to_string(), "--if-not-exists"],
    ));
}

/// How many records `topic` holds.
fn records(brokers: &str, topic: &str) -> u64 {
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a consumer");
    let held = |partition| {
        let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE).expect("the partition's ends");
        u64::try_from(high - low).expect("an end behind the beginning")
    };
    (0..PARTITIONS).map(held).sum()
}
