//! What a seed settles beforehand.

use std::time::Duration;

use super::cancellations;
use super::chance::Chance;
use super::explosion;
use super::oracle::{NO_GROUP, PartitionSlots, Sale, Slot};
use super::twice;
use crate::tests::oracle::{LATENESS_MS, Shape, WINDOW_MS};
use crate::tests::plan::{plan, plan_with};
use mare_checkpoint::Checkpointing;
use mare_dataflow::Plan;
use mare_expression::{Expression, Scope};
use mare_model::schema::{Field, FieldType, IdlePlan};
use mare_model::time::Windows;

/// Few events, none of which takes anything away.
const SMALL: Shape = Shape { partitions: 4, events: 60, pace_ms: 0, spread_ms: 0, groups: 0, cents: 1..100_000 };
/// How many events every partition has at its end, each so far from what is before that all windows there close.
pub const TAIL: usize = 5;
/// How far that is.
const FAR_MS: i64 = 2 * (WINDOW_MS + LATENESS_MS);
/// From one window to the next where they overlap: a time is in two of them or in three.
const STEP_MS: i64 = 400;
/// How long nothing comes between two sessions.
pub(super) const GAP_MS: i64 = WINDOW_MS / 3;

/// One run: what is in the log, and what becomes of the clusters that read it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub log: Vec<PartitionSlots>,
    pub plan: Plan,
    pub odds: Odds,
    /// Whether the database takes the control document and the documents in one command.
    pub knows_bulk: bool,
    /// The last one runs until the log is read and written.
    pub lives: Vec<Life>,
}

/// One life of the cluster.
#[derive(Clone, Debug)]
pub struct Life {
    pub workers: usize,
    /// Whether each worker is a process of its own, which hears of the others by announcements only.
    pub apart: bool,
    /// How many partitions it knows of, and how they are shared out: the first one is owned by worker `shift`.
    pub partitions: usize,
    pub shift: usize,
    /// Whether a partition ends behind its last record, as in a replay.
    pub bounded: bool,
    /// The partition that is read far more slowly than the others, if it is there.
    pub slow: usize,
    pub origin: Origin,
    /// What happens to the checkpoints before.
    pub damage: Damage,
    /// What happens to the database before.
    pub mishap: Mishap,
    pub end: End,
}

/// From what a life begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The newest checkpoint.
    Checkpoint,
    /// Nothing; it takes checkpoints.
    Fresh,
    /// Nothing, and it takes none.
    Without,
}

/// What happens to the checkpoints before a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    None,
    Newest,
    All,
}

/// What happens to the database before a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    None,
    /// Somebody makes a copy of it.
    Copied,
    /// The copy is put in its place.
    Older,
    /// Nothing is left of it.
    Lost,
}

/// How a life ends, and in which turn, unless it has read and written all before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is read and written.
    Finish,
    /// Nothing is left of it.
    Crash(usize),
    /// Somebody asks it to stop.
    Stop(usize),
    /// The sink refuses the first write from then on.
    Refused(usize),
    /// It is paused, and goes on during the lives behind it.
    Pause(usize),
}

