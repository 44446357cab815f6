//! Keeping passwords out of plans and of all that is printed of them.

use std::fmt;

use super::{KafkaSource, LetterTopic, MongoSink};

/// What stands in for a secret.
const REDACTED: &str = "***";

impl MongoSink {
    /// The connection string without user, password, or any option that may carry a secret: fit to be printed.
    ///
    /// ```
    /// # use mare::dataflow::MongoSink;
    /// # let (database, collection, decimal128) = (String::new(), String::new(), false);
    /// let uri = "mongodb://root:root@localhost:27017/?authSource=admin".into();
    /// let sink = MongoSink { uri, database, collection, decimal128 };
    /// assert_eq!(sink.redacted_uri(), "mongodb://***@localhost:27017/?authSource=admin");
    /// ```
    #[must_use]
    pub fn redacted_uri(&self) -> String {
        let (scheme, rest) = self.uri.split_once("://").unwrap_or(("", &self.uri));
        let separator = if scheme.is_empty() { "" } else { "://" };
        // The last `@`, not the first: a password whose `@` was not escaped must not show its end.
        let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
        let (hosts, options) = rest.split_once('?').map_or((rest, None), |(hosts, options)| (hosts, Some(options)));
        let options = options.map(|options| options.split('&').map(redacted_option).collect::<Vec<_>>().join("&"));
        let options = options.map_or_else(String::new, |options| format!("?{options}"));
        format!("{scheme}{separator}{user}{hosts}{options}")
    }
}

/// An option of a connection string. Some carry secrets: a certificate's password, a session token.
fn redacted_option(option: &str) -> String {
    let name = option.split('=').next().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    if lower.contains("password") || lower.contains("properties") {
        return format!("{name}={REDACTED}");
    }
    option.to_owned()
}

impl fmt::Debug for MongoSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoSink")
            .field("uri", &self.redacted_uri())
            .field("database", &self.database)
            .field("collection", &self.collection)
            .field("decimal128", &self.decimal128)
            .finish()
    }
}

/// The names of properties. No value of one is ever printed: which of them are secret only the client library knows, and it does
/// not know a name that is misspelt.
fn names(properties: &[(String, String)]) -> Vec<&str> {
    properties.iter().map(|(name, _)| name.as_str()).collect()
}

impl fmt::Debug for LetterTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LetterTopic")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("properties", &names(&self.properties))
            .finish()
    }
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSource")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("properties", &names(&self.properties))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::StartAt;

    #[test]
    fn a_plan_prints_no_password() {
        let uri = "mongodb+srv://user:p@hunter2@h/?tlsCertificateKeyFilePassword=hunter2&w=1".to_owned();
        let mongo = MongoSink { uri, database: "d".into(), collection: "c".into(), decimal128: false };
        assert_eq!(mongo.redacted_uri(), "mongodb+srv://***@h/?tlsCertificateKeyFilePassword=***&w=1");
        assert!(!format!("{mongo:?}").contains("hunter2"));

        let names = ["sasl.password", "ssl.key.pem", "sasl.passwrod"];
        let properties = names.map(|name| (name.to_owned(), "hunter2".to_owned())).into();
        let (brokers, topic) = ("h:9092".to_owned(), "t".to_owned());
        let kafka = KafkaSource {
            brokers,
            topic,
            start: StartAt::Latest,
            on_data_loss: crate::dataflow::OnDataLoss::Fail,
            properties,
        };
        let shown = format!("{kafka:?}");
        assert!(!shown.contains("hunter2") && shown.contains("sasl.passwrod"), "{shown}");
    }
}
