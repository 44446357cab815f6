//! Windows of a calendar are as long as the clocks of their zone make them, over a restart from a checkpoint and other
//! numbers of workers, for the auditor and for who asks: the days of São Paulo in which its summer began, at a midnight
//! that there was not.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};

const SEED: u64 = 41;
/// When the days begin, in UTC; the third one has 23 hours.
const DAYS: [&str; 6] = [
    "2018-11-02T03:00:00Z",
    "2018-11-03T03:00:00Z",
    "2018-11-04T03:00:00Z",
    "2018-11-05T02:00:00Z",
    "2018-11-06T02:00:00Z",
    "2018-11-07T02:00:00Z",
];
/// How many readings there are, and how far apart: five days of them.
const READINGS: i64 = 2_856;
const STEP_MS: i64 = 150_000;

/// Start and end of a window; Wh and readings.
type Day = ((String, String), (i64, i64));

/// The dataflow over a topic, by the day.
struct Days {
    topic: Topic,
    folder: TempDir,
}

impl Days {
    fn new() -> Days {
        Days { topic: Topic::create(kafka(), "days", 3), folder: tempfile::tempdir().expect("a folder") }
    }

    /// Runs a command on it.
    fn mare(&self, name: &[&str], more: &[&str]) -> Finished {
        let set = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.topic.name),
            format!("checkpoint.path={}", self.folder.path().display()),
            format!("sink.sqlite.path={}", self.folder.path().join("days.db").display()),
            "totals.group_by=[]".to_owned(),
        ];
        let days = ["window.tumbling=day", "window.zone=America/Sao_Paulo", "window.lateness=0s"].map(str::to_owned);
        let set = set.into_iter().chain(days).flat_map(|setting| ["--set".to_owned(), setting]);
        let words = name.iter().chain(&["dataflows/energy.toml"]).map(|word| (*word).to_owned());
        Mare::run(words.chain(set).chain(more.iter().map(|word| (*word).to_owned())).collect::<Vec<_>>())
    }

    /// The documents that there are.
    fn documents(&self) -> Vec<Day> {
        let file = self.folder.path().join("days.db");
        let database =
            Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the run's database");
        let query = "SELECT window_start, window_end, energy_wh, readings FROM energy_use ORDER BY window_start";
        let mut query = database.prepare(query).expect("these columns");
        let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))));
        rows.expect("rows").map(|row| row.expect("typed as declared")).collect()
    }
}

fn instant(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

/// The readings in the order of their times, which of three partitions each is in, and how many Wh it has.
fn readings() -> Vec<(i32, i64, i64)> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let reading = |number: i64| {
        let at = instant(DAYS[0]) + number * STEP_MS + random.random_range(0..STEP_MS);
        ((number % 3) as i32, at, random.random_range(0..5_000))
    };
    (0..READINGS).map(reading).collect()
}

fn produce(topic: &Topic, readings: &[(i32, i64, i64)]) {
    let payload = |at, wh| {
        format!(r#"{{"meter":{{"site":"north"}},"tariff":1,"read_at":{at},"reading":{{"wh":{wh},"cost":0.001}}}}"#)
    };
    let payloads: Vec<_> = readings.iter().map(|(partition, at, wh)| (*partition, *at, payload(at, wh))).collect();
    topic.produce(payloads.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes()))));
}

/// What must come out.
fn expected(readings: &[(i32, i64, i64)]) -> Vec<Day> {
    let mut days = BTreeMap::<usize, (i64, i64)>::new();
    for (_, at, wh) in readings {
        let day = DAYS.iter().rposition(|begin| instant(begin) <= *at).expect("none is before");
        let total = days.entry(day).or_default();
        *total = (total.0 + wh, total.1 + 1);
    }
    days.into_iter().map(|(day, total)| ((DAYS[day].to_owned(), DAYS[day + 1].to_owned()), total)).collect()
}

#[test]
fn through_a_restart() {
    let (days, readings) = (Days::new(), readings());
    let (first, second) = readings.split_at(1_500); // in the day of 23 hours
    produce(&days.topic, first);
    let begun = days.mare(&["run"], &["-w", "3", "--until-end"]).success();
    assert!(begun.stderr.contains("a day of America/Sao_Paulo"), "{}", begun.stderr);
    produce(&days.topic, second);
    days.mare(&["run"], &["-w", "2", "--until-end"]).success();
    let expected = expected(&readings);
    assert_eq!((days.documents(), expected.len()), (expected.clone(), 5), "seed {SEED}");

    let verdict = days.mare(&["verify"], &["--format", "json"]).success();
    let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(5)), "{verdict}");
    questions(&days, &expected);

    let other = days.mare(&["run"], &["--until-end", "--set", "window.zone=America/Bahia"]);
    let output = other.output();
    assert!(!other.status.success() && output.contains("`window.zone` was `America/Sao_Paulo`"), "{output}");
    assert!(output.contains("window.zone_data"), "what is known of the zones differs too: {output}");
}

/// Who asks is answered in days of the zone.
fn questions(days: &Days, expected: &[Day]) {
    let window = ["--window", "2018-11-04T12:00", "--format", "json"];
    let explained = days.mare(&["explain"], &window).success();
    let explained: Value = serde_json::from_str(&explained.stdout).expect("an explanation");
    let recomputed = |total: &str| &explained["numbers"][total]["recomputed"];
    let (wh, count) = expected[2].1;
    assert_eq!((recomputed("energy_wh"), recomputed("readings")), (&json!(wh), &json!(count)), "{explained}");
    assert_eq!((&explained["_id"], &explained["equal"]), (&json!("|2018-11-04T03:00:00Z"), &json!(true)));
    let day = ["--from", "2018-11-04", "--to", "2018-11-05", "--format", "json"];
    let top = days.mare(&["query", "top"], &day).success();
    let top: Vec<Value> = serde_json::from_str(&top.stdout).expect("rows");
    assert_eq!((top.len(), &top[0]["energy_wh"]), (1, &json!(expected[2].1.0)), "{top:?}");
    let weeks = days.mare(&["query", "hourly"], &["--per", "7d", "--format", "json"]).success();
    let weeks: Vec<Value> = serde_json::from_str(&weeks.stdout).expect("rows");
    let periods: Vec<_> = weeks.iter().map(|row| row["period"].as_str().expect("a time")).collect();
    assert_eq!(periods, ["2018-10-29T00:00:00-03:00", "2018-11-05T00:00:00-02:00"]);
    let hours = days.mare(&["query", "hourly"], &["--per", "1h"]);
    assert!(
        hours.output().contains("a day of America/Sao_Paulo long, longer than the period of 1h"),
        "{}",
        hours.output()
    );
}