/// How often each thing happens.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    /// Weights in a turn: a worker's step, arriving records, the server, a link, the clock, a job, the letters, a
    /// zombie.
    pub turn: [usize; 8],
    /// The most records that arrive at once.
    pub arrivals: usize,
    /// The most records of a partition in one poll.
    pub max_batch: usize,
    /// Whether each partition is empty until all before it are full.
    pub in_turn: bool,
    /// How many of a hundred changes of a link hold it.
    pub held_percent: usize,
    /// How many of a hundred attempts to write fail, and how many jobs meet a store that does not do as asked.
    pub attempts_failing_percent: usize,
    pub jobs_failing_percent: usize,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn draw(chance: &Chance) -> Scenario {
        let mut plan = draw_plan(chance);
        let plain = plan.outputs[0].clone();
        let grows = plan.view().window_names.is_final.is_none() && chance.percent(30);
        // What a partition that comes later promises at first is no function of its own log until enough of it is read.
        plan.event.confirm = if grows { 1 } else { chance.pick(&[1, 1, 2, 3]) };
        let mut log = draw_log(chance, plan.dedup.is_some(), grows);
        let explodes = sum(&log) % 19 < 7;
        let cancels = cancellations::are_drawn(sum(&log), &plan);
        if explodes {
            explosion::explode_log(&mut log, &plan);
        }
        if cancels {
            cancellations::cancel_some(&mut plan, &mut log);
        } else if sum(&log) % 10 < 6 {
            measure_all(&mut plan, &mut log);
        }
        let plain = if cancels { plan.outputs[0].clone() } else { plain };
        want_some(&mut plan, &mut log);
        if sum(&log) % 13 < 5 {
            take_groups(&mut plan, &mut log);
        }
        if sum(&log) % 11 < 3 {
            plan.outputs[0].view.windows = Windows::hopping(WINDOW_MS, STEP_MS, LATENESS_MS);
        } else if sum(&log) % 11 < 5 {
            plan.outputs[0].view.windows = Windows::cumulative(WINDOW_MS, WINDOW_MS / 4, LATENESS_MS);
        } else if sum(&log) % 11 < 6 {
            plan.outputs[0].view.windows = Windows::global();
            plan.outputs[0].view.window_names.is_final = None;
        } else if !grows && !cancels && sum(&log) % 11 < 7 {
            // They are written when they are certain, as final documents are.
            plan.outputs[0].view.windows = Windows::sessions(GAP_MS, LATENESS_MS);
        }
        // More often where events are told apart: only there a promise may be another one to each view.
        if sum(&log) % 7 < if plan.dedup.is_some() { 4 } else { 1 } {
            twice::look_twice(&mut plan, plain, sum(&log) / 7, grows);
        }
        if !grows && sum(&log) % 17 < 7 {
            let after = Duration::from_millis(1 + sum(&log).unsigned_abs() / 17 % 6);
            plan.idle = Some(IdlePlan { after, closes: sum(&log) / 17 % 4 == 0 });
        }
        if explodes {
            explosion::explode(&mut plan, &log);
        }
        plan.epochs.in_flight = chance.within(1..=4);
        let deaths = chance.pick(&[0, 1, 1, 2, 2, 3, 4]);
        let mut known = if grows { 1 } else { log.len() };
        let mut lives = Vec::new();
        for _ in 0..deaths {
            let life = Life::draw(chance, End::draw(chance));
            lives.push(Life { partitions: known, bounded: life.bounded && known == log.len(), ..life });
            known = chance.within(known..=log.len());
        }
        lives.push(Life { partitions: log.len(), ..Life::draw(chance, End::Finish) });
        let knows_bulk = sum(&log) / 23 % 3 < 2;
        Scenario { log, plan, odds: Odds::draw(chance), knows_bulk, lives }
    }
}

/// The dataflow, with or without final documents and deduplication.
fn draw_plan(chance: &Chance) -> Plan {
    let (shortest, longest) = chance.pick(&[("0ms", "1ms"), ("2ms", "10ms"), ("50ms", "500ms")]);
    let mut plan = plan(shortest, longest);
    plan.outputs[0].view.window_names.is_final = chance.percent(50).then(|| "final".to_owned());
    if chance.percent(35) {
        plan.event.fields.push(Field::new("id", FieldType::String));
        plan.dedup = Some(plan.event.fields.len() - 1);
    }
    let every = Duration::from_millis(chance.pick(&[3, 10, 40, 200]));
    plan.checkpoint = Some(Checkpointing { path: "unused".into(), every, keep: chance.pick(&[1, 2, 2, 3]) });
    plan
}

