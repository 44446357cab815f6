//! From which checkpoint a run goes on. Pure: facts in, a decision out.

use super::{Broken, Manifest, Shape};
use mare_model::time::Epoch;

/// A checkpoint that was found: its manifest, or why it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCheckpoint {
    /// Its epoch, the name of its folder.
    pub epoch: Epoch,
    /// Its manifest.
    pub manifest: Result<Manifest, Broken>,
}

/// What a run does with the checkpoints that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryDecision {
    /// It begins without a state: there is none, or none is wanted.
    Fresh,
    /// It goes on from a checkpoint.
    Continue {
        /// That checkpoint.
        manifest: Box<Manifest>,
        /// Newer ones that are broken, newest first, and why.
        skipped: Vec<(Epoch, Broken)>,
    },
    /// It does not begin: somebody has to decide.
    Refuse(Refusal),
}

/// Why a run does not begin with the checkpoints that there are; all of it is for the user to decide.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The newest checkpoint was taken under settings that give its totals another meaning.
    #[error("the checkpoint at epoch {} is of another shape: {}", epoch.0, differences.join("; "))]
    Shape {
        /// The checkpoint.
        epoch: Epoch,
        /// What has changed since, a sentence for each setting.
        differences: Vec<String>,
    },
    /// The newest checkpoint was written by another version of mare.
    #[error("the checkpoint at epoch {} cannot be read: {}", epoch.0, Broken::Version { found: *found })]
    Version {
        /// The checkpoint.
        epoch: Epoch,
        /// The format version that it has.
        found: u32,
    },
    /// There are checkpoints, and all are broken.
    #[error("none of {} checkpoints is whole: {}", broken.len(), listed(broken))]
    AllBroken {
        /// They, newest first, and why.
        broken: Vec<(Epoch, Broken)>,
    },
}

impl Refusal {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            // Not --fresh: documents of the old settings stand in the sink, and a run of others is refused over them.
            Refusal::Shape { .. } => {
                "put the settings back, or begin anew with --overwrite, which replaces the documents and reads the topic from \
                 source.kafka.start on, or give the dataflow another name and its documents another place"
            }
            Refusal::Version { .. } => {
                "run the version of mare that wrote it, or begin anew with --fresh, which reads the topic from \
                 source.kafka.start on"
            }
            Refusal::AllBroken { .. } => {
                "bring one back from a copy, or begin anew with --fresh, which reads the topic from source.kafka.start on"
            }
        }
    }
}

/// Decides for a run of `shape` among the checkpoints `found`, newest first. With `fresh`, none is wanted.
///
/// A newer checkpoint that is broken is passed over, because an older one holds less of the log but nothing else.
/// Nothing is passed over silently, and a run never begins without a state because none could be read.
#[must_use]
pub fn decide(found: &[FoundCheckpoint], shape: &Shape, fresh: bool) -> RecoveryDecision {
    if fresh {
        return RecoveryDecision::Fresh;
    }
    let mut skipped = Vec::new();
    for FoundCheckpoint { epoch, manifest } in found {
        match manifest {
            Ok(manifest) => return continued(manifest, shape, skipped),
            Err(Broken::Version { found }) => {
                return RecoveryDecision::Refuse(Refusal::Version { epoch: *epoch, found: *found });
            }
            Err(broken) => skipped.push((*epoch, broken.clone())),
        }
    }
    if skipped.is_empty() {
        RecoveryDecision::Fresh
    } else {
        RecoveryDecision::Refuse(Refusal::AllBroken { broken: skipped })
    }
}

/// The decision for a checkpoint that can be read.
fn continued(manifest: &Manifest, shape: &Shape, skipped: Vec<(Epoch, Broken)>) -> RecoveryDecision {
    let differences = manifest.shape.differences(shape);
    if differences.is_empty() {
        return RecoveryDecision::Continue { manifest: Box::new(manifest.clone()), skipped };
    }
    RecoveryDecision::Refuse(Refusal::Shape { epoch: manifest.epoch, differences })
}

fn listed(broken: &[(Epoch, Broken)]) -> String {
    let broken = broken.iter().map(|(epoch, broken)| format!("{}: {broken}", epoch.0));
    broken.collect::<Vec<_>>().join("; ")
}
