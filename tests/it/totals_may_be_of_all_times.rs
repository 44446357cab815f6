//! A dataflow without windows keeps running totals that are the sums of all readings, over a kill in the middle and
//! other numbers of workers, and for the auditor; who asks for a part of the time is told that there is none.

use std::collections::BTreeMap;

use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::energy::{EnergyFlow, EnergyReading};
use crate::support::mare::Mare;

const SEED: u64 = 53;
const BEGIN_MS: i64 = 1_764_115_200_000;
const READINGS: usize = 2_000;

/// For each site: Wh and readings.
type Sites = BTreeMap<String, (i64, i64)>;

/// A reading of a site.
type Reading = EnergyReading<'static>;

/// The dataflow over a topic.
struct Ever(EnergyFlow);

impl Ever {
    fn new() -> Ever {
        let settings = ["checkpoint.every=100ms", "totals.group_by=[\"meter.site\"]", "window.none=true"];
        Ever(EnergyFlow::new("ever", &settings))
    }

    fn words(&self, name: &[&str], more: &[&str]) -> Vec<String> {
        self.0.words(name, more)
    }

    /// What a command answers in JSON.
    fn asked(&self, name: &[&str], more: &[&str]) -> Value {
        let answer = Mare::run(self.words(name, &[more, &["--format", "json"]].concat())).success();
        serde_json::from_str(&answer.stdout).expect("JSON")
    }

    /// The documents that there are.
    fn documents(&self) -> Sites {
        self.0.documents("_id, meter_site, energy_wh, readings", |row| {
            let (id, site): (String, String) = (row.get(0)?, row.get(1)?);
            assert_eq!(id, format!("{site}|all"));
            Ok((site, (row.get(2)?, row.get(3)?)))
        })
    }

    fn produce(&self, readings: &[Reading]) {
        self.0.produce(readings.iter().copied());
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
