//! The intake against a naive oracle: random logs with repetitions, any interleaving, cut and gone on with.

mod cancels;
mod elements;
mod silence;
mod views;

use std::collections::BTreeMap;

use mare_reference::{Event as Reference, Fate, Model, Rules, WindowRule};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;
use mare_dataflow::fixture;
use mare_letters::memory::{Mailbox, Sent};
use mare_model::journal::{Heartbeat, Journal};

const OFFSET_MS: i64 = 300;
const WINDOW_MS: i64 = 1_000;
/// No multiple of a window's length: else no window would close in the middle of another.
const LATENESS_MS: i64 = 1_500;
/// Nor is a window's length one of this: times of one step are in two windows or in three.
const STEP_MS: i64 = 400;
const HOPPING: &str = "hopping = \"1s\"\nevery = \"400ms\"";
const FILE: &str = r#"
name = "test"
[source.kafka]
brokers = "unused:1"
topic = "unused"
[event]
time = "at"
time_format = "epoch_millis"
[event.fields]
id = "string"
value = "integer"
[window]
tumbling = "1s"
offset = "300ms"
lateness = "1500ms"
[totals]
total = "sum(value)"
[sink.stdout]
"#;

fn plan(dedups: bool) -> Plan {
    confirmed(dedups, 1)
}

/// One in which so many events have to confirm a time.
fn confirmed(dedups: bool, confirm: usize) -> Plan {
    Rule { dedups, confirm, filters: false, hops: false }.plan()
}

/// What is asked of a dataflow.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// Whether an id is counted once.
    dedups: bool,
    /// How many events confirm a time.
    confirm: usize,
    /// Whether only what three does not divide is wanted, by a condition that has no value for fifty.
    filters: bool,
    /// Whether windows overlap.
    hops: bool,
}

impl Rule {
    fn plan(self) -> Plan {
        let confirm = format!("event.confirm={}", self.confirm);
        let condition = "totals.where=value % 3 <> 0 AND 1000 / (value - 50) <> 7";
        let set = [(true, &*confirm), (self.dedups, "dedup.by=id"), (self.filters, condition)];
        let set: Vec<_> = set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, set)| set).collect();
        fixture::plan(&if self.hops { FILE.replace("tumbling = \"1s\"", HOPPING) } else { FILE.to_owned() }, &set)
    }

    /// What the reference model is told of it.
    fn rules(self) -> Rules {
        let windows = match self.hops {
            false => WindowRule::Every { size_ms: WINDOW_MS, offset_ms: OFFSET_MS },
            true => WindowRule::Hopping { size_ms: WINDOW_MS, step_ms: STEP_MS, offset_ms: OFFSET_MS },
        };
        Rules { windows, lateness_ms: LATENESS_MS, confirm: self.confirm, dedups: self.dedups }
    }
}

/// One record: an id, a value, an event time; `None` is no event.
type Sale = Option<(String, i64, i64)>;

/// Partitions of stragglers, repetitions with other times and values, and garbage.
fn random_log(random: &mut SmallRng) -> Vec<Vec<Sale>> {
    let partitions = random.random_range(1..=3);
    let partition = |_| {
        let mut now = random.random_range(-5_000..5_000);
        let records = random.random_range(0..500);
        (0..records)
            .map(|_| {
                now += random.random_range(0..=60);
                let behind = if random.random_bool(0.1) { random.random_range(0..9_000) } else { 0 };
                let id = format!("id {}", random.random_range(0..90));
                let sale = (id, random.random_range(-9..100), now - behind + random.random_range(0..300));
                random.random_bool(0.97).then_some(sale)
            })
            .collect()
    };
    (0..partitions).map(partition).collect()
}

fn payload(sale: &Sale) -> Vec<u8> {
    let Some((id, value, at)) = sale else { return b"{\"id\":".to_vec() };
    format!(r#"{{"id":"{id}","value":{value},"at":{at}}}"#).into_bytes()
}

/// What must come out, and what did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// For each window, how many events and their sum.
    totals: BTreeMap<i64, (i64, i128)>,
    /// For each partition, counted, filtered, late, duplicate and dead.
    accounts: Vec<[u64; 5]>,
    letters: Vec<Sent>,
}

fn oracle(log: &[Vec<Sale>], rules: Rules, filters: bool) -> Outcome {
    oracle_by(log, &Journal::default(), rules, filters)
}

