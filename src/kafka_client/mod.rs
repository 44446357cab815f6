//! Clients that talk to Kafka beside a dataflow: they produce records, ask about topics, and read a topic from
//! anywhere.
//!
//! # Layout
//! * [`ClientOptions`]: where the brokers are, and the client configuration made of that
//! * [`Link`], [`LinkContext`] (`link`): whether the brokers answer, said once, and once more when they are back
//! * [`Contact`] (`contact`): asking for metadata until somebody answers
//! * [`events`]: brokers that do not answer, told to the log and to the metrics
//! * [`Reading`], [`ReadRequest`], [`Begin`] (`reading`): the records of a topic, for people and for samples

mod contact;
pub mod events;
mod link;
mod reading;

pub use contact::{Contact, PATIENCE, missing_topic};
pub use link::{Link, LinkContext};
pub use reading::{Begin, ReadRequest, Reading};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use crate::failure::Failure;
use crate::source::Source;
use crate::source::kafka::refusal;

/// Where the brokers are and how to talk to them.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Bootstrap servers, separated by commas.
    pub brokers: String,
    /// Properties of the client library and their values, as they stand.
    pub properties: Vec<(String, String)>,
}

impl ClientOptions {
    /// Those of a dataflow's source.
    #[must_use]
    pub fn of(source: &Source) -> ClientOptions {
        let Source::Kafka(source) = source;
        ClientOptions { brokers: source.brokers.clone(), properties: source.properties.clone() }
    }

    /// The client configuration: `defaults`, then the brokers, then the user's properties, each over the one before.
    #[must_use]
    pub fn client_config(&self, defaults: &[(&str, String)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (key, value) in defaults {
            config.set(*key, value);
        }
        config.set("bootstrap.servers", &self.brokers);
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
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
        let properties = vec![("linger.ms".to_owned(), "7".to_owned())];
        let options = ClientOptions { brokers: "there:1".into(), properties };
        let config = options.client_config(&[("linger.ms", "5".into()), ("acks", "all".into())]);
        assert_eq!(config.get("linger.ms"), Some("7"));
        assert_eq!(config.get("acks"), Some("all"));
        assert_eq!(config.get("bootstrap.servers"), Some("there:1"));
    }
}
