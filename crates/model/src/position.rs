//! Where a record is: its partition, its offset there, and how far somebody has come.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

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

/// For each partition, the first offset that has not been taken in yet: where reading goes on, which may lie behind the
/// last record and what else a log keeps there.
pub type Positions = BTreeMap<Partition, Offset>;

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
