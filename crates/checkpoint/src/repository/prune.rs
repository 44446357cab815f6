//! Removing checkpoints.

use super::{CheckpointState, Listed, Repository};
use crate::manifest::MANIFEST;
use crate::store::StoreError;
use mare_model::time::Epoch;

/// What was removed, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Checkpoints, whole and broken ones.
    pub checkpoints: Vec<Epoch>,
    /// What crashes had left of checkpoints that were never committed.
    pub garbage: Vec<Epoch>,
}

impl Repository {
    /// Keeps the newest `keep` whole checkpoints and removes what is older; and what was never committed, if a newer
    /// one was. The newest one is kept whatever `keep` is.
    ///
    /// Of two processes that prune at once, one finds less to remove.
    ///
    /// # Errors
    /// [`StoreError`]; some may have been removed.
    pub fn prune(&self, keep: usize) -> Result<Pruned, StoreError> {
        let pruned = chosen(&self.list()?, keep);
        pruned.garbage.iter().chain(&pruned.checkpoints).try_for_each(|epoch| self.delete(*epoch).map(drop))?;
        Ok(pruned)
    }

    /// Removes all that there is of the checkpoint at `epoch`; whether there was anything.
    ///
    /// The manifest goes first, so that a crash in between leaves no checkpoint with missing parts.
    ///
    /// # Errors
    /// [`StoreError`]; some of it may have been removed.
    pub fn delete(&self, epoch: Epoch) -> Result<bool, StoreError> {
        let Some(folder) = self.folders()?.remove(&epoch) else { return Ok(false) };
        let manifest = folder.keys().filter(|name| *name == MANIFEST);
        let others = folder.keys().filter(|name| *name != MANIFEST);
        manifest.chain(others).try_for_each(|name| self.store.delete(&self.object(epoch, name)))?;
        Ok(true)
    }
}

/// What to remove of what there is, newest first. Without a whole checkpoint it is nothing.
fn chosen(listed: &[Listed], keep: usize) -> Pruned {
    let mut whole =
        listed.iter().filter(|listed| matches!(listed.state, CheckpointState::Whole(_))).map(|listed| listed.epoch);
    let Some(newest) = whole.next() else { return Pruned::default() };
    let oldest_kept = whole.take(keep.saturating_sub(1)).last().unwrap_or(newest);
    let mut pruned = Pruned::default();
    for Listed { epoch, state, .. } in listed.iter().rev() {
        match state {
            CheckpointState::Unfinished if *epoch < newest => pruned.garbage.push(*epoch),
            CheckpointState::Whole(_) | CheckpointState::Broken(_) if *epoch < oldest_kept => {
                pruned.checkpoints.push(*epoch)
            }
            _ => {}
        }
    }
    pruned
}
