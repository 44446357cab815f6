//! SIGSTOP for a whole run, a second one over the same documents and checkpoints, SIGCONT for the first: it notices,
//! says so and stops, nothing is lost or counted twice, and no reader is misled. So it is for one that was never
//! stopped.

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, assert_accounts};
use crate::support::cluster::{arguments, members};
use crate::support::flagship::{Flagship, produce_flood};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;
use crate::support::troubles::assert_explained;

/// What a zombie ends with, for those who start processes again.
const SUPERSEDED: i32 = 3;

fn assert_superseded(zombie: &Finished, words: &[&str]) {
    let output = zombie.output();
    assert_eq!(zombie.status.code(), Some(SUPERSEDED), "{output}");
    for words in words {
        assert!(output.contains(words), "`{words}` is not in:\n{output}");
    }
    assert!(!output.contains("panicked"), "{output}");
    assert_explained(&output);
}

/// Stops what is left, and holds everything against the topic.
fn end(flagship: &Flagship, mut second: Mare, observer: Observer) {
    flagship.wait_until_exact(&mut second);
    second.end_by(Signal::SIGTERM).success();
    flagship.assert_exact("at the end");
    flagship.assert_positive();
    assert_accounts(flagship);
    observer.end();
}

#[test]
fn a_run_that_wakes_up_behind_another_one() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "zombie", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let sales = produce_flood(kafka(), &topic.name, 41, 2_000, 14_000);
    let mut zombie = flagship.spawn(&[&["-w", "3"][..], &OFTEN].concat());
    let seen = flagship.wait_for_more(&mut zombie, 1_000);
    zombie.signal(Signal::SIGSTOP);
    let mut second = flagship.spawn(&[&["-w", "2"][..], &OFTEN].concat());
    flagship.wait_for_more(&mut second, seen + 2_000);
    let words = ["another run (generation 2", "has taken over; this one (generation 1) stops", "Nothing is lost"];
    assert_superseded(&zombie.end_by(Signal::SIGCONT), &words);
    sales.wait().success();
    end(&flagship, second, observer);
}

#[test]
fn a_run_that_is_at_work_is_taken_over_from() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "taken-over", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let sales = produce_flood(kafka(), &topic.name, 43, 2_000, 14_000);
    let mut first = flagship.spawn(&[&["-w", "2"][..], &OFTEN].concat());
    let seen = flagship.wait_for_more(&mut first, 1_000);
    // It shows more by the moment than what was there when somebody asked: nothing is lost.
    for _ in 0..2 {
        let doctor = Mare::run(flagship.command("doctor", &[]));
        assert!(doctor.stdout.contains("ok       sink.positions"), "{}", doctor.output());
    }
    let mut second = flagship.spawn(&[&["-w", "3"][..], &OFTEN].concat());
    flagship.wait_for_more(&mut second, seen + 2_000);
    assert_superseded(&first.wait(), &["another run (generation 2", "has taken over"]);
    sales.wait().success();
    end(&flagship, second, observer);
}

#[test]
fn a_cluster_that_wakes_up_behind_a_run_gives_up() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "zombie-cluster", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let sales = produce_flood(kafka(), &topic.name, 42, 2_000, 14_000);
    let mut zombie = Mare::spawn(arguments(&flagship, &[&["-n", "2"][..], &OFTEN].concat()));
    let processes = members(&zombie, 1, 2);
    let seen = flagship.wait_for_more(&mut zombie, 1_000);
    zombie.signal(Signal::SIGSTOP);
    processes.iter().for_each(|process| process.signal(Signal::SIGSTOP));
    let mut second = flagship.spawn(&[&["-w", "2"][..], &OFTEN].concat());
    flagship.wait_for_more(&mut second, seen + 2_000);
    processes.iter().for_each(|process| process.signal(Signal::SIGCONT));
    // Which process hears of it first, and from whom, is open.
    let words = ["error: ", "has taken over", "ended with code 3", "would take over from each other in turn"];
    assert_superseded(&zombie.end_by(Signal::SIGCONT), &words);
    sales.wait().success();
    end(&flagship, second, observer);
}
