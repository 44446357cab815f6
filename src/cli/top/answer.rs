//! What an engine answers, as far as it is shown; whatever else it says is left alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Everything of one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Of `/api/v1/status`.
    pub status: Status,
    /// The documents of `/api/v1/totals`, those of the newest windows first.
    pub documents: Vec<Document>,
    /// Whether there are more than these.
    pub cut: bool,
}

/// How far everything is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Version of the engine's program.
    pub version: String,
    /// What the run does.
    pub phase: String,
    /// Why it has failed, if it has.
    pub failure: Option<String>,
    /// Which process answers.
    pub process: Process,
    /// What runs.
    pub dataflow: Dataflow,
    /// The durable frontier.
    pub frontier: Frontier,
    /// Records read, a second.
    pub events_per_second: f64,
    /// What became of the records.
    pub account: Account,
    /// The partitions of the process.
    pub partitions: Vec<Partition>,
    /// Whether the brokers answer.
    pub kafka_reachable: bool,
    /// What the writers have done.
    pub sink: Sink,
    /// The newest checkpoint of this run.
    pub checkpoint: Option<Checkpoint>,
    /// What is in memory of the newest windows.
    pub memory: Memory,
}

/// What is in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How many documents.
    pub documents: u64,
}

/// Which process answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its index.
    pub index: usize,
    /// How many there are.
    pub processes: usize,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Dataflow {
    /// Its name.
    pub name: String,
    /// Where events come from.
    pub source: Place,
    /// Where documents go.
    pub sink: Place,
    /// The fields of its documents.
    pub fields: Vec<Field>,
}

/// A topic, a collection, a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Of which kind.
    pub kind: String,
    /// The server or the file.
    pub server: String,
    /// Its name there.
    pub name: String,
}

/// A field of the documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it means: `window_start`, `group`, `total`, …
    pub role: String,
}

/// The durable frontier.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Frontier {
    /// Every window that closes at or before this is final.
    pub event_time: Option<String>,
    /// How far it is behind the clock, in seconds.
    pub behind_s: Option<f64>,
}

/// What became of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Records read.
    pub read: u64,
    /// Folded into totals.
    pub counted: u64,
    /// Not wanted.
    pub filtered: u64,
    /// Too late.
    pub late: u64,
    /// Counted before.
    pub duplicate: u64,
    /// No event.
    pub dead: u64,
    /// Those by reason.
    pub dead_by_reason: BTreeMap<String, u64>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// How many records are to come.
    pub lag: u64,
}

/// What the writers have done.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sink {
    /// Whether the sink answers.
    pub reachable: bool,
    /// Documents inserted or replaced.
    pub written: u64,
    /// Attempts that found it away.
    pub retries: u64,
    /// How long the last write took, in milliseconds.
    pub latency_ms: f64,
}

/// A checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Checkpoint {
    /// How long ago it was taken, in seconds.
    pub age_s: f64,
    /// Its rows.
    pub rows: u64,
}

/// A page of documents.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// The documents.
    pub documents: Vec<Document>,
    /// Whether there are more behind these.
    pub cut: bool,
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Whether its total is certain.
    pub r#final: bool,
    /// Its fields.
    pub document: Map<String, Value>,
}
