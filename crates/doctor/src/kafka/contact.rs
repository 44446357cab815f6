//! Questions to brokers, and the first answer: whether they take our credentials, and speak our protocol.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::Client;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, Producer as _};

use crate::Finding;
use crate::list::{ADVERTISED, LOGIN};
use mare_checks::Check;
use mare_letters::LetterTopic;
use mare_source::kafka::cause::LEADS_ASTRAY;
use mare_source::kafka::{Health, KafkaSource, SourceContext, refusal};

/// How long one question may take.
pub const REQUEST: Duration = Duration::from_secs(2);
/// For how long a broker that accepts connections may leave the first question unanswered.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long the client's own errors are collected after a question failed.
const COLLECT: Duration = Duration::from_millis(50);
/// What helps where it cannot; `{table}` stands for the table of the file.
pub const ADVERTISE: &str = "set advertised.listeners of the broker to an address that this host reaches (a client is sent there after its \
                             first question, whatever brokers of [{table}] says), or make that name known here, or run mare where it is";

/// Whom to ask about a topic, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Access<'a> {
    /// The check that asks.
    pub check: Check,
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

/// A client that asks brokers about themselves and their topics. It is a producer, and produces nothing: a consumer
/// asks a question of its own first, and is sent to the addresses that brokers advertise before ours is answered.
pub struct BrokerContact<'a> {
    /// Whom it asks, and how.
    pub access: Access<'a>,
    client: BaseProducer<SourceContext>,
    /// What it hears beside the answers.
    health: Arc<Health>,
}

impl<'a> Access<'a> {
    /// To the topic of `source`.
    #[must_use]
    pub fn to(source: &'a KafkaSource) -> Access<'a> {
        let KafkaSource { brokers, properties, topic, .. } = source;
        Access { check: LOGIN, table: "source.kafka", brokers, properties, topic }
    }

    /// To a topic that the table `table` names, for `check`.
    #[must_use]
    pub fn to_letters(check: Check, table: &'static str, to: &'a LetterTopic) -> Access<'a> {
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
    pub fn contact(self) -> Result<BrokerContact<'a>, Finding> {
        let (config, health) = (self.config(), Health::elsewhere(self.brokers));
        let client = config.create_with_context(SourceContext::new(Arc::clone(&health)));
        let client = client.map_err(|error| self.judge(&refusal(&error, &config)))?;
        Ok(BrokerContact { access: self, client, health })
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
        // Who is sent on has been let in.
        let is_sent_on = self.check == LOGIN && words.contains(LEADS_ASTRAY);
        Finding::failed(if is_sent_on { ADVERTISED } else { self.check }, words, remedy)
    }
}

impl BrokerContact<'_> {
    /// Asks the brokers about themselves and `topic`, and is patient: who asks a second time is by then sent to where
    /// they advertise.
    ///
    /// # Errors
    /// What is wrong, with the remedy.
    pub fn greet(&self, topic: &str) -> Result<Metadata, Finding> {
        self.ask(topic, PATIENCE).map_err(|(Closed::Away(finding) | Closed::Refused(finding))| finding)
    }

    /// The same, for who asks again.
    ///
    /// # Errors
    /// [`Closed`] says whether to.
    pub fn metadata(&self, topic: &str) -> Result<Metadata, Closed> {
        self.ask(topic, REQUEST)
    }

    fn ask(&self, topic: &str, patience: Duration) -> Result<Metadata, Closed> {
        let answer = self.client().fetch_metadata(Some(topic), patience);
        answer.map_err(|error| {
            self.client.poll(COLLECT);
            self.health.look_closer();
            if let Some(refused) = self.health.refused() {
                // Its remedy is that of a run, which reads the topic of one table alone.
                return Closed::Refused(self.access.judge(&refused.what));
            }
            let why = self.health.cause().unwrap_or_else(|| error.to_string());
            Closed::Away(self.access.judge(&format!("Kafka does not answer at {}: {why}", self.access.brokers)))
        })
    }

    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &Client<SourceContext> {
        self.client.client()
    }
}

/// How the client talks to the brokers, and whether as somebody. Values of properties are not repeated, but for that
/// protocol.
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
    if says(&["the kafka client has no property", "the kafka client does not take", "the kafka client cannot be made"])
    {
        "correct it under [{table}] properties; the names are those of librdkafka's CONFIGURATION.md"
    } else if says(&[LEADS_ASTRAY]) {
        ADVERTISE
    } else if says(&["connection refused"]) {
        "start the broker, or correct the port in brokers of [{table}]"
    } else if says(&["cannot resolve host"]) {
        "correct the name in brokers of [{table}], or make it known to this host (DNS, /etc/hosts, the container's network)"
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
    use crate::list::LATE;

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
            ("Kafka does not answer at b:1: connection refused at b:1", "start the broker"),
            ("Kafka does not answer at b:1: cannot resolve host b: Name or service not known", "correct the name"),
            ("broker 1 sends its clients to kafka:1: cannot resolve host kafka: not known", "advertised.listeners"),
            (
                "Kafka cannot be talked to like this: b:1 speaks TLS, and security.protocol asks for none",
                "security.protocol",
            ),
            ("the Kafka client has no property `x`", "CONFIGURATION.md"),
        ];
        for (words, part) in expected {
            let access = Access { check: LATE, table: "late", brokers: "b:1", properties: &[], topic: "t" };
            let found = access.judge(words);
            assert!(!found.remedy.as_deref().is_some_and(|text| text.contains('{')), "{found:?}");
            assert!(found.remedy.as_deref().unwrap_or_default().contains(part), "{words}: {found:?}");
        }
    }

    #[test]
    fn no_password_is_described() {
        let properties = [("security.protocol", "SASL_SSL"), ("sasl.username", "ana"), ("sasl.password", "s3cret")];
        let source = KafkaSource {
            brokers: "b:1".into(),
            topic: "t".into(),
            start: mare_source::StartAt::Earliest,
            on_data_loss: mare_source::OnDataLoss::Fail,
            properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        };
        assert_eq!(describe(&source), "a broker answers by sasl_ssl to the user of sasl.username");
    }
}
