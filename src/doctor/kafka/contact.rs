//! The first answer of a broker: whether it takes our credentials, and speaks our protocol.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::metadata::Metadata;

use crate::cli::kafka_client::{Contact, Link};
use crate::cli::{Failure, Stop};
use crate::dataflow::KafkaSource;
use crate::doctor::Finding;

/// For how long a broker that accepts connections may leave questions unanswered.
const PATIENCE: Duration = Duration::from_secs(4);

/// Whom to ask about a topic, and how.
#[derive(Clone, Copy)]
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

impl<'a> Access<'a> {
    /// To the topic of `source`.
    #[must_use]
    pub fn to(source: &'a KafkaSource) -> Access<'a> {
        let KafkaSource { brokers, properties, topic, .. } = source;
        Access { check: "kafka.login", table: "source.kafka", brokers, properties, topic }
    }

    /// Asks the brokers about themselves and the topic.
    ///
    /// # Errors
    /// What is wrong, with the remedy.
    pub fn greet(self) -> Result<Metadata, Finding> {
        let mut config = ClientConfig::new();
        config.set("client.id", "mare-doctor");
        config.extend(self.properties.iter().cloned());
        config.set("bootstrap.servers", self.brokers);
        let contact = Contact::new(&config, Arc::new(Link::default()), Some(PATIENCE), Stop::default());
        let answer = contact.and_then(|contact| contact.metadata(Some(self.topic)));
        answer.map_err(|failure| self.judge(&failure))
    }

    /// What the failure of the first question means for a dataflow file.
    fn judge(self, failure: &Failure) -> Finding {
        let text = match failure {
            Failure::One { message, .. } => message.clone(),
            other => other.to_string(),
        };
        let remedy = remedy(&text.to_lowercase()).replace("{table}", self.table);
        Finding::failed(self.check, &text, remedy)
    }
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
    if says(&["the kafka client has no property", "the kafka client does not take", "the kafka client cannot be made"])
    {
        "correct it under [{table}] properties; the names are those of librdkafka's CONFIGURATION.md"
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
            (
                "Kafka cannot be talked to like this: b:1 speaks TLS, and security.protocol asks for none",
                "security.protocol",
            ),
            ("the Kafka client has no property `x`", "CONFIGURATION.md"),
        ];
        for (words, part) in expected {
            let access = Access { check: "letters.late", table: "late", brokers: "b:1", properties: &[], topic: "t" };
            let found = access.judge(&Failure::new(words).remedy("--property"));
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
            start: crate::dataflow::StartAt::Earliest,
            on_data_loss: crate::dataflow::OnDataLoss::Fail,
            properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        };
        assert_eq!(describe(&source), "a broker answers by sasl_ssl to the user of sasl.username");
    }
}
