//! What the tables of Kafka topics share, be they read or written: brokers, the topic's name, the client's properties.

use super::super::diagnostic::Report;
use super::super::section::Section;
use super::super::tree::{Entry, Marked, Value};
use super::is_plain_name;

/// The longest name that Kafka gives a topic.
const TOPIC_LENGTH_MAX: usize = 249;

/// A librdkafka property that the engine sets itself, with what to do instead.
pub(super) type Owned = (&'static str, &'static str);

/// The bootstrap servers as written. Each is looked at, so that a slip in one is shown here at its line, and not later as
/// a connection that never comes.
pub(super) fn brokers(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("brokers", "localhost:9092", report)?;
    let wrong = value.split(',').map(str::trim).find(|broker| !is_broker(broker));
    if let Some(wrong) = wrong {
        let message = format!("`{}` has no `host:port` in `{wrong}`", section.name("brokers"));
        report.refuse(mark, message, "write one or more brokers as `host:port`, separated by commas");
        return None;
    }
    Some(value)
}

/// `host` or `host:port`, with `[…]` around an IPv6 address and possibly a protocol before it, as librdkafka takes them.
fn is_broker(broker: &str) -> bool {
    let address = broker.split_once("://").map_or(broker, |(_, address)| address);
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    !host.is_empty() && !host.contains(char::is_whitespace) && port_is_good
}

/// The topic's name by Kafka's own rules. Whether there is such a topic is seen when the dataflow starts.
pub(super) fn topic(section: &Section<'_>, example: &str, report: &mut Report) -> Option<Marked<String>> {
    let topic = section.text("topic", example, report)?;
    if !is_plain_name(&topic.value, TOPIC_LENGTH_MAX) {
        let remedy = "Kafka allows 1 to 249 letters without accents, digits, `-`, `_` and `.`";
        report.refuse(topic.mark, format!("`{}` cannot be the name of a topic", topic.value), remedy);
        return None;
    }
    Some(topic)
}

/// The librdkafka properties, in the order of the file. Which of them exist only the client library knows, so it is the
/// one to refuse an unknown name.
///
/// `owned` are those that the engine sets itself.
pub(super) fn properties(section: &Section<'_>, owned: &[Owned], report: &mut Report) -> Option<Vec<(String, String)>> {
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
    Some((key.value.clone(), value))
}
