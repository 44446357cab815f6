//! Sessions hold what the reference model says, over a kill in the middle and other numbers of workers, and for the
//! auditor, who tells a document of a session that there is not; each is written once, and never while it is open.

use std::collections::BTreeMap;

use mare_reference::{Event, Model, Rules, WindowRule};
use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::energy::{EnergyFlow, instant};
use crate::support::mare::Mare;

const SEED: u64 = 53;
const MINUTE_MS: i64 = 60_000;
const GAP_MS: i64 = 30 * MINUTE_MS;
const LATENESS_MS: i64 = 10 * MINUTE_MS;
const BEGIN: &str = "2025-11-26T00:00:00Z";
const READINGS: i64 = 2_400;
const SITES: [&str; 4] = ["north", "south", "east", "west"];

/// For each session, by its start and its site: its end, Wh and readings.
type Sessions = BTreeMap<(i64, String), (i64, i64, i64)>;

/// A reading: the partition, the time, the site and how many Wh.
type Reading = (i32, i64, &'static str, i64);

/// The dataflow over a topic, with what each site reads without a pause of half an hour.
struct Visits(EnergyFlow);

impl Visits {
    fn new() -> Visits {
        let windows = ["window.session=30m", "window.lateness=10m"];
        let set = ["checkpoint.every=100ms", "totals.group_by=[\"meter.site\"]", "totals.last=last(reading.wh)"];
        Visits(EnergyFlow::new("sessions", &[&set[..], &windows].concat()))
    }

    fn words(&self, name: &[&str], more: &[&str]) -> Vec<String> {
        self.0.words(name, more)
    }

    /// What a command answers in JSON.
    fn asked(&self, name: &[&str], more: &[&str]) -> Value {
        let answer = Mare::run(self.words(name, &[more, &["--format", "json"]].concat()));
        serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("JSON: {}", answer.output()))
    }

    /// The documents that there are.
    fn documents(&self) -> Sessions {
        self.0.documents("_id, window_start, window_end, meter_site, energy_wh, readings", |row| {
            let (id, start, end): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let site: String = row.get(3)?;
            assert_eq!(id, format!("{site}|{start}"), "what tells it");
            Ok(((instant(&start), site), (instant(&end), row.get(4)?, row.get(5)?)))
        })
    }
}

/// The model behind these readings.
fn model(readings: &[Reading]) -> Model {
    let windows = WindowRule::Session { gap_ms: GAP_MS };
    let mut model = Model::new(Rules { windows, lateness_ms: LATENESS_MS, confirm: 1, dedups: false });
    for (partition, time_ms, group, wh) in readings {
        let amount = Some(i128::from(*wh));
        model.take(
            *partition,
            Some(Event { time_ms: *time_ms, group, id: "", amount, is_wanted: true, cancels: false }),
        );
    }
    model
}

/// What must come out: the sessions that are certain.
fn expected(model: &Model) -> Sessions {
    let certain = model.sessions().into_iter().filter(|(_, (end_ms, _))| model.is_certain(*end_ms, 3));
    let said =
        certain.map(|(key, (end_ms, total))| (key, (end_ms, i64::try_from(total.sum).expect("few"), total.events)));
    said.collect()
}

/// Readings in bursts, with pauses around the gap, some of which come far behind their time.
fn readings() -> Vec<Reading> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut clock = SITES.map(|_| instant(BEGIN));
    let mut readings: Vec<_> = (0..READINGS)
        .map(|number| {
            let site = random.random_range(0..SITES.len());
            let pause = [1, 3, 5, 29, 30, 31, 50][random.random_range(0..7)] * MINUTE_MS / 2;
            clock[site] += pause + if random.random_bool(0.05) { GAP_MS } else { 0 };
            ((number % 3) as i32, clock[site], SITES[site], random.random_range(0..5_000))
        })
        .collect();
    readings.sort_by_key(|(_, time, ..)| *time);
    for reading in &mut readings {
        if random.random_bool(0.1) {
            reading.1 -= random.random_range(0..2 * GAP_MS);
        }
    }
    readings
}

