//! A checkpoint that version 1 of the format wrote. It stays readable for as long as that version is.

use std::path::Path;
use std::sync::Arc;

use super::fixture::{DATAFLOW, author, partitions, shape};
use crate::checkpoint::store::local::LocalStore;
use crate::checkpoint::store::memory::MemoryStore;
use crate::checkpoint::{Block, Manifest, Repository, SeenIds};
use crate::engine::partials::Partials;
use crate::source::Partition;
use crate::time::{Epoch, EventTime, Window};

/// The minute that the kept rows are of.
const WINDOW: Window = Window { start: EventTime(1_764_331_200_000) };

/// What the kept part of a worker holds.
fn blocks(worker: u32) -> Vec<Block> {
    if worker == 1 {
        return Vec::new();
    }
    let mut totals = Partials::new(2);
    totals.push(WINDOW, "Gamer|SP");
    totals.add(0, 1, &[12_345, i128::MIN]);
    totals.push(Window { start: EventTime(-60_000) }, "Informática|AM");
    totals.add(1, 1, &[-1, 0]);
    totals.add(1, 1, &[-1, i128::MAX]);
    let ids = ["0f1d", "ção"].map(str::to_owned).into();
    vec![Block::Totals(totals), Block::Ids(SeenIds { partition: Partition(2), window: WINDOW, ids })]
}

/// Writes the kept checkpoint.
fn write(repository: &Repository) -> Manifest {
    let part = |worker| {
        let mut writer = repository.part(Epoch(1_764_331_200_000), worker).unwrap();
        blocks(worker).iter().try_for_each(|block| writer.write(block)).unwrap();
        writer.finish().unwrap()
    };
    let taken = jiff::Timestamp::from_millisecond(1_764_331_200_123).unwrap();
    let manifest = author().manifest(Epoch(1_764_331_200_000), taken, partitions(), vec![part(0), part(1)]);
    repository.commit(&manifest).unwrap();
    manifest
}

fn kept() -> Arc<LocalStore> {
    Arc::new(LocalStore::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoint-v1")))
}

#[test]
fn it_is_read_as_what_was_written() {
    let repository = Repository::new(kept(), DATAFLOW);
    let manifest = repository.recover(&shape(), false).unwrap().manifest.unwrap();
    assert_eq!(manifest, write(&Repository::new(Arc::new(MemoryStore::default()), DATAFLOW)));
    for part in &manifest.parts {
        let read: Result<Vec<_>, _> = repository.read(manifest.epoch, part).unwrap().collect();
        assert_eq!(read.unwrap(), blocks(part.worker));
    }
}

/// Another version of mare that is of the same format must be able to read what this one writes.
#[test]
fn it_is_written_the_same_to_the_byte() {
    let (store, kept) = (MemoryStore::default(), kept());
    write(&Repository::new(Arc::new(store.clone()), DATAFLOW));
    for name in store.names() {
        let expected = crate::checkpoint::Store::get(&*kept, &name).unwrap();
        assert_eq!(crate::checkpoint::Store::get(&store, &name).unwrap(), expected, "{name}");
    }
}