fn oracle_by(log: &[Vec<Sale>], journal: &Journal, rules: Rules, filters: bool) -> Outcome {
    let mut model = Model::new(rules);
    let mut outcome = Outcome::default();
    for (partition, sales) in (0..).zip(log) {
        for (offset, sale) in (0..).zip(sales) {
            let is_dead = |(_, value, _): &&(String, i64, i64)| filters && *value == 50;
            let event = sale.as_ref().filter(|sale| !is_dead(sale)).map(|(id, value, at)| {
                let (time_ms, amount) = (*at, Some(i128::from(*value)));
                Reference { time_ms, group: "", id, amount, is_wanted: !filters || value % 3 != 0, cancels: false }
            });
            let is_here = |other: &Heartbeat| (other.partition.0, other.offset.0) == (partition, offset);
            journal.heartbeats().filter(is_here).for_each(|other| model.hear(partition, other.promise.0));
            let reason = match model.take(partition, event) {
                Fate::Late => "late",
                Fate::Dead if sale.is_some() => "division_by_zero",
                Fate::Dead => "not_json",
                Fate::Counted | Fate::Filtered | Fate::Duplicate => continue,
            };
            let (partition, offset) = (Partition(partition), Offset(offset));
            outcome.letters.push(Sent { partition, offset, reason, payload: Some(payload(sale)) });
        }
        let counts = model.counts(partition);
        outcome.accounts.push([counts.counted, counts.filtered, counts.late, counts.duplicate, counts.dead]);
    }
    let totals = model.totals().iter().map(|((start, _), total)| (*start, (total.events, total.sum)));
    outcome.totals = totals.collect();
    outcome
}

/// An intake on its way through a log.
struct Run<'a> {
    plan: &'a Plan,
    log: &'a [Vec<Sale>],
    next: Vec<usize>,
    intake: Intake,
    ledger: Arc<Ledger>,
    mailbox: Mailbox,
    totals: BTreeMap<i64, (i64, i128)>,
    journal: Journal,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, log: &'a [Vec<Sale>]) -> Run<'a> {
        let (next, mailbox, totals) = (vec![0; log.len()], Mailbox::default(), BTreeMap::new());
        let partitions = Run::partitions(log).into_iter();
        let ledger = Arc::new(Ledger::new(partitions.map(|partition| (partition, Offset(0), Offset(0)))));
        let intake = Run::intake(plan, log, &Partitions::new(), &ledger, &mailbox);
        Run { plan, log, next, intake, ledger, mailbox, totals, journal: Journal::default() }
    }

    fn partitions(log: &[Vec<Sale>]) -> Vec<Partition> {
        (0..log.len()).map(|partition| Partition(partition as i32)).collect()
    }

    fn intake(
        plan: &Plan,
        log: &[Vec<Sale>],
        restored: &Partitions,
        ledger: &Arc<Ledger>,
        mailbox: &Mailbox,
    ) -> Intake {
        let outbox = mailbox.outboxes()(Arc::new(|| ()));
        Intake::new(plan, &Run::partitions(log), restored, 2, Arc::clone(ledger), outbox)
    }

    /// Reads some records of any one partition; `false` at the end of all.
    fn read(&mut self, random: &mut SmallRng) -> bool {
        let partition = random.random_range(0..self.log.len());
        let end = (self.next[partition] + random.random_range(0..30)).min(self.log[partition].len());
        for offset in self.next[partition]..end {
            let payload = payload(&self.log[partition][offset]);
            let (partition, offset) = (Partition(partition as i32), Offset(offset as i64));
            let payload = Some(payload.as_slice());
            let record = Record { partition, offset, ..Record::of_payload(payload) };
            if self.intake.has_heartbeats() {
                self.intake.take_behind_heartbeats(record);
            } else {
                self.intake.take(record);
            }
        }
        self.next[partition] = end;
        self.intake.post();
        (0..self.log.len()).any(|partition| self.next[partition] < self.log[partition].len())
    }

    fn seal(&mut self) {
        for parcel in self.intake.seal(Epoch(1)).0 {
            for (key, total) in parcel.partials.totals(parcel.view, &self.plan.view().measures) {
                let sum = self.totals.entry(key.window.start.0).or_default();
                *sum = (sum.0 + total.n, sum.1 + total.units(0).expect("a sum"));
            }
        }
    }

    /// Goes on with a new intake that knows what a checkpoint of this one would say.
    fn go_on(&mut self) {
        self.seal();
        let restored = self.intake.partitions();
        let mut intake = Run::intake(self.plan, self.log, &restored, &self.ledger, &self.mailbox);
        for (view, partition, window, known) in self.intake.seen() {
            match known {
                KnownSnapshot::Orders(orders) => {
                    intake.restore_orders(view, (partition, window.start), &orders.read(0..orders.len()));
                }
                KnownSnapshot::Ids(ids) => {
                    let mut texts = Vec::new();
                    ids.visit(0..ids.len(), |id| texts.push(id.to_owned()));
                    intake.restore_seen(view, (partition, window.start), texts.iter().map(String::as_str));
                }
            }
        }
        self.intake = intake.with_journal(&self.journal);
    }

    fn outcome(mut self) -> Outcome {
        self.seal();
        let tallies = self.ledger.accounts().map(|(_, account)| account.tally());
        let account = |tally: Tally| {
            let Tally { read, counted, filtered, late, duplicate, .. } = tally;
            assert_eq!(read, counted + filtered + late + duplicate + tally.dead_total());
            [counted, filtered, late, duplicate, tally.dead_total()]
        };
        Outcome { accounts: tallies.map(account).collect(), totals: self.totals, letters: self.mailbox.sent() }
    }
}

