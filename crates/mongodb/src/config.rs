//! `[sink.mongodb]`: a collection and the connection string of its server. Pure.

use std::fmt;

use super::uri;
use mare_settings::Slip;
use mare_settings::diagnostic::Report;
use mare_settings::section::{Section, named};
use mare_settings::tree::Marked;

/// The longest name of a database, in bytes.
const DATABASE_LENGTH_MAX: usize = 63;

/// What stands in for a secret.
const REDACTED: &str = "***";

/// A MongoDB collection to write to. Its `Debug` hides user and password.
#[derive(Clone, PartialEq)]
pub struct MongoSink {
    /// Connection string. It may hold a password and is never printed whole: see [`MongoSink::redacted_uri`].
    pub uri: String,
    /// Database name.
    pub database: String,
    /// Collection name.
    pub collection: String,
    /// Whether decimals are written as Decimal128 instead of as the nearest Double.
    pub decimal128: bool,
}

impl MongoSink {
    /// Reads its table. The connection string is checked by the driver's own parser.
    pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<MongoSink> {
        section.only(&["uri", "database", "collection", "decimals"], report);
        let uri = uri(section, report);
        let database = section.text("database", "black_friday", report);
        let database = database.and_then(|name| named(name, "database", is_database, report));
        let collection = section.text("collection", "totals", report);
        let collection = collection.and_then(|name| named(name, "collection", is_collection, report));
        let decimals = section.text_or("decimals", "double", report);
        let words = [("double", false), ("decimal128", true)];
        let decimal128 = decimals.and_then(|text| section.one_of_words("decimals", &text, &words, report));
        Some(MongoSink { uri: uri?, database: database?, collection: collection?, decimal128: decimal128? })
    }

    /// The connection string without user, password, or any option that may carry a secret: fit to be printed.
    ///
    /// ```
    /// # use mare_mongodb::MongoSink;
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

/// The connection string; a message never repeats it, because it may hold a password.
fn uri(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("uri", "mongodb://localhost:27017", report)?;
    if let Some(Slip { what, remedy }) = uri::slip(&value) {
        report.refuse(mark, format!("`sink.mongodb.uri` {what}"), remedy);
        return None;
    }
    Some(value)
}

/// By the rules of a server on Unix; one on Windows allows less, and then refuses by itself.
fn is_database(name: &str) -> bool {
    !name.is_empty() && name.len() <= DATABASE_LENGTH_MAX && !name.contains(['/', '\\', '.', ' ', '"', '$', '\0'])
}

/// `system.` collections belong to the server; a `.` elsewhere is common (`totals.minute`).
fn is_collection(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("system.") && !name.contains(['$', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_prints_no_password() {
        let uri = "mongodb+srv://user:p@hunter2@h/?tlsCertificateKeyFilePassword=hunter2&w=1".to_owned();
        let mongo = MongoSink { uri, database: "d".into(), collection: "c".into(), decimal128: false };
        assert_eq!(mongo.redacted_uri(), "mongodb+srv://***@h/?tlsCertificateKeyFilePassword=***&w=1");
        assert!(!format!("{mongo:?}").contains("hunter2"));
    }
}
