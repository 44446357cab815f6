//! Properties of the Kafka client. Which there are, and what each takes, its own table says; no client is made.
//!
//! No message has the value: it may be a password, and a misspelt name does not tell.

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;

use mare_raw::properties;
use mare_settings::{Slip, suggest};

/// Loads libraries as soon as it is set, so it is not tried.
const PLUGINS: &str = "plugin.library.paths";

/// What is wrong with the property `key`, if it is to be `value`.
#[must_use]
pub fn slip(key: &str, value: &str) -> Option<Slip> {
    if key == PLUGINS {
        return None;
    }
    let mut config = ClientConfig::new();
    config.set(key, value);
    match config.create_native_config().err()? {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..) => Some(unknown(key)),
        KafkaError::ClientConfig(_, reason, ..) => Some(invalid(key, &reason)),
        other => Some(invalid(key, &other.to_string())),
    }
}

/// The property whose name is nearest to `key`, if that explains it.
#[must_use]
pub fn nearest(key: &str) -> Option<String> {
    let all = properties::all();
    let known: Vec<&str> = all.iter().map(|property| property.name.as_str()).collect();
    suggest::closest(key.trim(), &known).map(str::to_owned)
}

fn unknown(key: &str) -> Slip {
    let remedy = nearest(key).map_or_else(
        || {
            "the names are those of librdkafka's CONFIGURATION.md, which are not always those of Java clients"
                .to_owned()
        },
        |name| format!("did you mean `{name}`?"),
    );
    Slip::new("is no property of the Kafka client", remedy)
}

/// `reason` is the client's, and has the value in it, so it is not passed on.
fn invalid(key: &str, reason: &str) -> Slip {
    if reason.contains("not supported in this build") {
        return Slip::new("is a property that this build of the Kafka client does not have", "remove it");
    }
    let property = properties::all().into_iter().find(|property| property.name == key);
    let remedy = match property.filter(|property| !property.range.is_empty()) {
        Some(property) => format!("it takes {}", property.range),
        None => "librdkafka's CONFIGURATION.md has the values that it takes".to_owned(),
    };
    Slip::new("does not take the value that stands here", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_judged_by_the_clients_own_table() {
        for (key, value) in [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanisms", "PLAIN"),
            ("sasl.mechanism", "PLAIN"),
            ("fetch.wait.max.ms", "100"),
            ("acks", "all"),
            ("compression.codec", "zstd"),
            ("debug", "broker,topic"),
        ] {
            assert_eq!(slip(key, value), None, "{key}");
        }
        for (key, value, what, remedy) in [
            ("sasl.passwrod", "hunter2", "is no property", "did you mean `sasl.password`?"),
            ("security.protcol", "SSL", "is no property", "did you mean `security.protocol`?"),
            ("max.poll.records", "500", "is no property", "CONFIGURATION.md"),
            ("fetch.wait.max.ms", "900000000", "does not take", "it takes 0 .. 300000"),
            ("fetch.wait.max.ms", "soon", "does not take", "it takes 0 .. 300000"),
            ("security.protocol", "hunter2", "does not take", "it takes plaintext, ssl"),
        ] {
            let slip = slip(key, value).expect(key);
            assert!(slip.what.contains(what) && slip.remedy.contains(remedy), "{key}: {slip:?}");
            assert!(!format!("{slip:?}").contains(value), "{slip:?}");
        }
    }
}