#[test]
fn what_becomes_of_a_record_is_a_function_of_the_log() {
    for (dedups, seed) in mare_random::seeds(150).flat_map(|seed| [(true, seed), (false, seed)]) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (confirm, filters, hops) = (random.random_range(1..=3), random.random(), random.random());
        let rule = Rule { dedups, confirm, filters, hops };
        let (plan, log) = (rule.plan(), random_log(&mut random));
        let mut run = Run::new(&plan, &log);
        while run.read(&mut random) {
            match random.random_range(0..20) {
                0 => run.go_on(),
                1..5 => run.seal(),
                _ => {}
            }
        }
        assert_eq!(run.outcome(), oracle(&log, rule.rules(), rule.filters), "seed {seed}, {rule:?}");
    }
}

/// A day for each second of the other logs, around the one in São Paulo that begins at 01:00 and has 23 hours.
#[test]
fn windows_of_a_calendar_are_counted_as_all_others() {
    const DAY_MS: i64 = 86_400_000;
    let summer = "2018-11-04T03:00:00Z".parse::<jiff::Timestamp>().expect("an instant").as_millisecond();
    let edge = |day: i64| summer + day * DAY_MS - if day > 0 { 3_600_000 } else { 0 };
    let edges: &'static [i64] = (-40..80).map(edge).collect::<Vec<_>>().leak();
    let file = FILE.replace("\"1s\"\noffset = \"300ms\"", "\"day\"\nzone = \"America/Sao_Paulo\"");
    for seed in mare_random::seeds(60) {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut log = random_log(&mut random);
        for (_, _, at) in log.iter_mut().flatten().flatten() {
            *at = summer - 12 * DAY_MS + *at * DAY_MS / 1_000;
        }
        let plan = fixture::plan(&file, &["window.lateness=36h", "dedup.by=id"]);
        let mut run = Run::new(&plan, &log);
        while run.read(&mut random) {
            if random.random_range(0..20) == 0 {
                run.go_on();
            }
        }
        let rule = Rule { dedups: true, confirm: 1, filters: false, hops: false };
        let rules = Rules { windows: WindowRule::Between(edges), lateness_ms: 36 * 3_600_000, ..rule.rules() };
        assert_eq!(run.outcome(), oracle(&log, rules, false), "seed {seed}");
    }
}

#[test]
fn the_logs_of_the_property_have_all_five() {
    for hops in [false, true] {
        let rule = Rule { dedups: true, confirm: 2, filters: true, hops };
        let of = |seed| oracle(&random_log(&mut SmallRng::seed_from_u64(seed)), rule.rules(), true).accounts;
        let accounts: Vec<_> = (0..150).flat_map(of).collect();
        let full = accounts.iter().filter(|account| account.iter().all(|count| *count > 0)).count();
        assert!(full > 150, "{full} of {} partitions, windows overlap: {hops}", accounts.len());
    }
}

#[test]
fn a_duplicate_makes_no_other_event_late() {
    let sale = |id: &str, at: i64| Some((id.to_owned(), 1, at + OFFSET_MS));
    let log = vec![vec![sale("a", 2_400), sale("a", 2_900), sale("b", 999), sale("c", 2_500), sale("d", 999)]];
    let plan = plan(true);
    let mut run = Run::new(&plan, &log);
    let mut random = SmallRng::seed_from_u64(0);
    while run.read(&mut random) {}
    assert_eq!(
        run.outcome().accounts,
        [[3, 0, 1, 1, 0]],
        "c closes the window of b and d, and the repetition of a does not"
    );
    let log = vec![vec![sale("a", 2_000), sale("a", 2_999), sale("a", 3_000), sale("b", 0)]];
    let mut run = Run::new(&plan, &log);
    while run.read(&mut random) {}
    assert_eq!(run.outcome().accounts, [[2, 0, 1, 1, 0]], "another window counts the id anew");
}

