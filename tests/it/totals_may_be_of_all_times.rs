//! A dataflow without windows keeps running totals that are the sums of all readings, over a kill in the middle and
//! other numbers of workers, and for the auditor; who asks for a part of the time is told that there is none.

use std::collections::BTreeMap;

use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;

const SEED: u64 = 53;
const BEGIN_MS: i64 = 1_764_115_200_000;
const READINGS: usize = 2_000;

/// For each site: Wh and readings.
type Sites = BTreeMap<String, (i64, i64)>;

/// A reading: the partition, the time, the site and how many Wh.
type Reading = (i32, i64, &'static str, i64);

/// The dataflow over a topic.
struct Ever {
    topic: Topic,
    folder: TempDir,
}

impl Ever {
    fn new() -> Ever {
        Ever { topic: Topic::create(kafka(), "ever", 3), folder: tempfile::tempdir().expect("a folder") }
    }

    /// A command on it.
    fn words(&self, name: &[&str], more: &[&str]) -> Vec<String> {
        let set = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.topic.name),
            format!("checkpoint.path={}", self.folder.path().display()),
            "checkpoint.every=100ms".to_owned(),
            format!("sink.sqlite.path={}", self.folder.path().join("ever.db").display()),
            "totals.group_by=[\"meter.site\"]".to_owned(),
            "window.none=true".to_owned(),
        ];
        let set = set.into_iter().flat_map(|setting| ["--set".to_owned(), setting]);
        let words = name.iter().chain(&["dataflows/energy.toml"]).map(|word| (*word).to_owned());
        words.chain(set).chain(more.iter().map(|word| (*word).to_owned())).collect()
    }

    /// What a command answers in JSON.
    fn asked(&self, name: &[&str], more: &[&str]) -> Value {
        let answer = Mare::run(self.words(name, &[more, &["--format", "json"]].concat())).success();
        serde_json::from_str(&answer.stdout).expect("JSON")
    }

    /// The documents that there are.
    fn documents(&self) -> Sites {
        let file = self.folder.path().join("ever.db");
        let database =
            Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the run's database");
        let query = "SELECT _id, meter_site, energy_wh, readings FROM energy_use";
        let mut query = database.prepare(query).expect("these columns");
        let rows = query.query_map([], |row| {
            let (id, site): (String, String) = (row.get(0)?, row.get(1)?);
            assert_eq!(id, format!("{site}|all"));
            Ok((site, (row.get(2)?, row.get(3)?)))
        });
        rows.expect("rows").map(|row| row.expect("typed as declared")).collect()
    }

    fn produce(&self, readings: &[Reading]) {
        let payload = |at, site, wh| {
            format!(r#"{{"meter":{{"site":"{site}"}},"tariff":1,"read_at":{at},"reading":{{"wh":{wh},"cost":0.001}}}}"#)
        };
        let payloads: Vec<_> =
            readings.iter().map(|(partition, at, site, wh)| (*partition, *at, payload(at, site, wh))).collect();
        let records = payloads.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes())));
        self.topic.produce(records);
    }
}

/// Readings in no order of their times, over ten years.
fn readings() -> Vec<Reading> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut reading = |number: usize| {
        let at = BEGIN_MS - random.random_range(0..3_650 * 86_400_000);
        let site = ["north", "south", "east"][random.random_range(0..3)];
        ((number % 3) as i32, at, site, random.random_range(0..5_000))
    };
    (0..READINGS).map(&mut reading).collect()
}

#[test]
fn through_a_kill() {
    let (ever, readings) = (Ever::new(), readings());
    ever.produce(&readings[..800]);
    let first = Mare::spawn(ever.words(&["run"], &["-w", "3"]));
    first.wait_for_lines(1, "none: each group stays in memory and in every checkpoint, for ever");
    first.wait_for_lines(1, "the first checkpoint of this run stands");
    ever.produce(&readings[800..1_400]);
    first.end_by(Signal::SIGKILL);
    ever.produce(&readings[1_400..]);
    let last = Mare::run(ever.words(&["run"], &["-w", "2", "--until-end"])).success();
    assert!(last.stderr.contains("going on from epoch"), "{}", last.stderr);
    assert_eq!(last.summary("counted"), last.summary("read"), "none is late");
    let mut expected = Sites::new();
    for (_, _, site, wh) in &readings {
        let total = expected.entry((*site).to_owned()).or_default();
        *total = (total.0 + wh, total.1 + 1);
    }
    assert_eq!(ever.documents(), expected, "seed {SEED}");
    let verdict = ever.asked(&["verify"], &[]);
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(3)), "{verdict}");
    questions(&ever, &expected);
}

fn questions(ever: &Ever, expected: &Sites) {
    let explained = ever.asked(&["explain"], &["--group", "meter_site=north"]);
    let recomputed = &explained["numbers"]["readings"]["recomputed"];
    assert_eq!((recomputed, &explained["equal"]), (&json!(expected["north"].1), &json!(true)), "{explained}");
    assert_eq!(explained["_id"], json!("north|all"));
    for question in ["groups", "latest", "top"] {
        let rows = ever.asked(&["query", question], &[]);
        let rows = rows.as_array().expect("rows");
        let wh: i64 = rows.iter().map(|row| row["energy_wh"].as_i64().expect("Wh")).sum();
        assert_eq!(wh, expected.values().map(|(wh, _)| wh).sum::<i64>(), "{question}: {rows:?}");
    }
    for question in [&["hourly"][..], &["latest", "--from", "today"], &["groups", "--from", "-2h"]] {
        let (question, more) = question.split_first().expect("a question");
        Mare::run(ever.words(&["query", question], more)).refused(&["this dataflow has no windows"]);
    }
    Mare::run(ever.words(&["run"], &["--until-end", "--set", "window.tumbling=1h"]))
        .refused(&["`window.none` was `true`"]);
}
