//! `source.kafka.start` decides once where reading begins, before the first record is read. Whoever starts again, after
//! whatever happened, passes over nothing that came since.

use nix::sys::signal::Signal;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{BOUND, Mare};
use crate::support::wait;

const LATEST: [&str; 2] = ["--set", "source.kafka.start=latest"];
const SALE: &str = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T12:00:00Z"}"#;

/// Ten sales in a partition.
fn sell(topic: &Topic, partition: i32) {
    topic.produce((0..10).map(|at| record(partition, 1_764_331_200_000 + at, Some(SALE.as_bytes()))));
}

/// A run that has begun to read, as `more` says, and takes no checkpoint before it ends.
fn begun(flagship: &Flagship, more: &[&str]) -> Mare {
    let run = flagship.spawn(&[&["--set", "checkpoint.every=1h"], more].concat());
    run.wait_for_lines(1, "until stopped");
    run
}

fn wait_for(flagship: &Flagship, sales: i64, run: &Mare) {
    wait::until(BOUND, "sales in the database", || match flagship.visible() {
        seen if seen == sales => Ok(()),
        seen => Err(format!("{seen} of {sales}:\n{}", run.output())),
    });
}

/// Ten sales that nobody wants, ten that are read before a kill, ten while nothing runs, ten behind that.
fn survives_a_kill(more: &[&str]) {
    let topic = Topic::create(kafka(), "decided", 1);
    let flagship = Flagship::shared(&topic);
    sell(&topic, 0);
    let run = begun(&flagship, more);
    sell(&topic, 0);
    wait_for(&flagship, 10, &run);
    run.end_by(Signal::SIGKILL);
    sell(&topic, 0);
    let run = begun(&flagship, more);
    sell(&topic, 0);
    wait_for(&flagship, 30, &run);
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn although_the_first_run_is_killed_before_its_first_checkpoint() {
    survives_a_kill(&LATEST);
}

#[test]
fn although_no_run_takes_checkpoints() {
    survives_a_kill(&[&LATEST[..], &["--no-checkpoint"]].concat());
}

#[test]
fn and_a_partition_that_comes_later_begins_at_its_start() {
    let topic = Topic::create(kafka(), "decided-later", 1);
    let flagship = Flagship::shared(&topic);
    sell(&topic, 0);
    begun(&flagship, &LATEST).end_by(Signal::SIGTERM).success();
    topic.grow(2);
    sell(&topic, 1);
    let run = flagship.run_until_end(&LATEST);
    assert_eq!(run.summary("counted"), 10, "{}", run.output());
}

#[test]
fn until_somebody_decides_anew() {
    let topic = Topic::create(kafka(), "decided-anew", 1);
    let flagship = Flagship::shared(&topic);
    sell(&topic, 0);
    assert_eq!(flagship.run_until_end(&LATEST).summary("counted"), 0);
    sell(&topic, 0);
    assert_eq!(flagship.run_until_end(&[&LATEST[..], &["--fresh"]].concat()).summary("counted"), 0);
    assert_eq!(flagship.run_until_end(&["--fresh"]).summary("counted"), 20);
}
