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
use super::{FORMAT_VERSION, Partitions, Shape};
use crate::time::Epoch;

/// The name of a manifest's object in its checkpoint's folder.
pub const MANIFEST: &str = "manifest.json";

/// What a checkpoint is of, and which parts it has. Where there is one, they are whole and durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, [`FORMAT_VERSION`].
    pub version: u32,
    /// Name of the dataflow.
    pub dataflow: String,
    /// The settings that its state means something under.
    pub shape: Shape,
    /// Where the documents went, without secrets; another run may send them elsewhere.
    pub sink: String,
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
}

impl Manifest {
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

/// What a run puts into every manifest that it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Name of the dataflow.
    pub dataflow: String,
    /// The dataflow's shape.
    pub shape: Shape,
    /// Where its documents go, see [`Shape::sink`].
    pub sink: String,
    /// Which run of the dataflow it is.
    pub generation: u64,
}

impl Author {
    /// The manifest of a checkpoint that this run took.
    #[must_use]
    pub fn manifest(&self, epoch: Epoch, taken: Timestamp, partitions: Partitions, mut parts: Vec<Part>) -> Manifest {
        parts.sort_unstable_by_key(|part| part.worker);
        Manifest {
            version: FORMAT_VERSION,
            dataflow: self.dataflow.clone(),
            shape: self.shape.clone(),
            sink: self.sink.clone(),
            epoch,
            taken,
            generation: self.generation,
            partitions,
            parts,
        }
    }
}
