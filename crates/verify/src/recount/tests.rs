use mare_reference::{self as reference, Model, Rules, WindowRule};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::silence::heartbeats;
use mare_dataflow::Overrides;
use mare_dataflow::fixture::load;
use mare_model::header::Headers;
use mare_model::journal::Heartbeat;
use mare_model::time::{Assigner, Windows};

fn plan(set: &[&str]) -> Plan {
    load("../../dataflows/black_friday.toml".as_ref(), &Overrides::new(set.iter().copied()), &|_| None).unwrap()
}

/// Takes a sale of `second` in, under an id.
fn take(recount: &mut Recount<'_>, partition: i32, offset: i64, second: i64, id: &str) -> &'static str {
    take_of(recount, partition, offset, second, id, "0.01")
}

/// The same of a sale of this value.
fn take_of(recount: &mut Recount<'_>, partition: i32, offset: i64, second: i64, id: &str, value: &str) -> &'static str {
    let time = jiff::Timestamp::from_second(second).unwrap();
    let sale = format!(r#"{{"id_pedido":"{id}","categoria":"a","valor":{value},"timestamp":"{time}"}}"#);
    let record = RawRecord {
        partition,
        offset,
        timestamp_ms: None,
        key: None,
        payload: Some(sale.as_bytes()),
        headers: Headers::NONE,
    };
    let mut name = "";
    recount.take(&record, &mut |fate| {
        name = match fate {
            Fate::Counted(..) | Fate::Cancels(..) => "counted",
            Fate::Filtered(_) => "filtered",
            Fate::Late(..) | Fate::Unmatched(_) => "late",
            Fate::Duplicate(_) => "duplicate",
            Fate::Dead(reason) => reason,
        }
    });
    name
}

#[test]
fn lateness_is_decided_by_the_events_own_partition() {
    let plan = plan(&[]);
    let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, 2), (1, 9)]).unwrap();
    let mut take = |partition, offset, second| take(&mut recount, partition, offset, second, "x");
    assert_eq!(take(0, 0, 10), "counted");
    assert_eq!(take(0, 1, 179), "counted");
    assert_eq!(take(0, 2, 11), "counted");
    assert_eq!(take(0, 3, 180), "counted");
    assert_eq!(take(0, 4, 12), "late");
    assert_eq!(take(1, 0, 13), "counted");
    assert_eq!(take(0, 5, 60), "counted");
    let total = recount.totals.get(EventTime(0), "a").unwrap();
    assert_eq!((total.n, &*total.measures), (3, &[Some(3)][..]));
    assert_eq!((recount.certain(false), recount.certain(true)), (EventTime(13_000), EventTime(13_000)));
    let state = &recount.partitions[&0];
    assert_eq!((state.promise, state.promise_shown, state.beyond), (EventTime(180_000), EventTime(179_000), 3));
    assert_eq!((state.counts.read, state.counts.counted, state.counts.late), (6, 5, 1));
}

