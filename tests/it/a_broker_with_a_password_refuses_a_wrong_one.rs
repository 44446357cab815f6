//! The test broker with SASL/PLAIN: who has the password gets in, and nobody else.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;

use crate::support::kafka::{Access, Kafka, Topic, record};

#[test]
fn a_broker_with_a_password_refuses_a_wrong_one() {
    let kafka = Kafka::start_with(Access::Password { user: "mare", password: "tide" });
    let topic = Topic::create_by(&kafka.client(), "locked", 1);
    topic.produce([record(0, 1, Some(b"one"))]);

    let mut config = kafka.client();
    config.set("sasl.password", "ebb").set("group.id", "intruder").set("socket.timeout.ms", "2000");
    let intruder: BaseConsumer = config.create().expect("a client");
    let error = (0..100).find_map(|_| match intruder.poll(Duration::from_millis(200)) {
        Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Authentication) => Some(error),
        _ => None,
    });
    assert!(error.is_some(), "the broker did not refuse a wrong password");
    assert!(intruder.fetch_metadata(Some(&topic.name), Duration::from_secs(1)).is_err());
}
