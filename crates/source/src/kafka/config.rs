//! `[source.kafka]`: which topic is read, and from where. Pure.

use std::fmt;

use jiff::Timestamp;

use super::table::{Owned, brokers, names, properties, refuse_other_protocol, topic};
use crate::{OnDataLoss, StartAt};
use mare_model::time::EventTime;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::suggest;
use mare_settings::tree::{Marked, Value};

/// librdkafka properties that the engine sets itself because its exactness rests on them, with what to do instead.
const OWNED: [Owned; 6] = [
    ("enable.auto.commit", "the engine keeps its own positions: remove it"),
    ("enable.auto.offset.store", "the engine keeps its own positions: remove it"),
    ("enable.partition.eof", "the engine needs it to know where a partition ends: remove it"),
    ("auto.offset.reset", "set `source.kafka.start` instead"),
    ("bootstrap.servers", "set `source.kafka.brokers` instead"),
    ("metadata.broker.list", "set `source.kafka.brokers` instead"),
];

/// A Kafka topic to read. Its `Debug` hides the values of properties.
#[derive(Clone, PartialEq)]
pub struct KafkaSource {
    /// Bootstrap servers, `host:port`, separated by commas.
    pub brokers: String,
    /// The topic's name.
    pub topic: String,
    /// Where reading starts when the dataflow first runs; decided once, see docs/recovery.md.
    pub start: StartAt,
    /// What to do when records are gone that have not been read.
    pub on_data_loss: OnDataLoss,
    /// librdkafka properties, passed on as they stand, after our own.
    pub properties: Vec<(String, String)>,
}

impl KafkaSource {
    /// Reads its table. Every key is read even if one before it is refused, so that one run of `mare check` shows all
    /// mistakes.
    pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<KafkaSource> {
        section.only(&["brokers", "topic", "start", "on_data_loss", "properties"], report);
        let brokers = brokers(section, report);
        let topic = topic(section, "black-friday-sales", report).map(|topic| topic.value);
        let start = start(section, report);
        let loss = section.text_or("on_data_loss", "fail", report);
        let words = [("fail", OnDataLoss::Fail), ("continue", OnDataLoss::Continue)];
        let loss = loss.and_then(|text| section.one_of_words("on_data_loss", &text, &words, report));
        let properties = properties(section, &OWNED, report);
        if let (Some(brokers), Some(properties)) = (&brokers, &properties) {
            refuse_other_protocol(section, brokers, properties, report);
        }
        Some(KafkaSource {
            brokers: brokers?,
            topic: topic?,
            start: start?,
            on_data_loss: loss?,
            properties: properties?,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_prints_no_password() {
        let names = ["sasl.password", "ssl.key.pem", "sasl.passwrod"];
        let properties = names.map(|name| (name.to_owned(), "hunter2".to_owned())).into();
        let (brokers, topic) = ("h:9092".to_owned(), "t".to_owned());
        let (start, on_data_loss) = (StartAt::Latest, OnDataLoss::Fail);
        let shown = format!("{:?}", KafkaSource { brokers, topic, start, on_data_loss, properties });
        assert!(!shown.contains("hunter2") && shown.contains("sasl.passwrod"), "{shown}");
    }
}
