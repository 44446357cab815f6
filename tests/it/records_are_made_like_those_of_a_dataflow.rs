//! `mare produce --like` sends what a dataflow reads to the dataflow's own topic: keys, headers and timestamps with it,
//! the same again for a seed, and with what is repeated.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};
use crate::support::oracle::{Read, read};

fn produce(file: &str, topic: &Topic, more: &[&str]) -> Finished {
    let set = [format!("source.kafka.brokers={}", kafka()), format!("source.kafka.topic={}", topic.name)];
    let set = set.iter().flat_map(|pair| ["--set", pair]);
    let always = ["produce", "--like", file, "--rate", "0", "--count", "600", "--seed", "7"];
    let times = ["--from", "2025-11-28T12:00:00Z", "--to", "2025-11-28T13:00:00Z"];
    Mare::run(always.into_iter().chain(times).chain(set).chain(more.iter().copied()))
}

/// Whatever is in a topic, but for the time at which it was sent.
fn contents(topic: &Topic) -> Vec<Read> {
    let mut records: Vec<Read> =
        read(kafka(), &topic.name).into_iter().map(|record| Read { timestamp_ms: 0, ..record }).collect();
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

#[test]
fn with_keys_and_headers_and_repetitions() {
    let [one, other] = ["like-one", "like-other"].map(|prefix| Topic::create(kafka(), prefix, 3));
    let file = "dataflows/card_fraud.toml";
    let summary = produce(file, &one, &[]).success().stdout;
    assert!(summary.contains("600 records") && summary.contains("duplicate"), "ids count once there: {summary}");
    produce(file, &other, &["--threads", "3"]).success();
    let records = contents(&one);
    assert_eq!(records, contents(&other), "one seed, and one or three threads");
    let countries: BTreeSet<_> = records.iter().filter_map(|record| record.headers.get("x-country")).collect();
    assert!(countries.iter().any(|country| *country == "BR") && countries.len() > 1, "{countries:?}");
    assert!(records.iter().any(|record| !record.headers.contains_key("x-country")), "a header may be missing");
    let mut ids = BTreeMap::new();
    for record in &records {
        let event: serde_json::Value =
            serde_json::from_slice(record.payload.as_deref().expect("a payload")).expect("JSON");
        let id = event["auth_id"].as_str().expect("an id").to_owned();
        assert_eq!(record.key.as_deref(), Some(id.as_bytes()), "the id is the key");
        let partition = ids.entry(id).or_insert(record.partition);
        assert_eq!(*partition, record.partition, "an id is of one partition");
    }
    assert!(ids.len() < records.len(), "some are repeated");
}

#[test]
fn with_timestamps_that_are_the_event_times() {
    let topic = Topic::create(kafka(), "like-stamped", 3);
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    let text = std::fs::read_to_string("dataflows/energy.toml").expect("a dataflow");
    let text = text.replace("time = \"read_at\"\n", "").replace("epoch_millis", "record");
    std::fs::write(file.path(), text).expect("written");
    produce(&file.path().display().to_string(), &topic, &["--out-of-order", "0"]).success();
    let hour = 1_764_331_200_000..1_764_334_800_000;
    let records = read(kafka(), &topic.name);
    assert_eq!(records.len(), 600);
    assert!(records.iter().all(|record| hour.contains(&record.timestamp_ms)), "{:?}", records.first());
}

#[test]
fn and_what_cannot_be_is_refused_before_anything_is_sent() {
    let topic = Topic::create(kafka(), "like-refused", 1);
    produce("dataflows/nowhere.toml", &topic, &[]).refused(&["dataflows/nowhere.toml"]);
    produce("dataflows/energy.toml", &topic, &["--set", "window.tumbling=5x"]).refused(&["window.tumbling"]);
    produce("dataflows/energy.toml", &topic, &["--categories", "a,b"]).refused(&["--categories"]);
    let crossed = ["--set", "event.fields.\"a[0]\"=string", "--set", "event.fields.\"a.b\"=string"];
    produce("dataflows/energy.toml", &topic, &crossed).refused(&["no record has the field `a.b`"]).explained();
    assert!(contents(&topic).is_empty());
}
