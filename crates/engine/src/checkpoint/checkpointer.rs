//! Where the checkpoints of a run go.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::announcement::Restored;
use crate::source::RestoredBlocks;
use mare_checkpoint::manifest::{Author, Content};
use mare_checkpoint::{Encoded, Manifest, Part, Repository, StoreError};
use mare_model::fault::Fault;
use mare_model::time::Epoch;

/// Writes the checkpoints of a run: the [`parts`](super::parts) operators its parts, the [`commit`](super::commit)
/// operator its manifests. One is shared by the workers of a process.
pub struct Checkpointer {
    repository: Repository,
    /// What the manifests say of the run.
    author: Author,
    /// How many checkpoints are kept.
    keep: usize,
    /// The newest checkpoint of this run.
    newest: Mutex<Option<Manifest>>,
    /// Told of each new checkpoint.
    told: Box<dyn Fn(&Manifest) + Send + Sync>,
}

impl Checkpointer {
    /// Writes to `repository`, which keeps so many checkpoints, as `author`; `told` hears of each new one.
    pub fn new(
        repository: Repository,
        author: Author,
        keep: usize,
        told: impl Fn(&Manifest) + Send + Sync + 'static,
    ) -> Self {
        Checkpointer { repository, author, keep, newest: Mutex::default(), told: Box::new(told) }
    }

    /// The newest checkpoint that this process has made in this run.
    #[must_use]
    pub fn newest(&self) -> Option<Manifest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the parts of a checkpoint hold, block by block.
    #[must_use]
    pub fn rows(&self, restored: &Restored) -> RestoredBlocks {
        let (repository, epoch) = (self.repository.clone(), restored.epoch);
        let parts = restored.parts.clone().into_iter();
        let blocks = parts.flat_map(move |part| match repository.read(epoch, &part) {
            Ok(blocks) => Box::new(blocks) as Box<dyn Iterator<Item = _>>,
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
        Box::new(blocks.map(|block| block.map_err(|error| Fault::from(&error))))
    }

    /// Makes the part of `worker` durable, in the run of `generation`.
    ///
    /// # Errors
    /// [`StoreError`]; there is no part then.
    pub fn write(&self, epoch: Epoch, generation: u64, worker: u32, blocks: &[Encoded]) -> Result<Part, StoreError> {
        let mut file = self.repository.part_file(epoch, generation, worker)?;
        blocks.iter().try_for_each(|blocks| file.append(blocks))?;
        file.finish()
    }

    /// Makes a checkpoint of what is durable, and removes those that are not needed any more.
    ///
    /// # Errors
    /// [`StoreError`]; if there is a checkpoint all the same, it is whole.
    pub fn commit(&self, epoch: Epoch, content: Content) -> Result<Manifest, StoreError> {
        let manifest = self.author.manifest(epoch, Timestamp::now(), content);
        self.repository.commit(&manifest)?;
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(manifest.clone());
        (self.told)(&manifest);
        if let Err(error) = self.repository.prune(self.keep) {
            tracing::warn!("old checkpoints stay: {error}");
        }
        Ok(manifest)
    }
}
