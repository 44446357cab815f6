//! The engine knows no field names: meter readings of another shape, with nested fields, two groups, four totals and an
//! optional field, come out of `dataflows/energy.toml` as exactly as sales, in SQLite and as JSON lines.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};

const SEED: u64 = 11;
const WINDOW_MS: i64 = 5 * 60_000;

/// Window start, site, tariff.
pub type Key = (i64, String, i64);

/// Energy in Wh, cost in thousandths, outages, readings.
pub type Use = (i64, i64, i64, i64);

/// Readings of an hour, in order, so that none is late; produces them and returns what must come out.
pub fn produce(topic: &Topic) -> BTreeMap<Key, Use> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut expected = BTreeMap::<Key, Use>::new();
    let begin = 1_764_331_200_000_i64;
    let mut readings = Vec::new();
    for reading in 0..3_000_i64 {
        let at = begin + reading * 1_200;
        let site = ["north", "south|west", "Größe"][random.random_range(0..3)];
        let (tariff, wh, mills) =
            (random.random_range(-1..3), random.random_range(0..5_000), random.random_range(-900..9_000));
        let outage = random.random_bool(0.1);
        let cost =
            format!("{}{}.{:03}", if mills < 0 { "-" } else { "" }, i64::abs(mills) / 1000, i64::abs(mills) % 1000);
        let nested = format!(r#"{{"cost":{cost},"wh":{wh}}}"#);
        let outage_s = if outage { "30" } else { "null" };
        let payload = format!(
            r#"{{"reading":{nested},"meter":{{"id":"m-{reading}","site":{}}},"tariff":{tariff},"read_at":{at},"outage_s":{outage_s}}}"#,
            json!(site)
        );
        readings.push(((reading % 2) as i32, at, payload));
        let total = expected.entry((at.div_euclid(WINDOW_MS) * WINDOW_MS, site.to_owned(), tariff)).or_default();
        *total = (total.0 + wh, total.1 + mills, total.2 + i64::from(outage), total.3 + 1);
    }
    topic.produce(readings.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes()))));
    expected
}

pub fn run(topic: &Topic, sink: &str) -> Finished {
    let brokers = format!("source.kafka.brokers={}", kafka());
    let topic = format!("source.kafka.topic={}", topic.name);
    let set = ["--set", &brokers, "--set", &topic, "--set", sink];
    let fixed = ["run", "dataflows/energy.toml", "-w", "2", "--until-end", "--no-checkpoint"];
    Mare::run([&fixed[..], &set].concat()).success()
}

fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an ISO-8601 instant").as_millisecond()
}

/// A cost as it is written, in thousandths.
fn mills(text: &str) -> i64 {
    (text.parse::<f64>().expect("a number") * 1000.0).round() as i64
}

#[test]
fn into_sqlite() {
    let topic = Topic::create(kafka(), "meters", 2);
    let expected = produce(&topic);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("energy.db");
    run(&topic, &format!("sink.sqlite.path={}", file.display()));

    let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the run's database");
    let query =
        "SELECT window_start, meter_site, tariff, energy_wh, cost, outages, readings, window_end, _id FROM energy_use";
    let mut query = database.prepare(query).expect("the columns of the file");
    let rows = query.query_map([], |row| {
        let start = millis(&row.get::<_, String>(0)?);
        let key = (start, row.get(1)?, row.get(2)?);
        let total = (row.get(3)?, (row.get::<_, f64>(4)? * 1000.0).round() as i64, row.get(5)?, row.get(6)?);
        assert_eq!(millis(&row.get::<_, String>(7)?), start + WINDOW_MS);
        Ok((key, total))
    });
    let rows: BTreeMap<Key, Use> = rows.expect("rows").map(|row| row.expect("typed as declared")).collect();
    assert_eq!(rows, expected, "seed {SEED}");
}

#[test]
fn onto_standard_output() {
    let topic = Topic::create(kafka(), "meters", 2);
    let expected = produce(&topic);
    let finished = run(&topic, "sink.stdout={}");
    let mut newest = BTreeMap::<Key, Use>::new();
    for line in finished.stdout.lines() {
        let document: Value = serde_json::from_str(line).expect("a JSON line");
        let number = |field: &str| document[field].as_i64().expect("an integer");
        let text = |field: &str| document[field].as_str().expect("a string").to_owned();
        let key = (millis(&text("window_start")), text("meter_site"), number("tariff"));
        let cost = mills(&document["cost"].to_string());
        let total = (number("energy_wh"), cost, number("outages"), number("readings"));
        let before = newest.insert(key, total);
        assert!(before.is_none_or(|before| before.3 < total.3), "a document only becomes more complete: {line}");
    }
    assert_eq!(newest, expected, "seed {SEED}");
}
