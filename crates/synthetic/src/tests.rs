//! What is made for a plan is what the plan's own decoder reads.

mod arrays;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mare_dataflow::{Overrides, Plan, fixture};
use mare_decode::Reject;
use mare_expression::Scalar;
use mare_model::datum::Datum;
use mare_model::header::{HeaderList, Headers};
use mare_model::record::Record;
use mare_model::time::EventTime;
use mare_sales::{BaseTimes, Garbage, SaleKind, Shares, Spread};

use super::likeness::Contents;
use super::{Likeness, SyntheticRecord};

const COUNT: u64 = 4_000;
const PARTITIONS: u64 = 3;

/// Every type, every way to write a time and every kind of path, parts of records, a table, filters, ids.
const ALL: &str = r#"name = "all"
[source.kafka]
brokers = "unused:1"
topic = "all"
[event]
time = "meta.at"
time_format = "iso"
zone = "America/Sao_Paulo"
[event.fields]
"meta.id" = "integer"
status = "string"
'dot\.ted' = "string?"
"items[1].price" = "decimal(3) from text"
"items[0]" = "boolean"
quantity = "integer? from text"
seconds = "time(epoch_seconds)"
millis = "time(epoch_millis)? from text"
micros = "time(epoch_micros)"
nanos = "time(epoch_nanos)"
iso = "time(iso)?"
sku = "string"
[event.record]
channel = "header(x-channel)"
customer = "key"
[lookup.products]
file = "PRODUCTS"
key = "categoria"
[lookup.products.fields]
outra = "string?"
[event.computed]
department = { lookup = "products", by = "sku", take = "outra" }
total = { as = "decimal(3)?", from = "\"items[1].price\" * quantity" }
[dedup]
by = "meta.id"
[window]
tumbling = "1m"
lateness = "2m"
[totals]
where = "status = 'PAID' AND total > 250 AND channel IN ('web', 'app')"
group_by = ["department?", "dot\\.ted?"]
total = "sum(total)"
[sink.stdout]
"#;

fn plan_of(text: &str) -> Plan {
    let table = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/lookups/categorias.csv");
    let text = text.replace("PRODUCTS", &table.display().to_string());
    fixture::plan(&text, &[])
}

fn shares() -> Shares {
    let share = |text: &str| text.parse().expect("a share");
    Shares::new(share("5%"), share("20%"), share("5%"), share("20%")).expect("less than all")
}

fn times() -> BaseTimes {
    let from: Timestamp = "2025-11-28T00:00:00.123456Z".parse().expect("a time");
    let to = Timestamp::from_second(from.as_second() + 3_600).expect("a time");
    BaseTimes::Spread(Spread::new(from, to, COUNT).expect("a range"))
}

fn likeness(plan: &Plan, seed: u64) -> Likeness {
    Likeness::of(plan, seed, shares(), PARTITIONS).expect("a likeness")
}

/// The headers of a record as a log has them.
struct Held<'a>(&'a SyntheticRecord);

impl HeaderList for Held<'_> {
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s [u8], Option<&'s [u8]>)) {
        let headers = self.0.headers.iter();
        headers.for_each(|(name, value)| visit(name.as_bytes(), value.as_deref().map(str::as_bytes)));
    }
}

/// Decodes each of the records and hands over what came.
fn decoded(plan: &Plan, seed: u64, mut look: impl FnMut(&SyntheticRecord, &Contents, Result<Found, Reject>)) {
    let (likeness, times, mut decoder) = (likeness(plan, seed), times(), plan.decoder());
    for index in 0..COUNT {
        let (contents, made) = likeness.made(index, &times);
        let held = Held(&made);
        let record = Record {
            key: made.key.as_deref().map(str::as_bytes),
            timestamp_ms: made.timestamp_ms,
            headers: Headers::of(&held),
            ..Record::of_payload(made.kind.has_payload().then_some(&*made.payload))
        };
        let found = decoder.decode(&record).map(|row| Found {
            time_ms: row.time.0,
            values: (0..plan.event.fields.len()).map(|field| shown(row.datum(field))).collect(),
            is_wanted: plan.filter().is_none_or(|filter| filter.is_true(&row).expect("a truth")),
        });
        look(&made, &contents, found);
    }
}

