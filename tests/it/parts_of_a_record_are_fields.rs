//! A record's key, partition, offset, headers and own timestamp are fields like others, numbers may stand in strings,
//! and events without a time of their own have that of their record.

use rdkafka::message::{Header, OwnedHeaders};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;

const FILE: &str = r#"
name = "parts"
[source.kafka]
brokers = "BROKERS"
topic = "TOPIC"
[event]
time_format = "record"
[event.fields]
amount = "decimal(2) from text"
[event.record]
customer = "key"
partition = "partition"
place = "offset"
sent = "timestamp"
origin = "header(origin)"
[event.computed]
who = { as = "string", from = "COALESCE(customer, 'nobody')" }
[window]
tumbling = "1m"
[totals]
group_by = ["who", "partition", "origin?"]
total = "sum(amount)"
last_place = "max(place)"
last_sent = "max(sent)"
[sink.sqlite]
path = "FOLDER/parts.db"
[checkpoint]
path = "FOLDER/checkpoints"
"#;

const NOON: i64 = 1_764_331_200_000;

#[test]
fn parts_of_a_record_are_fields() {
    let (topic, folder) = (Topic::create(kafka(), "parts", 2), tempfile::tempdir().expect("a folder"));
    type Sent = (i32, i64, Option<&'static [u8]>, &'static str, &'static [Option<&'static [u8]>]);
    let sent: [Sent; 8] = [
        (0, NOON, Some(b"ana"), r#"{"amount": "10.50"}"#, &[Some(b"web"), Some(b"app")]),
        (0, NOON + 1, Some(b"ana"), r#"{"amount": 0.25}"#, &[Some(b"app")]),
        (0, NOON + 1, Some(b"ana"), r#"{"amount": 0.50}"#, &[]),
        (0, NOON + 1, Some(b"ana"), r#"{"amount": 0.75}"#, &[Some(b"app"), None]),
        (1, NOON + 2, None, r#"{"amount": "-3"}"#, &[Some(b"")]),
        (1, NOON + 3, Some(b"\xff"), r#"{"amount": "1"}"#, &[]),
        (1, NOON + 3, Some(b"ana"), r#"{"amount": "1"}"#, &[Some(b"app"), Some(b"\xff")]),
        (1, NOON + 60_000, Some(b"ana"), r#"{"amount": " 1"}"#, &[]),
    ];
    topic.produce(sent.iter().map(|(partition, at, key, payload, origins)| {
        let headers = origins.iter().fold(OwnedHeaders::new(), |headers, value| {
            let other = Header { key: "Origin", value: Some(&b"other"[..]) };
            headers.insert(Header { key: "origin", value: *value }).insert(other)
        });
        let record = record(*partition, *at, Some(payload.as_bytes())).headers(headers);
        if let Some(key) = key { record.key(*key) } else { record }
    }));
    let file = folder.path().join("parts.toml");
    let text = FILE.replace("BROKERS", kafka()).replace("TOPIC", &topic.name);
    std::fs::write(&file, text.replace("FOLDER", folder.path().to_str().expect("a path"))).expect("a file");
    let file = file.to_str().expect("a path");

    let finished = Mare::run(["run", file, "--until-end"]).success();
    assert!(finished.stderr.contains("dead letters 3 (wrong_type 1, not_text 2)"), "{}", finished.output());
    let database = Connection::open_with_flags(folder.path().join("parts.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("the run's database");
    let mut query = database
        .prepare("SELECT who, partition, origin, printf('%.2f', total), last_place, last_sent FROM parts ORDER BY who, origin")
        .expect("these columns");
    let rows =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)));
    let rows: Vec<(String, i64, Option<String>, String, i64, String)> =
        rows.expect("rows").map(|row| row.expect("typed as declared")).collect();
    let row = |who: &str, partition, origin: Option<&str>, total: &str, place, sent: &str| {
        (who.to_owned(), partition, origin.map(str::to_owned), total.to_owned(), place, sent.to_owned())
    };
    let expected = [
        row("ana", 0, None, "1.25", 3, "2025-11-28T12:00:00.001Z"),
        row("ana", 0, Some("app"), "10.75", 1, "2025-11-28T12:00:00.001Z"),
        row("nobody", 1, Some(""), "-3.00", 0, "2025-11-28T12:00:00.002Z"),
    ];
    assert_eq!(rows, expected);
    let verdict = Mare::run(["verify", file, "--format", "json"]).success();
    let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&true.into(), &3.into()), "{verdict}");
    let noon = ["explain", file, "--window", "2025-11-28T12:00", "--format", "json"];
    let group = ["--group", "who=ana", "--group", "partition=0", "--group", "origin?"];
    let explained = Mare::run(noon.iter().chain(&group)).success();
    let explained: Value = serde_json::from_str(&explained.stdout).expect("an explanation");
    let expected = (&r"ana|0|\N|2025-11-28T12:00:00Z".into(), &true.into());
    assert_eq!((&explained["_id"], &explained["equal"]), expected, "{explained}");
    let asked = Mare::run(["query", "latest", file, "--group", "origin?", "--format", "json"]).success();
    let asked: Value = serde_json::from_str(&asked.stdout).expect("rows");
    assert_eq!((asked.as_array().map(Vec::len), &asked[0]["origin"]), (Some(1), &Value::Null), "{asked}");
}