/// The log, with stragglers, jumps ahead, garbage, repeated ids, and a tail that closes all windows before it. If the
/// topic `grows`, partitions but the first begin where that ends.
fn draw_log(chance: &Chance, dedups: bool, grows: bool) -> Vec<PartitionSlots> {
    // Many documents that close soon, or few that all partitions add to.
    let (pace_ms, spread_ms) = chance.pick(&[(600, 5_000), (200, 1_000), (50, 200)]);
    let shape = Shape { pace_ms, spread_ms, groups: chance.pick(&[1, 2, 5]), ..SMALL };
    let log = chance.draw(|random| shape.draw(random));
    let mut ids = 0;
    let mut sale = |(group, cents, time)| {
        let again = dedups && ids > 0 && chance.percent(20);
        ids += usize::from(!again);
        let id = if again { ids - chance.within(1..=ids.min(10)) } else { ids };
        Sale { group, cents, has_value: true, is_wanted: true, time, id, place: None, cancels: false }
    };
    let mut slot = |event: Option<_>| event.map_or(Slot::Garbage, |event| Slot::Sale(sale(event)));
    let mut log: Vec<PartitionSlots> = log.into_iter().map(|lane| lane.into_iter().map(&mut slot).collect()).collect();
    let silent = chance.within(0..=log.len() - 1);
    if chance.percent(15) {
        log[silent].clear();
    }
    let newest = |lane: &PartitionSlots| lane.iter().flat_map(Slot::sales).map(|sale| sale.time).max();
    if let Some(first) = newest(&log[0]).filter(|_| grows) {
        let sales = log[1..].iter_mut().flatten().flat_map(Slot::sales_mut);
        sales.for_each(|sale| sale.time = sale.time.max(first));
    }
    let end = log.iter().filter_map(newest).max().unwrap_or_default();
    for (partition, lane) in log.iter_mut().enumerate() {
        let far = |late| end + late as i64 * FAR_MS;
        let sale = |late| {
            let (group, time, id) = ("tail".into(), far(late), 1_000_000 + partition * TAIL + late);
            Sale { group, cents: 1, has_value: true, is_wanted: true, time, id, place: None, cancels: false }
        };
        lane.extend((1..=TAIL).map(|late| Slot::Sale(sale(late))));
    }
    if chance.percent(40) {
        log.iter_mut().for_each(|lane| draw_gaps(chance, lane));
    }
    log
}

/// What makes the value of an event optional, has it say whether that is large, and keeps totals of every function,
/// and some that are computed from others.
const FUNCTIONS: [&str; 26] = [
    "event.fields.value=decimal(2)?",
    "totals.valued=count(value)",
    "totals.least=min(value)",
    "totals.greatest=max(value)",
    "totals.mean=avg(value)",
    "totals.fine=avg(value, 7)",
    "totals.variance=variance(value, 6)",
    "totals.var_pop=var_pop(value, 4)",
    "totals.stddev=stddev(value)",
    "totals.stddev_pop=stddev_pop(value, 5)",
    "event.fields.large=boolean?",
    "totals.any_large=any(large)",
    "totals.all_large=all(large)",
    "totals.first=first(value)",
    "totals.last=last(value)",
    "totals.last_large=last(large)",
    "totals.distinct=count_distinct(value)",
    "totals.nearly=approx_count_distinct(value)",
    "totals.median=median(value)",
    "totals.tenth=quantile(value, 0.1)",
    "totals.moved=last - first",
    "totals.spread=greatest - least",
    "totals.share=CASE WHEN any_large THEN ROUND(greatest / valued, 3) END",
    "totals.inverse=1 / (valued - 1)",
    "totals.sizes=top(2, large, sum(value))",
    "totals.commonest=top(1, large)",
];

/// The cents of all sales of a log.
pub(super) fn sum(log: &[PartitionSlots]) -> i64 {
    log.iter().flatten().flat_map(Slot::sales).map(|sale| sale.cents).sum()
}

/// Has the dataflow keep totals of every function, and takes their values from some sales. It asks nothing of the
/// chance, so that each seed stays the run that it was.
fn measure_all(plan: &mut Plan, log: &mut [PartitionSlots]) {
    let of_all = plan_with("0ms", "1ms", &FUNCTIONS);
    let view = &mut plan.outputs[0].view;
    (view.measures, view.totals) = (of_all.view().measures.clone(), of_all.view().totals.clone());
    (view.summaries, view.texts) = (of_all.view().summaries.clone(), of_all.view().texts.clone());
    view.expressions.clone_from(&of_all.view().expressions);
    let [group, value, large] = of_all.event.fields.try_into().expect("three fields");
    (plan.event.fields[0], plan.event.fields[1]) = (group, value);
    // Behind the field of the id, if there is one.
    let last = plan.event.fields.len();
    view.measures.iter_mut().filter(|measure| measure.field == 2).for_each(|measure| measure.field = last);
    view.summaries.iter_mut().filter(|summary| summary.field == 2).for_each(|summary| summary.field = last);
    plan.event.fields.push(large);
    for sale in log.iter_mut().flatten().flat_map(Slot::sales_mut) {
        sale.has_value = sale.cents % 5 < 3;
    }
}

