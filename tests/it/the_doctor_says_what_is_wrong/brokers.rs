//! Brokers that are not there, cannot be reached, speak another protocol, or refuse the credentials.

use std::net::TcpListener;
use std::thread;

use super::{Report, with_sales};
use crate::support::flagship::Flagship;
use crate::support::kafka::{Access, Kafka, Operation, Resource, Topic, allow, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::{documents, mongodb};
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
    let words = ["broker 1 sends its clients to kafka.invalid:", "resolve", "advertised.listeners"];
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
    with("PLAINTEXT", "tide").says("kafka.login", "failed", &["wants a login (SASL)", "security.protocol"]);
    with("SASL_SSL", "tide").says("kafka.login", "failed", &["security.protocol"]);
}

#[test]
fn a_user_who_may_see_and_not_read_write_or_commit() {
    let broker = Kafka::start_with(Access::Lists { user: "mare", password: "tide", other: ("ana", "ebb") });
    let topic = Topic::create_by(&broker.client(), "seen", 2);
    let dead = Topic::create_by(&broker.client(), "seen-dead", 1);
    let flagship = Flagship::between(&broker.brokers(), &topic.name, mongodb());
    let properties = r#"source.kafka.properties={"security.protocol"="SASL_PLAINTEXT","sasl.mechanism"="PLAIN","sasl.username"="ana","sasl.password"="ebb"}"#;
    let letters = format!("dead_letter.topic={}", dead.name);
    let more = ["--set", properties, "--set", &letters];
    let may = |operation, resource, name: &str| allow(&broker.client(), "ana", operation, resource, name);
    let [describe, read, write] = [
        Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE,
        Operation::RD_KAFKA_ACL_OPERATION_READ,
        Operation::RD_KAFKA_ACL_OPERATION_WRITE,
    ];
    let [topics, groups] = [Resource::RD_KAFKA_RESOURCE_TOPIC, Resource::RD_KAFKA_RESOURCE_GROUP];
    let refused = |words: &[&str]| {
        Mare::run(flagship.arguments(&[&["--until-end"][..], &more].concat())).refused(words);
    };

    may(describe, topics, &topic.name);
    may(describe, topics, &dead.name);
    let seen = ["kafka.topic", "may see it and not read it", "grant this user Read and Describe"];
    Report::of(&flagship, &more).says(seen[0], "failed", &seen[1..]);
    refused(&seen);

    may(read, topics, &topic.name);
    let unsent = ["letters.dead_letter", "may see it and not write to it", "grant this user Write and Describe"];
    let report = Report::of(&flagship, &more);
    report.says("kafka.topic", "ok", &[]).says(unsent[0], "failed", &unsent[1..]);
    report.says("kafka.group", "warning", &["may not commit", "Read on the group mare-black-friday"]);
    report.says("kafka.replicas", "unknown", &["DescribeConfigs"]);
    refused(&unsent);
    assert_eq!(documents(&flagship.uri, &flagship.database, "mare_control"), [], "nothing is claimed");

    may(write, topics, &dead.name);
    // Positions are information: a run does without showing them, says so, and does not wait for the group at its end.
    let run = Mare::run(flagship.arguments(&[&["--until-end"][..], &more].concat())).success();
    assert!(run.stderr.contains("the group mare-black-friday"), "{}", run.stderr);
    may(read, groups, "mare-black-friday");
    let report = Report::of(&flagship, &more);
    report.is_good().says("letters.dead_letter", "ok", &[]).says("kafka.group", "ok", &[]);
}
