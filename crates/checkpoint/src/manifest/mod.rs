//! The manifest of a checkpoint: what makes its parts one. Pure.
//!
//! # Layout
//! * [`Manifest`]: what it says
//! * [`text`]: how it is written, and every way in which a text is none
//! * [`accounts`]: the partitions as they are written

mod accounts;
pub mod text;

pub use text::Broken;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::part::Part;
use super::{Partitions, Shape};
use mare_model::journal::Journal;
use mare_model::position::{LogId, Positions};
use mare_model::time::Epoch;
use mare_model::view::ViewId;

/// The version of the manifests that are written. Those of version 1, which say nothing of what stands outside, are
/// read as well; any other is refused, never guessed at.
pub const VERSION: u32 = 2;

/// The name of a manifest's object in its checkpoint's folder.
pub const MANIFEST: &str = "manifest.json";

/// What a checkpoint is of, and which parts it has. Where there is one, they are whole and durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format it was written in: [`VERSION`], or an older one.
    pub version: u32,
    /// Name of the dataflow.
    pub dataflow: String,
    /// The settings that its state means something under.
    pub shape: Shape,
    /// The log that its records came from.
    #[serde(default)]
    pub source: LogId,
    /// Where the documents went, without secrets.
    pub sink: String,
    /// The identity of what stands there, which the sink's control document holds as well; `None` if it has none.
    #[serde(default)]
    pub sink_id: Option<String>,
    /// The positions that the control document held at least when the checkpoint was taken.
    #[serde(default)]
    pub shown: Positions,
    /// The cut: all epochs before this one are in it.
    pub epoch: Epoch,
    /// When it was taken, by the clock of the process that wrote it.
    pub taken: Timestamp,
    /// Which run of the dataflow took it.
    pub generation: u64,
    /// How far each partition was taken in.
    #[serde(with = "accounts")]
    pub partitions: Partitions,
    /// Its parts, by worker.
    pub parts: Vec<Part>,
    /// Where the documents of each view behind the first went; empty if there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ClaimedSink>,
    /// For each partition that had ever been silent, the last heartbeat that the run found beside the documents of its
    /// first view.
    #[serde(default, skip_serializing_if = "Journal::is_empty")]
    pub journal: Journal,
}

/// Where the documents of a view behind the first go, and what has been claimed there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedSink {
    /// As [`Manifest::sink`].
    pub sink: String,
    /// As [`Manifest::sink_id`].
    #[serde(default)]
    pub sink_id: Option<String>,
    /// Which of the runs that have claimed it took the checkpoint.
    pub generation: u64,
}

impl Manifest {
    /// What it says of `view`, of its sink and its accounts.
    #[must_use]
    pub fn of(&self, view: ViewId) -> Manifest {
        let states = self.partitions.iter().map(|(partition, state)| (*partition, state.of(view)));
        let mut of_view = Manifest { others: Vec::new(), partitions: states.collect(), ..self.clone() };
        if let Some(place) = usize::from(view.0).checked_sub(1) {
            let ClaimedSink { sink, sink_id, generation } = self.others.get(place).cloned().unwrap_or_default();
            (of_view.sink, of_view.sink_id, of_view.generation) = (sink, sink_id, generation);
            of_view.journal = Journal::default();
        }
        of_view
    }

    /// Rows of all parts: totals of windows and groups, and ids.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Size of all parts, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

/// What is new in each manifest that a run writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The positions that the sink's control document holds at least.
    pub shown: Positions,
    /// How far each partition was taken in.
    pub partitions: Partitions,
    /// The parts, in any order.
    pub parts: Vec<Part>,
}

/// What a run puts into every manifest that it writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// Name of the dataflow.
    pub dataflow: String,
    /// The dataflow's shape.
    pub shape: Shape,
    /// The log that it reads.
    pub source: LogId,
    /// Where its documents go, as the sink's own description has it.
    pub sink: String,
    /// The identity of what stands there, if it has one.
    pub sink_id: Option<String>,
    /// Which run of the dataflow it is.
    pub generation: u64,
    /// The same of each view behind the first.
    pub others: Vec<ClaimedSink>,
    /// The last heartbeat of each partition in the journal that it found.
    pub journal: Journal,
}

impl Author {
    /// The manifest of a checkpoint that this run took.
    #[must_use]
    pub fn manifest(&self, epoch: Epoch, taken: Timestamp, content: Content) -> Manifest {
        let Content { shown, partitions, mut parts } = content;
        parts.sort_unstable_by_key(|part| part.worker);
        Manifest {
            version: VERSION,
            dataflow: self.dataflow.clone(),
            shape: self.shape.clone(),
            source: self.source.clone(),
            sink: self.sink.clone(),
            sink_id: self.sink_id.clone(),
            shown,
            epoch,
            taken,
            generation: self.generation,
            partitions,
            parts,
            others: self.others.clone(),
            journal: self.journal.clone(),
        }
    }
}
