//! librdkafka's settings, and what it tells us beside the records: errors, log lines, statistics.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Statistics};
use tracing::debug;

use super::cause;
use super::config::KafkaSource;
use super::health::Health;
use super::refusal::refusal;
use super::traffic::Traffic;
use mare_model::fault::{Domain, Fault};

/// A consumer that tells [`Health`] what it meets.
pub type Consumer = BaseConsumer<SourceContext>;

/// What a reader needs of librdkafka beyond its defaults; measured, see the backfill bench. A record that waits in its
/// queue takes some 300 bytes more than it has, so small ones are bounded by their number.
pub const READING: [(&str, &str); 8] = [
    ("enable.auto.commit", "false"),
    ("enable.partition.eof", "true"),
    ("auto.offset.reset", "error"),
    ("fetch.queue.backoff.ms", "1"),
    ("fetch.wait.max.ms", "100"),
    ("fetch.message.max.bytes", "2097152"),
    ("queued.min.messages", "50000"),
    ("queued.max.messages.kbytes", "65536"),
];

/// Makes a consumer of `source` that reads records. Nothing is connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn reader(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut config = ClientConfig::new();
    config.set("group.id", format!("mare-{name}")); // librdkafka assigns partitions to members of a group only
    config.set("statistics.interval.ms", "5000");
    create(config, source, name, health)
}

/// Makes a consumer of `source` that reads one record or none of a partition, and none that was not asked for. Nothing
/// is connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn prober(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut source = source.clone();
    let few = [
        ("auto.offset.reset", "earliest"), // else a log that was cut short is an error that does not say where
        ("fetch.wait.max.ms", "10"),
        ("fetch.message.max.bytes", "1024"), // a record that is larger comes all the same
        ("queued.min.messages", "1"),
    ];
    source.properties.extend(few.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let mut config = ClientConfig::new();
    config.set("group.id", format!("mare-{name}"));
    create(config, &source, name, health)
}

/// Makes a consumer of `source` that asks for the ends of the log itself, behind transactions that are open. Nothing is
/// connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn surveyor(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut source = source.clone();
    source.properties.push((ISOLATION.to_owned(), "read_uncommitted".to_owned()));
    create(ClientConfig::new(), &source, name, health)
}

/// The property that says whether records of transactions that are open are read.
pub const ISOLATION: &str = "isolation.level";

/// Makes a consumer of `source` that asks questions and reads no records. It is in no group, which it would have to
/// leave in the end: that takes a tenth of a second. Nothing is connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn inquirer(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    create(ClientConfig::new(), source, name, health)
}

fn create(mut config: ClientConfig, source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    config.set("client.id", format!("mare-{name}")).set("reconnect.backoff.max.ms", "2000");
    config.extend(READING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    config.extend(source.properties.iter().cloned());
    config.set("bootstrap.servers", &source.brokers).set_log_level(RDKafkaLogLevel::Info);
    health.asks(&source.brokers);
    config.create_with_context(SourceContext::new(health)).map_err(|error| {
        Fault::new(Domain::User, refusal(&error, &config)).remedy("correct it under [source.kafka] properties")
    })
}

/// What a consumer does with the news from librdkafka.
pub struct SourceContext {
    health: Arc<Health>,
    /// What its statistics have said so far.
    traffic: Mutex<Traffic>,
}

impl SourceContext {
    /// Of a client that tells `health` what it meets.
    #[must_use]
    pub fn new(health: Arc<Health>) -> Self {
        SourceContext { health, traffic: Mutex::default() }
    }

    /// The process's view of the brokers.
    pub fn health(&self) -> &Health {
        &self.health
    }
}

impl ConsumerContext for SourceContext {}

/// For a producer that asks and produces nothing.
impl ProducerContext for SourceContext {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

impl ClientContext for SourceContext {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            _ if cause::is_refused_login(&error, reason) => self.health.refuse(reason),
            Some(RDKafkaErrorCode::SSL) => self.health.failed(reason, true),
            _ => debug!("librdkafka: {error}: {reason}"),
        }
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka: {facility}: {message}");
        if facility == "FAIL" {
            self.health.failed(message, false);
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).take(&statistics);
    }
}
