//! Topics and records, written by a plain client.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::super::unique;

/// How long the broker may take for a topic or a flush.
const PATIENCE: Duration = Duration::from_secs(60);

/// A topic with a name of its own.
#[derive(Clone, Debug)]
pub struct Topic {
    /// How to reach its broker.
    client: ClientConfig,
    /// Its name.
    pub name: String,
}

impl Topic {
    /// Makes a topic on open brokers.
    pub fn create(brokers: &str, prefix: &str, partitions: i32) -> Topic {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers);
        Topic::create_by(&client, prefix, partitions)
    }

    /// Makes a topic, as the client that `client` configures.
    pub fn create_by(client: &ClientConfig, prefix: &str, partitions: i32) -> Topic {
        let name = unique(prefix);
        let admin: AdminClient<DefaultClientContext> = client.create().expect("an admin client");
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1)).set("max.message.bytes", "4194304");
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
        let made = pollster::block_on(admin.create_topics([&topic], &options)).expect("an answer to a new topic");
        made.into_iter().for_each(|each| {
            each.expect("a new topic");
        });
        Topic { client: client.clone(), name }
    }

    /// Writes records and returns when the broker has them all; records of a partition keep their order.
    pub fn produce<'a>(&self, records: impl IntoIterator<Item = BaseRecord<'a, [u8], [u8]>>) {
        let mut config = self.client.clone();
        config.set("acks", "all").set("message.max.bytes", "4194304");
        let producer: BaseProducer = config.create().expect("a producer");
        for mut record in records {
            record.topic = &self.name;
            producer.send(record).unwrap_or_else(|(e, _)| panic!("producing to {}: {e}", self.name));
        }
        producer.flush(PATIENCE).expect("the broker takes the records");
        assert_eq!(producer.in_flight_count(), 0, "records of {} still under way", self.name);
    }
}

/// A record for a partition, at a Kafka timestamp in milliseconds; the topic is filled in by [`Topic::produce`].
pub fn record(partition: i32, timestamp_ms: i64, payload: Option<&[u8]>) -> BaseRecord<'_, [u8], [u8]> {
    let record = BaseRecord::to("").partition(partition).timestamp(timestamp_ms);
    match payload {
        Some(payload) => record.payload(payload),
        None => record,
    }
}
