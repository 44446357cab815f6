//! A process or a disk that gives out at any point of a checkpoint leaves the older one, and garbage that goes away.

use std::sync::Arc;

use crate::fixture::{DATAFLOW, checkpoint, in_memory, shape, whole};
use crate::store::StoreFault;
use crate::store::memory::MemoryStore;
use crate::{CheckpointState, Repository};
use mare_model::time::Epoch;

/// A store with one checkpoint, and a repository over it.
fn one_checkpoint() -> (MemoryStore, Repository) {
    let (store, repository) = in_memory();
    checkpoint(&repository, 1, 2).unwrap();
    (store, repository)
}

/// The next run on what is left: it goes on from the older checkpoint, and its own checkpoint makes the garbage go.
fn goes_on_from_the_older_one(store: &MemoryStore, what: &str) {
    let repository = Repository::new(Arc::new(store.copy()), DATAFLOW);
    let recovered = repository.recover(&shape(), false).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(recovered.manifest.map(|manifest| manifest.epoch), Some(Epoch(1)), "{what}");
    assert_eq!(recovered.skipped, [], "{what}: what was never committed is not broken");

    let garbage = repository.list().unwrap().iter().any(|listed| listed.state == CheckpointState::Unfinished);
    repository.prune(3).unwrap();
    let kept = repository.list().unwrap().iter().any(|listed| listed.state == CheckpointState::Unfinished);
    assert_eq!(kept, garbage, "{what}: what is newer than the newest checkpoint may be on its way");
    checkpoint(&repository, 3, 1).unwrap();
    repository.prune(3).unwrap();
    let left: Vec<_> = repository.list().unwrap().iter().map(|listed| listed.epoch.0).collect();
    assert_eq!(left, [3, 1], "{what}");
}

#[test]
fn a_crash_at_any_operation_leaves_the_older_checkpoint() {
    let (store, repository) = one_checkpoint();
    let begin = store.operations();
    checkpoint(&repository, 2, 2).unwrap();
    let operations = store.operations() - begin;
    assert!(operations > 6, "{operations}");
    for operation in 0..operations {
        let (store, repository) = one_checkpoint();
        store.fail(begin + operation..u64::MAX);
        checkpoint(&repository, 2, 2).unwrap_err();
        goes_on_from_the_older_one(&store, &format!("operation {operation}"));
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_leaves_the_older_checkpoint() {
    let size = |store: &MemoryStore| {
        let mut size = 0;
        store.names().iter().for_each(|name| store.edit(name, |bytes| size += bytes.len() as u64));
        size
    };
    let (store, repository) = one_checkpoint();
    let begin = size(&store);
    checkpoint(&repository, 2, 2).unwrap();
    for room in 0..size(&store) - begin {
        let (store, repository) = one_checkpoint();
        store.bound(Some(begin + room));
        let error = checkpoint(&repository, 2, 2).unwrap_err();
        assert_eq!(error.fault, StoreFault::Full, "{error}");
        assert!(error.to_string().ends_with("make room there, or lower `checkpoint.keep`"), "{error}");
        store.bound(None);
        goes_on_from_the_older_one(&store, &format!("room for {room} bytes"));
    }
}

#[test]
fn a_crash_at_any_operation_of_pruning_leaves_the_newest_and_nothing_broken() {
    let filled = || {
        let (store, repository) = in_memory();
        (1..5).for_each(|epoch| drop(checkpoint(&repository, epoch, 2).unwrap()));
        (store, repository)
    };
    let (store, repository) = filled();
    let begin = store.operations();
    repository.prune(1).unwrap();
    let operations = store.operations() - begin;
    for operation in 0..operations {
        let (store, repository) = filled();
        store.fail(begin + operation..u64::MAX);
        repository.prune(1).unwrap_err();
        store.fail(0..0);
        assert_eq!(whole(&repository)[0], 4, "operation {operation}");
        let broken =
            repository.list().unwrap().into_iter().find(|listed| matches!(listed.state, CheckpointState::Broken(_)));
        assert_eq!(broken, None, "operation {operation}");
        repository.prune(1).unwrap();
        assert_eq!(store.names().len(), 3, "operation {operation}");
    }
}
