//! Checkpoints: a consistent cut through a run, from which any later run goes on.
//!
//! A checkpoint at epoch `E` holds, for each partition, how far it was taken in by the epochs before `E`, and the
//! totals of the open windows as of `E`. Its parts are written first, then one manifest.
//!
//! # On disk
//! Under the path of the dataflow's `[checkpoint]`, each checkpoint is a folder:
//!
//! ```text
//! black-friday/                    the dataflow's name
//!   lost.json                      only where a run has noticed that its log lost records, see `repository::lost`
//!   00000001764331200000/          the epoch
//!     part-00000                   what worker 0 held, see `part`
//!     part-00001
//!     manifest.json                written last: only a folder that has one is a checkpoint
//! ```
//!
//! # Nothing half is ever taken for whole
//! 1. An object of a [`Store`] is there whole and durable, or not at all. So a manifest is.
//! 2. A manifest is committed after its parts are durable, and names each with its size and checksum. A crash before
//!    that leaves a folder without a manifest, which nobody reads and [`Repository::prune`] removes.
//! 3. Each byte of a part lies under two checksums, its block's and the manifest's, and each byte of a manifest under
//!    its own or in a text that has one spelling. [`Repository::recover`] reads all of them before it decides for a
//!    checkpoint.
//! 4. A checkpoint is removed manifest first, so one that is half removed is one of 2.
//!
//! # Layout
//! * [`PartitionState`] (`state`) and [`Tally`]: how far a partition is taken in, and what its records came to
//! * [`Checkpointing`] (`settings`): where, how often and how many are kept
//! * [`shape`]: which settings a state means something under (pure)
//! * [`part`]: the format of a part, its writer and its reader
//! * [`manifest`]: the manifest and its text (pure)
//! * [`store`]: where the objects are: a local folder, an object store
//! * [`repository`]: the checkpoints of one dataflow: writing, listing, verifying, pruning
//! * [`positions`]: where a run reads on, and whether it may: checkpoint, documents and brokers asked of one another
//!   (pure)
//! * [`heal`]: promises beyond the clock, put back (pure)
//! * [`decide`]: from which checkpoint a run goes on (pure); [`recover`]: the reading around it
//! * [`events`]: checkpoints taken, and not, told to the log and to the metrics

pub mod decide;
pub mod events;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod heal;
pub mod manifest;
pub mod part;
pub mod positions;
pub mod recover;
pub mod repository;
mod settings;
pub mod shape;
mod state;
pub mod store;
mod tally;
#[cfg(test)]
mod tests;

pub use decide::{FoundCheckpoint, RecoveryDecision, Refusal};
pub use manifest::{Broken, ClaimedSink, Manifest};
pub use part::{
    Block, CountedOrder, Encoded, Part, PartError, PartFault, PartFile, PartReader, PartWriter, SeenIds, SeenOrder,
    SeenOrders, SessionRows, TotalRow, TotalRows,
};
pub use recover::{RecoverError, Recovered};
pub use repository::{CheckpointState, Listed, Loss, Pruned, Repository};
pub use settings::Checkpointing;
pub use shape::Shape;
pub use state::{Jump, PartitionState};
pub use store::{Store, StoreError};
pub use tally::Tally;

use std::collections::BTreeMap;

use mare_model::position::Partition;

/// The partitions' side of a cut.
pub type Partitions = BTreeMap<Partition, PartitionState>;
