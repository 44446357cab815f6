//! Why librdkafka makes no client, in words that carry no value of a property.
//!
//! The library's own text quotes values, and a misspelt name of a password is no name that anybody could know for one.
//! So the message is made again from the name alone.

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;

use super::property;

/// Properties whose values the library may quote after it has taken them.
const QUOTED: [&str; 10] = [
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.client.secret",
    "ssl.key.password",
    "ssl.keystore.password",
    "ssl.key.pem",
    "ssl.certificate.pem",
];

/// What is wrong with `config`, which the library refuses with `error`.
#[must_use]
pub fn refusal(error: &KafkaError, config: &ClientConfig) -> String {
    match error {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, name, _) => {
            let meant = property::nearest(name).map(|nearest| format!(" (did you mean `{nearest}`?)"));
            format!("the Kafka client has no property `{name}`{}", meant.unwrap_or_default())
        }
        KafkaError::ClientConfig(_, reason, name, _) => {
            format!("the Kafka client does not take this value of the property `{name}`{}", allowed(reason))
        }
        KafkaError::ClientCreation(reason) => {
            let values = QUOTED.iter().filter_map(|name| config.get(name)).filter(|value| !value.is_empty());
            let reason = values.fold(reason.clone(), |reason, value| reason.replace(value, "***"));
            format!("the Kafka client cannot be made: {}", without_value(&reason).trim())
        }
        other => format!("the Kafka client cannot be made: {other}"),
    }
}

/// What the library says of a login that it could not try, without the rest of `sasl.oauthbearer.config` that it could
/// not read.
#[must_use]
pub fn without_value(reason: &str) -> &str {
    reason.split_once(" beginning at").map_or(reason, |(reason, _rest_of_the_value)| reason)
}

/// The part of the library's reason that says what would be allowed.
fn allowed(reason: &str) -> String {
    match reason.split_once("allowed range ") {
        Some((_, range)) => format!(": it must be within {range}"),
        None if reason.starts_with("Expected bool value") => ": it must be true or false".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::BaseConsumer;

    use super::*;

    fn refused(pairs: &[(&str, &str)]) -> String {
        let mut config = ClientConfig::new();
        config.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let made = config.create::<BaseConsumer>();
        refusal(&made.err().expect("a refusal"), &config)
    }

    #[test]
    fn what_could_not_be_read_of_a_value_is_not_said() {
        let reason = "Unrecognized sasl.oauthbearer.config beginning at: secret=hunter2";
        assert_eq!(without_value(reason), "Unrecognized sasl.oauthbearer.config");
        assert_eq!(without_value("Invalid username or password"), "Invalid username or password");
    }

    #[test]
    fn the_name_is_said_and_the_value_is_not() {
        for (name, value, says) in [
            ("sasl.passwrod", "s3cret", "has no property `sasl.passwrod`"),
            ("security.protocol", "s3cret", "`security.protocol`"),
            ("sasl.mechanism", "s3cret", "made"),
            ("linger.ms", "s3cret", "`linger.ms`"),
            ("linger.ms", "-77", "it must be within 0..900000"),
            ("enable.auto.commit", "s3cret", "it must be true or false"),
        ] {
            let text = match name {
                "sasl.mechanism" => refused(&[("security.protocol", "sasl_plaintext"), (name, value)]),
                _ => refused(&[(name, value)]),
            };
            assert!(text.contains(says) && !text.contains(value), "{text}");
        }
    }
}