struct Found {
    time_ms: i64,
    values: Vec<String>,
    is_wanted: bool,
}

fn shown(datum: Datum<'_>) -> String {
    match datum {
        Datum::Time(time) => format!("Exact({})", time.0),
        Datum::Absent => "Null".to_owned(),
        datum => format!("{datum:?}"),
    }
}

fn intended(value: &Scalar<'_>) -> String {
    format!("{value:?}")
}

/// Which garbage is not an event for which reason.
fn reason(garbage: Garbage) -> &'static str {
    match garbage {
        Garbage::RandomBytes | Garbage::CutJson | Garbage::Huge => "not_json",
        Garbage::MissingField => "missing_field",
        Garbage::WrongType => "wrong_type",
        Garbage::OutOfRange => "out_of_range",
        Garbage::BadTime => "not_a_time",
        Garbage::Tombstone => "tombstone",
        Garbage::FutureTime => "future_time",
        Garbage::TooLong => "too_long",
        Garbage::NotText => "not_text",
        Garbage::Utf16 => "utf_16",
        Garbage::Compressed => "compressed",
        Garbage::SchemaFramed => "schema_framed",
        Garbage::JsonInString => "json_in_string",
        Garbage::SeveralObjects => "several_objects",
    }
}

#[test]
fn every_event_is_decoded_to_the_values_that_were_drawn() {
    let (seed, plan) = (mare_random::seed(), plan_of(ALL));
    let mut wanted = 0;
    decoded(&plan, seed, |made, contents, found| {
        if matches!(made.kind, SaleKind::Garbage(_)) {
            return;
        }
        let found = found.unwrap_or_else(|reject| panic!("seed {seed}: {reject}: {made:?}"));
        assert_eq!(found.time_ms, contents.time_ms(plan.event.time_format), "seed {seed}: {made:?}");
        let drawn: Vec<_> = contents.values.iter().map(intended).collect();
        assert_eq!(found.values[..drawn.len()], drawn, "seed {seed}: {made:?}");
        wanted += u64::from(found.is_wanted);
    });
    assert!((COUNT / 20..COUNT / 4 * 3).contains(&wanted), "seed {seed}: {wanted} of {COUNT} are wanted");
}

#[test]
fn what_is_no_event_is_none_for_the_reason_that_it_was_made_for() {
    let (seed, plan) = (mare_random::seed(), plan_of(ALL));
    let mut met = BTreeSet::new();
    decoded(&plan, seed, |made, _, found| {
        let SaleKind::Garbage(garbage) = made.kind else { return };
        met.insert(reason(garbage));
        match (garbage, found) {
            (Garbage::FutureTime, found) => assert!(found.is_ok_and(|found| found.time_ms > 4_000_000_000_000)),
            (_, Ok(_)) => panic!("seed {seed}: an event: {made:?}"),
            (Garbage::Huge, Err(reject)) => assert_eq!(reject.reason(), "too_large", "seed {seed}"),
            (_, Err(reject)) => assert_eq!(reject.reason(), reason(garbage), "seed {seed}: {reject}: {made:?}"),
        }
    });
    assert_eq!(met.len(), 14, "seed {seed}: {met:?}");
}

#[test]
fn a_seed_makes_the_same_records_again_and_another_seed_others() {
    let (seed, plan, times) = (mare_random::seed(), plan_of(ALL), times());
    let records = |seed| -> Vec<_> { (0..300).map(|index| likeness(&plan, seed).record(index, &times)).collect() };
    assert_eq!(records(seed), records(seed), "seed {seed}");
    assert_ne!(records(seed), records(seed.wrapping_add(1)), "seed {seed}");
}

