//! Which kinds of source there are: the one place that names them.
//!
//! A new kind is a folder with the rooms of the others, and a line in each list here. Everybody else asks a
//! [`Connector`]; where something is about one kind alone, such as the doctor's questions to Kafka, it takes the
//! [`Source`] apart, and the compiler tells whoever adds another.

use std::ops::Deref;
use std::sync::Arc;

use super::{Connector, Health, Log, LogInHand, Polled, kafka};
use mare_model::extent::Span;
use mare_model::fault::Fault;
use mare_model::position::Partition;
use mare_model::record::{Reached, Record, Waker};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

/// All kinds, in the order in which people are told of them.
const SOURCES: [Factory; 1] = [kafka::FACTORY];

/// A source of whatever kind, as a plan holds it.
///
/// Unlike a sink it is a list of kinds, because not all can be asked of whatever kind: an auditor that reads a log by
/// code of its own has to know what it reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A Kafka topic.
    Kafka(kafka::KafkaSource),
}

/// The log of a worker, of whatever kind. It is a list of kinds too, so that each record goes from its log to the
/// intake in code that the compiler sees whole.
pub enum OpenLog {
    /// Partitions of a Kafka topic.
    Kafka(kafka::KafkaLog),
    /// Records of whoever runs the graph without a source.
    InHand(Box<dyn LogInHand>),
}

impl Source {
    /// The log of a worker that reads `spans`; `waker` is called when records arrive.
    ///
    /// # Errors
    /// If the settings are refused, or the log cannot be read at all.
    pub fn open(&self, dataflow: &str, spans: &[Span], health: Arc<Health>, waker: &Waker) -> Result<OpenLog, Fault> {
        match self {
            Source::Kafka(source) => kafka::KafkaLog::open(source, dataflow, spans, health, waker).map(OpenLog::Kafka),
        }
    }
}

impl Log for OpenLog {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        match self {
            OpenLog::Kafka(log) => log.poll(visit),
            OpenLog::InHand(log) => Ok(log.poll(visit)),
        }
    }

    fn reached(&mut self, tell: &mut dyn FnMut(Reached)) {
        match self {
            OpenLog::Kafka(log) => log.reached(tell),
            OpenLog::InHand(_) => {} // no gaps
        }
    }

    fn owned(&self) -> Vec<Partition> {
        match self {
            OpenLog::Kafka(log) => log.owned(),
            OpenLog::InHand(log) => log.owned(),
        }
    }

    fn open(&self) -> &[Partition] {
        match self {
            OpenLog::Kafka(log) => log.open(),
            OpenLog::InHand(log) => log.open(),
        }
    }
}

impl Deref for Source {
    type Target = dyn Connector;

    fn deref(&self) -> &Self::Target {
        match self {
            Source::Kafka(source) => source,
        }
    }
}

/// A kind of source: what is known of it before there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factory {
    /// Its name: that of its table in a dataflow file, `[source.name]`.
    pub(super) name: &'static str,
    /// The keys that its table needs, as a remedy lists them.
    pub(super) keys: &'static str,
    /// Reads its table.
    pub(super) read: fn(&Section<'_>, &mut Report) -> Option<Source>,
}

/// Reads the source of a dataflow.
pub fn read(root: &Section<'_>, report: &mut Report) -> Option<Source> {
    let (kind, section) = root.one_of("source", &SOURCES.map(|kind| kind.name), &example(), report)?;
    let factory = SOURCES.iter().find(|factory| factory.name == kind)?;
    (factory.read)(&section, report)
}

/// How to write the table of each of them.
fn example() -> String {
    let each = SOURCES.iter().map(|Factory { name, keys, .. }| format!("`[source.{name}]` with {keys}"));
    each.collect::<Vec<_>>().join(", or ")
}