#[test]
fn random_sales_come_to_what_the_reference_model_says() {
    for (seed, kind) in mare_random::seeds(40).flat_map(|seed| [0, 1, 2, 3, 4].map(|kind| (seed, kind))) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (confirm, dedups, filters) = (random.random_range(1..=3), random.random(), random.random());
        let offset_ms = [0, 1, 59_999, 20_500][random.random_range(0..4)];
        let set = [
            &*format!("event.confirm={confirm}"),
            "event.fields.valor=decimal(2)?",
            "totals.com_valor=count(valor)",
            "totals.menor=min(valor)",
            "totals.maior=max(valor)",
            "totals.variancia=variance(valor)",
            &*format!("window.offset={offset_ms}ms"),
            "event.computed.inteiro.as=integer?",
            "event.computed.inteiro.from=FLOOR(valor * 100)",
            if filters { "totals.where=inteiro % 7 <> 0" } else { "totals.where=TRUE OR valor > 0" },
            "dedup.by=id_pedido",
        ];
        let mut plan = plan(&set[..10 + usize::from(dedups)]);
        let mut windows = WindowRule::Every { size_ms: longest_ms(&plan), offset_ms };
        if kind == 1 {
            let (size_ms, step_ms) = (longest_ms(&plan), [60_001 - offset_ms.min(59_998), 20_000][confirm % 2]);
            let offset_ms = offset_ms % step_ms;
            plan.outputs[0].view.windows.assigner = Assigner::Hopping { size_ms, step_ms, offset_ms };
            windows = WindowRule::Hopping { size_ms, step_ms, offset_ms };
        } else if kind == 2 {
            let (size_ms, step_ms) = (longest_ms(&plan), [20_000, 15_000, 7_500][confirm % 3]);
            plan.outputs[0].view.windows.assigner = Assigner::Cumulative { size_ms, step_ms, offset_ms };
            windows = WindowRule::Cumulative { size_ms, step_ms, offset_ms };
        } else if kind == 3 {
            plan.outputs[0].view.windows = Windows::global();
            windows = WindowRule::Ever;
        } else if kind == 4 {
            let gap_ms = [1_000, 2_500, 20_000][confirm % 3];
            plan.outputs[0].view.windows = Windows::sessions(gap_ms, plan.view().windows.lateness_ms);
            windows = WindowRule::Session { gap_ms };
        }
        let lateness_ms = plan.view().windows.lateness_ms;
        let mut model = Model::new(Rules { windows, lateness_ms, confirm, dedups });
        let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, 0), (1, 0), (2, 0)]).unwrap();
        let journal = heartbeats(&mut random);
        recount.hear(&journal);
        for offset in 0..300 {
            let (partition, second) = (random.random_range(0..3), offset * 3 + random.random_range(-400..60));
            let id = random.random_range(0..40).to_string();
            let cents = random.random_ratio(1, 3).then(|| random.random_range(-999..1_000));
            let value = cents.map_or("null".to_owned(), |cents: i128| format!("{cents}e-2"));
            let is_wanted = !filters || cents.is_some_and(|cents| cents % 7 != 0);
            let (time_ms, cancels) = (second * 1_000, false);
            let event = reference::Event { time_ms, group: "a", id: &id, amount: cents, is_wanted, cancels };
            let is_before = |other: &Heartbeat| other.partition.0 == partition && other.offset.0 <= offset;
            journal.heartbeats().filter(is_before).for_each(|other| model.hear(partition, other.promise.0));
            let expected = match model.take(partition, Some(event)) {
                reference::Fate::Counted => "counted",
                reference::Fate::Filtered => "filtered",
                reference::Fate::Late => "late",
                reference::Fate::Duplicate => "duplicate",
                reference::Fate::Dead => "dead",
            };
            let fate = take_of(&mut recount, partition, offset, second, &id, &value);
            assert_eq!(fate, expected, "seed {seed} offset {offset}");
        }
        // Where the partitions end, the journal may have more to say, and all is read.
        journal.heartbeats().for_each(|other| model.hear(other.partition.0, other.promise.0));
        recount.end((0..3).map(|partition| (partition, 300)));
        let found = recount.totals.in_order();
        let totals = found.iter().map(|((slot, group), total)| {
            ((if kind == 3 { 0 } else { slot.0 }, group.clone()), (total.n, total.measures.clone()))
        });
        let measures = |total: &reference::Total| {
            let squares = [total.squares, 0, 0].map(Some); // no limb but the lowest has anything
            [&[Some(total.sum), Some(total.present.into()), total.least, total.greatest][..], &squares].concat()
        };
        let certain = model.sessions().into_iter().filter(|(_, (end_ms, _))| model.is_certain(*end_ms, 3));
        let sessions: BTreeMap<_, _> = certain.map(|(key, (_, total))| (key, total)).collect();
        assert!(kind != 4 || found.values().all(|total| total.session_end.is_some()), "seed {seed}");
        assert_eq!(recount.closes.len(), model.sessions().len(), "seed {seed}: certain and not");
        let all = model.totals().iter().chain(&sessions);
        let expected = all.map(|(key, total)| (key.clone(), (total.events, measures(total))));
        assert!(totals.eq(expected), "seed {seed}: {:?} instead of {:?}", recount.totals, model.totals());
    }
}

