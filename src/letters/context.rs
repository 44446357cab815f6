//! What a client tells beside the letters: delivery reports, errors, whether the brokers answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metrics::Counter;
use rdkafka::ClientContext;
use rdkafka::Message;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use tracing::debug;

use super::Fail;
use super::mark::Bundle;
use crate::metrics::events::Event;
use crate::metrics::events::letters::{LettersBack, LettersLost};
use crate::source::kafka::Health;

/// What a client of letters does with the news from librdkafka.
pub(super) struct Context {
    /// Its brokers, for messages.
    pub brokers: String,
    /// Ends the run.
    pub fail: Fail,
    /// Whether the brokers have been said to be away.
    pub away: AtomicBool,
    /// Why connections to them fail.
    pub health: Arc<Health>,
    /// Letters that are in their topics, for the metrics.
    pub delivered: Counter,
}

impl Context {
    /// Ends the run because `topic` did not take a letter, with what helps.
    pub(super) fn refused(&self, topic: &str, code: RDKafkaErrorCode) {
        (self.fail)(format!(
            "a letter cannot be sent to topic {topic}: {code}: {}",
            remedy(code, topic, &self.brokers)
        ));
    }
}

/// What helps against an error that trying again does not mend.
fn remedy(code: RDKafkaErrorCode, topic: &str, brokers: &str) -> String {
    use RDKafkaErrorCode as Code;
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            format!("it is not there any more; make it again with `mare topic create {topic} --partitions 3 --brokers {brokers}`")
        }
        Code::TopicAuthorizationFailed => "grant this user Write and Describe on the topic".to_owned(),
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => {
            "it must take records as large as the topic that is read does, and a little more for the headers: raise its \
             max.message.bytes"
                .to_owned()
        }
        Code::QueueFull => "it is larger than the client's queue: raise queue.buffering.max.kbytes under the letters' properties".to_owned(),
        _ => "restart; if it stays, its cause is in the broker's log".to_owned(),
    }
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) if !self.away.swap(true, Ordering::Relaxed) => {
                let cause = self.health.cause();
                LettersLost { brokers: &self.brokers, reason: cause.as_deref().unwrap_or(reason) }.emit();
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                let remedy = "check security.protocol, sasl.mechanism, sasl.username and sasl.password under the properties of \
                              [late] and [dead_letter], or of [source.kafka] where these name no brokers";
                (self.fail)(format!("{} refused the credentials for letters: {reason}; {remedy}", self.brokers));
            }
            Some(RDKafkaErrorCode::Fatal) => {
                (self.fail)(format!(
                    "letters cannot be sent on: {reason}; restart; if it stays, its cause is in the broker's log"
                ));
            }
            _ => debug!("librdkafka, letters: {error}: {reason}"),
        }
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka, letters: {facility}: {message}");
        self.health.heard(facility, message);
    }
}

impl ProducerContext for Context {
    /// The bundle of the letter.
    type DeliveryOpaque = Arc<Bundle>;

    fn delivery(&self, result: &DeliveryResult<'_>, bundle: Arc<Bundle>) {
        match result {
            Ok(_) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    LettersBack { brokers: &self.brokers }.emit();
                }
                self.delivered.increment(1);
                bundle.delivered();
            }
            Err((error, letter)) => match error.rdkafka_error_code() {
                // The run has ended already, and did not wait: it has failed for another reason.
                Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => {}
                code => self.refused(letter.topic(), code.unwrap_or(RDKafkaErrorCode::Fail)),
            },
        }
    }
}
