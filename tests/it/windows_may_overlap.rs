//! Windows that overlap hold what the reference model says, over a restart from a checkpoint and other numbers of
//! workers, and for the auditor; sums over several of them count no event twice, or are refused.

use std::collections::BTreeMap;

use mare_reference::{Event, Model, Rules, WindowRule};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::energy::{EnergyFlow, instant};
use crate::support::mare::{Finished, Mare};

const SEED: u64 = 43;
const MINUTE_MS: i64 = 60_000;
const BEGIN: &str = "2025-11-28T00:00:00Z";
/// How many readings there are, and how far apart: about ten hours of them.
const READINGS: i64 = 3_000;
const PACE_MS: i64 = 12_000;
/// How long windows are.
const SIZE_MS: i64 = 60 * MINUTE_MS;
const LATENESS_MS: i64 = 5 * MINUTE_MS;

/// For each window, by its start: Wh and readings.
type Windows = BTreeMap<i64, (i64, i64)>;

/// A reading: the partition, the time and how many Wh.
type Reading = (i32, i64, i64);

/// The dataflow over a topic, with windows of an hour that begin so often.
struct Hops {
    flow: EnergyFlow,
    every_ms: i64,
}

impl Hops {
    fn new(every_ms: i64) -> Hops {
        let every = format!("window.every={}m", every_ms / MINUTE_MS);
        let settings = ["totals.group_by=[]", "window.hopping=1h", &every, "window.lateness=5m"];
        Hops { flow: EnergyFlow::new("hops", &settings), every_ms }
    }

    /// Runs a command on it.
    fn mare(&self, name: &[&str], more: &[&str]) -> Finished {
        Mare::run(self.flow.words(name, more))
    }

    /// The documents that there are, each of an hour.
    fn documents(&self) -> Windows {
        self.flow.documents("window_start, window_end, energy_wh, readings", |row| {
            let (start, end): (String, String) = (row.get(0)?, row.get(1)?);
            assert_eq!(instant(&end) - instant(&start), SIZE_MS, "{start} {end}");
            Ok((instant(&start), (row.get(2)?, row.get(3)?)))
        })
    }

    /// What must come out, and how many readings are late.
    fn expected(&self, readings: &[Reading]) -> (Windows, u64) {
        let windows = WindowRule::Hopping { size_ms: SIZE_MS, step_ms: self.every_ms, offset_ms: 0 };
        let mut model = Model::new(Rules { windows, lateness_ms: LATENESS_MS, confirm: 1, dedups: false });
        for (partition, time_ms, wh) in readings {
            let amount = Some(i128::from(*wh));
            model.take(
                *partition,
                Some(Event { time_ms: *time_ms, group: "", id: "", amount, is_wanted: true, cancels: false }),
            );
        }
        let late = (0..3).map(|partition| model.counts(partition).late).sum();
        let totals = model.totals().iter();
        let wh = |sum: i128| i64::try_from(sum).expect("few");
        (totals.map(|((start, _), total)| (*start, (wh(total.sum), total.events))).collect(), late)
    }

    fn produce(&self, readings: &[Reading]) {
        self.flow.produce(readings.iter().map(|(partition, at, wh)| (*partition, *at, "north", *wh)));
    }
}

/// Readings, some of which come up to two hours after their time: for some of their windows too late, or for all.
fn readings() -> Vec<Reading> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let reading = |number: i64| {
        let behind = if random.random_bool(0.1) { random.random_range(0..120 * MINUTE_MS) } else { 0 };
        ((number % 3) as i32, instant(BEGIN) + number * PACE_MS - behind, random.random_range(0..5_000))
    };
    (0..READINGS).map(reading).collect()
}

#[test]
fn through_a_restart() {
    let (hops, readings) = (Hops::new(25 * MINUTE_MS), readings());
    let (first, second) = readings.split_at(1_700);
    hops.produce(first);
    let begun = hops.mare(&["run"], &["-w", "3", "--until-end"]).success();
    assert!(begun.stderr.contains("hopping 1h, every 25m, lateness 5m"), "{}", begun.stderr);
    hops.produce(second);
    hops.mare(&["run"], &["-w", "2", "--until-end"]).success();
    let (expected, late) = hops.expected(&readings);
    assert_eq!(hops.documents(), expected, "seed {SEED}");
    let (_, readings) = expected.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert!(late > 0 && readings > 2 * READINGS, "{late} late, {readings} in all windows");

    let verdict = hops.mare(&["verify"], &["--format", "json"]).success();
    let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(expected.len())), "{verdict}");
    let explained = hops.mare(&["explain"], &["--window", "2025-11-28T05:25", "--format", "json"]).success();
    let explained: Value = serde_json::from_str(&explained.stdout).expect("an explanation");
    let (_, count) = expected[&instant("2025-11-28T05:25:00Z")];
    let recomputed = &explained["numbers"]["readings"]["recomputed"];
    assert_eq!((recomputed, &explained["equal"]), (&json!(count), &json!(true)), "{explained}");

    for question in [&["groups"][..], &["hourly"], &["compare", "2025-11-28", "2025-11-29"], &["top", "--of", "groups"]]
    {
        let (question, more) = question.split_first().expect("a question");
        let refused = hops.mare(&["query", question], more);
        let output = refused.output();
        assert!(
            !refused.status.success() && output.contains("windows of 1h every 25m overlap"),
            "{question}: {output}"
        );
    }
    let other = hops.mare(&["run"], &["--until-end", "--set", "window.every=20m"]);
    let output = other.output();
    assert!(!other.status.success() && output.contains("`window.every` was `25m`, is `20m`"), "{output}");
}

#[test]
fn those_that_follow_one_another_are_added_up() {
    let (hops, readings) = (Hops::new(20 * MINUTE_MS), readings());
    hops.produce(&readings);
    hops.mare(&["run"], &["-w", "2", "--until-end"]).success();
    let documents = hops.documents();
    assert_eq!(documents, hops.expected(&readings).0, "seed {SEED}");
    let rows = |question: &[&str], more: &[&str]| -> Vec<Value> {
        let answer = hops.mare(&[&["query"], question].concat(), &[more, &["--format", "json"]].concat()).success();
        serde_json::from_str(&answer.stdout).expect("rows")
    };
    let tiles: Vec<_> = documents.iter().filter(|(start, _)| *start % SIZE_MS == 0).collect();
    let wh: i64 = tiles.iter().map(|(_, (wh, _))| wh).sum();
    assert_eq!(rows(&["groups"], &[])[0]["energy_wh"], json!(wh));
    let hours: Vec<_> = rows(&["hourly"], &[]).iter().map(|row| row["energy_wh"].as_i64().expect("Wh")).collect();
    assert_eq!(hours, tiles.iter().map(|(_, (wh, _))| *wh).collect::<Vec<_>>());
    let windows = rows(&["top"], &["--of", "windows", "--limit", "1000"]);
    assert_eq!(windows.len(), documents.len(), "each window for itself");
}