#[test]
fn an_id_is_counted_once_for_each_partition_and_window() {
    let plan = plan(&["dedup.by=id_pedido"]);
    let mut recount = Recount::new(&plan, EventTime(60_000), EventTime(120_000), [(0, 0), (1, 0)]).unwrap();
    let mut take = |partition, second, id| take(&mut recount, partition, 0, second, id);
    assert_eq!(take(0, 10, "x"), "counted");
    assert_eq!(take(0, 59, "x"), "duplicate");
    assert_eq!(take(0, 61, "x"), "counted");
    assert_eq!(take(1, 61, "x"), "counted");
    assert_eq!(take(0, 61, "y"), "counted");
    assert_eq!(recount.partitions[&0].promise, EventTime(61_000), "a duplicate promises nothing");
    let totals = recount.totals.in_order();
    assert_eq!(totals.len(), 1, "only windows that are asked for are kept");
    assert_eq!(totals[&(EventTime(60_000), "a".to_owned())].n, 3);
}

#[test]
fn cancellations_come_to_what_the_reference_model_says() {
    let mut taken_back = 0;
    for seed in mare_random::seeds(160) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (confirm, dedups, filters) = (random.random_range(1..=2), random.random_bool(0.7), random.random_bool(0.3));
        let set = [
            &*format!("event.confirm={confirm}"),
            "event.fields.valor=decimal(2)?",
            "retract.when=valor < 0",
            "totals.com_valor=count(valor)",
            if filters { "totals.where=valor > -5 AND valor < 5" } else { "totals.where=TRUE" },
            "dedup.by=id_pedido",
            "totals.variancia=variance(valor)",
        ];
        let mut plan = plan(&set[..if dedups { 7 } else { 5 }]);
        let mut windows = WindowRule::Every { size_ms: 60_000, offset_ms: 0 };
        if random.random() {
            let (size_ms, step_ms, offset_ms) = (60_000, 25_000, 0);
            plan.outputs[0].view.windows.assigner = Assigner::Hopping { size_ms, step_ms, offset_ms };
            windows = WindowRule::Hopping { size_ms, step_ms, offset_ms };
        }
        let lateness_ms = plan.view().windows.lateness_ms;
        let mut model = Model::new(Rules { windows, lateness_ms, confirm, dedups });
        let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, 0), (1, 0)]).unwrap();
        for offset in 0..300 {
            let (partition, second) = (random.random_range(0..2), offset * 3 + random.random_range(-400..60));
            let id = random.random_range(0..60).to_string();
            let cents = random.random_ratio(4, 5).then(|| random.random_range(-999..1_500_i128));
            let value = cents.map_or("null".to_owned(), |cents| format!("{cents}e-2"));
            let is_wanted = !filters || cents.is_some_and(|cents| -500 < cents && cents < 500);
            let (time_ms, cancels) = (second * 1_000, cents.is_some_and(|cents| cents < 0));
            let event = reference::Event { time_ms, group: "a", id: &id, amount: cents, is_wanted, cancels };
            let expected = match model.take(partition, Some(event)) {
                reference::Fate::Counted => "counted",
                reference::Fate::Filtered => "filtered",
                reference::Fate::Late => "late",
                reference::Fate::Duplicate => "duplicate",
                reference::Fate::Dead => "dead",
            };
            taken_back += u64::from(dedups && model.last()[0].totals.iter().any(|(.., adds)| adds.live < 0));
            let fate = take_of(&mut recount, partition, offset, second, &id, &value);
            assert_eq!(fate, expected, "seed {seed} offset {offset}");
        }
        let measures = |total: &reference::Total| {
            let squares = if dedups { &[total.squares, 0, 0][..] } else { &[] };
            [&[total.sum, total.live.into(), total.present.into()][..], squares].concat()
        };
        let found = recount.totals.in_order();
        let totals = found.iter().map(|((slot, group), total)| ((slot.0, group), total));
        let expected = model.totals().iter().map(|((slot, group), total)| ((*slot, group), total));
        assert_eq!(totals.clone().count(), expected.clone().count(), "seed {seed}");
        for ((key, total), (of, expected)) in totals.zip(expected) {
            let found: Vec<i128> = total.measures.iter().map(|units| units.expect("a sum")).collect();
            assert_eq!((key, total.n, found), (of, expected.events, measures(expected)), "seed {seed}");
        }
    }
    assert!(mare_random::asked().is_some() || taken_back > 400, "{taken_back}");
}
