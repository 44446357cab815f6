//! Topics with sales in them.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::mare::{mare, succeed};

/// Partitions of each topic.
pub const PARTITIONS: i32 = 3;
/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sales to be read again and again.
pub struct Sales {
    /// How many.
    pub count: u64,
    /// Over how many minutes their event times are spread.
    pub minutes: u64,
    /// How the producer compresses them, as `mare produce --compression` calls it.
    pub compression: String,
}

impl Sales {
    /// The topic that they are in.
    pub fn topic(&self) -> String {
        format!("mare-bench-{}-in-{}-minutes-{}", self.count, self.minutes, self.compression)
    }

    /// Sees to it that they are there: makes the topic and the sales if it is empty.
    ///
    /// # Panics
    /// If the topic holds something else, or cannot be made.
    pub fn ensure(&self, brokers: &str) {
        let topic = self.topic();
        empty(brokers, &topic);
        if records(brokers, &topic) == 0 {
            self.produce(brokers, &topic);
        }
        let held = records(brokers, &topic);
        assert_eq!(held, self.count, "{topic} holds {held} records: delete it");
    }

    fn produce(&self, brokers: &str, topic: &str) {
        println!("producing {} sales to {topic}", self.count);
        let from: jiff::Timestamp = "2025-11-28T00:00:00Z".parse().expect("a time");
        let to = from + Duration::from_secs(60 * self.minutes);
        let (count, from, to) = (self.count.to_string(), from.to_string(), to.to_string());
        let mut produce =
            mare(brokers, &["produce", "--topic", topic, "--rate", "0", "--count", &count, "--seed", "42"]);
        succeed(produce.args(["--from", &from, "--to", &to, "--compression", &self.compression]));
    }
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
