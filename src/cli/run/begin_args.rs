//! From what a run begins, where the user has a choice.

use crate::run::BeginOptions;

/// From what a run begins, where the user has a choice.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct BeginArgs {
    /// Begin without a checkpoint: read the topic from source.kafka.start on, and keep the documents
    #[arg(long)]
    fresh: bool,
    /// Neither go on from a checkpoint nor take any
    #[arg(long, conflicts_with = "fresh")]
    no_checkpoint: bool,
    /// Remove the documents that stand in the sink first, and begin without a checkpoint: for a corrected dataflow
    #[arg(long)]
    overwrite: bool,
}

impl BeginArgs {
    /// What the run is told.
    #[must_use]
    pub fn options(self) -> BeginOptions {
        let BeginArgs { fresh, no_checkpoint, overwrite } = self;
        BeginOptions { fresh, no_checkpoint, overwrite }
    }
}
