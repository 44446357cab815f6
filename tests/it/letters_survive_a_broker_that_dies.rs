//! SIGKILL for the broker, twice, while letters go out: each record that no document has is in its topic at least once.

use std::collections::BTreeSet;

use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_live};
use crate::support::kafka::{Kafka, Topic};
use crate::support::mongodb::mongodb;
use crate::support::oracle::{Fate, Oracle, read};

/// Partition and offset of each record of a topic with one of these fates.
fn places(brokers: &str, topic: &str, fates: &[Fate]) -> BTreeSet<(i32, i64)> {
    let mut oracle = Oracle::default();
    let records = read(brokers, topic).into_iter().filter_map(|record| {
        let fate = oracle.take(record.partition, record.timestamp_ms, record.payload.as_deref());
        fates.contains(&fate).then_some((record.partition, record.offset))
    });
    records.collect()
}

#[test]
fn letters_survive_a_broker_that_dies() {
    let mut broker = Kafka::start();
    let brokers = broker.brokers();
    let [topic, letters] = ["flood", "flood-letters"].map(|prefix| Topic::create(&brokers, prefix, 3));
    let flagship = Flagship::between(&brokers, &topic.name, mongodb());
    let sets = ["late", "dead_letter"].map(|table| format!("{table}.topic={}", letters.name));
    let mut run = flagship.spawn(&["-w", "3", "--set", sets[0].as_str(), "--set", sets[1].as_str()]);
    let sales = produce_live(&brokers, &topic.name, 1_000, 15_000);
    flagship.kill_twice(&mut run, &mut broker, [Kafka::kill, Kafka::restart], "Kafka does not answer");
    sales.wait().success();
    flagship.wait_until_exact(&mut run);
    let finished = run.end_by(Signal::SIGTERM).success();

    let expected = places(&brokers, &topic.name, &[Fate::Late, Fate::Dead]);
    let found: BTreeSet<(i32, i64)> = read(&brokers, &letters.name)
        .iter()
        .map(|letter| {
            let number = |name: &str| letter.headers[name].parse::<i64>().expect("a number");
            (number("mare-partition") as i32, number("mare-offset"))
        })
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected, "each late event and dead letter, and nothing else");
    assert_eq!(finished.summary("late") + finished.summary("dead letters"), expected.len() as u64);
}
