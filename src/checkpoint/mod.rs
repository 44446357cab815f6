//! Checkpoints: a consistent cut through a run, from which any later run goes on.
//!
//! A checkpoint at epoch `E` holds, for each partition, how far it was taken in by the epochs before `E`, and the totals of
//! the open windows as of `E`. Its parts are written first, then one manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::ledger::Tally;
use crate::source::{Offset, Partition};
use crate::time::EventTime;

/// How far one partition has been taken in, and what that came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionState {
    /// The next offset to read.
    pub position: Offset,
    /// The largest event time seen before it; [`EventTime::MIN`] if there is none.
    pub promise: EventTime,
    /// What the records before it came to, since the dataflow's first run.
    pub tally: Tally,
}

/// The partitions' side of a cut.
pub type Partitions = BTreeMap<Partition, PartitionState>;
