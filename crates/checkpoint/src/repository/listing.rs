//! What checkpoints there are.

use std::collections::BTreeMap;

use super::Repository;
use crate::manifest::{Broken, MANIFEST, Manifest};
use crate::store::{Object, StoreError};
use mare_model::time::Epoch;

/// A checkpoint, or what a crash has left of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its epoch, the name of its folder.
    pub epoch: Epoch,
    /// Size of all its objects, in bytes.
    pub bytes: u64,
    /// Whether it can be used.
    pub state: CheckpointState,
}

/// Whether a checkpoint can be used, as far as its manifest and the sizes of its parts tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointState {
    /// It can, unless a part is damaged inside, which [`Repository::verify`] sees.
    Whole(Box<Manifest>),
    /// It cannot.
    Broken(Broken),
    /// It has no manifest: it is being written, or never will be finished.
    Unfinished,
}

impl Listed {
    /// Whether it was committed, whatever has become of it since.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.state != CheckpointState::Unfinished
    }
}

/// The objects of one checkpoint: their sizes by their names in its folder.
type Folder = BTreeMap<String, u64>;

impl Repository {
    /// Every checkpoint, newest first, with the broken and the unfinished ones.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be asked; an object that vanishes meanwhile is no error.
    pub fn list(&self) -> Result<Vec<Listed>, StoreError> {
        let folders = self.folders()?.into_iter().rev();
        folders.map(|(epoch, folder)| self.listed(epoch, &folder)).collect()
    }

    /// The objects of each checkpoint.
    pub(super) fn folders(&self) -> Result<BTreeMap<Epoch, Folder>, StoreError> {
        let mut folders = BTreeMap::<Epoch, Folder>::new();
        for Object { name, bytes } in self.store.list(&self.dataflow)? {
            if let Some((epoch, name)) = self.split(&name) {
                folders.entry(epoch).or_default().insert(name.to_owned(), bytes);
            }
        }
        Ok(folders)
    }

    /// The epoch and the name of an object; nothing if it is not one of a checkpoint.
    fn split<'a>(&self, name: &'a str) -> Option<(Epoch, &'a str)> {
        let (epoch, name) = name.strip_prefix(&self.dataflow)?.strip_prefix('/')?.split_once('/')?;
        let is_epoch = epoch.len() == 20 && epoch.bytes().all(|byte| byte.is_ascii_digit());
        Some((Epoch(epoch.parse().ok().filter(|_| is_epoch)?), name))
    }

    fn listed(&self, epoch: Epoch, folder: &Folder) -> Result<Listed, StoreError> {
        let state =
            if folder.contains_key(MANIFEST) { self.state(epoch, folder)? } else { CheckpointState::Unfinished };
        Ok(Listed { epoch, bytes: folder.values().sum(), state })
    }

    /// The state of a checkpoint that has a manifest.
    fn state(&self, epoch: Epoch, folder: &Folder) -> Result<CheckpointState, StoreError> {
        let text = match self.store.get(&self.object(epoch, MANIFEST)) {
            Err(error) if error.is_missing() => return Ok(CheckpointState::Unfinished),
            text => text?,
        };
        let manifest = Manifest::from_text(&text).and_then(|manifest| self.own(epoch, manifest));
        let whole = manifest.and_then(|manifest| has_parts(&manifest, folder).map(|()| manifest));
        Ok(whole.map_or_else(CheckpointState::Broken, |manifest| CheckpointState::Whole(Box::new(manifest))))
    }

    /// The manifest, if it is the one of this dataflow's checkpoint at `epoch`.
    fn own(&self, epoch: Epoch, manifest: Manifest) -> Result<Manifest, Broken> {
        if manifest.dataflow == self.dataflow && manifest.epoch == epoch {
            return Ok(manifest);
        }
        Err(Broken::Foreign { dataflow: manifest.dataflow, epoch: manifest.epoch.0 })
    }
}

/// Checks that every part is there and has its size.
fn has_parts(manifest: &Manifest, folder: &Folder) -> Result<(), Broken> {
    manifest.parts.iter().try_for_each(|part| match folder.get(&part.name) {
        Some(bytes) if *bytes == part.bytes => Ok(()),
        Some(bytes) => Err(Broken::Damaged(format!("{} has {bytes} bytes, not {}", part.name, part.bytes))),
        None => Err(Broken::Damaged(format!("{} is missing", part.name))),
    })
}
