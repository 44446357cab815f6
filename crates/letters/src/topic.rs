//! `[late]` and `[dead_letter]`: to which topics the records go that no total has. Pure.

use std::fmt;

use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_source::Source;
use mare_source::kafka::table::{Owned, brokers, names, properties, refuse_other_protocol, topic};

/// librdkafka properties on which it rests that no letter is lost, with what to do instead.
const OWNED: [Owned; 10] = [
    ("enable.idempotence", KEPT),
    ("acks", KEPT),
    ("request.required.acks", KEPT),
    ("message.timeout.ms", KEPT),
    ("delivery.timeout.ms", KEPT),
    ("message.send.max.retries", KEPT),
    ("retries", KEPT),
    ("transactional.id", KEPT),
    ("bootstrap.servers", "set `brokers` of the same table instead"),
    ("metadata.broker.list", "set `brokers` of the same table instead"),
];
const KEPT: &str = "what is sent there is sent until all replicas in sync have it: remove it";

/// A Kafka topic to send letters to: records that no total has. Its `Debug` hides the values of properties.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterTopic {
    /// Bootstrap servers, `host:port`, separated by commas.
    pub brokers: String,
    /// The topic's name; never that of the source.
    pub topic: String,
    /// librdkafka properties, passed on as they stand, after our own.
    pub properties: Vec<(String, String)>,
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

/// The topic of the letters of table `key`, if there is such a table; `None` alone means that it is refused.
///
/// Without brokers of its own it is on those of the source, reached with the properties of the source and its own over
/// them.
pub fn read(
    root: &Section<'_>,
    key: &'static str,
    source: Option<&Source>,
    report: &mut Report,
) -> Option<Option<LetterTopic>> {
    if root.table.entry(key).is_none() {
        return Some(None);
    }
    let section = root.section_if_any(key, report)?;
    section.only(&["topic", "brokers", "properties"], report);
    topic_of(&section, &format!("black-friday-{}", key.replace('_', "-")), source, report).map(Some)
}

/// The topic that `section` names, to which something is sent that must not be lost; `example` is a name for the
/// remedy.
pub fn topic_of(
    section: &Section<'_>,
    example: &str,
    source: Option<&Source>,
    report: &mut Report,
) -> Option<LetterTopic> {
    let topic = topic(section, example, report);
    let own_brokers = section.table.entry("brokers").map(|_| brokers(section, report));
    let properties = properties(section, &OWNED, report);
    let (topic, properties, Source::Kafka(source)) = (topic?, properties?, source?);
    if topic.value == source.topic {
        let message = format!("`{}` is the topic that the dataflow reads, `{}`", section.name("topic"), topic.value);
        report.refuse(topic.mark, message, "what is sent there would be read again: name another topic");
        return None;
    }
    let (brokers, properties) = match own_brokers {
        Some(brokers) => {
            let brokers = brokers?;
            refuse_other_protocol(section, &brokers, &properties, report);
            (brokers, properties)
        }
        None => (source.brokers.clone(), source.properties.iter().cloned().chain(properties).collect()),
    };
    Some(LetterTopic { brokers, topic: topic.value, properties })
}
