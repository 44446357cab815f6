//! The checkpoints of one dataflow.
//!
//! # Layout
//! * [`Repository`]: writing, reading and verifying a checkpoint
//! * [`again`]: writing one once more; [`listing`]: what is there; [`prune`]: removing what is not needed any more
//! * [`lost`]: what a run has left a note of

pub mod again;
pub mod listing;
pub mod lost;
pub mod prune;

pub use listing::{CheckpointState, Listed};
pub use lost::Loss;
pub use prune::Pruned;

use std::sync::Arc;

use super::manifest::{MANIFEST, Manifest};
use super::part::{Part, PartError, PartFault, PartFile, PartReader, PartWriter};
use super::store::{self, Store, StoreError};
use crate::Checkpointing;
use mare_model::time::Epoch;

/// The checkpoints of one dataflow in one store. Its clones are the same.
#[derive(Clone, Debug)]
pub struct Repository {
    store: Arc<dyn Store>,
    /// The dataflow's name, which is the name of its folder in the store.
    dataflow: String,
}

impl Repository {
    /// The checkpoints of `dataflow` where the settings say. Nothing is read or made yet.
    ///
    /// # Errors
    /// [`StoreError`] if the settings name no store.
    pub fn open(settings: &Checkpointing, dataflow: &str) -> Result<Repository, StoreError> {
        Ok(Repository::new(store::registry::open(&settings.path)?, dataflow))
    }

    /// The checkpoints of `dataflow` in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, dataflow: &str) -> Repository {
        Repository { store, dataflow: dataflow.to_owned() }
    }

    /// Where the checkpoints are, for a person; without secrets.
    #[must_use]
    pub fn place(&self) -> String {
        self.store.place(&self.dataflow)
    }

    /// Begins the part of `worker` of the checkpoint at `epoch`, in the run of `generation`, for a thread that takes
    /// encoded blocks.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be begun.
    pub fn part_file(&self, epoch: Epoch, generation: u64, worker: u32) -> Result<PartFile, StoreError> {
        let name = Part::name(generation, worker);
        PartFile::begin(self.store.create(&self.object(epoch, &name))?, name, epoch, worker)
    }

    /// As [`Repository::part_file`], for a thread that encodes and writes; of a run without a generation.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be begun.
    pub fn part(&self, epoch: Epoch, worker: u32) -> Result<PartWriter, StoreError> {
        self.part_file(epoch, 0, worker).map(PartWriter::new)
    }

    /// Makes a checkpoint of the parts that the manifest names, all of which are durable.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether there is a checkpoint, but if there is, it is whole.
    pub fn commit(&self, manifest: &Manifest) -> Result<(), StoreError> {
        self.store.put(&self.object(manifest.epoch, MANIFEST), manifest.to_text().as_bytes())
    }

    /// Begins to read a part of the checkpoint at `epoch`.
    ///
    /// # Errors
    /// [`PartError`] if it is not there, or does not begin like this part.
    pub fn read(&self, epoch: Epoch, part: &Part) -> Result<PartReader, PartError> {
        let name = self.object(epoch, &part.name);
        let place = self.store.place(&name);
        match self.store.open(&name) {
            Ok(bytes) => PartReader::begin(bytes, place, epoch, part),
            Err(error) => Err(PartError { place, at: 0, fault: PartFault::Store(error) }),
        }
    }

    /// Reads every part wholly and checks every byte.
    ///
    /// # Errors
    /// The first [`PartError`].
    pub fn verify(&self, manifest: &Manifest) -> Result<(), PartError> {
        manifest
            .parts
            .iter()
            .try_for_each(|part| self.read(manifest.epoch, part)?.try_for_each(|block| block.map(drop)))
    }

    /// The name of an object of the checkpoint at `epoch`.
    fn object(&self, epoch: Epoch, name: &str) -> String {
        format!("{}/{:020}/{name}", self.dataflow, epoch.0)
    }
}
