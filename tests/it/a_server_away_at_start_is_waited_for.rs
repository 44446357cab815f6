//! Nobody at home when a run starts: it says so, waits, and does all its work when they are back.

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Kafka, Topic, kafka};
use crate::support::mongodb::{MongoDb, mongodb};

#[test]
fn a_broker_away_at_start_is_waited_for() {
    let mut broker = Kafka::start();
    let topic = Topic::create(&broker.brokers(), "away", 3);
    produce_hour(&broker.brokers(), &topic.name, 3, 2_000);
    let flagship = Flagship::between(&broker.brokers(), &topic.name, mongodb());

    broker.kill();
    let run = flagship.spawn(&["--until-end", "-w", "2"]);
    run.wait_for_lines(1, &format!("Kafka does not answer at {}, trying again until it does: ", broker.brokers()));
    broker.restart();
    let finished = run.wait().success();

    assert!(finished.stderr.contains("Kafka is back"), "{}", finished.stderr);
    flagship.assert_exact("after the broker came");
}

#[test]
fn a_database_away_at_start_is_waited_for() {
    let topic = Topic::create(kafka(), "dry", 3);
    produce_hour(kafka(), &topic.name, 4, 2_000);
    let mut server = MongoDb::prepare();
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());

    let run = flagship.spawn(&["--until-end", "-w", "2"]);
    run.wait_for_lines(1, "retrying until it is back");
    server.restart();
    let finished = run.wait().success();

    assert!(finished.stderr.contains("is back after"), "{}", finished.stderr);
    flagship.assert_exact("after the database came");
}
