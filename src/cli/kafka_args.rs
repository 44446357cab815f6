//! Flags of every command that talks to Kafka: which brokers, which properties.

use std::str::FromStr;

use crate::kafka_client::ClientOptions;
use crate::source::kafka::bootstrap;

/// Where the brokers are and how to talk to them.
#[derive(Clone, Debug, clap::Args)]
pub struct KafkaArgs {
    /// Bootstrap servers, separated by commas; localhost:9092 if they are not given
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT,…", value_parser = brokers)]
    brokers: Option<String>,
    /// A property of the Kafka client (librdkafka), for example security.protocol=SASL_SSL; may be repeated
    #[arg(long = "property", value_name = "KEY=VALUE")]
    pub properties: Vec<PropertyArg>,
}

/// Where brokers are if nobody says.
const LOCAL: &str = "localhost:9092";

impl KafkaArgs {
    /// The bootstrap servers.
    #[must_use]
    pub fn brokers(&self) -> &str {
        self.brokers.as_deref().unwrap_or(LOCAL)
    }

    /// What the clients are told.
    #[must_use]
    pub fn options(&self) -> ClientOptions {
        self.over(ClientOptions { brokers: LOCAL.to_owned(), properties: Vec::new() })
    }

    /// The same over what a dataflow file says.
    #[must_use]
    pub fn over(&self, file: ClientOptions) -> ClientOptions {
        let own = self.properties.iter().map(|PropertyArg { key, value }| (key.clone(), value.clone()));
        let properties = file.properties.into_iter().chain(own).collect();
        ClientOptions { brokers: self.brokers.clone().unwrap_or(file.brokers), properties }
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
    fn what_is_given_stands_over_what_a_file_says() {
        let property = |key: &str| (key.to_owned(), "x".to_owned());
        let file = || ClientOptions { brokers: "file:1".to_owned(), properties: vec![property("a")] };
        let mut args = KafkaArgs { brokers: None, properties: vec!["b=x".parse().expect("a property")] };
        let over = args.over(file());
        assert_eq!((&*over.brokers, over.properties), ("file:1", vec![property("a"), property("b")]));
        assert_eq!(args.options().brokers, "localhost:9092");
        args.brokers = Some("given:1".to_owned());
        assert_eq!(args.over(file()).brokers, "given:1");
    }

    #[test]
    fn a_property_is_split_at_its_first_equals_sign() {
        let property = PropertyArg { key: "sasl.password".into(), value: "a=b ".into() };
        assert_eq!("sasl.password=a=b ".parse(), Ok(property));
        assert!("sasl.password".parse::<PropertyArg>().is_err());
        assert!("=x".parse::<PropertyArg>().is_err());
    }
}
