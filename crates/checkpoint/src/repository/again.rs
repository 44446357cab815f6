//! A checkpoint written again, under another epoch.

use super::Repository;
use crate::manifest::Manifest;
use crate::part::{Part, PartError, PartWriter};
use crate::store::StoreError;
use mare_model::time::Epoch;

/// Why a checkpoint was not written again.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// A part cannot be read.
    #[error(transparent)]
    Part(#[from] PartError),
    /// What was read cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Repository {
    /// Writes the checkpoint of `manifest`, whatever that says of its partitions, once more at `epoch`; it is whole and
    /// durable when this returns. The rows are those of the parts that stand at its own epoch.
    ///
    /// # Errors
    /// [`AgainError`]; there is no checkpoint at `epoch` then.
    pub fn again(&self, manifest: &Manifest, epoch: Epoch) -> Result<Manifest, AgainError> {
        let parts = manifest.parts.iter().map(|part| self.copy(manifest, part, epoch)).collect::<Result<_, _>>()?;
        let again = Manifest { epoch, parts, ..manifest.clone() };
        self.commit(&again)?;
        Ok(again)
    }

    /// Writes one part again. Its blocks are read and checked on the way.
    fn copy(&self, manifest: &Manifest, part: &Part, epoch: Epoch) -> Result<Part, AgainError> {
        let mut to = PartWriter::new(self.part_file(epoch, manifest.generation, part.worker)?);
        for block in self.read(manifest.epoch, part)? {
            to.write(&block?)?;
        }
        Ok(to.finish()?)
    }
}
