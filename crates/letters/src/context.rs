//! What a client tells beside the letters: delivery reports, errors, whether the brokers answer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::Counter;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, OwnedHeaders};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message};
use tracing::debug;

use super::Fail;
use super::load::{Load, Ticket, Waiting, is_about_letter};
use crate::events::{LettersBack, LettersLost};
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};
use mare_source::kafka::{Health, cause, without_value};

/// What a client of letters does with the news from librdkafka. Clones tell the same.
#[derive(Clone)]
pub(super) struct LetterContext {
    /// Its brokers, for messages.
    pub brokers: String,
    /// Ends the run.
    pub fail: Fail,
    /// Whether the brokers have been said to be away.
    pub away: Arc<AtomicBool>,
    /// Why connections to them fail.
    pub health: Arc<Health>,
    /// Letters that are in their topics, for the metrics.
    pub delivered: Counter,
    /// Letters that their topic does not take as they are.
    pub refused: Refused,
}

/// Letters that their topic does not take as they are, shared by the clients of a producer.
#[derive(Clone, Default)]
pub(super) struct Refused {
    /// Those to be tried again, each with the reason.
    letters: Arc<Mutex<Vec<(Waiting, RDKafkaErrorCode)>>>,
    /// How many were refused and are neither delivered nor let go by now.
    count: Arc<AtomicUsize>,
}

impl Refused {
    /// Notes that one more letter is not taken as it is.
    pub fn begin(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    /// Adds one that was refused for this reason.
    pub fn add(&self, letter: Waiting, code: RDKafkaErrorCode) {
        if letter.ticket.load == Load::Whole {
            self.begin();
        }
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).push((letter, code));
    }

    /// Those to be tried again.
    pub fn take(&self) -> Vec<(Waiting, RDKafkaErrorCode)> {
        std::mem::take(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that the letter of `ticket` needs no more tries.
    pub fn settle(&self, ticket: &Ticket) {
        if ticket.load != Load::Whole {
            self.count.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Whether none is to be tried again or on its way.
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}

impl LetterContext {
    /// Ends the run because `topic` did not take a letter, with what helps.
    pub(super) fn refused(&self, topic: &str, code: RDKafkaErrorCode) {
        let fault = Fault::new(Domain::Log, format!("a letter cannot be sent to topic {topic}: {code}"));
        (self.fail)(fault.remedy(remedy(code, topic, &self.brokers)));
    }
}

/// What helps where the brokers alone know why.
const RESTART: &str = "restart; if it stays, its cause is in the broker's log";

/// What helps against an error that trying again does not mend.
fn remedy(code: RDKafkaErrorCode, topic: &str, brokers: &str) -> String {
    use RDKafkaErrorCode as Code;
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            format!(
                "it is not there any more; make it again with `mare topic create {topic} --partitions 3 --brokers {brokers}`"
            )
        }
        Code::TopicAuthorizationFailed => "grant this user Write and Describe on the topic".to_owned(),
        _ => RESTART.to_owned(),
    }
}

/// A letter that came back.
fn owned(letter: &BorrowedMessage<'_>, ticket: Box<Ticket>) -> Waiting {
    Waiting {
        topic: letter.topic().into(),
        key: letter.key().map(<[u8]>::to_vec),
        payload: letter.payload().map(<[u8]>::to_vec),
        headers: letter.headers().map_or_else(OwnedHeaders::new, BorrowedHeaders::detach),
        ticket,
    }
}

impl ClientContext for LetterContext {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) if !self.away.swap(true, Ordering::Relaxed) => {
                let cause = self.health.cause();
                LettersLost { brokers: &self.brokers, reason: cause.as_deref().unwrap_or(reason) }.emit();
            }
            _ if cause::is_refused_login(&error, reason) => {
                let remedy = "check security.protocol, sasl.mechanism, sasl.username and sasl.password under the properties of \
                              [late] and [dead_letter], or of [source.kafka] where these name no brokers";
                let reason = without_value(reason);
                let what = format!("{} refused the credentials for letters: {reason}", self.brokers);
                (self.fail)(Fault::new(Domain::User, what).remedy(remedy));
            }
            Some(RDKafkaErrorCode::Fatal) => {
                (self.fail)(Fault::new(Domain::Log, format!("letters cannot be sent on: {reason}")).remedy(RESTART));
            }
            _ => debug!("librdkafka, letters: {error}: {reason}"),
        }
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka, letters: {facility}: {message}");
        self.health.heard(facility, message);
    }
}

impl ProducerContext for LetterContext {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        match result {
            Ok(_) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    LettersBack { brokers: &self.brokers }.emit();
                }
                self.delivered.increment(1);
                self.refused.settle(&ticket);
                ticket.bundle.delivered();
            }
            Err((error, letter)) => match error.rdkafka_error_code() {
                // The run has ended already, and did not wait: it has failed for another reason.
                Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => {}
                Some(code) if is_about_letter(code) => self.refused.add(owned(letter, ticket), code),
                code => self.refused(letter.topic(), code.unwrap_or(RDKafkaErrorCode::Fail)),
            },
        }
    }
}
