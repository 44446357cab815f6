//! The first contact: asking for metadata until somebody answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;

use super::{Link, LinkContext, refused_config};
use crate::failure::Failure;
use crate::stop::Stop;

/// For how long brokers may be away before whoever asks about topics, or reads one, gives up.
pub const PATIENCE: Duration = Duration::from_secs(6);
/// How long one request for metadata may take.
const REQUEST: Duration = Duration::from_secs(2);
/// How long the client's own errors are collected after a request failed.
const COLLECT: Duration = Duration::from_millis(50);

/// A client that asks brokers about themselves and their topics.
pub struct Contact {
    /// Where the brokers are, for messages.
    brokers: String,
    /// A producer, the lightest client there is; it produces nothing.
    client: BaseProducer<LinkContext>,
    /// What its errors say.
    link: Arc<Link>,
    /// For how long brokers may be away; for ever if there is none.
    patience: Option<Duration>,
    /// Asks us to give up.
    stop: Stop,
}

impl ProducerContext for LinkContext {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &rdkafka::producer::DeliveryResult<'_>, (): ()) {}
}

impl Contact {
    /// A client that waits for brokers for as long as `patience` says (for ever if it says nothing) or until `stop` is
    /// asked.
    ///
    /// # Errors
    /// If the configuration is refused. Nothing is connected yet.
    pub fn new(
        config: &ClientConfig,
        link: Arc<Link>,
        patience: Option<Duration>,
        stop: Stop,
    ) -> Result<Self, Failure> {
        let mut config = config.clone();
        // Asking about a topic must not create it.
        config.set("allow.auto.create.topics", "false");
        // Why connections fail is said at this level.
        config.set_log_level(RDKafkaLogLevel::Info);
        let client =
            config.create_with_context(LinkContext(link.clone())).map_err(|error| refused_config(&error, &config))?;
        let brokers = config.get("bootstrap.servers").unwrap_or_default().to_owned();
        Ok(Contact { brokers, client, link, patience, stop })
    }

    /// Metadata of `topic`, or of all topics.
    ///
    /// # Errors
    /// If the credentials are refused, patience ends, or a stop is asked.
    pub fn metadata(&self, topic: Option<&str>) -> Result<Metadata, Failure> {
        let start = Instant::now();
        loop {
            match self.client.client().fetch_metadata(topic, REQUEST) {
                Ok(metadata) => {
                    self.link.answered();
                    return Ok(metadata);
                }
                Err(error) => self.bear(&error, start.elapsed())?,
            }
        }
    }

    /// How many partitions `topic` has, waiting for it to have leaders.
    ///
    /// # Errors
    /// As [`Contact::metadata`], and if the topic does not exist or must not be seen.
    pub fn partitions(&self, topic: &str) -> Result<u64, Failure> {
        self.wait_for(topic, &[RDKafkaErrorCode::LeaderNotAvailable])
    }

    /// The same of a topic that was made this moment: a broker may not have heard of it yet.
    ///
    /// # Errors
    /// As [`Contact::partitions`].
    pub fn partitions_of_new(&self, topic: &str) -> Result<u64, Failure> {
        use RDKafkaErrorCode::{LeaderNotAvailable, UnknownTopic, UnknownTopicOrPartition};
        self.wait_for(topic, &[LeaderNotAvailable, UnknownTopic, UnknownTopicOrPartition])
    }

    /// How many partitions `topic` has, as soon as its state is none of those that `passes`.
    fn wait_for(&self, topic: &str, passes: &[RDKafkaErrorCode]) -> Result<u64, Failure> {
        let start = Instant::now();
        loop {
            let metadata = self.metadata(Some(topic))?;
            match state(metadata.topics().iter().find(|found| found.name() == topic)) {
                Ok(partitions) => return Ok(partitions),
                Err(code) if passes.contains(&code) => self.bear(&KafkaError::MetadataFetch(code), start.elapsed())?,
                Err(code) => return Err(self.no_topic(topic, code)),
            }
        }
    }

    /// Asks the brokers for the oldest and the next offset of a partition.
    ///
    /// # Errors
    /// If they do not answer within a request's time.
    pub fn watermarks(&self, topic: &str, partition: i32) -> Result<(i64, i64), Failure> {
        self.client.client().fetch_watermarks(topic, partition, REQUEST).map_err(|error| {
            Failure::new(format!("no offsets of partition {partition} of {topic} from {}: {error}", self.brokers))
        })
    }

    /// Says once that brokers are away; an error if there is no point in asking again.
    fn bear(&self, error: &KafkaError, waited: Duration) -> Result<(), Failure> {
        self.client.poll(COLLECT);
        self.link.look_closer();
        if let Some(refusal) = self.link.refusal() {
            return Err(refusal);
        }
        let reason = format!("{} {error}", self.brokers);
        let away = || Failure::new(format!("Kafka does not answer at {}: {}", self.brokers, self.link.reason(&reason)));
        if self.stop.is_asked() {
            return Err(away());
        }
        if self.patience.is_some_and(|patience| waited >= patience) {
            return Err(away().remedy("start the broker, or name another one by --brokers or KAFKA_BROKERS"));
        }
        self.link.is_away(&reason);
        Ok(())
    }

    /// Why `topic` cannot be used.
    fn no_topic(&self, topic: &str, code: RDKafkaErrorCode) -> Failure {
        match code {
            RDKafkaErrorCode::UnknownTopicOrPartition => missing_topic(topic, &self.brokers),
            code => Failure::new(format!("topic {topic} at {}: {code}", self.brokers)),
        }
    }
}

/// Says that a topic does not exist, and how to create it.
#[must_use]
pub fn missing_topic(topic: &str, brokers: &str) -> Failure {
    Failure::new(format!("there is no topic {topic} at {brokers}"))
        .remedy(format!("mare topic create {topic} --partitions 3 --brokers {brokers}"))
}

/// The number of partitions of a topic, or what is wrong with it.
fn state(topic: Option<&MetadataTopic>) -> Result<u64, RDKafkaErrorCode> {
    let topic = topic.ok_or(RDKafkaErrorCode::UnknownTopicOrPartition)?;
    match (topic.error(), topic.partitions().len()) {
        (Some(error), _) => Err(error.into()),
        (None, 0) => Err(RDKafkaErrorCode::LeaderNotAvailable),
        (None, partitions) => Ok(partitions as u64),
    }
}
