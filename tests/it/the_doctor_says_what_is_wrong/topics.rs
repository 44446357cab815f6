//! Topics that are missing, empty, cut by retention, made anew, or full of something else.

use jiff::Timestamp;

use super::{Report, with_sales};
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::mongodb::mongodb;
use crate::support::{ports, unique};

#[test]
fn a_missing_topic_and_missing_topics_of_letters() {
    let name = unique("no-topic");
    let report = Report::of(&Flagship::between(kafka(), &name, mongodb()), &[]);
    report.says("kafka.topic", "failed", &[&format!("mare topic create {name} --partitions 3 --brokers {}", kafka())]);
    let (topic, flagship) = with_sales("letters");
    let (late, dead) = (format!("late.topic={name}"), format!("dead_letter.topic={}", unique("dead")));
    let report = Report::of(&flagship, &["--set", &late, "--set", &dead]);
    report.says("letters.late", "failed", &[&name, "mare topic create"]).says("letters.dead_letter", "failed", &[]);
    let there = Topic::create(kafka(), "letters-there", 1);
    let late = format!("late.topic={}", there.name);
    Report::of(&flagship, &["--set", &late]).is_good().says("letters.late", "ok", &[&there.name]);
    let closed = format!("late.brokers=127.0.0.1:{}", ports::free());
    let elsewhere = Report::of(&flagship, &["--set", &late, "--set", &closed]);
    elsewhere.says("letters.late", "failed", &["does not answer", "[late]"]).says("kafka.topic", "ok", &[]);
    let nowhere = Flagship { brokers: format!("127.0.0.1:{}", ports::free()), ..flagship };
    Report::of(&nowhere, &["--set", &late]).says("letters.late", "unknown", &[]);
    let listed = Mare::run(["topic", "list", "--brokers", kafka()]).success();
    assert!(!listed.stdout.contains(&name) && listed.stdout.contains(&topic.name), "none is made:\n{}", listed.stdout);
}

#[test]
fn an_empty_topic_and_more_workers_than_partitions() {
    let topic = Topic::create(kafka(), "empty", 2);
    let report = Report::of(&Flagship::shared(&topic), &["-w", "3"]);
    report.is_good().says("kafka.records", "warning", &["has no records", "mare produce"]);
    report.says("kafka.workers", "warning", &["3 workers share 2 partitions: 1 of them"]);
    report.says("kafka.sample", "unknown", &[]).says("clock.kafka", "unknown", &[]);
}

#[test]
fn records_that_retention_took() {
    let (topic, flagship) = with_sales("retention-doctor");
    topic.delete_records_before(1, 20);
    Report::of(&flagship, &[]).is_good().says("kafka.retention", "warning", &["partition 1 begins at offset 20"]);
    flagship.run_until_end(&[]);
    crate::support::flagship::produce_with(kafka(), &topic.name, 72, 600, &[]);
    Report::of(&flagship, &[]).is_good().says("checkpoint.positions", "ok", &[]);
    topic.delete_records_before(1, 300);
    let lost = Report::of(&flagship, &[]);
    lost.says("checkpoint.positions", "failed", &["[1]: ", "were deleted before they were read", "on_data_loss"]);
    let policy = ["--set", "source.kafka.on_data_loss=continue"];
    Report::of(&flagship, &policy).is_good().says("checkpoint.positions", "warning", &["[1]: "]);
}

#[test]
fn a_topic_that_was_made_anew_or_has_grown() {
    let (topic, flagship) = with_sales("remade-doctor");
    flagship.run_until_end(&[]);
    topic.grow(4);
    Report::of(&flagship, &[]).is_good().says("checkpoint.positions", "ok", &["1 partition more than then"]);
    topic.make_anew(1);
    Report::of(&flagship, &[]).says("checkpoint.positions", "failed", &["made anew"]);
}

#[test]
fn records_that_are_no_events() {
    let topic = Topic::create(kafka(), "strange", 1);
    let good: &[u8] = br#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
    let now = Timestamp::now().as_millisecond();
    let send = |count: usize, payload: &'static [u8]| topic.produce((0..count).map(|_| record(0, now, Some(payload))));
    send(500, b"of long ago, and so not looked at");
    send(94, good);
    send(6, br#"{"categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#);
    let flagship = Flagship::shared(&topic);
    let few = Report::of(&flagship, &[]);
    few.is_good().says(
        "kafka.sample",
        "warning",
        &["6 % of the newest 100", "missing_field 6 %", "id_pedido", "string?"],
    );
    send(60, b"<sale/>");
    Report::of(&flagship, &[]).says("kafka.sample", "failed", &["66 % of the newest 100", "not_json 60 %"]);
}

#[test]
fn records_of_the_future() {
    let topic = Topic::create(kafka(), "future", 1);
    let flagship = Flagship::shared(&topic);
    let good: &[u8] = br#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
    let stamped = |ahead_s: i64| {
        topic.produce([record(0, Timestamp::now().as_millisecond() + ahead_s * 1_000, Some(good))]);
        Report::of(&flagship, &[])
    };
    stamped(-3_600).says("clock.kafka", "ok", &[]);
    stamped(40).is_good().says("clock.kafka", "warning", &["in the future of this host", "NTP"]);
    stamped(1_800).says("clock.kafka", "failed", &["29m"]);
}