#[test]
fn ids_are_kept_for_open_windows_alone() {
    let log = vec![(0..2_000).map(|at| Some((at.to_string(), 1, at * 100))).collect::<Vec<_>>()];
    let plan = plan(true);
    let mut run = Run::new(&plan, &log);
    let mut random = SmallRng::seed_from_u64(0);
    while run.read(&mut random) {
        let seen = run.intake.seen();
        assert!(seen.len() <= 3 && seen.iter().map(|(.., ids)| ids.len()).sum::<usize>() <= 30);
    }
}

/// Its events for windows that were certain without it would else make totals of their own, of few events, that replace
/// or contradict those of all the others.
#[test]
fn a_partition_that_came_later_finds_the_windows_closed_that_are() {
    let ledger = Arc::new(Ledger::new([0, 1, 2].map(|partition| (Partition(partition), Offset(0), Offset(0)))));
    let state = |promise| PartitionState { promise: EventTime(promise), ..PartitionState::unread(Offset(7)) };
    let restored = Partitions::from([(Partition(0), state(9_000)), (Partition(1), state(5_000))]);
    let all = [0, 1, 2].map(Partition);
    let outbox = Mailbox::default().outboxes()(Arc::new(|| ()));
    let mut intake = Intake::new(&plan(false), &all, &restored, 1, ledger, outbox);
    for (offset, at) in [(0, 2_400), (1, 3_400)] {
        let payload = format!(r#"{{"id": "a", "value": 1, "at": {at}}}"#);
        let (partition, offset, payload) = (Partition(2), Offset(offset), Some(payload.as_bytes()));
        intake.take(Record { partition, offset, ..Record::of_payload(payload) });
    }
    intake.post();
    let state = &intake.partitions()[&Partition(2)];
    assert_eq!((state.tally.late, state.tally.counted, state.promise), (1, 1, EventTime(5_000)));
}

/// One sale 59 minutes ahead, then 600 honest ones.
#[test]
fn one_event_that_is_ahead_closes_nothing_that_a_second_one_has_to_confirm() {
    let sale = |offset: i64| Some((offset.to_string(), 1, if offset == 0 { 59 * 60_000 } else { offset * 10 }));
    let log = vec![(0..601).map(sale).collect::<Vec<_>>()];
    for (confirm, counted, late) in [(1, 1, 600), (2, 601, 0), (3, 601, 0)] {
        let plan = confirmed(false, confirm);
        let mut run = Run::new(&plan, &log);
        let mut random = SmallRng::seed_from_u64(0);
        while run.read(&mut random) {}
        let lateness = run.ledger.account(Partition(0)).expect("an account").lateness(Partition(0));
        assert_eq!(
            (lateness.counted, lateness.late, lateness.is_mass()),
            (counted, late, late > 0),
            "confirm {confirm}"
        );
        assert_eq!(run.outcome().accounts, [[counted, 0, late, 0, 0]], "confirm {confirm}");
    }
}

#[test]
fn lateness_is_counted_from_the_event_that_caused_it() {
    let (noon, minute) = (1_764_331_200_000, 60_000);
    let at = |offset: i64| if offset == 100 { noon + 59 * minute } else { noon + offset };
    let log = vec![(0..300).map(|offset| Some((offset.to_string(), 1, at(offset)))).collect::<Vec<_>>()];
    let plan = plan(false);
    let mut run = Run::new(&plan, &log);
    let mut random = SmallRng::seed_from_u64(0);
    while run.read(&mut random) {}
    let lateness = run.ledger.account(Partition(0)).expect("an account").lateness(Partition(0));
    assert_eq!((lateness.counted, lateness.late), (1, 199), "the jump itself is counted");
    let words = lateness.fault().to_string();
    assert!(words.contains("199 of 200") && words.contains("offset 100") && words.contains("58m 59s"), "{words}");
    let state = run.intake.partitions().remove(&Partition(0)).expect("a state");
    run.go_on();
    assert_eq!(run.intake.partitions()[&Partition(0)].jump, state.jump, "it is kept in a checkpoint");
}
