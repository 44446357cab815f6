//! Questions to brokers, and the first answer: whether they take our credentials, and speak our protocol.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};
use tracing::debug;

use crate::dataflow::{KafkaSource, LetterTopic};
use crate::doctor::Finding;

/// How long one question may take.
pub const REQUEST: Duration = Duration::from_secs(2);
/// For how long a broker that accepts connections may leave the first one unanswered.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long the client's own errors are collected after a question failed.
const COLLECT: Duration = Duration::from_millis(50);

/// Whom to ask about a topic, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Access<'a> {
    /// The check that asks.
    pub check: &'static str,
    /// The table of the dataflow file that says all this, for remedies.
    pub table: &'static str,
    /// Bootstrap servers.
    pub brokers: &'a str,
    /// Properties of the client.
    pub properties: &'a [(String, String)],
    /// The topic.
    pub topic: &'a str,
}

/// Why a first question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Nobody answers; the same question may have an answer later.
    Away(Finding),
    /// Somebody has to mend something first.
    Refused(Finding),
}

/// A client that asks brokers about themselves and their topics. It is a producer, the lightest client there is, and produces
/// nothing.
pub struct Contact<'a> {
    /// Whom it asks, and how.
    pub access: Access<'a>,
    client: BaseProducer<Told>,
}

impl<'a> Access<'a> {
    /// To the topic of `source`.
    #[must_use]
    pub fn to(source: &'a KafkaSource) -> Access<'a> {
        let KafkaSource { brokers, properties, topic, .. } = source;
        Access { check: "kafka.login", table: "source.kafka", brokers, properties, topic }
    }

    /// To a topic that the table `table` names, for `check`.
    #[must_use]
    pub fn to_letters(check: &'static str, table: &'static str, to: &'a LetterTopic) -> Access<'a> {
        let LetterTopic { brokers, topic, properties } = to;
        Access { check, table, brokers, properties, topic }
    }

    /// Whether a client of the one may ask for the other.
    #[must_use]
    pub fn is_as(self, other: Access<'_>) -> bool {
        self.brokers == other.brokers && self.properties == other.properties
    }

    /// A client. Nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn contact(self) -> Result<Contact<'a>, Finding> {
        let client = self.config().create_with_context(Told::default());
        let client = client.map_err(|error| self.judge(&unconfigured(error)))?;
        Ok(Contact { access: self, client })
    }

    /// What configures the clients.
    #[must_use]
    pub fn config(self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "mare-doctor");
        config.extend(self.properties.iter().cloned());
        config.set("bootstrap.servers", self.brokers).set_log_level(RDKafkaLogLevel::Info);
        // Asking about a topic must not create it.
        config.set("allow.auto.create.topics", "false");
        config
    }

    /// What the failure of the first question means for a dataflow file.
    fn judge(self, words: &str) -> Finding {
        let remedy = remedy(&words.to_lowercase()).replace("{table}", self.table);
        Finding::failed(self.check, words, remedy)
    }
}

impl Contact<'_> {
    /// Asks the brokers about themselves and `topic`, for a few seconds if need be.
    ///
    /// # Errors
    /// What is wrong, with the remedy.
    pub fn greet(&self, topic: &str) -> Result<Metadata, Finding> {
        let begin = Instant::now();
        loop {
            match self.metadata(topic) {
                Err(Closed::Away(_)) if begin.elapsed() < PATIENCE => {}
                Err(Closed::Away(finding) | Closed::Refused(finding)) => return Err(finding),
                Ok(metadata) => return Ok(metadata),
            }
        }
    }

    /// The same, once.
    ///
    /// # Errors
    /// [`Closed`] says whether to ask again.
    pub fn metadata(&self, topic: &str) -> Result<Metadata, Closed> {
        let answer = self.client().fetch_metadata(Some(topic), REQUEST);
        answer.map_err(|error| {
            self.client.poll(COLLECT);
            let brokers = self.access.brokers;
            let told = self.client.context();
            match told.read(|words| (words.refusal.clone(), words.latest.clone())) {
                (Some(refusal), _) => Closed::Refused(self.access.judge(&refusal)),
                (None, Some(latest)) => {
                    Closed::Away(self.access.judge(&format!("Kafka does not answer at {brokers}: {latest}")))
                }
                (None, None) => {
                    Closed::Away(self.access.judge(&format!("Kafka does not answer at {brokers}: {error}")))
                }
            }
        })
    }

    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &rdkafka::client::Client<Told> {
        self.client.client()
    }
}

/// What a client has told beside its answers.
#[derive(Debug, Default)]
pub struct Told(Mutex<Words>);

#[derive(Debug, Default)]
struct Words {
    /// The latest reason why a connection failed.
    latest: Option<String>,
    /// Why it is of no use to try again.
    refusal: Option<String>,
}

