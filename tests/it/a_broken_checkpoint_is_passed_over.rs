//! The newest checkpoint is cut short, has a flipped bit, is empty or belongs elsewhere: the next run says so and goes
//! on from the one before. If none is whole it does not begin, until it is told to begin anew.

use std::fs;
use std::path::Path;

use crate::support::checkpoints::{assert_accounts, folders, largest_part};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;

/// What is done to a file.
type Damage = fn(&[u8]) -> Vec<u8>;

/// Three ways in which a disk breaks files.
const DAMAGES: [(&str, Damage); 3] = [
    ("cut short", |bytes| bytes[..bytes.len() / 2].to_vec()),
    ("a flipped bit", |bytes| {
        let mut bytes = bytes.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    }),
    ("empty", |_| Vec::new()),
];

fn damage(file: &Path, damage: Damage) {
    let bytes = fs::read(file).expect("a file of a checkpoint");
    fs::write(file, damage(&bytes)).expect("a broken file");
}

/// Two checkpoints at least, the newer of which holds sales that the older does not.
fn two_checkpoints(prefix: &str) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    let flagship = Flagship::shared(&topic);
    for seed in [71, 72] {
        produce_hour(kafka(), &topic.name, seed, 2_000);
        flagship.run_until_end(&["-w", "2"]);
    }
    assert!(folders(&flagship).len() >= 2, "{:?}", folders(&flagship));
    flagship
}

/// The next run passes the newest checkpoint over and says so; more sales have come meanwhile.
fn assert_passed_over(flagship: &Flagship, what: &str) {
    let observer = Observer::watch(flagship);
    produce_hour(kafka(), &flagship.topic, 73, 500);
    let finished = flagship.run_until_end(&["-w", "3"]);
    let output = finished.output();
    assert!(output.contains("is broken, going on from the one before: "), "{what}:\n{output}");
    assert!(output.contains("going on from the checkpoint at epoch"), "{what}:\n{output}");
    assert!(finished.summary("read") < flagship.oracle().counts().read, "{what}: not from the start:\n{output}");
    flagship.assert_exact(what);
    assert_accounts(flagship);
    observer.end();
}

#[test]
fn in_any_way_a_part_or_a_manifest_can_be_broken() {
    let flagship = two_checkpoints("broken");
    for (what, how) in DAMAGES {
        damage(&largest_part(&folders(&flagship)[0]), how);
        assert_passed_over(&flagship, &format!("a part that is {what}"));
        damage(&folders(&flagship)[0].join("manifest.json"), how);
        assert_passed_over(&flagship, &format!("a manifest that is {what}"));
    }
}

/// As one may that was at work until the claim: it takes new checkpoints, and removes old ones.
#[test]
fn one_that_another_run_removes_after_it_was_chosen_is_chosen_anew() {
    let topic = Topic::create(kafka(), "chosen-anew", 3);
    let mut server = MongoDb::start_to_be_killed();
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    for seed in [74, 75] {
        produce_hour(kafka(), &topic.name, seed, 2_000);
        flagship.run_until_end(&["-w", "2"]);
    }
    server.kill();
    let run = flagship.spawn(&["--until-end", "-w", "2"]);
    run.wait_for_lines(1, "retrying until it is back");
    fs::remove_dir_all(&folders(&flagship)[0]).expect("a checkpoint removed");
    server.restart();
    let finished = run.wait().success();
    let output = finished.output();
    assert!(output.contains("choosing anew"), "{output}");
    assert!(output.contains("going on from the checkpoint at epoch"), "{output}");
    flagship.assert_exact("a checkpoint removed after it was chosen");
    assert_accounts(&flagship);
}

#[test]
fn and_one_of_another_run_in_its_place_as_well() {
    let (flagship, other) = (two_checkpoints("broken-own"), two_checkpoints("broken-foreign"));
    let (newest, foreign) = (&folders(&flagship)[0], &folders(&other)[0]);
    fs::remove_dir_all(newest).expect("a checkpoint removed");
    fs::create_dir(newest).expect("a folder");
    for file in fs::read_dir(foreign).expect("a checkpoint").map(|entry| entry.expect("a file")) {
        fs::copy(file.path(), newest.join(file.file_name())).expect("a file of another checkpoint");
    }
    assert_passed_over(&flagship, "a foreign checkpoint");
}

#[test]
fn and_if_all_are_broken_somebody_decides() {
    let flagship = two_checkpoints("broken-all");
    let before = flagship.documents();
    folders(&flagship).iter().for_each(|folder| damage(&folder.join("manifest.json"), DAMAGES[0].1));
    let refused = flagship.spawn(&["--until-end"]).wait();
    refused.refused(&["none of", "checkpoints is whole", "manifest", "--fresh"]);
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    let observer = Observer::watch(&flagship);
    produce_hour(kafka(), &flagship.topic, 74, 500);
    let fresh = flagship.run_until_end(&["--fresh", "-w", "3"]);
    assert_eq!(fresh.summary("read"), flagship.oracle().counts().read, "{}", fresh.output());
    flagship.assert_exact("begun anew");
    assert_accounts(&flagship);
    observer.end();
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 0, "the broken ones are not in the way any more");
}
