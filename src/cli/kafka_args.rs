//! Flags of every command that talks to Kafka: which brokers, which properties.

use std::str::FromStr;

use crate::kafka_client::ClientOptions;
use crate::source::kafka::bootstrap;

/// Where the brokers are and how to talk to them.
#[derive(Clone, Debug, clap::Args)]
pub struct KafkaArgs {
    /// Bootstrap servers, separated by commas
    #[arg(long, env = "KAFKA_BROKERS", default_value = "localhost:9092", value_name = "HOST:PORT,…", value_parser = brokers)]
    pub brokers: String,
    /// A property of the Kafka client (librdkafka), for example security.protocol=SASL_SSL; may be repeated
    #[arg(long = "property", value_name = "KEY=VALUE")]
    pub properties: Vec<PropertyArg>,
}

impl KafkaArgs {
    /// What the clients are told.
    #[must_use]
    pub fn options(&self) -> ClientOptions {
        let properties =
            self.properties.iter().map(|PropertyArg { key, value }| (key.clone(), value.clone())).collect();
        ClientOptions { brokers: self.brokers.clone(), properties }
    }
}

/// A list of brokers that a client can read.
fn brokers(list: &str) -> Result<String, String> {
    bootstrap::checked(list).map_err(|slip| format!("it {}; {}", slip.what, slip.remedy))
}

/// A property `key=value` of a client or a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyArg {
    /// Its name.
    pub key: String,
    /// Its value, as it stands.
    pub value: String,
}

impl FromStr for PropertyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(PropertyArg { key: key.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("write it as KEY=VALUE".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_that_no_client_reads_are_refused() {
        assert_eq!(brokers(" a:1, b:2").as_deref(), Ok("a:1,b:2"));
        let refused = brokers("kafka://a:1").expect_err("a URL");
        assert!(refused.contains("a broker is no URL") && refused.contains("`a:1`"), "{refused}");
    }

    #[test]
    fn a_property_is_split_at_its_first_equals_sign() {
        let property = PropertyArg { key: "sasl.password".into(), value: "a=b ".into() };
        assert_eq!("sasl.password=a=b ".parse(), Ok(property));
        assert!("sasl.password".parse::<PropertyArg>().is_err());
        assert!("=x".parse::<PropertyArg>().is_err());
    }
}
