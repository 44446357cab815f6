//! Any bytes in the place of a part.

use std::io::Cursor;

use super::kept::blocks;
use crate::{Block, Manifest, PartReader};

/// The part of worker 0 that is kept, and the manifest that names it.
const PART: &[u8] = include_bytes!("../../../../tests/fixtures/checkpoint-v2/sales/00000001764331200000/part-00000");
const MANIFEST: &[u8] =
    include_bytes!("../../../../tests/fixtures/checkpoint-v2/sales/00000001764331200000/manifest.json");

/// What is given out was written, wherever the damage is, and the end comes behind what was written alone.
#[test]
fn any_bytes_are_the_part_that_was_written_or_a_fault() {
    let (manifest, written) = (Manifest::from_text(MANIFEST).unwrap(), blocks(0));
    mare_random::fuzz("parts", 6_000, |input| {
        let bytes = Box::new(Cursor::new(input.to_vec()));
        let Ok(mut reader) = PartReader::begin(bytes, "it".to_owned(), manifest.epoch, &manifest.parts[0]) else {
            assert_ne!(input, PART);
            return false;
        };
        let given: Vec<Block> = reader.by_ref().map_while(Result::ok).collect();
        assert!(given.iter().all(|block| written.contains(block)), "{given:?}");
        assert!(reader.next().is_none(), "it goes on behind a fault");
        !given.is_empty()
    });
}

#[test]
fn any_bytes_that_are_whole_are_those_that_were_written() {
    let manifest = Manifest::from_text(MANIFEST).unwrap();
    mare_random::fuzz("parts", 3_000, |input| {
        let bytes = Box::new(Cursor::new(input.to_vec()));
        let reader = PartReader::begin(bytes, "it".to_owned(), manifest.epoch, &manifest.parts[0]);
        let is_begun = reader.is_ok();
        let read = reader.and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
        assert_eq!(read.ok(), (input == PART).then(|| blocks(0)));
        is_begun
    });
}