/// Has null be a group of its own, and takes the group from some sales. It asks nothing of the chance either.
fn take_groups(plan: &mut Plan, log: &mut [PartitionSlots]) {
    plan.event.fields[0].optional = true;
    for sale in log.iter_mut().flatten().flat_map(Slot::sales_mut).filter(|sale| sale.cents % 4 == 0) {
        sale.group = NO_GROUP.to_owned();
    }
}

/// Has every third dataflow want only some sales. It asks nothing of the chance either.
fn want_some(plan: &mut Plan, log: &mut [PartitionSlots]) {
    let (condition, wants): (_, fn(i64) -> bool) = match sum(log) % 9 {
        // Not the tail, whose times close all windows nevertheless.
        0 | 1 => ("value > 200.00", |cents| cents > 20_000),
        2 => ("(value * 100 % 3 = 0) IS NOT TRUE", |cents| cents % 3 != 0),
        _ => return,
    };
    let scope = Scope::new(&plan.event.fields, plan.event.zone.clone());
    plan.outputs[0].filter = Some(Expression::parse_filter(condition, &scope).expect("a condition"));
    for sale in log.iter_mut().flatten().flat_map(Slot::sales_mut) {
        let of_none = condition.ends_with("NOT TRUE");
        sale.is_wanted = if sale.has_value { wants(sale.cents) } else { of_none };
    }
}

/// Offsets without records, one or several at any place of a partition, and at its end more often than not.
fn draw_gaps(chance: &Chance, lane: &mut PartitionSlots) {
    let percent = chance.pick(&[2, 10, 40]);
    let slots = std::mem::take(lane);
    for slot in slots {
        lane.push(slot);
        while chance.percent(percent) {
            lane.push(Slot::Gap);
        }
    }
    lane.extend((0..chance.within(0..=3)).map(|_| Slot::Gap));
}

impl Life {
    fn draw(chance: &Chance, end: End) -> Life {
        let origin = chance.weighted(&[90, 5, 5]);
        let damage = chance.weighted(&[88, 10, 2]);
        let mishap = chance.weighted(&[74, 20, 3, 3]);
        Life {
            workers: chance.within(1..=4),
            apart: chance.percent(40),
            partitions: 0,
            shift: chance.within(0..=3),
            bounded: chance.percent(50),
            slow: chance.within(0..=2 * SMALL.partitions),
            origin: [Origin::Checkpoint, Origin::Fresh, Origin::Without][origin],
            damage: [Damage::None, Damage::Newest, Damage::All][damage],
            mishap: [Mishap::None, Mishap::Copied, Mishap::Older, Mishap::Lost][mishap],
            end,
        }
    }
}

impl End {
    fn draw(chance: &Chance) -> End {
        let turn = chance.within(0..=chance.pick(&[30, 100, 300, 1_000, 1_500]));
        chance.pick(&[End::Crash, End::Crash, End::Crash, End::Stop, End::Stop, End::Refused, End::Pause, End::Pause])(
            turn,
        )
    }
}

impl Odds {
    fn draw(chance: &Chance) -> Odds {
        let common = [1, 4, 16];
        let links = chance.pick(&[0, 6, 16]);
        let [arrive, server, clock, zombie] = [(); 4].map(|()| chance.pick(&common));
        let (job, letters) = (chance.pick(&[1, 2, 8]), chance.pick(&[0, 1, 2]));
        Odds {
            turn: [12, arrive, server, links, clock, job, letters, zombie],
            arrivals: chance.pick(&[2, 10, 60]),
            max_batch: chance.pick(&[2, 10, 60]),
            in_turn: chance.percent(20),
            held_percent: chance.pick(&[10, 40, 70]),
            attempts_failing_percent: chance.pick(&[0, 10, 40]),
            jobs_failing_percent: chance.pick(&[0, 0, 10, 40]),
        }
    }
}
