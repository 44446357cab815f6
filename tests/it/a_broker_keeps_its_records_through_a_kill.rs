//! The test broker itself: killed, paused, and back on the same port with the same records.

use crate::support::kafka::{Kafka, Topic, record};
use crate::support::oracle::Oracle;

#[test]
fn a_broker_keeps_its_records_through_a_kill() {
    let mut kafka = Kafka::start();
    let topic = Topic::create(&kafka.brokers(), "kept", 2);
    topic.produce([record(0, 1, Some(b"one")), record(1, 2, None)]);
    let brokers = kafka.brokers();

    kafka.kill();
    kafka.restart();
    kafka.pause();
    kafka.resume();

    assert_eq!(kafka.brokers(), brokers);
    topic.produce([record(0, 3, Some(b"two"))]);
    let read = Oracle::read(&brokers, &topic.name);
    assert_eq!(read.partitions()[&0].read, 2);
    assert_eq!(read.partitions()[&1].read, 1);
}
