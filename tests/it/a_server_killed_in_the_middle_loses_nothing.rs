//! SIGKILL for the database and for the broker, twice each, while sales come in live: the run waits, goes on, and the
//! documents are exact.

use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_live};
use crate::support::kafka::{Kafka, Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::{MongoDb, mongodb};

/// Stops the run in good order and holds its accounts against the topic.
fn end(flagship: &Flagship, mut run: Mare) {
    flagship.wait_until_exact(&mut run);
    let finished = run.end_by(Signal::SIGTERM).success();
    flagship.assert_exact("at the end");
    let counts = flagship.oracle().counts();
    assert_eq!(finished.summary("counted"), counts.counted, "{}", finished.output());
    assert_eq!(finished.summary("late"), counts.late, "{}", finished.output());
}

#[test]
fn a_database_killed_in_the_middle_loses_nothing() {
    let mut server = MongoDb::start_to_be_killed();
    let topic = Topic::create(kafka(), "flood-database", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let mut run = flagship.spawn(&["-w", "3"]);
    let sales = produce_live(kafka(), &topic.name, 2_000, 20_000);
    flagship.kill_twice(&mut run, &mut server, [MongoDb::kill, MongoDb::restart], "retrying until it is back");
    sales.wait().success();
    end(&flagship, run);
}

#[test]
fn a_broker_killed_in_the_middle_loses_nothing() {
    let mut broker = Kafka::start();
    let topic = Topic::create(&broker.brokers(), "flood-broker", 3);
    let flagship = Flagship::between(&broker.brokers(), &topic.name, mongodb());
    let mut run = flagship.spawn(&["-w", "3"]);
    let sales = produce_live(&broker.brokers(), &topic.name, 1_000, 20_000);
    flagship.kill_twice(&mut run, &mut broker, [Kafka::kill, Kafka::restart], "Kafka does not answer");
    sales.wait().success();
    end(&flagship, run);
}
