//! Windows that grow from one beginning hold what the reference model says, over a kill in the middle and other numbers
//! of workers, and for the auditor; who asks for sums over days is given those of whole ones.

use std::collections::BTreeMap;

use mare_reference::{Event, Model, Rules, WindowRule};
use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::energy::{EnergyFlow, instant};
use crate::support::mare::Mare;

const SEED: u64 = 47;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const BEGIN: &str = "2025-11-26T00:00:00Z";
/// How many readings there are, and how far apart: about three days and a half of them.
const READINGS: i64 = 3_000;
const PACE_MS: i64 = 100_000;
const LATENESS_MS: i64 = HOUR_MS / 2;

/// For each window, by its start and its end: Wh and readings.
type Windows = BTreeMap<(i64, i64), (i64, i64)>;

/// A reading: the partition, the time and how many Wh.
type Reading = (i32, i64, i64);

/// The dataflow over a topic, with what each day has come to at each hour of it.
struct SoFar(EnergyFlow);

impl SoFar {
    fn new() -> SoFar {
        let windows = ["window.cumulative=1d", "window.every=1h", "window.lateness=30m"];
        SoFar(EnergyFlow::new("grows", &[&["checkpoint.every=100ms", "totals.group_by=[]"], &windows[..]].concat()))
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
    fn documents(&self) -> Windows {
        self.0.documents("_id, window_start, window_end, energy_wh, readings", |row| {
            let (id, start, end): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            assert_eq!(id, format!("|{end}"), "what tells it");
            Ok(((instant(&start), instant(&end)), (row.get(3)?, row.get(4)?)))
        })
    }

    fn produce(&self, readings: &[Reading]) {
        self.0.produce(readings.iter().map(|(partition, at, wh)| (*partition, *at, "north", *wh)));
    }
}

/// What must come out, and how many readings are late.
fn expected(readings: &[Reading]) -> (Windows, u64) {
    let windows = WindowRule::Cumulative { size_ms: DAY_MS, step_ms: HOUR_MS, offset_ms: 0 };
    let mut model = Model::new(Rules { windows, lateness_ms: LATENESS_MS, confirm: 1, dedups: false });
    for (partition, time_ms, wh) in readings {
        let amount = Some(i128::from(*wh));
        model.take(
            *partition,
            Some(Event { time_ms: *time_ms, group: "", id: "", amount, is_wanted: true, cancels: false }),
        );
    }
    let late = (0..3).map(|partition| model.counts(partition).late).sum();
    let totals = model.totals().iter().map(|((hour_ms, _), total)| {
        let wh = i64::try_from(total.sum).expect("few");
        ((hour_ms.div_euclid(DAY_MS) * DAY_MS, hour_ms + HOUR_MS), (wh, total.events))
    });
    (totals.collect(), late)
}

/// Readings, some of which come up to a day after their time: for some of their windows too late, or for all.
fn readings() -> Vec<Reading> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let reading = |number: i64| {
        let behind = if random.random_bool(0.1) { random.random_range(0..DAY_MS) } else { 0 };
        ((number % 3) as i32, instant(BEGIN) + number * PACE_MS - behind, random.random_range(0..5_000))
    };
    (0..READINGS).map(reading).collect()
}

#[test]
fn through_a_kill() {
    let (so_far, readings) = (SoFar::new(), readings());
    so_far.produce(&readings[..1_200]);
    let first = Mare::spawn(so_far.words(&["run"], &["-w", "3"]));
    first.wait_for_lines(1, "cumulative 24h, every 1h, lateness 30m");
    first.wait_for_lines(1, "the first checkpoint of this run stands");
    so_far.produce(&readings[1_200..2_000]);
    first.end_by(Signal::SIGKILL);
    so_far.produce(&readings[2_000..]);
    let last = Mare::run(so_far.words(&["run"], &["-w", "2", "--until-end"])).success();
    assert!(last.stderr.contains("going on from epoch"), "{}", last.stderr);
    let (expected, late) = expected(&readings);
    assert_eq!(so_far.documents(), expected, "seed {SEED}");
    let counted: i64 = expected.values().map(|(_, readings)| readings).sum();
    assert!(late > 0 && counted > 8 * READINGS, "{late} late, {counted} in all windows");
    audit(&so_far, &expected);
    questions(&so_far, &expected);
    let other = Mare::run(so_far.words(&["run"], &["--until-end", "--set", "window.every=2h"]));
    other.refused(&["`window.every` was `1h`, is `2h`"]);
}

/// The auditor finds the same, and of one document which readings are in it.
fn audit(so_far: &SoFar, expected: &Windows) {
    let verdict = so_far.asked(&["verify"], &[]);
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(expected.len())), "{verdict}");
    let explained = so_far.asked(&["explain"], &["--window", "2025-11-27T05:25"]);
    let (_, count) = expected[&(instant("2025-11-27T00:00:00Z"), instant("2025-11-27T06:00:00Z"))];
    assert_eq!(explained["_id"], json!("|2025-11-27T06:00:00Z"), "{explained}");
    let recomputed = &explained["numbers"]["readings"]["recomputed"];
    assert_eq!((recomputed, &explained["equal"]), (&json!(count), &json!(true)), "{explained}");
}

/// Sums over several windows are those of whole days.
fn questions(so_far: &SoFar, expected: &Windows) {
    let days: Vec<_> = expected.iter().filter(|((start, end), _)| end - start == DAY_MS).collect();
    let wh: i64 = days.iter().map(|(_, (wh, _))| wh).sum();
    assert_eq!(so_far.asked(&["query", "groups"], &[])[0]["energy_wh"], json!(wh));
    let rows = so_far.asked(&["query", "hourly"], &["--per", "1d"]);
    let found: Vec<_> = rows.as_array().expect("rows").iter().map(|row| row["energy_wh"].as_i64()).collect();
    assert_eq!(found, days.iter().map(|(_, (wh, _))| Some(*wh)).collect::<Vec<_>>());
    let latest = so_far.asked(&["query", "latest"], &["--limit", "1"]);
    let ((_, end), (_, count)) = expected.iter().max_by_key(|((_, end), _)| *end).expect("windows");
    assert_eq!(latest[0]["readings"], json!(count), "{latest}, of the window through {end}");
}
