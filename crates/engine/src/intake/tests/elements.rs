//! Records of several events: what is counted of them, what is sent, and what they say of time.

use std::sync::Arc;

use super::super::Intake;
use super::FILE;
use crate::Ledger;
use mare_checkpoint::{Partitions, Tally};
use mare_dataflow::fixture;
use mare_letters::memory::Mailbox;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::time::{Epoch, EventTime};

/// What comes of these records of one partition.
struct Outcome {
    tally: Tally,
    promise: i64,
    above: Vec<EventTime>,
    /// The offsets of what was sent, and why.
    letters: Vec<(i64, &'static str)>,
    /// How many events there are of each window, and their sum.
    totals: Vec<(i64, i64, Option<i128>)>,
    samples: Vec<String>,
    position: Offset,
}

fn outcome(set: &[&str], records: &[&str]) -> Outcome {
    let file = FILE
        .replace("time = \"at\"", "time = \"at\"\nexplode = \"items\"")
        .replace("value = \"integer\"", "\"items[].value\" = \"integer\"")
        .replace("sum(value)", "sum(items[].value)");
    let plan = fixture::plan(&file, set);
    let (partition, mailbox) = (Partition(0), Mailbox::default());
    let ledger = Arc::new(Ledger::new([(partition, Offset(0), Offset(9))]));
    ledger.keep_samples();
    let outbox = mailbox.outboxes()(Arc::new(|| ()));
    let mut intake = Intake::new(&plan, &[partition], &Partitions::new(), 1, Arc::clone(&ledger), outbox);
    for (offset, payload) in (0..).zip(records) {
        let record = Record { partition, offset: Offset(offset), ..Record::of_payload(Some(payload.as_bytes())) };
        intake.take(record);
        assert_eq!(intake.in_hand(), u64::try_from(offset).unwrap() + 1, "records");
    }
    intake.post();
    let account = ledger.account(partition).expect("an account");
    let state = account.state();
    let parcels = intake.seal(Epoch(1)).0.into_iter();
    let totals =
        parcels.flat_map(|parcel| parcel.partials.totals(parcel.view, &plan.view().measures).collect::<Vec<_>>());
    let mut totals: Vec<_> = totals.map(|(key, total)| (key.window.start.0, total.n, total.units(0))).collect();
    totals.sort_unstable();
    Outcome {
        tally: account.tally(),
        promise: state.promise.0,
        above: state.recent,
        letters: mailbox.sent().into_iter().map(|sent| (sent.offset.0, sent.reason)).collect(),
        totals,
        samples: ledger.samples().expect("kept").all().into_iter().map(|sample| sample.detail).collect(),
        position: account.position(),
    }
}

const THREE: &str = r#"{"id": "a", "at": 300, "items": [{"value": 1}, {"value": 2}, {"value": 2}]}"#;
const LATER: &str = r#"{"id": "b", "at": 9300, "items": [{"value": 7}]}"#;

#[test]
fn each_element_is_counted() {
    let came = outcome(&[], &[THREE, LATER, r#"{"id": "c", "at": 9400, "items": []}"#, r#"{"id": "d", "at": 9999}"#]);
    let Tally { read, counted, filtered, .. } = came.tally;
    assert_eq!((read, counted, filtered, came.position), (6, 4, 2, Offset(4)));
    assert_eq!(came.totals, [(300, 3, Some(5)), (9_300, 1, Some(7))]);
    assert_eq!(came.promise, 9_999, "what is empty is evidence of its time");
    assert!(came.letters.is_empty());
}

#[test]
fn a_record_is_sent_once_for_each_topic_and_its_elements_are_told_apart() {
    let bad = r#"{"id": "a", "at": 9300, "items": [{"value": 1}, {"value": "x"}, {}, {"value": 50}]}"#;
    let where_ = "totals.where=1000 / (items[].value - 50) <> 7".replace("items[].value", "\"items[].value\"");
    let late = r#"{"id": "c", "at": 300, "items": [{"value": 1}, {}, {"value": 2}]}"#;
    let came = outcome(&[&where_], &[bad, LATER, late, "{", r#"{"id": "e", "at": 9300, "items": 7}"#]);
    let Tally { read, counted, late, dead, .. } = &came.tally;
    assert_eq!((*read, *counted, *late, dead.iter().sum::<u64>()), (10, 2, 2, 6));
    let letters = [(0, "wrong_type"), (2, "late"), (2, "missing_field"), (3, "not_json"), (4, "wrong_type")];
    assert_eq!(came.letters, letters);
    for told in [
        "`items[1]`: field `items[].value` has the wrong type: it is a string",
        "`items[2]`: field `items[].value` is missing or null",
        "`items[3]`: totals.where: ",
        "field `items` has the wrong type: it is a number, and an array",
    ] {
        assert!(came.samples.iter().any(|detail| detail.contains(told)), "{told} is not in {:#?}", came.samples);
    }
    let late = came.samples.iter().filter(|detail| detail.contains("had been closed")).count();
    assert_eq!(late, 1, "its events are late together");
}

#[test]
fn an_id_of_the_record_counts_once_for_each_place() {
    let came = outcome(&["dedup.by=id"], &[THREE, THREE, LATER]);
    assert_eq!((came.tally.counted, came.tally.duplicate), (4, 3));
    let of_element = ["event.fields.\"items[].value\"=integer", "dedup.by=items[].value"];
    let came = outcome(&of_element, &[THREE, THREE, LATER]);
    assert_eq!((came.tally.counted, came.tally.duplicate), (3, 4));
}

#[test]
fn a_record_confirms_its_time_once() {
    let came = outcome(&["event.confirm=2"], &[THREE]);
    assert_eq!((came.promise, came.above), (i64::MIN, vec![EventTime(300)]));
    let came = outcome(&["event.confirm=2"], &[THREE, THREE, LATER]);
    assert_eq!((came.promise, came.above), (300, vec![EventTime(9_300)]));
    let repeated = outcome(&["event.confirm=2", "dedup.by=id"], &[THREE, THREE, LATER]);
    assert_eq!((repeated.promise, repeated.above), (300, vec![EventTime(9_300)]), "what repeats says nothing");
}
