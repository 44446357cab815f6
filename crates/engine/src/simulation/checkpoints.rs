//! The checkpoints of a run: taken, damaged, found again, and judged.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::chance::Chance;
use crate::announcement::Beginning;
use crate::checkpoint::Checkpointer;
use crate::checkpoint::background::Job;
use mare_checkpoint::manifest::{Author, MANIFEST, Manifest};
use mare_checkpoint::store::memory::MemoryStore;
use mare_checkpoint::{CheckpointState, RecoverError, Recovered, Repository, Shape, Store};
use mare_dataflow::Plan;
use mare_model::time::Epoch;

/// Operations of the store within which a fault begins: about as many as a job has.
const FAULT_WITHIN: usize = 8;
/// More bytes than a checkpoint of a run has, for a disk that is full now and then.
const FULL_BYTES: usize = 4_000;

/// The store, which outlives every life.
pub struct Checkpoints {
    store: MemoryStore,
    shape: Shape,
    keep: usize,
    /// Those that were made since they were last judged.
    made: Arc<Mutex<Vec<Manifest>>>,
    /// Those that somebody has damaged.
    damaged: RefCell<BTreeSet<Epoch>>,
    /// Whether there has been a zombie, which takes for garbage what is older than its own checkpoints, and whose own
    /// parts are garbage to others.
    pub is_haunted: Cell<bool>,
    /// How many jobs the store has failed.
    pub faults: Cell<usize>,
}

/// What a life finds when it looks for a checkpoint.
pub struct Found {
    pub recovered: Recovered,
    /// Whether all were damaged, so that it had to begin anew.
    pub is_anew: bool,
}

impl Checkpoints {
    /// An empty store for runs of `plan`.
    pub fn new(plan: &Plan) -> Checkpoints {
        let keep = plan.checkpoint.as_ref().map_or(1, |settings| settings.keep);
        let (store, shape, made) = (MemoryStore::default(), plan.shape(), Arc::default());
        Checkpoints {
            store,
            shape,
            keep,
            made,
            damaged: RefCell::default(),
            is_haunted: Cell::new(false),
            faults: Cell::new(0),
        }
    }

    /// The checkpoints as the engine sees them.
    pub fn repository(&self) -> Repository {
        Repository::new(Arc::new(self.store.clone()), "test")
    }

    /// The newest checkpoint that can be read, if its manifest is all that is looked at.
    pub fn newest(&self) -> Option<Manifest> {
        let listed = self.repository().list().expect("the store does as asked");
        listed.into_iter().find_map(|listed| match listed.state {
            CheckpointState::Whole(manifest) => Some(*manifest),
            CheckpointState::Broken(_) | CheckpointState::Unfinished => None,
        })
    }

    /// Where a run that has claimed the database puts its checkpoints.
    pub fn checkpointer(&self, beginning: &Beginning) -> Arc<Checkpointer> {
        let (shape, made) = (self.shape.clone(), Arc::clone(&self.made));
        let Beginning { generation, sink_id, others, .. } = beginning.clone();
        let (dataflow, sink) = ("test".into(), "memory".into());
        let author = Author { dataflow, shape, sink, sink_id, generation, others, ..Author::default() };
        let told = move |manifest: &Manifest| made.lock().expect("not poisoned").push(manifest.clone());
        Arc::new(Checkpointer::new(self.repository(), author, self.keep, told))
    }

    /// Does a job of a living worker; seldom, the store does not do as asked.
    pub fn run(&self, job: Job, chance: &Chance, faults_percent: usize) {
        if chance.percent(faults_percent) {
            self.faults.set(self.faults.get() + 1);
            let first = self.store.operations() + chance.within(0..=FAULT_WITHIN) as u64;
            match chance.within(0..=2) {
                0 => self.store.fail(first..first + 1),
                1 => self.store.fail(first..u64::MAX),
                _ => self.store.bound(Some(chance.within(0..=FULL_BYTES) as u64)),
            }
        }
        self.finish(job);
    }

