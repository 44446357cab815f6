//! Keeping passwords out of everything that is printed: plans, diagnostics, banners.

use std::fmt;
use std::ops::Range;

use super::{KafkaSource, LetterTopic, MongoSink};

/// Parts of the names of librdkafka properties whose values are not printed.
const SECRET_PROPERTIES: [&str; 6] = ["password", "secret", "key", "token", "sasl.jaas", "oauthbearer.config"];

/// What makes the value behind it a secret in the text of a file. Narrower than the above, because the text has fields
/// and totals too, and `key = "string"` in it is no secret.
const SECRET_WORDS: [&str; 5] = ["password", "secret", "sasl.jaas", "key.pem", "oauthbearer.config"];

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

impl KafkaSource {
    /// The properties with the values of those that may be secret replaced: fit to be printed.
    pub fn redacted_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        redacted(&self.properties)
    }
}

/// Properties with the values of those that may be secret replaced.
fn redacted(properties: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    properties.iter().map(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let is_secret = SECRET_PROPERTIES.iter().any(|part| lower.contains(part));
        (name.as_str(), if is_secret { REDACTED } else { value })
    })
}

impl fmt::Debug for LetterTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LetterTopic")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("properties", &redacted(&self.properties).collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSource")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("properties", &self.redacted_properties().collect::<Vec<_>>())
            .finish()
    }
}

/// `text` with an asterisk for each byte of each password that can be made out in it, so that every offset stays.
///
/// It looks at the text, not at parsed values, because a text that does not parse is shown too. When in doubt it masks.
pub(super) fn mask(text: &str) -> String {
    text.split_inclusive('\n').map(mask_line).collect()
}

/// Secrets do not span lines, and a diagnostic shows lines.
fn mask_line(line: &str) -> String {
    let mut bytes = line.as_bytes().to_vec();
    for secret in uri_password(line).into_iter().chain(named_secrets(line)) {
        if let Some(secret) = bytes.get_mut(secret) {
            secret.fill(b'*');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The password of `user:password@host`, with or without a scheme, whatever signs are in it.
fn uri_password(line: &str) -> Option<Range<usize>> {
    let at = line.rfind('@')?;
    let scheme = line[..at].find("://").map(|scheme| scheme + "://".len());
    let user = scheme.or_else(|| line[..at].find('=')).unwrap_or(0);
    let colon = user + line[user..at].find(':')?;
    Some(colon + 1..at)
}

/// The values of keys that name a secret, with or without quotes.
fn named_secrets(line: &str) -> Vec<Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let keys = SECRET_WORDS.iter().flat_map(|word| lower.match_indices(word).map(|(at, _)| at).collect::<Vec<_>>());
    keys.filter_map(|key| {
        let after = key + line[key..].find('=')? + 1;
        let start = after + line[after..].find(|character: char| !character.is_whitespace())?;
        let value = &line[start..];
        match value.chars().next()? {
            quote @ ('"' | '\'') => Some(start + 1..start + 1 + value[1..].find(quote).unwrap_or(value.len() - 1)),
            _ => Some(start..start + value.find([',', '}', '\r', '\n']).unwrap_or(value.len())),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::StartAt;

    #[test]
    fn a_mask_keeps_every_offset_and_hides_every_password() {
        for (text, masked) in [
            ("uri = \"mongodb://root:ção@h:1/d\"\n", "uri = \"mongodb://root:*****@h:1/d\"\n"),
            ("uri = '${U:-mongodb://u:p@ss@h}' # x", "uri = '${U:-mongodb://u:****@h}' # x"),
            ("uri = mongodb://u:p@h", "uri = mongodb://u:*@h"),
            ("uri = \"mongodb://u:p'w w@h:1\"", "uri = \"mongodb://u:*****@h:1\""),
            ("uri = \"root:root@h:1\"", "uri = \"root:****@h:1\""),
            ("a = \"http://h:1/x\"", "a = \"http://h:1/x\""),
            ("p = { \"sasl.password\" = \"a b\", \"x\" = 1 }", "p = { \"sasl.password\" = \"***\", \"x\" = 1 }"),
            ("--set a.\"sasl.password\"=hunter2", "--set a.\"sasl.password\"=*******"),
            ("\"ssl.key.pem\" = \"open", "\"ssl.key.pem\" = \"****"),
            ("key = \"string\"\n", "key = \"string\"\n"),
        ] {
            assert_eq!(mask(text), masked);
            assert_eq!(mask(text).len(), text.len());
        }
    }

    #[test]
    fn a_plan_prints_no_password() {
        let uri = "mongodb+srv://user:p@hunter2@h/?tlsCertificateKeyFilePassword=hunter2&w=1".to_owned();
        let mongo = MongoSink { uri, database: "d".into(), collection: "c".into(), decimal128: false };
        assert_eq!(mongo.redacted_uri(), "mongodb+srv://***@h/?tlsCertificateKeyFilePassword=***&w=1");
        assert!(!format!("{mongo:?}").contains("hunter2"));

        let names = ["sasl.password", "ssl.key.pem", "sasl.oauthbearer.client.secret", "sasl.jaas.config"];
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
        assert!(!shown.contains("hunter2") && shown.contains("ssl.key.pem"), "{shown}");
    }
}
