//! A record's key, partition, offset and own timestamp are fields like others, numbers may stand in strings, and events
//! without a time of their own have that of their record.

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
[event.computed]
who = { as = "string", from = "COALESCE(customer, 'nobody')" }
[window]
tumbling = "1m"
[totals]
group_by = ["who", "partition"]
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
    let sent: [(i32, i64, Option<&[u8]>, &str); 5] = [
        (0, NOON, Some(b"ana"), r#"{"amount": "10.50"}"#),
        (0, NOON + 1, Some(b"ana"), r#"{"amount": 0.25}"#),
        (1, NOON + 2, None, r#"{"amount": "-3"}"#),
        (1, NOON + 3, Some(b"\xff"), r#"{"amount": "1"}"#),
        (1, NOON + 60_000, Some(b"ana"), r#"{"amount": " 1"}"#),
    ];
    topic.produce(sent.iter().map(|(partition, at, key, payload)| {
        let record = record(*partition, *at, Some(payload.as_bytes()));
        if let Some(key) = key { record.key(*key) } else { record }
    }));
    let file = folder.path().join("parts.toml");
    let text = FILE.replace("BROKERS", kafka()).replace("TOPIC", &topic.name);
    std::fs::write(&file, text.replace("FOLDER", folder.path().to_str().expect("a path"))).expect("a file");
    let file = file.to_str().expect("a path");

    let finished = Mare::run(["run", file, "--until-end"]).success();
    assert!(finished.stderr.contains("dead letters 2 (wrong_type 1, not_text 1)"), "{}", finished.output());
    let database = Connection::open_with_flags(folder.path().join("parts.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("the run's database");
    let mut query = database
        .prepare("SELECT who, partition, printf('%.2f', total), last_place, last_sent FROM parts ORDER BY who")
        .expect("these columns");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
    let rows: Vec<(String, i64, String, i64, String)> =
        rows.expect("rows").map(|row| row.expect("typed as declared")).collect();
    let row = |who: &str, partition, total: &str, place, sent: &str| {
        (who.to_owned(), partition, total.to_owned(), place, sent.to_owned())
    };
    let expected = [
        row("ana", 0, "10.75", 1, "2025-11-28T12:00:00.001Z"),
        row("nobody", 1, "-3.00", 0, "2025-11-28T12:00:00.002Z"),
    ];
    assert_eq!(rows, expected);
    let verdict = Mare::run(["verify", file, "--format", "json"]).success();
    let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&true.into(), &2.into()), "{verdict}");
}
