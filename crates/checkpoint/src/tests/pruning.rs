//! Which checkpoints are removed, and which never.

use crate::fixture::{checkpoint, in_memory, object, part, whole};
use crate::{Pruned, Repository};
use mare_model::time::Epoch;

fn epochs(repository: &Repository) -> Vec<u64> {
    repository.list().unwrap().iter().map(|listed| listed.epoch.0).collect()
}

#[test]
fn the_newest_are_kept() {
    let (_, repository) = in_memory();
    (1..=5).for_each(|epoch| drop(checkpoint(&repository, epoch, 1).unwrap()));
    let pruned = repository.prune(3).unwrap();
    assert_eq!(pruned, Pruned { checkpoints: vec![Epoch(1), Epoch(2)], garbage: vec![] });
    assert_eq!(whole(&repository), [5, 4, 3]);
    repository.prune(0).unwrap();
    assert_eq!(whole(&repository), [5], "the newest is never removed");
}

#[test]
fn broken_ones_do_not_count_and_go_with_their_age() {
    let (store, repository) = in_memory();
    (1..=5).for_each(|epoch| drop(checkpoint(&repository, epoch, 1).unwrap()));
    for epoch in [1, 4, 5] {
        store.edit(&object(epoch, "part-00000"), Vec::clear);
    }
    repository.prune(2).unwrap();
    assert_eq!(epochs(&repository), [5, 4, 3, 2], "two whole ones are kept, and what is broken and newer is shown");
    (2..=3).for_each(|epoch| store.edit(&object(epoch, "part-00000"), Vec::clear));
    assert_eq!(repository.prune(1).unwrap(), Pruned::default(), "without a whole one nothing is removed");
}

#[test]
fn what_was_never_committed_goes_when_a_newer_one_was() {
    let (_, repository) = in_memory();
    part(&repository, 1, 0).unwrap();
    checkpoint(&repository, 2, 1).unwrap();
    part(&repository, 3, 0).unwrap();
    assert_eq!(repository.prune(3).unwrap(), Pruned { checkpoints: vec![], garbage: vec![Epoch(1)] });
    assert_eq!(epochs(&repository), [3, 2]);
}

#[test]
fn another_dataflow_and_what_is_no_checkpoint_are_left_alone() {
    let (store, repository) = in_memory();
    let other = Repository::new(std::sync::Arc::new(store.clone()), "sales-eu");
    let manifest = checkpoint(&repository, 1, 1).unwrap();
    other.commit(&manifest).unwrap();
    crate::Store::put(&store, "sales/notes/today.txt", b"x").unwrap();
    assert!(repository.delete(Epoch(1)).unwrap());
    assert!(!repository.delete(Epoch(1)).unwrap());
    assert_eq!(store.names(), ["sales-eu/00000000000000000001/manifest.json", "sales/notes/today.txt"]);
}
