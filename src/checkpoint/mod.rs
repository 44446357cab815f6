//! Checkpoints: a consistent cut through a run, from which any later run goes on.
//!
//! A checkpoint at epoch `E` holds, for each partition, how far it was taken in by the epochs before `E`, and the totals of
//! the open windows as of `E`. Its parts are written first, then one manifest.
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
//! 2. A manifest is committed after its parts are durable, and names each with its size and checksum. A crash before that
//!    leaves a folder without a manifest, which nobody reads and [`Repository::prune`] removes.
//! 3. Each byte of a part lies under two checksums, its block's and the manifest's, and each byte of a manifest under its own or
//!    in a text that has one spelling. [`Repository::recover`] reads all of them before it decides for a checkpoint.
//! 4. A checkpoint is removed manifest first, so one that is half removed is one of 2.
//!
//! # Layout
//! * [`shape`]: which settings a state means something under (pure)
//! * [`part`]: the format of a part, its writer and its reader
//! * [`manifest`]: the manifest and its text (pure)
//! * [`store`]: where the objects are: a local folder, an object store
//! * [`repository`]: the checkpoints of one dataflow: writing, listing, verifying, pruning
//! * [`positions`]: where a run reads on, and whether it may: checkpoint, documents and brokers asked of one another (pure)
//! * [`heal`]: promises beyond the clock, put back (pure)
//! * [`decide`]: from which checkpoint a run goes on (pure); [`recover`]: the reading around it
//! * [`events`]: checkpoints taken, and not, told to the log and to the metrics

pub mod decide;
pub mod events;
pub mod heal;
pub mod manifest;
pub mod part;
pub mod positions;
pub mod recover;
pub mod repository;
pub mod shape;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use decide::{Decision, Found, Refusal};
pub use manifest::{Broken, Manifest};
pub use part::{
    Block, Encoded, Part, PartError, PartFault, PartFile, PartReader, PartWriter, SeenIds, TotalRow, TotalRows,
};
pub use recover::{RecoverError, Recovered};
pub use repository::{Listed, Loss, Pruned, Repository, State};
pub use shape::Shape;
pub use store::{Store, StoreError};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::ledger::Tally;
use crate::engine::promise::Jump;
use crate::position::{Offset, Partition};
use crate::record::LastRead;
use crate::time::EventTime;

/// How far one partition has been taken in, and what that came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionState {
    /// The next offset to read.
    pub position: Offset,
    /// Where reading began in the partition, decided once; `None` if the checkpoint is of a version that did not keep it.
    pub begin: Option<Offset>,
    /// The last record before `position`, by which a log that was cut short and filled again is known; `None` if nothing is known
    /// of it.
    pub last: Option<LastRead>,
    /// What the event times before `position` promise: no event at or before it is waited for; [`EventTime::MIN`] if nothing.
    pub promise: EventTime,
    /// The largest event times seen that the promise does not stand for yet, in descending order; empty if one suffices.
    pub recent: Vec<EventTime>,
    /// The last event with which the promise grew by more than a window and its lateness at once.
    pub jump: Option<Jump>,
    /// What the records before it came to, since the dataflow's first run.
    pub tally: Tally,
}

impl PartitionState {
    /// Of a partition of which nothing has been read, and whose reading begins at `position`.
    #[must_use]
    pub fn unread(position: Offset) -> Self {
        PartitionState {
            position,
            begin: Some(position),
            last: None,
            promise: EventTime::MIN,
            recent: Vec::new(),
            jump: None,
            tally: Tally::default(),
        }
    }
}

/// What identifies a log beyond its name, as far as the brokers tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogId {
    /// The id of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The id of the topic, which one of the same name that is made anew does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// The partitions' side of a cut.
pub type Partitions = BTreeMap<Partition, PartitionState>;