    /// Does the job of a process that dies meanwhile.
    pub fn run_dying(&self, job: Job, chance: &Chance) {
        let first = self.store.operations() + chance.within(0..=FAULT_WITHIN) as u64;
        self.store.fail(first..u64::MAX);
        self.finish(job);
    }

    fn finish(&self, job: Job) {
        job();
        self.store.fail(0..0);
        self.store.bound(None);
    }

    /// The checkpoints that were made since, and stand.
    pub fn take_made(&self) -> Vec<Manifest> {
        let mut made = std::mem::take(&mut *self.made.lock().expect("not poisoned"));
        made.iter().for_each(|manifest| {
            self.damaged.borrow_mut().remove(&manifest.epoch);
        });
        let listed = self.repository().list().expect("the store does as asked");
        let state = |epoch| listed.iter().find(|listed| listed.epoch == epoch).map(|listed| &listed.state);
        made.retain(|manifest| match state(manifest.epoch) {
            Some(CheckpointState::Whole(standing)) => **standing == *manifest,
            Some(CheckpointState::Broken(_)) if self.is_haunted.get() => {
                self.damaged.borrow_mut().insert(manifest.epoch);
                false
            }
            Some(CheckpointState::Broken(_)) => true,
            Some(CheckpointState::Unfinished) | None => false,
        });
        made
    }

    /// Damages the newest checkpoint, or several, in any way; returns whether there was any.
    pub fn damage(&self, chance: &Chance, all: bool) -> bool {
        let listed = self.repository().list().expect("the store does as asked");
        let whole = listed.into_iter().filter_map(|listed| match listed.state {
            CheckpointState::Whole(manifest) => Some(manifest),
            CheckpointState::Broken(_) | CheckpointState::Unfinished => None,
        });
        let whole = whole.filter(|manifest| !self.damaged.borrow().contains(&manifest.epoch)); // a bit flipped twice is whole
        let victims: Vec<_> = whole.take(if all { usize::MAX } else { 1 }).collect();
        for Manifest { epoch, parts, .. } in victims.iter().map(|manifest| &**manifest) {
            // Another run may have left a part there that the manifest does not name.
            let names: Vec<_> = parts.iter().map(|part| &*part.name).chain([MANIFEST]).collect();
            let name = format!("test/{:020}/{}", epoch.0, chance.pick(&names));
            let (way, place) = (chance.within(0..=2), chance.within(0..=999));
            match way {
                0 => self.store.edit(&name, |bytes| {
                    let place = place * bytes.len() / 1_000;
                    bytes[place] ^= 1 << (place % 8);
                }),
                1 => self.store.edit(&name, |bytes| bytes.truncate(place * bytes.len() / 1_000)),
                _ => self.store.delete(&name).expect("the store does as asked"),
            }
            self.damaged.borrow_mut().insert(*epoch);
        }
        !victims.is_empty()
    }

    /// What a run that begins goes on from.
    ///
    /// # Errors
    /// If that is not the newest checkpoint that nobody has damaged.
    pub fn recover(&self, fresh: bool) -> Result<Found, String> {
        let damaged = self.damaged.borrow();
        let expected = self.committed().difference(&damaged).copied().max().filter(|_| !fresh);
        let (recovered, is_anew) = match self.repository().recover(&self.shape, fresh) {
            Err(RecoverError::Refused(why)) if !damaged.is_empty() => {
                let anew = self.repository().recover(&self.shape, true);
                (anew.map_err(|error| format!("{why}; and then {error}"))?, true)
            }
            found => (found.map_err(|error| error.to_string())?, false),
        };
        let found = recovered.manifest.as_ref().map(|manifest| manifest.epoch);
        if found != expected {
            return Err(format!("it goes on from {found:?} instead of {expected:?}: {:?}", recovered.skipped));
        }
        Ok(Found { recovered, is_anew })
    }

    /// The checkpoints that have been committed and not removed, whole or not.
    fn committed(&self) -> BTreeSet<Epoch> {
        let names = self.store.names();
        let manifests = names.iter().filter_map(|name| name.strip_prefix("test/")?.strip_suffix(MANIFEST));
        manifests.filter_map(|epoch| epoch.trim_end_matches('/').parse().ok().map(Epoch)).collect()
    }
}
