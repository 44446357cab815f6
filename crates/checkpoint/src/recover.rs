//! Finding the checkpoint that a run goes on from: the reading around [`decide()`].

use super::decide::{FoundCheckpoint, RecoveryDecision, Refusal, decide};
use super::repository::{CheckpointState, Listed, Repository};
use super::{Broken, Manifest, PartError, Shape, StoreError};
use mare_model::fault::{Domain, Fault};
use mare_model::time::Epoch;

/// What a run begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The checkpoint that it goes on from; nothing if it begins without a state. Its parts have been read and are
    /// whole.
    pub manifest: Option<Manifest>,
    /// Newer checkpoints that are broken, newest first, and why: for the run to tell.
    pub skipped: Vec<(Epoch, Broken)>,
    /// The newest epoch of which the store has anything. The run's checkpoints must be newer, or they'd not be the
    /// newest.
    pub newest: Option<Epoch>,
}

/// Why a run does not begin.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The checkpoints are not for it; the user decides, see [`Refusal::remedy`].
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store cannot be asked. What it cannot be asked about is not taken for absent.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store does not give a part that is there.
    #[error(transparent)]
    Part(PartError),
}

impl From<&RecoverError> for Fault {
    fn from(error: &RecoverError) -> Fault {
        match error {
            RecoverError::Refused(refusal) => Fault::new(Domain::User, refusal).remedy(refusal.remedy()),
            RecoverError::Store(error) => error.into(),
            RecoverError::Part(error) => error.into(),
        }
    }
}

impl Repository {
    /// Finds the newest whole checkpoint for a run of `shape` and reads all of it; with `fresh`, none is wanted.
    ///
    /// # Errors
    /// [`RecoverError`]; the run must not begin then.
    pub fn recover(&self, shape: &Shape, fresh: bool) -> Result<Recovered, RecoverError> {
        let listed = self.list()?;
        let newest = listed.first().map(|listed| listed.epoch);
        let mut found: Vec<_> = listed.into_iter().filter_map(found).collect();
        loop {
            let (manifest, skipped) = match decide(&found, shape, fresh) {
                RecoveryDecision::Fresh => return Ok(Recovered { manifest: None, skipped: Vec::new(), newest }),
                RecoveryDecision::Refuse(refusal) => return Err(refusal.into()),
                RecoveryDecision::Continue { manifest, skipped } => (*manifest, skipped),
            };
            match self.verify(&manifest) {
                Ok(()) => return Ok(Recovered { manifest: Some(manifest), skipped, newest }),
                Err(error) if error.is_damage() => breaks(&mut found, manifest.epoch, &error),
                Err(error) => return Err(RecoverError::Part(error)),
            }
        }
    }
}

/// A checkpoint as a fact for the decision; one that was never committed is none.
fn found(listed: Listed) -> Option<FoundCheckpoint> {
    let manifest = match listed.state {
        CheckpointState::Whole(manifest) => Ok(*manifest),
        CheckpointState::Broken(broken) => Err(broken),
        CheckpointState::Unfinished => return None,
    };
    Some(FoundCheckpoint { epoch: listed.epoch, manifest })
}

/// Notes that the checkpoint at `epoch` turned out to be broken.
fn breaks(found: &mut [FoundCheckpoint], epoch: Epoch, error: &PartError) {
    for found in found.iter_mut().filter(|found| found.epoch == epoch) {
        found.manifest = Err(Broken::Damaged(error.to_string()));
    }
}