impl Told {
    fn read<T>(&self, act: impl FnOnce(&mut Words) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientContext for Told {
    fn error(&self, error: KafkaError, reason: &str) {
        use RDKafkaErrorCode as Code;
        let refusal = match error.rdkafka_error_code() {
            Some(Code::AllBrokersDown) => return, // says nothing of why
            Some(Code::Authentication | Code::SaslAuthenticationFailed) => "Kafka refuses the credentials",
            Some(Code::SSL) => "no secure connection to Kafka",
            _ => return self.read(|words| words.latest = Some(without_duration(reason))),
        };
        self.read(|words| words.refusal = Some(format!("{refusal}: {}", without_duration(reason))));
    }

    /// Some reasons why a connection failed are only logged.
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka: {facility}: {message}");
        if facility == "FAIL" {
            let reason = message.split_once("]: ").map_or(message, |(_client, reason)| reason);
            self.read(|words| words.latest = Some(without_duration(reason)));
        }
    }
}

impl ProducerContext for Told {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// A reason without how long it took.
fn without_duration(reason: &str) -> String {
    reason.split_once(" (after ").map_or(reason, |(reason, _)| reason).to_owned()
}

/// Why a client cannot be made.
fn unconfigured(error: KafkaError) -> String {
    let why = match error {
        KafkaError::ClientConfig(_, reason, key, _) => format!("{key}: {reason}"),
        KafkaError::ClientCreation(reason) => reason,
        other => other.to_string(),
    };
    format!("the Kafka client refuses its configuration: {}", why.trim())
}

/// How the client talks to the brokers, and whether as somebody. Values of properties are not repeated, but for that protocol.
#[must_use]
pub fn describe(source: &KafkaSource) -> String {
    let property = |key: &str| source.properties.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let protocol = property("security.protocol").unwrap_or("plaintext").to_lowercase();
    let user = if property("sasl.username").is_some() { " to the user of sasl.username" } else { "" };
    format!("a broker answers by {protocol}{user}")
}

/// What helps, by what the client library says; `{table}` stands for the table of the file.
fn remedy(words: &str) -> &'static str {
    let says = |known: &[&str]| known.iter().any(|part| words.contains(part));
    if says(&["refuses its configuration"]) {
        "correct it under [{table}] properties; the names are those of librdkafka's CONFIGURATION.md"
    } else if says(&["credentials", "authentication failed"]) {
        "check sasl.mechanism, sasl.username and sasl.password under [{table}] properties"
    } else if says(&["ssl", "tls", "secure", "certificate", "security.protocol", "apiversion", "disconnected"]) {
        "the broker speaks another protocol: check security.protocol (PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL) and \
         ssl.ca.location under [{table}] properties, and that the port is that of the listener meant for clients"
    } else {
        "see that what listens there is a Kafka broker, that the port is that of its listener for clients, and that \
         security.protocol under [{table}] properties is that listener's"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_client_lead_to_the_property() {
        let expected = [
            ("Kafka refuses the credentials: SASL PLAIN mechanism handshake failed", "sasl.password"),
            ("Kafka refuses the credentials: Authentication failed: Invalid username or password", "sasl.password"),
            ("no secure connection to Kafka: SSL handshake failed: wrong version number", "security.protocol"),
            (
                "Kafka does not answer at b:1: Disconnected: verify that security.protocol is correctly configured, broker might \
              require SASL authentication",
                "security.protocol",
            ),
            ("ApiVersionRequest failed: Local: Timed out: probably due to broker version < 0.10", "security.protocol"),
            (
                "sasl_ssl://b:1/bootstrap: SSL handshake failed: connecting to a PLAINTEXT broker listener?",
                "security.protocol",
            ),
            ("Kafka does not answer at b:1: Local: Timed out", "is a Kafka broker"),
            ("the Kafka client refuses its configuration: x: no such property", "CONFIGURATION.md"),
        ];
        for (words, part) in expected {
            let access = Access { check: "letters.late", table: "late", brokers: "b:1", properties: &[], topic: "t" };
            let found = access.judge(words);
            assert!(!found.remedy.as_deref().is_some_and(|text| text.contains('{')), "{found:?}");
            assert!(found.remedy.as_deref().unwrap_or_default().contains(part), "{words}: {found:?}");
        }
    }

    #[test]
    fn a_client_tells_why_a_connection_failed_and_what_is_of_no_use() {
        let told = Told::default();
        told.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
        told.log(RDKafkaLogLevel::Error, "FAIL", "[thrd:b1]: b1: Disconnected: verify it (after 0ms in state UP)");
        assert_eq!(told.read(|words| words.latest.clone()).as_deref(), Some("b1: Disconnected: verify it"));
        assert_eq!(told.read(|words| words.refusal.clone()), None);
        told.error(KafkaError::Global(RDKafkaErrorCode::Authentication), "Invalid username or password");
        let refusal = told.read(|words| words.refusal.clone());
        assert_eq!(refusal.as_deref(), Some("Kafka refuses the credentials: Invalid username or password"));
    }

    #[test]
    fn no_password_is_described() {
        let properties = [("security.protocol", "SASL_SSL"), ("sasl.username", "ana"), ("sasl.password", "s3cret")];
        let source = KafkaSource {
            brokers: "b:1".into(),
            topic: "t".into(),
            start: crate::dataflow::StartAt::Earliest,
            on_data_loss: crate::dataflow::OnDataLoss::Fail,
            properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        };
        assert_eq!(describe(&source), "a broker answers by sasl_ssl to the user of sasl.username");
    }
}
