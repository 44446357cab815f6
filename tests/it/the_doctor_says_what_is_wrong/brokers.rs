//! Brokers that are not there, cannot be reached, speak another protocol, or refuse the credentials.

use std::net::TcpListener;
use std::thread;

use super::{Report, with_sales};
use crate::support::flagship::Flagship;
use crate::support::kafka::{Access, Kafka, Topic, kafka};
use crate::support::mongodb::mongodb;
use crate::support::ports;

fn at(brokers: &str) -> Flagship {
    Flagship::between(brokers, "sales", mongodb())
}

#[test]
fn a_name_that_does_not_resolve_and_a_port_where_nobody_listens() {
    let unknown = Report::of(&at("no-such-host.invalid:9092"), &[]);
    unknown.says("kafka.brokers", "failed", &["no-such-host.invalid:9092 does not resolve", "source.kafka.brokers"]);
    unknown.says("kafka.topic", "unknown", &[]);
    let closed = format!("127.0.0.1:{}", ports::free());
    Report::of(&at(&closed), &[]).says("kafka.brokers", "failed", &[&closed, "refuses the connection"]);
    let (_topic, flagship) = with_sales("one-of-two");
    let one_of_two = Flagship { brokers: format!("{closed},{}", kafka()), ..flagship };
    Report::of(&one_of_two, &[]).is_good().says("kafka.brokers", "warning", &[&closed, "another one answers"]);
}

#[test]
fn something_that_is_no_broker() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || listener.incoming().for_each(drop)); // accepts, and closes
    Report::of(&at(&address), &[]).says("kafka.brokers", "ok", &[&address]).says(
        "kafka.login",
        "failed",
        &["security.protocol"],
    );
}

#[test]
fn a_broker_that_sends_its_clients_where_this_host_cannot_follow() {
    let broker = Kafka::start_advertising("kafka.invalid");
    let report = Report::of(&at(&broker.brokers()), &[]);
    report.says("kafka.login", "ok", &[]);
    let words = ["broker 1 sends its clients to kafka.invalid:", "does not resolve", "advertised.listeners"];
    report.says("kafka.advertised", "failed", &words);
}

#[test]
fn credentials_and_protocols() {
    let broker = Kafka::start_with(Access::Password { user: "mare", password: "tide" });
    let topic = Topic::create_by(&broker.client(), "locked-doctor", 3);
    let flagship = Flagship::between(&broker.brokers(), &topic.name, mongodb());
    let with = |protocol: &str, password: &str| {
        let properties = format!(
            r#"source.kafka.properties={{"security.protocol"="{protocol}","sasl.mechanism"="PLAIN","sasl.username"="mare","sasl.password"="{password}"}}"#
        );
        Report::of(&flagship, &["--set", &properties])
    };
    with("SASL_PLAINTEXT", "slack-water").keeps("slack-water").says(
        "kafka.login",
        "failed",
        &["credentials", "sasl.password"],
    );
    with("SASL_PLAINTEXT", "tide").is_good().says("kafka.login", "ok", &["the user of sasl.username"]);
    with("PLAINTEXT", "tide").says("kafka.login", "failed", &["security.protocol"]);
    with("SASL_SSL", "tide").says("kafka.login", "failed", &["security.protocol"]);
}
