//! Where events come from: partitioned logs, and the decoding of their records.
//!
//! # Layout
//! * [`Log`], [`Record`]: the seam between the engine and a log
//! * [`decode`]: from the bytes of a record to what the engine needs of it (pure)
//! * [`kafka`]: Kafka topics

pub mod decode;
pub mod kafka;
mod log;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use log::{LastRead, Log, Polled, Reached, Record, Waker};

/// The number of a partition of a log; it lives as long as the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Partition(pub i32);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The position of a record in its partition; it names the record for as long as the log keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Offset(pub i64);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// For each partition, the first offset that has not been taken in yet: where reading goes on, which may lie behind the last
/// record and what else a log keeps there.
pub type Positions = BTreeMap<Partition, Offset>;
