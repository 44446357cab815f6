//! What is written is what is read.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::fixture::{blocks, checkpoint, in_memory, part, partitions, seed};
use crate::{Block, Encoded, Manifest, Partitions, Tally};
use mare_model::position::{Offset, Partition};
use mare_model::time::{Epoch, EventTime};

#[test]
fn parts_of_any_blocks_are_read_back() {
    let (_, repository) = in_memory();
    for epoch in 0..200 {
        let manifest = checkpoint(&repository, epoch, 3).unwrap();
        for part in &manifest.parts {
            let seed = seed(epoch, part.worker);
            let read: Result<Vec<Block>, _> = repository.read(manifest.epoch, part).unwrap().collect();
            assert_eq!(read.unwrap(), blocks(seed), "seed {seed}");
            assert_eq!(part.rows, blocks(seed).iter().map(Block::rows).sum::<u64>(), "seed {seed}");
        }
        repository.verify(&manifest).unwrap();
    }
}

#[test]
fn encoding_apart_from_writing_gives_the_same_part() {
    let (_, repository) = in_memory();
    let seed = seed(1, 0);
    let expected = part(&repository, 1, 0).unwrap();
    let mut file = repository.part_file(Epoch(1), 0, 0).unwrap();
    let mut encoded = Encoded::default();
    for pair in blocks(seed).chunks(2) {
        encoded.clear();
        pair.iter().for_each(|block| encoded.push(block));
        file.append(&encoded).unwrap();
    }
    assert_eq!(file.finish().unwrap(), expected, "seed {seed}");
}

#[test]
fn manifests_of_any_accounts_are_read_back() {
    for seed in mare_random::seeds(300) {
        let mut rng = StdRng::seed_from_u64(seed);
        let manifest = Manifest { partitions: accounts(&mut rng), generation: rng.random(), ..manifest() };
        let text = manifest.to_text();
        assert_eq!(Manifest::from_text(text.as_bytes()).as_ref(), Ok(&manifest), "seed {seed}: {text}");
    }
}

#[test]
fn a_manifest_is_for_people() {
    let text = manifest().to_text();
    for line in ["  \"dataflow\": \"sales\",", "    \"window.tumbling\": \"1m\"", "      \"dead_letters\": {"] {
        assert!(text.lines().any(|found| found == line), "`{line}` expected in {text}");
    }
    assert!(text.contains("\"not_json\": 3") && text.contains("\"promise\": null"), "{text}");
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
}

fn manifest() -> Manifest {
    checkpoint(&in_memory().1, 5, 2).unwrap()
}

fn accounts(rng: &mut StdRng) -> Partitions {
    let mut accounts = partitions();
    for _ in 0..rng.random_range(0..4) {
        let mut tally = Tally { read: rng.random(), counted: rng.random(), ..Tally::default() };
        tally.dead.iter_mut().filter(|_| rng.random_bool(0.5)).for_each(|dead| *dead = u64::MAX);
        let state = accounts.entry(Partition(rng.random())).or_insert_with(|| partitions()[&Partition(1)].clone());
        (state.position, state.promise, state.tally) = (Offset(rng.random()), EventTime(rng.random()), tally);
    }
    accounts
}
