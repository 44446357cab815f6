//! What the newest records, the settings of their topic and the newest checkpoint tell of what goes quietly wrong.

use std::time::Duration;

use jiff::Timestamp;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::Report;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::unique;

const PATIENCE: Duration = Duration::from_secs(30);

/// A sale at an event time.
fn sale(at_ms: i64) -> Vec<u8> {
    let time = Timestamp::from_millisecond(at_ms).expect("a time");
    format!(r#"{{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"{time}"}}"#).into_bytes()
}

/// Sends sales, each to a partition, at a record time and an event time.
fn send(topic: &Topic, sales: &[(i32, i64, i64)]) {
    let payloads: Vec<_> = sales.iter().map(|(_, _, event)| sale(*event)).collect();
    let records =
        sales.iter().zip(&payloads).map(|((partition, at, _), payload)| record(*partition, *at, Some(payload)));
    topic.produce(records);
}

/// Sends `count` sales in a transaction, and leaves it open.
fn begin_transaction(topic: &Topic, count: usize) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka()).set("transactional.id", unique("doctor"));
    let producer: BaseProducer = config.create().expect("a producer");
    producer.init_transactions(PATIENCE).expect("transactions");
    producer.begin_transaction().expect("a transaction");
    let payload = sale(Timestamp::now().as_millisecond());
    for _ in 0..count {
        let record: BaseRecord<'_, (), [u8]> = BaseRecord::to(&topic.name).partition(0).payload(&payload);
        producer.send(record).map_err(|(error, _)| error).expect("a record");
    }
    producer.flush(PATIENCE).expect("records");
    producer
}

#[test]
fn a_clock_that_jumped_a_zone_and_a_silent_partition() {
    let now = Timestamp::now().as_millisecond();
    let (minute, hour) = (60_000, 3_600_000);
    let jumped = Topic::create(kafka(), "jumped", 2);
    let honest = (0..300).map(|at| (0, now + at, now + at));
    send(&jumped, &std::iter::once((0, now, now + 59 * minute)).chain(honest).collect::<Vec<_>>());
    let report = Report::of(&Flagship::shared(&jumped), &[]);
    let words = ["partition 0: 300 of 301 events were late", "at offset 0", "59m", "event.confirm = 2"];
    report.is_good().says("kafka.order", "warning", &words).says("kafka.silent", "warning", &["partition 1 is empty"]);
    report.says("clock.events", "ok", &[]).says("kafka.gaps", "ok", &[]);

    let zoned = Topic::create(kafka(), "zoned", 2);
    send(&zoned, &(0..20).map(|at| (at % 2, now, now - 3 * hour)).collect::<Vec<_>>());
    let zone = Report::of(&Flagship::shared(&zoned), &[]);
    zone.is_good().says("clock.events", "warning", &["all 20", "3h behind", "is event.zone right?"]);
    send(&zoned, &[(0, now, now)]);
    Report::of(&Flagship::shared(&zoned), &[]).says(
        "kafka.silent",
        "warning",
        &["partition 1 is 3h behind the others"],
    );
}

#[test]
fn transactions_that_are_open_or_were_aborted() {
    let topic = Topic::create(kafka(), "transactions", 1);
    let now = Timestamp::now().as_millisecond();
    send(&topic, &[(0, now, now); 3]);
    let producer = begin_transaction(&topic, 5);
    let open = Report::of(&Flagship::shared(&topic), &[]);
    open.is_good().says("kafka.transactions", "warning", &["[0]: an open transaction holds back 5 offsets, from 3"]);
    let uncommitted = r#"source.kafka.properties={"isolation.level"="read_uncommitted"}"#;
    Report::of(&Flagship::shared(&topic), &["--set", uncommitted]).says(
        "kafka.transactions",
        "warning",
        &["are aborted"],
    );
    producer.abort_transaction(PATIENCE).expect("an aborted transaction");
    let aborted = Report::of(&Flagship::shared(&topic), &[]);
    aborted.says("kafka.gaps", "warning", &["6 offsets", "3 to 8 of partition 0", "aborted"]);
    aborted.says("kafka.transactions", "ok", &[]);
}

#[test]
fn settings_of_topics_that_lose_records() {
    let [compacted, short, narrow] = ["compacted", "short", "narrow"].map(unique);
    let create = |name: &str, settings: &[&str]| {
        let settings = settings.iter().flat_map(|setting| ["--config", setting]);
        let create = ["topic", "create", name, "--partitions", "1", "--brokers", kafka()];
        Mare::run(create.into_iter().chain(settings)).success();
    };
    create(&compacted, &["cleanup.policy=compact", "unclean.leader.election.enable=true"]);
    create(&short, &["retention.ms=60000"]);
    create(&narrow, &["max.message.bytes=10000"]);
    let of = |topic: &str, more: &[&str]| {
        let flagship = Flagship::between(kafka(), topic, crate::support::mongodb::mongodb());
        Report::of(&flagship, more)
    };
    let report = of(&compacted, &[]);
    report.is_good().says("kafka.compaction", "warning", &["cleanup.policy=compact"]);
    report.says("kafka.replicas", "warning", &["unclean.leader.election.enable=true"]);
    let dead = format!("dead_letter.topic={narrow}");
    let report = of(&short, &["--set", &dead]);
    report.is_good().says("kafka.keeping", "warning", &["keeps records for 1m", "(3m 10s)", "retention.ms"]);
    report.says("letters.size", "warning", &[&narrow, "is 10000", "max.message.bytes"]).says("kafka.group", "ok", &[]);
}

#[test]
fn a_record_of_the_year_2100_has_poisoned_the_newest_checkpoint() {
    let topic = Topic::create(kafka(), "poisoned", 1);
    let flagship = Flagship::shared(&topic);
    let (now, far) = (Timestamp::now().as_millisecond(), 4_102_444_800_000);
    let payload = sale(now);
    topic.set("message.timestamp.after.max.ms", "9223372036854775807"); // as brokers before 4
    send(&topic, &[(0, now, now), (0, far, far)]);
    topic.produce([record(0, now, Some(&payload))]);
    flagship.run_until_end(&[]);
    let report = Report::of(&flagship, &[]);
    report.says(
        "checkpoint.promise",
        "failed",
        &["partition 0 has promised 2100-01-01T00:00:00Z", "mare checkpoint heal"],
    );
    let again = flagship.run_until_end(&[]);
    assert!(again.output().contains("partition 0 has promised 2100"), "a run says it:\n{}", again.output());
}
