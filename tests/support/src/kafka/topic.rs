//! Topics and records, written by a plain client.

use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::{Client, DefaultClientContext};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::super::{unique, wait};

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

    /// One that is there.
    pub fn named(brokers: &str, name: &str) -> Topic {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers);
        Topic { client, name: name.to_owned() }
    }

    /// Makes a topic, as the client that `client` configures.
    pub fn create_by(client: &ClientConfig, prefix: &str, partitions: i32) -> Topic {
        Topic::create_set(client, prefix, partitions, &[])
    }

    /// Makes a topic on open brokers that takes records whatever their timestamp, as brokers before version 4 do.
    pub fn create_for_any_time(brokers: &str, prefix: &str, partitions: i32) -> Topic {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers);
        Topic::create_set(&client, prefix, partitions, &[("message.timestamp.after.max.ms", "9223372036854775807")])
    }

    /// Makes a topic with these settings of its own.
    fn create_set(client: &ClientConfig, prefix: &str, partitions: i32, settings: &[(&str, &str)]) -> Topic {
        let name = unique(prefix);
        let admin: AdminClient<DefaultClientContext> = client.create().expect("an admin client");
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1)).set("max.message.bytes", "4194304");
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let made = pollster::block_on(admin.create_topics([&topic], &patient())).expect("an answer to a new topic");
        made.into_iter().for_each(|each| {
            each.expect("a new topic");
        });
        let topic = Topic { client: client.clone(), name };
        topic.wait_for_leaders(admin.inner(), partitions as usize);
        topic
    }

    /// Has the topic grow to so many partitions.
    pub fn grow(&self, partitions: usize) {
        let admin = self.admin();
        let more = NewPartitions::new(&self.name, partitions);
        let grown = pollster::block_on(admin.create_partitions([&more], &patient()));
        grown.expect("an answer to new partitions").into_iter().for_each(|each| {
            each.expect("new partitions");
        });
        self.wait_for_leaders(admin.inner(), partitions);
    }

    /// Gives the topic a setting, and takes those away that it had.
    pub fn set(&self, name: &str, value: &str) {
        let config = AlterConfig::new(ResourceSpecifier::Topic(&self.name)).set(name, value);
        let altered = pollster::block_on(self.admin().alter_configs([&config], &patient())).expect("an answer");
        altered.into_iter().for_each(|each| {
            each.expect("a setting");
        });
    }

    /// Deletes the records of a partition before an offset, as the end of their retention would.
    pub fn delete_records_before(&self, partition: i32, offset: i64) {
        let mut before = TopicPartitionList::new();
        before.add_partition_offset(&self.name, partition, Offset::Offset(offset)).expect("an offset");
        let deleted = self.admin();
        let deleted = pollster::block_on(deleted.delete_records(&before, &patient())).expect("records deleted");
        deleted.elements().iter().for_each(|element| element.error().expect("records deleted"));
    }

    /// Deletes the topic.
    pub fn delete(&self) {
        let deleted = pollster::block_on(self.admin().delete_topics(&[&self.name], &patient())).expect("an answer");
        deleted.into_iter().for_each(|each| {
            each.expect("the topic deleted");
        });
    }

    /// Deletes the topic and makes another one of its name.
    pub fn make_anew(&self, partitions: i32) {
        self.delete();
        let admin = self.admin();
        let topic = NewTopic::new(&self.name, partitions, TopicReplication::Fixed(1));
        wait::until(PATIENCE, "the name of a deleted topic", || {
            let made = pollster::block_on(admin.create_topics([&topic], &patient())).map_err(|e| e.to_string())?;
            made.into_iter().try_for_each(|each| each.map(drop).map_err(|(_, code)| code.to_string()))
        });
        self.wait_for_leaders(admin.inner(), partitions as usize);
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client.create().expect("an admin client")
    }

    /// The controller knows of a new topic before the broker tells clients of it.
    fn wait_for_leaders(&self, client: &Client<DefaultClientContext>, partitions: usize) {
        wait::until(PATIENCE, "the leaders of a new topic", || {
            let metadata = client.fetch_metadata(Some(&self.name), PATIENCE).map_err(|e| e.to_string())?;
            let led = metadata.topics().iter().flat_map(|topic| topic.partitions()).filter(|each| each.leader() >= 0);
            let led = led.count();
            if led == partitions { Ok(()) } else { Err(format!("{led} of {partitions} partitions of {}", self.name)) }
        });
    }

    /// Begins a transaction of so many records, which are written and can be read by nobody yet.
    pub fn begin_transaction<'a>(&self, records: impl IntoIterator<Item = BaseRecord<'a, [u8], [u8]>>) -> Transaction {
        let mut config = self.client.clone();
        config.set("transactional.id", unique("transaction"));
        let producer: BaseProducer = config.create().expect("a producer");
        producer.init_transactions(PATIENCE).expect("transactions");
        producer.begin_transaction().expect("a transaction");
        for mut record in records {
            record.topic = &self.name;
            producer.send(record).unwrap_or_else(|(e, _)| panic!("producing to {}: {e}", self.name));
        }
        producer.flush(PATIENCE).expect("the broker takes the records");
        Transaction(producer)
    }

    /// Writes records and returns when the broker has them all; records of a partition keep their order.
    pub fn produce<'a>(&self, records: impl IntoIterator<Item = BaseRecord<'a, [u8], [u8]>>) {
        let mut config = self.client.clone();
        config.set("acks", "all").set("message.max.bytes", "4194304");
        let producer: BaseProducer<Refused> = config.create_with_context(Refused::default()).expect("a producer");
        for mut record in records {
            record.topic = &self.name;
            producer.send(record).unwrap_or_else(|(e, _)| panic!("producing to {}: {e}", self.name));
        }
        producer.flush(PATIENCE).expect("the broker takes the records");
        assert_eq!(producer.in_flight_count(), 0, "records of {} still under way", self.name);
        let refused = producer.context().0.lock().expect("not poisoned");
        assert!(refused.is_empty(), "records of {} refused: {refused:?}", self.name);
    }
}

/// A transaction that is open.
pub struct Transaction(BaseProducer);

impl Transaction {
    /// Lets everybody read its records, and a mark behind them that is no record.
    pub fn commit(self) {
        self.0.commit_transaction(PATIENCE).expect("committed");
    }

    /// Lets nobody ever read its records; they stay where they are, with a mark behind them.
    pub fn abort(self) {
        self.0.abort_transaction(PATIENCE).expect("aborted");
    }
}

fn patient() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE))
}

/// A record for a partition, at a Kafka timestamp in milliseconds; the topic is filled in by [`Topic::produce`].
pub fn record(partition: i32, timestamp_ms: i64, payload: Option<&[u8]>) -> BaseRecord<'_, [u8], [u8]> {
    let record = BaseRecord::to("").partition(partition).timestamp(timestamp_ms);
    match payload {
        Some(payload) => record.payload(payload),
        None => record,
    }
}

/// Why records were not delivered.
#[derive(Default)]
struct Refused(std::sync::Mutex<Vec<String>>);

impl rdkafka::ClientContext for Refused {}

impl rdkafka::producer::ProducerContext for Refused {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &rdkafka::message::DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, _)) = result {
            self.0.lock().expect("not poisoned").push(error.to_string());
        }
    }
}
