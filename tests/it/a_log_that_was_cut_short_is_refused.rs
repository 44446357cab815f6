//! A broker is brought back from a copy, and its log filled again beyond where it was read: the same offsets, other
//! records. Nobody goes on there, whether a run was there to notice or not, and whether or not the terms of its leader
//! repeat, until somebody decides.

use nix::sys::signal::Signal;

use crate::support::checkpoints::accounts;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Access, Kafka, Topic};
use crate::support::mare::{Finished, Mare};
use crate::support::mongodb::mongodb;

/// Whether the leader of the log from the copy has the same term as that of the lost records.
#[derive(Clone, Copy, PartialEq)]
enum Epochs {
    Differ,
    Repeat,
}

/// A broker with a copy of a third of what a run has read since.
fn read_beyond_the_copy(epochs: Epochs) -> (Kafka, Flagship) {
    let mut kafka = Kafka::prepare(Access::Open);
    kafka.restart();
    let topic = Topic::create(&kafka.brokers(), "cut-short", 1);
    produce_hour(&kafka.brokers(), &topic.name, 81, 1_000);
    kafka.keep_copy();
    if epochs == Epochs::Repeat {
        kafka.restart(); // as often as it will be with the copy
    }
    let flagship = Flagship::between(&kafka.brokers(), &topic.name, mongodb());
    produce_hour(&kafka.brokers(), &topic.name, 82, 2_000);
    (kafka, flagship)
}

fn refused(flagship: &Flagship, words: &[&str]) -> Finished {
    flagship.spawn(&["--until-end"]).wait().refused(words).explained()
}

#[test]
fn by_whoever_starts_behind_it() {
    let (mut kafka, flagship) = read_beyond_the_copy(Epochs::Differ);
    flagship.run_until_end(&[]);
    let before = flagship.documents();
    kafka.restore_copy();
    produce_hour(&kafka.brokers(), &flagship.topic, 83, 4_000);
    let (read, _) = accounts(&flagship)[&0];
    for _ in 0..2 {
        refused(&flagship, &[&format!("it was read to {read}, and was since cut short at offset"), "on_data_loss"]);
    }
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    let went_on = flagship.run_until_end(&["--set", "source.kafka.on_data_loss=continue"]);
    assert!(went_on.summary("read") >= 4_000, "what came behind the cut is read:\n{}", went_on.output());
    flagship.run_until_end(&[]);
}

#[test]
fn by_whoever_starts_after_a_run_that_noticed() {
    let (mut kafka, flagship) = read_beyond_the_copy(Epochs::Differ);
    let mut run = flagship.spawn(&["--set", "checkpoint.every=100ms"]);
    flagship.wait_until_exact(&mut run);
    kafka.restore_copy();
    run.wait().refused(&["cannot be read on", "on_data_loss"]);
    produce_hour(&kafka.brokers(), &flagship.topic, 84, 4_000);
    for _ in 0..2 {
        refused(&flagship, &["on_data_loss"]);
    }
    flagship.run_until_end(&["--fresh"]);
    flagship.run_until_end(&[]);
}

#[test]
fn by_whoever_starts_behind_it_although_epochs_repeat() {
    let (mut kafka, flagship) = read_beyond_the_copy(Epochs::Repeat);
    flagship.run_until_end(&[]);
    let before = flagship.documents();
    kafka.restore_copy();
    produce_hour(&kafka.brokers(), &flagship.topic, 85, 4_000);
    for _ in 0..2 {
        refused(&flagship, &["stands another record now than the one that was read there", "on_data_loss"]);
    }
    Mare::run(flagship.command("doctor", &[])).refused(&["checkpoint.positions", "stands another record now"]);
    assert_eq!(flagship.documents(), before, "a run that is refused changes nothing");
    flagship.run_until_end(&["--set", "source.kafka.on_data_loss=continue"]);
    flagship.run_until_end(&[]);
}

/// Nothing that it asks tells the run that the log was ever shorter.
#[test]
fn by_a_run_that_slept_through_it() {
    let (mut kafka, flagship) = read_beyond_the_copy(Epochs::Repeat);
    let mut run = flagship.spawn(&["--set", "checkpoint.every=100ms"]);
    flagship.wait_until_exact(&mut run);
    run.signal(Signal::SIGSTOP);
    kafka.restore_copy();
    produce_hour(&kafka.brokers(), &flagship.topic, 86, 4_000);
    run.signal(Signal::SIGCONT);
    run.wait().refused(&["stands another record now than the one that was read there"]);
    for _ in 0..2 {
        refused(&flagship, &["on_data_loss"]);
    }
}
