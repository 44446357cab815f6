//! What the tables of Kafka topics share, be they read or written: brokers, the topic's name, the client's properties.
//! Pure.

use super::{bootstrap, property};
use mare_settings::Slip;
use mare_settings::diagnostic::Report;
use mare_settings::section::{Section, is_plain_name};
use mare_settings::tree::{Entry, Marked, Value};

/// The longest name that Kafka gives a topic.
const TOPIC_LENGTH_MAX: usize = 249;

/// A librdkafka property that the engine sets itself, with what to do instead.
pub type Owned = (&'static str, &'static str);

/// The bootstrap servers, without blanks. Each is looked at, so that a slip in one is shown here at its line, and not
/// later as a connection that never comes.
pub fn brokers(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("brokers", "localhost:9092", report)?;
    match bootstrap::checked(&value) {
        Ok(brokers) => Some(brokers),
        Err(Slip { what, remedy }) => {
            report.refuse(mark, format!("`{}` {what}", section.name("brokers")), remedy);
            None
        }
    }
}

/// Refuses a protocol before a broker that is not that of the client: librdkafka leaves such a broker out, and the rest
/// of them.
pub fn refuse_other_protocol(
    section: &Section<'_>,
    brokers: &str,
    properties: &[(String, String)],
    report: &mut Report,
) {
    let Some(named) = bootstrap::protocol(brokers) else { return };
    let set = properties.iter().find(|(key, _)| key == "security.protocol").map_or("PLAINTEXT", |(_, value)| value);
    if let Some(entry) = section.table.entry("brokers").filter(|_| !named.eq_ignore_ascii_case(set)) {
        let named = named.to_ascii_uppercase();
        let message =
            format!("`{}` says `{named}://`, and the client's security.protocol is another", section.name("brokers"));
        let remedy = format!(
            "write the brokers as `host:port`, and `\"security.protocol\" = \"{named}\"` under `[{}]`",
            section.name("properties")
        );
        report.refuse(entry.node.mark, message, remedy);
    }
}

/// The topic's name by Kafka's own rules. Whether there is such a topic is seen when the dataflow starts.
pub fn topic(section: &Section<'_>, example: &str, report: &mut Report) -> Option<Marked<String>> {
    let topic = section.text("topic", example, report)?;
    if !is_plain_name(&topic.value, TOPIC_LENGTH_MAX) {
        let remedy = "Kafka allows 1 to 249 letters without accents, digits, `-`, `_` and `.`";
        report.refuse(topic.mark, format!("`{}` cannot be the name of a topic", topic.value), remedy);
        return None;
    }
    Some(topic)
}

/// The librdkafka properties, in the order of the file. Which of them exist and what they take, the client library
/// tells.
///
/// `owned` are those that the engine sets itself.
pub fn properties(section: &Section<'_>, owned: &[Owned], report: &mut Report) -> Option<Vec<(String, String)>> {
    if section.table.entry("properties").is_none() {
        return Some(Vec::new());
    }
    let properties = section.section_if_any("properties", report)?;
    properties.table.entries.iter().map(|entry| property(&properties, entry, owned, report)).collect()
}

/// One property as text, which is how librdkafka takes all of them.
///
/// Messages name the property and never repeat its value: it may be a password.
fn property(properties: &Section<'_>, entry: &Entry, owned: &[Owned], report: &mut Report) -> Option<(String, String)> {
    let Entry { key, node } = entry;
    if let Some((_, remedy)) = owned.iter().find(|(owned, _)| *owned == key.value) {
        report.refuse(key.mark, format!("the property `{}` belongs to the engine", key.value), *remedy);
        return None;
    }
    let value = match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(integer) => integer.to_string(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Table(_) => {
            let message = format!("the property `{}` is a table: its name is not in quotes", key.value);
            report.refuse(key.mark, message, "write `\"security.protocol\" = \"SASL_SSL\"`, with quotes on both sides");
            return None;
        }
        _ => return properties.wrong(&key.value, node, "a string, an integer or a boolean", "value", report),
    };
    if let Some(Slip { what, remedy }) = property::slip(&key.value, &value) {
        report.refuse(key.mark, format!("`{}` {what}", key.value), remedy);
        return None;
    }
    Some((key.value.clone(), value))
}

/// The names of properties. No value of one is ever printed: which of them are secret only the client library knows,
/// and it does not know a name that is misspelt.
pub fn names(properties: &[(String, String)]) -> Vec<&str> {
    properties.iter().map(|(name, _)| name.as_str()).collect()
}