#[test]
fn through_a_kill() {
    let (visits, readings) = (Visits::new(), readings());
    visits.0.produce(readings[..900].iter().copied());
    let first = Mare::spawn(visits.words(&["run"], &["-w", "3"]));
    first.wait_for_lines(1, "sessions with gaps of 30m, lateness 10m");
    first.wait_for_lines(1, "the first checkpoint of this run stands");
    visits.0.produce(readings[900..1_500].iter().copied());
    first.end_by(Signal::SIGKILL);
    let before = visits.documents();
    visits.0.produce(readings[1_500..].iter().copied());
    let last = Mare::run(visits.words(&["run"], &["-w", "2", "--until-end"])).success();
    assert!(last.stderr.contains("going on from epoch"), "{}", last.stderr);
    let model = model(&readings);
    let (expected, found) = (expected(&model), visits.documents());
    assert_eq!(found, expected, "seed {SEED}");
    assert!(before.iter().all(|(key, document)| found.get(key) == Some(document)), "one has changed since the kill");
    let late: u64 = (0..3).map(|partition| model.counts(partition).late).sum();
    let open = model.sessions().len() - expected.len();
    assert!(late > 0 && open > 0 && expected.len() > 100, "{late} late, {open} open, {} certain", expected.len());
    audit(&visits, &expected);
    questions(&visits, &expected);
    let other = Mare::run(visits.words(&["run"], &["--until-end", "--set", "window.session=20m"]));
    other.refused(&["`window.session` was `30m`, is `20m`"]);
    what_is_wrong_is_told(&visits, &expected);
}

/// There is no document of what has been read, and none is missed.
#[test]
fn while_all_of_them_are_open() {
    let visits = Visits::new();
    let reading = |number: i64| ((number % 3) as i32, instant(BEGIN) + number * MINUTE_MS, SITES[0], 7);
    for numbers in [0..20, 20..40] {
        visits.0.produce(numbers.map(reading));
        Mare::run(visits.words(&["run"], &["--until-end"])).success();
        assert!(visits.documents().is_empty());
        let verdict = visits.asked(&["verify"], &[]);
        let counts = ["compared", "missing", "extra"].map(|name| verdict[name].as_u64());
        assert_eq!(counts, [Some(0); 3], "{verdict}");
    }
}

/// The auditor finds the same, and of one document which readings are in it, whatever time of it is named.
fn audit(visits: &Visits, expected: &Sessions) {
    let verdict = visits.asked(&["verify"], &[]);
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(expected.len())), "{verdict}");
    let ((start, site), (end, _, count)) = expected.iter().max_by_key(|(_, (.., count))| *count).expect("sessions");
    let within = jiff::Timestamp::from_millisecond((start + end) / 2).expect("a time").to_string();
    let group = format!("meter_site={site}");
    let explained = visits.asked(&["explain"], &["--window", &within, "--group", &group]);
    let counted = explained["partitions"].as_array().expect("parts").iter().map(|part| part["counted"].as_i64());
    assert_eq!(counted.map(Option::unwrap_or_default).sum::<i64>(), *count, "{explained}");
    let recomputed = &explained["numbers"]["readings"]["recomputed"];
    assert_eq!((recomputed, &explained["equal"]), (&json!(count), &json!(true)), "{explained}");
}

/// A session is of the day in which it starts.
fn questions(visits: &Visits, expected: &Sessions) {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for ((start, _), (_, wh, _)) in expected {
        *days.entry(start.div_euclid(24 * 60 * MINUTE_MS)).or_default() += wh;
    }
    let rows = visits.asked(&["query", "hourly"], &["--per", "1d"]);
    let found: Vec<_> = rows.as_array().expect("rows").iter().map(|row| row["energy_wh"].as_i64()).collect();
    assert_eq!(found, days.values().map(|wh| Some(*wh)).collect::<Vec<_>>());
    let groups = visits.asked(&["query", "groups"], &[]);
    let sum: Option<i64> = groups.as_array().expect("groups").iter().map(|group| group["energy_wh"].as_i64()).sum();
    assert_eq!(sum, Some(days.values().sum()));
}

/// A document that ends elsewhere, and one of a session that there is not.
fn what_is_wrong_is_told(visits: &Visits, expected: &Sessions) {
    let ids: Vec<String> = visits.0.documents("_id", |row| row.get(0));
    visits.0.change("UPDATE energy_use SET window_end = '2026-01-01T00:00:00Z' WHERE _id = ?", &ids[0]);
    let moved = "UPDATE energy_use SET _id = meter_site || '|2025-11-26T00:00:00.001Z', \
                 window_start = '2025-11-26T00:00:00.001Z' WHERE _id = ?";
    visits.0.change(moved, &ids[1]);
    let verdict = visits.asked(&["verify"], &[]);
    let counts = ["equal", "differing", "missing", "extra"].map(|name| verdict[name].as_u64());
    let equal = expected.len() as u64 - 2;
    assert_eq!(counts, [Some(equal), Some(1), Some(1), Some(1)], "{verdict}");
}
