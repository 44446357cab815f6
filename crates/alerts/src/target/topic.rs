//! Alerts as records of a Kafka topic: the id as key, the JSON object as payload.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext};
use tracing::{debug, warn};

use super::{Courier, DeliveryReport, DeliveryStatus};
use crate::Alert;
use crate::events::{TargetAway, TargetBack};
use mare_letters::{LetterTopic, SENDING, is_about_letter};
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};
use mare_sink::alerts::Target;
use mare_source::kafka::{Health, away, cause, partitions, refusal, without_value};

/// Sends alerts to a topic. What is on its way when it is dropped stays pending.
pub struct TopicTarget {
    name: String,
    producer: ThreadedProducer<Context>,
}

/// What the client does with the news from librdkafka.
struct Context {
    brokers: String,
    /// Behind a lock, since deliveries are reported by a thread of the client's.
    outcomes: Mutex<Sender<DeliveryReport>>,
    /// Whether the brokers have been said to be away.
    is_away: AtomicBool,
    /// Why connections to them fail.
    health: Arc<Health>,
}

impl TopicTarget {
    /// A client for the topic. Nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn new(to: &LetterTopic, dataflow: &str, outcomes: Sender<DeliveryReport>) -> Result<TopicTarget, Fault> {
        let mut config = ClientConfig::new();
        config.set("client.id", format!("mare-{dataflow}-alerts"));
        config.extend(SENDING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        config.extend(to.properties.iter().cloned());
        config.set("bootstrap.servers", &to.brokers).set_log_level(RDKafkaLogLevel::Info);
        let is_away = AtomicBool::new(false);
        let context = Context {
            brokers: to.brokers.clone(),
            outcomes: Mutex::new(outcomes),
            is_away,
            health: Health::elsewhere(&to.brokers),
        };
        let producer = config.create_with_context(context);
        let producer = producer.map_err(|error| {
            Fault::new(Domain::User, refusal(&error, &config)).remedy("correct it under [alerts] properties")
        })?;
        Ok(TopicTarget { name: to.topic.clone(), producer })
    }

    /// Asks whether the topic is there. That nobody answers is said, and no error: alerts wait then, and nothing waits
    /// for them.
    ///
    /// # Errors
    /// If somebody has to mend something first.
    pub fn check(&self) -> Result<(), Fault> {
        let context = self.producer.context();
        let metadata = self.producer.client().fetch_metadata(Some(&self.name), context.health.patience());
        let found = metadata
            .map_err(|error| away(cause::unanswered(&error)))
            .and_then(|metadata| partitions(&metadata, &self.name, &context.brokers, "Write and Describe").map(drop));
        match found {
            Err(fault) if fault.is_passing() => {
                context.lost(&fault.what);
                Ok(())
            }
            found => found,
        }
    }
}

impl Courier for TopicTarget {
    fn target(&self) -> Target {
        Target::Topic
    }

    fn send(&mut self, alert: &Alert) {
        let (key, payload) = (alert.id.as_bytes(), alert.json());
        let record: BaseRecord<'_, [u8], [u8], Box<String>> =
            BaseRecord::with_opaque_to(&self.name, Box::new(alert.id.clone())).key(key).payload(payload.as_bytes());
        if let Err((error, record)) = self.producer.send(record) {
            self.producer.context().report(*record.delivery_opaque, unsent(&error));
        }
    }

    fn is_away(&self) -> bool {
        self.producer.context().is_away.load(Ordering::Acquire)
    }
}

impl Context {
    /// Notes that no broker answers, and says so once; `otherwise` if no reason is known why connections fail.
    fn lost(&self, otherwise: &str) {
        if !self.is_away.swap(true, Ordering::AcqRel) {
            let cause = self.health.cause();
            let cause = cause.as_deref().unwrap_or(otherwise);
            TargetAway { target: Target::Topic, name: &self.brokers, why: &cause }.emit();
        }
    }

    fn report(&self, id: String, verdict: DeliveryStatus) {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = outcomes.send(DeliveryReport { target: Target::Topic, id, verdict }); // nobody listens once the run has ended
    }
}

/// What an error means. The client tries again by itself for as long as that helps; so this is for somebody to mend,
/// unless the alert itself is what is wrong.
fn unsent(error: &KafkaError) -> DeliveryStatus {
    match error.rdkafka_error_code() {
        Some(code) if is_about_letter(code) => DeliveryStatus::Refused(error.to_string()),
        _ => DeliveryStatus::Postponed(error.to_string()),
    }
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => self.lost(reason),
            _ if cause::is_refused_login(&error, reason) => {
                let reason = without_value(reason);
                warn!(
                    "{} refused the credentials for alerts: {reason}; correct them under [alerts] properties",
                    self.brokers
                );
            }
            _ => debug!("librdkafka, alerts: {error}: {reason}"),
        }
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka, alerts: {facility}: {message}");
        self.health.heard(facility, message);
    }
}

impl ProducerContext for Context {
    /// The alert's id.
    type DeliveryOpaque = Box<String>;

    fn delivery(&self, result: &DeliveryResult<'_>, id: Box<String>) {
        let verdict = match result {
            Ok(_) => {
                if self.is_away.swap(false, Ordering::AcqRel) {
                    TargetBack { target: Target::Topic, name: &self.brokers }.emit();
                }
                DeliveryStatus::Sent
            }
            Err((error, _)) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => return,
                _ => unsent(error),
            },
        };
        self.report(*id, verdict);
    }
}
