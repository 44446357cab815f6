//! `[source.kafka]`: which topic is read, and from where.

use jiff::Timestamp;

use super::super::diagnostic::Report;
use super::super::section::Section;
use super::super::suggest;
use super::super::tree::{Entry, Marked, Value};
use super::super::{KafkaSource, OnDataLoss, Source, StartAt};
use super::event::one_of_words;
use super::is_plain_name;
use crate::time::EventTime;

/// The longest name that Kafka gives a topic.
const TOPIC_LENGTH_MAX: usize = 249;

/// librdkafka properties that the engine sets itself because its exactness rests on them, with what to do instead.
const OWNED: [(&str, &str); 6] = [
    ("enable.auto.commit", "the engine keeps its own positions: remove it"),
    ("enable.auto.offset.store", "the engine keeps its own positions: remove it"),
    ("enable.partition.eof", "the engine needs it to know where a partition ends: remove it"),
    ("auto.offset.reset", "set `source.kafka.start` instead"),
    ("bootstrap.servers", "set `source.kafka.brokers` instead"),
    ("metadata.broker.list", "set `source.kafka.brokers` instead"),
];

/// The source of a dataflow. A new kind is added here.
pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<Source> {
    let (_, section) = root.one_of("source", &["kafka"], "`[source.kafka]` with `brokers` and `topic`", report)?;
    kafka(&section, report).map(Source::Kafka)
}

/// Every key is read even if one before it is refused, so that one run of `mare check` shows all mistakes.
fn kafka(section: &Section<'_>, report: &mut Report) -> Option<KafkaSource> {
    section.only(&["brokers", "topic", "start", "on_data_loss", "properties"], report);
    let brokers = brokers(section, report);
    let topic = topic(section, report);
    let start = start(section, report);
    let loss = section.text_or("on_data_loss", "fail", report);
    let words = [("fail", OnDataLoss::Fail), ("continue", OnDataLoss::Continue)];
    let loss = loss.and_then(|text| one_of_words(section, "on_data_loss", &text, &words, report));
    let properties = properties(section, report);
    Some(KafkaSource { brokers: brokers?, topic: topic?, start: start?, on_data_loss: loss?, properties: properties? })
}

/// The bootstrap servers as written. Each is looked at, so that a slip in one is shown here at its line, and not later as
/// a connection that never comes.
fn brokers(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("brokers", "localhost:9092", report)?;
    let wrong = value.split(',').map(str::trim).find(|broker| !is_broker(broker));
    if let Some(wrong) = wrong {
        let message = format!("`source.kafka.brokers` has no `host:port` in `{wrong}`");
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
fn topic(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("topic", "black-friday-sales", report)?;
    if !is_plain_name(&value, TOPIC_LENGTH_MAX) {
        let remedy = "Kafka allows 1 to 249 letters without accents, digits, `-`, `_` and `.`";
        report.refuse(mark, format!("`{value}` cannot be the name of a topic"), remedy);
        return None;
    }
    Some(value)
}

/// Where reading starts without a checkpoint: a word, or a time as a string or as TOML's own date.
fn start(section: &Section<'_>, report: &mut Report) -> Option<StartAt> {
    let text = match section.table.entry("start").map(|entry| &entry.node) {
        Some(node) => match &node.value {
            Value::Datetime(datetime) => Marked { value: datetime.clone(), mark: node.mark },
            _ => section.text_of("start", node, "earliest", report)?,
        },
        None => return Some(StartAt::Earliest),
    };
    match text.value.as_str() {
        "earliest" => Some(StartAt::Earliest),
        "latest" => Some(StartAt::Latest),
        other => timestamp(&Marked { value: other, mark: text.mark }, report).map(StartAt::Time),
    }
}

/// A time to start from, rounded up to the millisecond: no record before it is read.
fn timestamp(text: &Marked<&str>, report: &mut Report) -> Option<EventTime> {
    let Ok(timestamp) = text.value.parse::<Timestamp>() else {
        let message = format!("`source.kafka.start` is neither a place nor a time: `{}`", text.value);
        let remedy = match suggest::closest(text.value, &["earliest", "latest"]) {
            Some(place) => format!("did you mean `{place}`?"),
            None => "write `earliest`, `latest` or a time with its offset, such as `2025-11-28T00:00:00Z`".to_owned(),
        };
        report.refuse(text.mark, message, remedy);
        return None;
    };
    if timestamp < Timestamp::UNIX_EPOCH {
        report.refuse(text.mark, "`source.kafka.start` is before 1970", "write `earliest`");
        return None;
    }
    let milliseconds = timestamp.as_nanosecond().div_euclid(1_000_000);
    let rounded_up = milliseconds + i128::from(timestamp.as_nanosecond().rem_euclid(1_000_000) > 0);
    i64::try_from(rounded_up).ok().map(EventTime)
}

/// The librdkafka properties, in the order of the file. Which of them exist only the client library knows, so it is the
/// one to refuse an unknown name.
fn properties(section: &Section<'_>, report: &mut Report) -> Option<Vec<(String, String)>> {
    if section.table.entry("properties").is_none() {
        return Some(Vec::new());
    }
    let properties = section.section_if_any("properties", report)?;
    properties.table.entries.iter().map(|entry| property(&properties, entry, report)).collect()
}

/// One property as text, which is how librdkafka takes all of them.
///
/// Messages name the property and never repeat its value: it may be a password.
fn property(properties: &Section<'_>, entry: &Entry, report: &mut Report) -> Option<(String, String)> {
    let Entry { key, node } = entry;
    if let Some((_, remedy)) = OWNED.iter().find(|(owned, _)| *owned == key.value) {
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