#[test]
fn ids_are_never_the_same_again_but_where_a_record_is_repeated() {
    let (seed, plan) = (mare_random::seed(), plan_of(ALL));
    let (mut ids, mut repeated) = (BTreeMap::new(), 0);
    decoded(&plan, seed, |made, _, found| {
        let Ok(found) = found else { return };
        if made.kind == SaleKind::Duplicate {
            repeated += 1;
            assert_eq!(ids.get(&found.values[0]), Some(&made.payload), "seed {seed}: a record that is another's");
        } else {
            assert_eq!(ids.insert(found.values[0].clone(), made.payload.clone()), None, "seed {seed}");
        }
    });
    assert!(repeated > COUNT / 40, "seed {seed}: {repeated}");
}

#[test]
fn groups_are_few_and_absent_values_happen() {
    let (seed, plan) = (mare_random::seed(), plan_of(ALL));
    let mut values = vec![BTreeSet::new(); plan.event.fields.len()];
    decoded(&plan, seed, |_, _, found| {
        for (seen, value) in values.iter_mut().zip(found.map(|found| found.values).unwrap_or_default()) {
            seen.insert(value);
        }
    });
    let of = |name: &str| plan.event.fields.iter().position(|field| field.name == name).map(|place| &values[place]);
    let of = |name: &str| of(name).unwrap_or_else(|| panic!("a field {name}"));
    assert_eq!(of("dot\\.ted").len(), 6, "seed {seed}: five and none: {:?}", of("dot\\.ted"));
    assert!(of("department").len() > 1, "seed {seed}: {:?}", of("department"));
    assert!(of("status").contains("Text(\"PAID\")") && of("status").len() > 5, "seed {seed}");
    for optional in ["quantity", "millis", "iso", "channel", "customer"] {
        assert!(of(optional).contains("Null"), "seed {seed}: {optional}");
    }
}

#[test]
fn late_events_are_late_and_those_out_of_order_are_not() {
    let (seed, plan) = (mare_random::seed(), plan_of(ALL));
    let windows = plan.view().windows;
    // What each partition has promised, once an event there was on time.
    let (mut promises, mut counts, mut index) = ([None; PARTITIONS as usize], BTreeMap::new(), 0);
    decoded(&plan, seed, |made, contents, _| {
        let promise = &mut promises[index % PARTITIONS as usize];
        index += 1;
        let time = EventTime(contents.time_ms(plan.event.time_format));
        match (made.kind, *promise) {
            (SaleKind::Garbage(_) | SaleKind::Duplicate, _) | (SaleKind::Late | SaleKind::OutOfOrder, None) => return,
            (kind, Some(promise)) => {
                let is_late = windows.is_late(windows.window_of(time), promise);
                assert_eq!(is_late, kind == SaleKind::Late, "seed {seed}: record {}: {kind:?} {time}", index - 1);
            }
            (_, None) => {}
        }
        *promise = (*promise).max(Some(time));
        *counts.entry(made.kind.label()).or_insert(0) += 1;
    });
    assert!(counts["late"] > 100 && counts["out of order"] > 400, "seed {seed}: {counts:?}");
}

#[test]
fn every_dataflow_of_the_house_is_met_by_events_that_are_wanted() {
    let seed = mare_random::seed();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dataflows");
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = files.filter(|file| file.to_string_lossy().ends_with(".toml"));
    for file in files.filter(|file| !file.to_string_lossy().ends_with(".test.toml")) {
        let plan = mare_dataflow::load(&file, &Overrides::default(), &|_| None, fixture::SINKS).expect("a plan");
        let (mut events, mut wanted) = (0, 0);
        decoded(&plan, seed, |made, _, found| {
            let is_event = !matches!(made.kind, SaleKind::Garbage(_));
            assert!(!is_event || found.is_ok(), "seed {seed}: {}: {made:?}", file.display());
            events += u64::from(is_event);
            wanted += u64::from(is_event && found.is_ok_and(|found| found.is_wanted));
        });
        assert!(wanted * 8 > events, "seed {seed}: {}: {wanted} of {events}", file.display());
    }
}

