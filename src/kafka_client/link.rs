//! Whether the brokers answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use super::events::{ProducerBack, ProducerLost};
use crate::failure::Failure;
use crate::metrics::events::InternalEvent;
use crate::source::kafka::{cause, without_value};

/// Whether the brokers answer: shared by all clients of one task, so that each change is said once.
#[derive(Debug, Default)]
pub struct Link {
    /// Where the brokers are.
    brokers: String,
    /// Whether we have said that the brokers are away, and not yet that they are back.
    away: AtomicBool,
    /// Whether a broker has ever done what we asked. From then on a refusal may pass, as when a broker restarts.
    proven: AtomicBool,
    /// Whether it was asked already if the brokers speak TLS.
    looked_at: AtomicBool,
    /// What is known in words.
    words: Mutex<Words>,
}

/// What the client library has told about the link.
#[derive(Debug, Default)]
struct Words {
    /// The latest reason why a connection failed.
    latest: Option<String>,
    /// Why it is of no use to try again.
    refusal: Option<Failure>,
}

impl Link {
    /// Of clients that `config` is for.
    pub fn of(config: &ClientConfig) -> Arc<Link> {
        let brokers = config.get("bootstrap.servers").unwrap_or_default().to_owned();
        Arc::new(Link { brokers, ..Link::default() })
    }

    /// Notes that a broker did what we asked, and says so if the brokers were away.
    pub fn answered(&self) {
        if !self.proven.load(Ordering::Relaxed) {
            self.proven.store(true, Ordering::Relaxed);
        }
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            ProducerBack.emit();
        }
    }

    /// Notes that no broker answers, and says so if it was not said yet. `otherwise` is said if no reason is known.
    pub fn is_away(&self, otherwise: &str) {
        if self.refusal().is_none() && !self.away.swap(true, Ordering::Relaxed) {
            ProducerLost { reason: &self.reason(otherwise) }.emit();
        }
    }

    /// The latest reason why a connection failed, else `otherwise`, in plain words.
    pub fn reason(&self, otherwise: &str) -> String {
        let reason = self.words(|words| words.latest.clone()).unwrap_or_else(|| otherwise.to_owned());
        cause::plain(&reason, !self.proven.load(Ordering::Relaxed), &self.brokers)
    }

    /// Why it is of no use to try again, if it is not.
    pub fn refusal(&self) -> Option<Failure> {
        self.words(|words| words.refusal.clone())
    }

    /// Takes note of an error of the client library.
    pub fn note(&self, error: &KafkaError, reason: &str) {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(Code::AllBrokersDown) => self.is_away(reason),
            _ if cause::is_refused_login(error, reason) => self.refuse(
                Failure::new(format!(
                    "Kafka refuses the credentials: {}",
                    cause::plain(without_value(reason), false, &self.brokers)
                ))
                .remedy("check --property sasl.username=…, sasl.password=…, sasl.mechanism=… and security.protocol=…"),
                reason,
            ),
            Some(Code::SSL) => self.refuse_protocol(reason),
            _ => self.words(|words| words.latest = Some(reason.to_owned())),
        }
    }

    /// Takes note of a log line of the client library, and passes it on as detail. Some reasons why a connection failed
    /// are only logged.
    pub fn note_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, "{message}");
        if facility == "FAIL" && cause::is_final(&cause::plain(message, true, &self.brokers)) {
            self.refuse_protocol(message);
        } else if facility == "FAIL" {
            self.words(|words| words.latest = Some(message.to_owned()));
        }
    }

    /// Where a broker has cut us off without a word and none has ever answered: asks all of them whether they speak TLS
    /// or want a login, which would be why.
    pub fn look_closer(&self) {
        let at_first = !self.proven.load(Ordering::Relaxed);
        let latest = self.words(|words| words.latest.clone());
        let cause = latest.map(|latest| cause::plain(&latest, at_first, &self.brokers));
        let Some(cause) = cause.filter(|cause| at_first && cause::is_suspicious(cause)) else { return };
        if !self.looked_at.swap(true, Ordering::Relaxed)
            && let Some(words) = cause::demand(&self.brokers, &cause)
        {
            self.refuse_protocol(&words);
        }
    }

    fn refuse_protocol(&self, reason: &str) {
        let failure =
            Failure::new(format!("Kafka cannot be talked to like this: {}", cause::plain(reason, true, &self.brokers)));
        self.refuse(failure.remedy("check --property security.protocol=… and ssl.ca.location=…, and the port"), reason);
    }

    /// Takes a refusal as final unless a broker has already done what we asked.
    fn refuse(&self, failure: Failure, reason: &str) {
        let proven = self.proven.load(Ordering::Relaxed);
        self.words(|words| {
            words.latest = Some(reason.to_owned());
            if !proven {
                words.refusal = Some(failure);
            }
        });
    }

    /// Reads or changes the words.
    fn words<T>(&self, act: impl FnOnce(&mut Words) -> T) -> T {
        act(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The context of a client that tells its [`Link`].
#[derive(Clone, Debug, Default)]
pub struct LinkContext(pub Arc<Link>);

impl ClientContext for LinkContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.note_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.note(&error, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_password(link: &Link) {
        link.note(&KafkaError::Global(RDKafkaErrorCode::Authentication), "Invalid username or password");
    }

    #[test]
    fn wrong_credentials_are_final_at_the_start_only() {
        let link = Link::default();
        wrong_password(&link);
        assert!(link.refusal().is_some_and(|failure| failure.to_string().contains("Invalid username")));
        let proven = Link::default();
        proven.answered();
        wrong_password(&proven);
        assert_eq!(proven.refusal(), None);
    }

    #[test]
    fn a_reason_that_is_only_logged_is_known_too() {
        let link = Link { brokers: "b1:1".into(), ..Link::default() };
        link.note_log(
            RDKafkaLogLevel::Error,
            "FAIL",
            "[thrd:b1:1/1]: b1:1/1: Send failed: Broken pipe (after 0ms in state UP)",
        );
        assert_eq!(link.reason("?"), "Send failed: Broken pipe at b1:1");
    }

    #[test]
    fn being_away_is_known_until_somebody_answers() {
        let link = Link::default();
        link.note(&KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure), "Connection refused");
        assert!(!link.away.load(Ordering::Relaxed), "one broker of several");
        link.note(&KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
        assert!(link.away.load(Ordering::Relaxed));
        assert_eq!(link.reason("?"), "Connection refused");
        link.answered();
        assert!(!link.away.load(Ordering::Relaxed));
    }
}
