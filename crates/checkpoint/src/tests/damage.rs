//! Bytes that are cut off, changed, added, or of something else are never taken for a checkpoint.

use crate::fixture::{checkpoint, in_memory, object, shape};
use crate::store::memory::MemoryStore;
use crate::{Manifest, PartFault, Repository};

/// An older and a newer checkpoint, whose part is damaged by `damage`: the older one must be taken, and the newer
/// named.
fn falls_back(store: &MemoryStore, damage: impl FnOnce(&mut Vec<u8>), name: &str, what: &str) {
    let store = store.copy();
    let repository = Repository::new(std::sync::Arc::new(store.clone()), crate::fixture::DATAFLOW);
    store.edit(&object(2, name), damage);
    let recovered = repository.recover(&shape(), false).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(recovered.manifest.map(|manifest| manifest.epoch.0), Some(1), "{what}");
    assert_eq!(recovered.skipped.iter().map(|(epoch, _)| epoch.0).collect::<Vec<_>>(), [2], "{what}");
}

fn two_checkpoints() -> (MemoryStore, Manifest) {
    let (store, repository) = in_memory();
    checkpoint(&repository, 1, 1).unwrap();
    let manifest = checkpoint(&repository, 2, 2).unwrap();
    (store, manifest)
}

fn size(store: &MemoryStore, name: &str) -> usize {
    let mut size = 0;
    store.edit(&object(2, name), |bytes| size = bytes.len());
    size
}

#[test]
fn cut_off_at_any_byte() {
    let (store, _) = two_checkpoints();
    for name in ["part-00000", "part-00001", "manifest.json"] {
        for length in 0..size(&store, name) {
            falls_back(&store, |bytes| bytes.truncate(length), name, &format!("{name} cut to {length}"));
        }
    }
}

#[test]
fn any_bit_flipped() {
    let (store, _) = two_checkpoints();
    for name in ["part-00000", "part-00001", "manifest.json"] {
        for bit in 0..size(&store, name) * 8 {
            falls_back(&store, |bytes| bytes[bit / 8] ^= 1 << (bit % 8), name, &format!("{name}, bit {bit}"));
        }
    }
}

#[test]
fn bytes_added_behind_the_end() {
    let (store, _) = two_checkpoints();
    for name in ["part-00000", "manifest.json"] {
        falls_back(&store, |bytes| bytes.push(b'\n'), name, name);
    }
}

/// The listing compares sizes; the reader must see a cut by itself, because a store may list one size and give another.
#[test]
fn a_reader_sees_a_cut_at_any_byte_by_itself() {
    let (store, manifest) = two_checkpoints();
    for length in 0..size(&store, "part-00001") {
        let store = store.copy();
        let repository = Repository::new(std::sync::Arc::new(store.clone()), crate::fixture::DATAFLOW);
        store.edit(&object(2, "part-00001"), |bytes| bytes.truncate(length));
        let error = repository.verify(&manifest).expect_err(&format!("cut to {length}"));
        assert!(matches!(error.fault, PartFault::EndsEarly), "cut to {length}: {error}");
        assert!(error.to_string().contains("part-00001, byte "), "{error}");
    }
}

#[test]
fn the_part_of_another_worker_or_checkpoint() {
    let (store, manifest) = two_checkpoints();
    let repository = Repository::new(std::sync::Arc::new(store.clone()), crate::fixture::DATAFLOW);
    for (from, message) in [(object(2, "part-00000"), "worker 0 at epoch 2"), (object(1, "part-00000"), "at epoch 1")] {
        let mut other = Vec::new();
        store.edit(&from, |bytes| other.clone_from(bytes));
        store.edit(&object(2, "part-00001"), |bytes| *bytes = other);
        let error = repository.verify(&manifest).unwrap_err();
        assert!(matches!(error.fault, PartFault::Foreign { .. }), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    store.edit(&object(2, "part-00001"), |bytes| *bytes = manifest.to_text().into_bytes());
    assert!(matches!(repository.verify(&manifest).unwrap_err().fault, PartFault::NotAPart));
}

/// A part that is whole in itself, and yet not the one that the manifest names.
#[test]
fn a_part_that_was_written_again() {
    let (store, manifest) = two_checkpoints();
    let repository = Repository::new(std::sync::Arc::new(store), crate::fixture::DATAFLOW);
    let mut writer = repository.part(manifest.epoch, 1).unwrap();
    crate::fixture::blocks(99).iter().try_for_each(|block| writer.write(block)).unwrap();
    writer.finish().unwrap();
    assert!(matches!(repository.verify(&manifest).unwrap_err().fault, PartFault::Differs { .. }));
}

/// A reader's user need not wait for the end of the part: what is given out is what was written.
#[test]
fn no_block_is_given_out_that_was_not_written() {
    let (store, manifest) = two_checkpoints();
    let (part, blocks) = (&manifest.parts[1], crate::fixture::blocks(crate::fixture::seed(2, 1)));
    for bit in 0..size(&store, &part.name) * 8 {
        let store = store.copy();
        let repository = Repository::new(std::sync::Arc::new(store.clone()), crate::fixture::DATAFLOW);
        store.edit(&object(2, &part.name), |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let Ok(reader) = repository.read(manifest.epoch, part) else { continue };
        for (given, block) in reader.map_while(Result::ok).enumerate() {
            assert_eq!(Some(&block), blocks.get(given), "bit {bit}, block {given}");
        }
    }
}
