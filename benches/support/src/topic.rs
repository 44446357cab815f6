//! Topics with sales in them.

use std::fmt::Write;
use std::time::Duration;

use mare_test_support::wait;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::mare::Mare;
use crate::usage::succeed;

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// When the event times begin, as text and in seconds.
const BEGIN: (&str, i64) = ("2025-11-28T00:00:00Z", 1_764_288_000);

/// Sales to be read again and again.
#[derive(Clone, Debug)]
pub struct Sales {
    /// How many.
    pub count: u64,
    /// Over how many minutes their event times are spread.
    pub minutes: u64,
    /// How the producer compresses them, as `mare produce --compression` calls it.
    pub compression: String,
    /// Over how many partitions they are spread.
    pub partitions: usize,
}

impl Sales {
    /// The topic that they are in.
    #[must_use]
    pub fn topic(&self) -> String {
        let Sales { count, minutes, compression, partitions } = self;
        format!("mare-bench-{count}-in-{minutes}-minutes-{compression}-{partitions}")
    }

    /// Sees to it that they are there: makes the topic and the sales if it is empty.
    ///
    /// # Panics
    /// If the topic holds something else, or cannot be made.
    pub fn ensure(&self, mare: &Mare) {
        let topic = self.topic();
        fill(mare, &topic, self.partitions, self.count, || self.produce(mare, &topic));
    }

    fn produce(&self, mare: &Mare, topic: &str) {
        let from: jiff::Timestamp = BEGIN.0.parse().expect("a time");
        let to = from + Duration::from_secs(60 * self.minutes);
        let (count, from, to) = (self.count.to_string(), from.to_string(), to.to_string());
        let mut produce =
            mare.command(&["produce", "--topic", topic, "--rate", "0", "--count", &count, "--seed", "42"]);
        succeed(produce.args(["--from", &from, "--to", &to, "--compression", &self.compression]));
    }
}

/// Sales whose categories are numbers, each as often as the others, within an hour.
///
/// Sale `i` is of category `i mod groups` and of so many cents that no two groups come to the same by chance.
#[derive(Clone, Copy, Debug)]
pub struct Grouped {
    /// How many sales.
    pub count: u64,
    /// Of how many categories.
    pub groups: u64,
}

impl Grouped {
    /// Over how many partitions they are spread.
    pub const PARTITIONS: usize = 2;
    /// The length of a category's name in bytes.
    pub const NAME_BYTES: usize = 14;

    /// The topic that they are in.
    #[must_use]
    pub fn topic(&self) -> String {
        format!("mare-bench-{}-in-{}-groups", self.count, self.groups)
    }

    /// The name of a category.
    #[must_use]
    pub fn name(group: u64) -> String {
        format!("grupo-{group:08}")
    }

    /// The amount of a sale, in cents.
    fn cents(sale: u64) -> u64 {
        1_000 + sale * 7_919 % 500_000
    }

    /// What each category must come to: how many sales, and how many cents.
    #[must_use]
    pub fn expected(&self) -> Vec<(u64, u64)> {
        let mut expected = vec![(0, 0); usize::try_from(self.groups).expect("a number of groups")];
        for sale in 0..self.count {
            let (events, cents) = &mut expected[usize::try_from(sale % self.groups).expect("one of them")];
            *events += 1;
            *cents += Self::cents(sale);
        }
        expected
    }

    /// Sees to it that they are there: makes the topic and the sales if it is empty.
    ///
    /// # Panics
    /// If the topic holds something else, or cannot be made.
    pub fn ensure(&self, mare: &Mare) {
        let topic = self.topic();
        fill(mare, &topic, Self::PARTITIONS, self.count, || self.produce(&mare.brokers, &topic));
    }

    fn produce(&self, brokers: &str, topic: &str) {
        let producer = producer(brokers, "50");
        let (mut sale, begin) = (String::new(), BEGIN.1);
        for number in 0..self.count {
            let time =
                jiff::Timestamp::from_second(begin + (3_000 * number / self.count).cast_signed()).expect("a time");
            let (category, cents) = (Self::name(number % self.groups), Self::cents(number));
            sale.clear();
            let _ = write!(
                sale,
                r#"{{"id_pedido":"{number:016x}","categoria":"{category}","valor":{}.{:02},"timestamp":"{time}"}}"#,
                cents / 100,
                cents % 100
            );
            send(&producer, topic, Some((number % Self::PARTITIONS as u64) as i32), &sale);
        }
        producer.flush(PATIENCE).expect("brokers that take sales");
    }
}

/// A producer that waits so many milliseconds for a batch to fill.
///
/// # Panics
/// If librdkafka refuses the settings.
pub fn producer(brokers: &str, linger_ms: &str) -> ThreadedProducer<DefaultProducerContext> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("linger.ms", linger_ms).set("enable.idempotence", "true");
    config.create().expect("a producer")
}

/// Sends a sale to a partition, or to any; waits while the queue of the producer is full.
///
/// # Panics
/// If the producer does not take it.
pub fn send(producer: &ThreadedProducer<DefaultProducerContext>, topic: &str, partition: Option<i32>, sale: &str) {
    let mut record = BaseRecord::<(), str>::to(topic).payload(sale);
    record.partition = partition;
    while let Err((error, back)) = producer.send(record) {
        assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), "{topic}");
        std::thread::sleep(Duration::from_millis(1));
        record = back;
    }
}

/// Sees to it that `topic` exists.
pub fn empty(mare: &Mare, topic: &str, partitions: usize) {
    let partitions = partitions.to_string();
    succeed(&mut mare.command(&["topic", "create", topic, "--partitions", &partitions, "--if-not-exists"]));
}

/// Sees to it that `topic` holds `count` records, which `produce` puts there if there are none.
fn fill(mare: &Mare, topic: &str, partitions: usize, count: u64, produce: impl FnOnce()) {
    empty(mare, topic, partitions);
    if records(&mare.brokers, topic, partitions) == 0 {
        println!("producing {count} sales to {topic}");
        produce();
    }
    let held = records(&mare.brokers, topic, partitions);
    assert_eq!(held, count, "{topic} holds {held} records: delete it");
}

/// How many records `topic` holds.
fn records(brokers: &str, topic: &str, partitions: usize) -> u64 {
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a consumer");
    let held = |partition: usize| {
        let partition = i32::try_from(partition).expect("a partition");
        // A new topic has its leaders a little later.
        let (low, high) = wait::until(PATIENCE, "the ends of a partition", || {
            consumer.fetch_watermarks(topic, partition, PATIENCE).map_err(|error| error.to_string())
        });
        u64::try_from(high - low).expect("an end behind the beginning")
    };
    (0..partitions).map(held).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_groups_come_to_adds_up() {
        let grouped = Grouped { count: 10, groups: 4 };
        let expected = grouped.expected();
        assert_eq!(expected.iter().map(|(events, _)| *events).collect::<Vec<_>>(), [3, 3, 2, 2]);
        let cents: u64 = (0..10).map(Grouped::cents).sum();
        assert_eq!(expected.iter().map(|(_, cents)| cents).sum::<u64>(), cents);
        assert_eq!(Grouped::name(7).len(), Grouped::NAME_BYTES);
        assert_eq!(BEGIN.0.parse::<jiff::Timestamp>().expect("a time").as_second(), BEGIN.1);
    }
}