#[test]
fn the_records_own_timestamp_is_the_event_time_where_the_plan_says_so() {
    let seed = mare_random::seed();
    let plan = fixture::plan(&fixture::EVENTS.replace("time = \"at\"", "time_format = \"record\""), &[]);
    decoded(&plan, seed, |made, contents, found| {
        if matches!(made.kind, SaleKind::Garbage(_)) {
            assert!(found.is_err(), "seed {seed}: {made:?}");
        } else {
            let time_ms = found.expect("an event").time_ms;
            assert_eq!((Some(time_ms), time_ms), (made.timestamp_ms, contents.time_ms(plan.event.time_format)));
        }
    });
}

#[test]
fn fields_that_no_record_has_both_are_refused() {
    let crossed = |field: &str| {
        let plan = fixture::plan(&fixture::ORDERS.replace("note = \"string?\"", field), &[]);
        Likeness::of(&plan, 1, Shares::default(), 1).map(|_| ())
    };
    assert_eq!(crossed("note = \"string?\""), Ok(()));
    let optional = crossed("\"a[0]\" = \"string\"\n\"a.b\" = \"string?\"");
    assert_eq!(optional, Ok(()), "an optional one is never there");
    let error = crossed("\"a[0]\" = \"string\"\n\"a.b\" = \"string\"").expect_err("crossed");
    assert!(error.to_string().contains("`a.b`"), "{error}");
}

/// Few values of a group on both sides of what is compared, and an id that is computed.
const COMPUTED: &str = r#"name = "computed"
[source.kafka]
brokers = "unused:1"
topic = "computed"
[event]
time = "at"
time_format = "epoch_millis"
[event.fields]
tariff = "integer"
celsius = "decimal(1)"
number = "integer"
[event.computed]
id = { as = "string", from = "CAST(number AS TEXT) || '-x'" }
[dedup]
by = "id"
[window]
tumbling = "1m"
lateness = "1m"
[totals]
where = "tariff > 40 AND celsius < -3.5"
group_by = ["tariff"]
n = "count()"
[sink.stdout]
"#;

#[test]
fn conditions_on_groups_and_on_what_is_below_zero_are_met_and_missed() {
    let (seed, plan) = (mare_random::seed(), plan_of(COMPUTED));
    let (mut tariffs, mut ids, mut wanted, mut events) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
    decoded(&plan, seed, |made, _, found| {
        let Ok(found) = found else { return };
        tariffs.insert(found.values[0].clone());
        let is_new = ids.insert(found.values[3].clone()) || made.kind == SaleKind::Duplicate;
        assert!(is_new, "seed {seed}: {}", found.values[3]);
        wanted += u64::from(found.is_wanted);
        events += 1;
    });
    assert_eq!(tariffs, ["Exact(39)", "Exact(40)", "Exact(41)"].map(str::to_owned).into(), "seed {seed}");
    assert!(wanted > events / 50 && wanted < events / 2, "seed {seed}: {wanted} of {events}");
}

/// Orders, and cancellations of some of them: nobody else has their status.
#[test]
fn some_records_take_earlier_ones_back() {
    let seed = mare_random::seed();
    let status = |found: &Found| found.values[1].contains("PAID-BACK");
    for (dedup, least) in [("meta.id", COUNT / 40), ("", 0)] {
        let text = ALL.replace("by = \"meta.id\"", "by = \"DEDUP\"").replace("DEDUP", dedup);
        let text = if dedup.is_empty() { text.replace("[dedup]\nby = \"\"\n", "") } else { text };
        let plan = plan_of(&text.replace("[window]", "[retract]\nwhen = \"status = 'PAID-BACK'\"\n[window]"));
        let (mut orders, mut taken_back, mut cancellations) = (BTreeSet::new(), 0, 0);
        decoded(&plan, seed, |made, _, found| match found {
            Ok(found) if !status(&found) => {
                orders.insert(found.values[0].clone());
            }
            Ok(found) if made.kind != SaleKind::Duplicate => {
                cancellations += 1;
                taken_back += u64::from(orders.contains(&found.values[0]));
            }
            _ => {}
        });
        let share = COUNT / 20..COUNT / 5;
        assert!(share.contains(&cancellations), "seed {seed}: {cancellations} of {COUNT}");
        assert!(taken_back >= least, "seed {seed}: {taken_back} of {cancellations} take orders back");
    }
}
