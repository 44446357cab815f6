//! Where, how often and how many checkpoints are kept.

use std::time::Duration;

/// Where, how often and how many checkpoints are kept. A file always has it, with defaults; a command may turn it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpointing {
    /// A folder, from the working directory if it is relative, or the URL of an object store. The dataflow's
    /// checkpoints are in the folder of its name therein.
    pub path: String,
    /// Time between two checkpoints, from 100ms to 1h.
    pub every: Duration,
    /// How many whole ones are kept, at least one.
    pub keep: usize,
}
