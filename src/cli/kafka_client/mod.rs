//! What every command needs that talks to Kafka: which brokers, which properties, and the first contact.
//!
//! # Layout
//! * [`KafkaArgs`], [`Property`]: the flags, and the client configuration made of them
//! * [`Link`], [`LinkContext`] (`link`): whether the brokers answer, said once, and once more when they are back
//! * [`Contact`] (`contact`): asking for metadata until somebody answers
//! * [`events`]: brokers that do not answer, told to the log and to the metrics
//! * [`Reading`], [`Wanted`], [`Begin`] (`reading`): the records of a topic, for people and for samples

mod contact;
pub mod events;
mod link;
mod reading;

pub(super) use contact::missing_topic;
pub use contact::{Contact, PATIENCE};
pub use link::{Link, LinkContext};
pub use reading::{Begin, Reading, Wanted};

use std::str::FromStr;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use super::Failure;
use crate::dataflow::connection;
use crate::source::kafka::refusal;

/// Where the brokers are and how to talk to them.
#[derive(Clone, Debug, clap::Args)]
pub struct KafkaArgs {
    /// Bootstrap servers, separated by commas
    #[arg(long, env = "KAFKA_BROKERS", default_value = "localhost:9092", value_name = "HOST:PORT,…", value_parser = brokers)]
    pub brokers: String,
    /// A property of the Kafka client (librdkafka), for example security.protocol=SASL_SSL; may be repeated
    #[arg(long = "property", value_name = "KEY=VALUE")]
    pub properties: Vec<Property>,
}

impl KafkaArgs {
    /// The client configuration: `defaults`, then the brokers, then the user's properties, each over the one before.
    #[must_use]
    pub fn client_config(&self, defaults: &[(&str, String)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (key, value) in defaults {
            config.set(*key, value);
        }
        config.set("bootstrap.servers", &self.brokers);
        for Property { key, value } in &self.properties {
            config.set(key, value);
        }
        config
    }
}

/// A list of brokers that a client can read.
fn brokers(list: &str) -> Result<String, String> {
    connection::brokers::checked(list).map_err(|slip| format!("it {}; {}", slip.what, slip.remedy))
}

/// A property `key=value` of a client or a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub key: String,
    /// Its value, as it stands.
    pub value: String,
}

impl FromStr for Property {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Property { key: key.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("write it as KEY=VALUE".to_owned()),
        }
    }
}

/// Why a client of `config` could not be made; this is before any connection, so it is the configuration's fault.
pub fn refused_config(error: &KafkaError, config: &ClientConfig) -> Failure {
    Failure::new(refusal(error, config))
        .remedy("see the flags --property KEY=VALUE; the names are those of librdkafka's CONFIGURATION.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_property_overrides_ours() {
        let properties = vec!["linger.ms=7".parse().unwrap_or_else(|error| panic!("{error}"))];
        let args = KafkaArgs { brokers: "there:1".into(), properties };
        let config = args.client_config(&[("linger.ms", "5".into()), ("acks", "all".into())]);
        assert_eq!(config.get("linger.ms"), Some("7"));
        assert_eq!(config.get("acks"), Some("all"));
        assert_eq!(config.get("bootstrap.servers"), Some("there:1"));
    }

    #[test]
    fn brokers_that_no_client_reads_are_refused() {
        assert_eq!(brokers(" a:1, b:2").as_deref(), Ok("a:1,b:2"));
        let refused = brokers("kafka://a:1").expect_err("a URL");
        assert!(refused.contains("a broker is no URL") && refused.contains("`a:1`"), "{refused}");
    }

    #[test]
    fn a_property_is_split_at_its_first_equals_sign() {
        let property = Property { key: "sasl.password".into(), value: "a=b ".into() };
        assert_eq!("sasl.password=a=b ".parse(), Ok(property));
        assert!("sasl.password".parse::<Property>().is_err());
        assert!("=x".parse::<Property>().is_err());
    }
}
