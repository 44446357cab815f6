//! Each item of an order is an event: late, bad, repeated and empty orders among them, over a kill and another number
//! of workers. A record is sent once to each topic of letters, and the auditor comes to the same by code of its own.

use std::collections::BTreeMap;

use nix::sys::signal::Signal;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::oracle::read;

const FILE: &str = r#"
name = "items"
[source.kafka]
brokers = "BROKERS"
topic = "TOPIC"
[event]
time = "at"
explode = "items"
[event.fields]
order = "string"
"items[].sku" = "string"
"items[].price" = "decimal(2)"
[dedup]
by = "order"
[window]
tumbling = "1m"
[totals]
group_by = ["items[].sku"]
revenue = "sum(items[].price)"
first = "first(order)"
last = "last(items[].price)"
[late]
topic = "LATE"
[dead_letter]
topic = "DEAD"
[sink.sqlite]
path = "FOLDER/items.db"
[checkpoint]
path = "FOLDER/checkpoints"
every = "100ms"
"#;

const NOON: i64 = 1_764_331_200_000;

/// The partition, the second after noon, the order and its items as JSON.
const ORDERS: [(i32, i64, &str, &str); 10] = [
    (0, 1, "a", r#"[{"sku": "cup", "price": 7.50}, {"sku": "tea", "price": 3}, {"sku": "cup", "price": 7.25}]"#),
    (1, 2, "b", r#"[{"sku": "tea", "price": 2.50}]"#),
    (0, 1, "a", r#"[{"sku": "cup", "price": 7.50}, {"sku": "tea", "price": 3}, {"sku": "cup", "price": 7.25}]"#),
    (1, 3, "c", "[]"),
    (1, 4, "d", r#"[{"sku": "pot"}, {"sku": "pot", "price": 20}, 7]"#),
    // Behind the kill.
    (0, 70, "e", r#"[{"sku": "cup", "price": 1}]"#),
    (0, 5, "f", r#"[{"sku": "cup", "price": 1}, {"price": 1}, {"sku": "tea", "price": 1}]"#),
    (1, 6, "g", r#"{"sku": "cup"}"#),
    (1, 7, "h", "null"),
    (1, 8, "i", r#"[{"sku": "tea", "price": 0.25}, {"sku": "tea", "price": 0.75}]"#),
];

fn produce(topic: &Topic, orders: &[(i32, i64, &str, &str)]) {
    let payload = |(partition, second, order, items): &(i32, i64, &str, &str)| {
        let at_ms = NOON + second * 1_000;
        let at = jiff::Timestamp::from_millisecond(at_ms).expect("a time");
        (*partition, at_ms, format!(r#"{{"order": "{order}", "at": "{at}", "items": {items}}}"#))
    };
    let payloads: Vec<_> = orders.iter().map(payload).collect();
    topic.produce(payloads.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes()))));
}

/// The minute and the group of each document, and its revenue, events, first and last.
fn documents(folder: &std::path::Path) -> Vec<(String, String, String, i64, String, String)> {
    let database = Connection::open_with_flags(folder.join("items.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("the run's database");
    let query = "SELECT window_start, items_sku, printf('%.2f', revenue), n, first, printf('%.2f', last) FROM items \
                 ORDER BY window_start, items_sku";
    let mut query = database.prepare(query).expect("these columns");
    let rows =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)));
    rows.expect("rows").map(|row| row.expect("typed as declared")).collect()
}

#[test]
fn through_a_kill() {
    let topic = Topic::create(kafka(), "items", 2);
    let [late, dead] = ["items-late", "items-dead"].map(|name| Topic::create(kafka(), name, 1));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("items.toml");
    let text = FILE.replace("BROKERS", kafka()).replace("TOPIC", &topic.name);
    let text = text.replace("LATE", &late.name).replace("DEAD", &dead.name);
    std::fs::write(&file, text.replace("FOLDER", folder.path().to_str().expect("a path"))).expect("a file");
    let file = file.to_str().expect("a path");

    produce(&topic, &ORDERS[..5]);
    let first = Mare::spawn(["run", file, "-w", "2"]);
    first.wait_for_lines(1, "the first checkpoint of this run stands");
    first.end_by(Signal::SIGKILL);
    produce(&topic, &ORDERS[5..]);
    let last = Mare::run(["run", file, "-w", "1", "--until-end"]).success();
    assert!(last.stderr.contains("going on from epoch"), "{}", last.stderr);

    let row = |minute: i64, sku: &str, revenue: &str, n, first: &str, last: &str| {
        let [sku, revenue, first, last] = [sku, revenue, first, last].map(str::to_owned);
        (format!("2025-11-28T12:0{minute}:00Z"), sku, revenue, n, first, last)
    };
    let expected = [
        row(0, "cup", "14.75", 2, "a", "7.25"),
        row(0, "pot", "20.00", 1, "d", "20.00"),
        row(0, "tea", "6.50", 4, "a", "0.75"),
        row(1, "cup", "1.00", 1, "e", "1.00"),
    ];
    assert_eq!(documents(folder.path()), expected);
    letters(&late, &dead);
    audit(file);
    // Fresh, by other workers and into the same place: the same again.
    let again = Mare::run(["run", file, "-w", "3", "--until-end", "--fresh"]).success();
    assert!(again.stderr.contains("19 events"), "{}", again.output());
    assert_eq!(documents(folder.path()), expected);
}

/// Each record is sent once to each of the two, with the first of its elements that belong there.
fn letters(late: &Topic, dead: &Topic) {
    let told = |topic: &Topic| -> BTreeMap<(String, String), String> {
        let letters = read(kafka(), &topic.name).into_iter();
        let place =
            |headers: &BTreeMap<String, String>| (headers["mare-partition"].clone(), headers["mare-offset"].clone());
        letters.map(|letter| (place(&letter.headers), letter.headers["mare-detail"].clone())).collect()
    };
    let at = |partition: i32, offset: i64| (partition.to_string(), offset.to_string());
    assert_eq!(told(late).keys().collect::<Vec<_>>(), [&at(0, 3)]);
    let dead = told(dead);
    assert_eq!(dead.keys().collect::<Vec<_>>(), [&at(0, 3), &at(1, 2), &at(1, 3)]);
    assert!(dead[&at(0, 3)].starts_with("`items[1]`: field `items[].sku` is missing"), "{dead:?}");
    assert!(dead[&at(1, 2)].starts_with("`items[0]`: field `items[].price` is missing"), "{dead:?}");
    assert!(dead[&at(1, 3)].contains("it is an object, and an array (event.explode)"), "{dead:?}");
}

fn audit(file: &str) {
    let asked = |words: &[&str]| -> Value {
        let answer = Mare::run(words.iter().chain(&["--format", "json"])).success();
        serde_json::from_str(&answer.stdout).expect("JSON")
    };
    let verdict = asked(&["verify", file]);
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(4)), "{verdict}");
    let explained = asked(&["explain", file, "--window", "2025-11-28T12:00", "--group", "items_sku=cup"]);
    let largest: Vec<_> = explained["largest"].as_array().expect("some").iter().map(|it| &it["element"]).collect();
    assert_eq!((largest, &explained["equal"]), (vec![&json!(0), &json!(2)], &json!(true)), "{explained}");
    assert_eq!(explained["late"][0]["element"], json!(0), "{explained}");
    let rows = asked(&["query", "latest", file]);
    assert_eq!(rows[0]["items_sku"], json!("cup"), "{rows}");
    let doctor = Mare::run(["doctor", file]);
    assert!(doctor.output().contains("newest 19 events are no events"), "{}", doctor.output());
}
