//! What comes of each view is what would come of it alone.

use std::collections::BTreeSet;

use super::dataflow::{self, HOPPING, PER_DAY, PER_MINUTE, Sales, accounts, produce, produce_at};
use crate::support::kafka::{Topic, kafka, record};
use crate::support::oracle::{Oracle, assert_same, read};

const VIEWS: [dataflow::View; 3] = [PER_MINUTE, PER_DAY, HOPPING];
/// One in which what is new to the flagship's may be a repetition.
const PER_TEN: dataflow::View = (
    "per_ten",
    r#"
window = { tumbling = "10m", lateness = "5m" }
group_by = ["categoria"]
sales = "count()"
"#,
);
const DEDUP: &str = "[dedup]\nby = \"id_pedido\"";

/// Runs the views, kills the run when there is a checkpoint, and goes on with another number of workers.
fn through_a_kill(prefix: &str, head: &str, oracle: Oracle) {
    let topic = Topic::create(kafka(), prefix, 3);
    let sales = Sales::new(&topic, &VIEWS).with(head);
    let coming = produce_at(3_000, &topic, 51, 12_000);
    let mut run = sales.spawn(&["-w", "3"]);
    sales.wait_for_checkpoint(&mut run);
    sales.wait_for_more(&mut run, HOPPING.0, 3);
    dataflow::kill(run);
    coming.wait().success();

    let again = sales.run_until_end(&["-w", "2"]);
    assert!(again.stderr.contains("going on from epoch"), "{}", again.output());
    let read = again.summary("read");
    let accounts = accounts(&again);
    for (name, _) in VIEWS {
        let of_view = accounts.iter().filter(|(view, ..)| view == name);
        let partitions: BTreeSet<u32> = of_view.clone().map(|(_, partition, _)| *partition).collect();
        assert_eq!(partitions, BTreeSet::from([0, 1, 2]), "{name}");
        assert_eq!(of_view.map(|(_, _, account)| account[0]).sum::<u64>(), read, "each view reads what the run does");
    }
    assert_same(&sales.found(PER_MINUTE.0), &oracle.reading(kafka(), &topic.name), "the flagship's view");
    sales.assert_exact("after a kill");
    assert_eq!(sales.run_until_end(&["-w", "3"]).summary("read"), 0, "and there is nothing left to read");
}

#[test]
fn through_a_kill_and_with_other_workers() {
    through_a_kill("views-killed", "", Oracle::default());
}

#[test]
fn and_repeated_events_are_counted_once_in_each() {
    through_a_kill("views-once", DEDUP, Oracle::of_ids());
}

#[test]
fn in_tables_of_a_file_and_each_letter_is_sent_once() {
    let topic = Topic::create(kafka(), "views-file", 3);
    let [late, dead] = ["views-late", "views-dead"].map(|prefix| Topic::create(kafka(), prefix, 1));
    let letters = format!("[late]\ntopic = \"{}\"\n[dead_letter]\ntopic = \"{}\"", late.name, dead.name);
    let sales = Sales::new(&topic, &VIEWS).in_a_file().with(&letters);
    produce(&topic, 52, 6_000);
    let mut runs = accounts(&sales.run_until_end(&["-w", "2"]));
    produce(&topic, 53, 4_000);
    runs.extend(accounts(&sales.run_until_end(&["-w", "3"])));

    let [late, dead] = [late, dead].map(|topic| read(kafka(), &topic.name));
    let sum = |view: &str, place: usize| {
        runs.iter().filter(|(of, ..)| of == view).map(|(_, _, account)| account[place]).sum::<u64>()
    };
    for (name, _) in VIEWS {
        assert_eq!(sum(name, 5), dead.len() as u64, "what is no event is dead for {name}, and one letter");
        assert!(sum(name, 3) <= late.len() as u64, "{name}");
    }
    let places: BTreeSet<_> =
        late.iter().map(|of| (&of.headers["mare-partition"], &of.headers["mare-offset"])).collect();
    assert_eq!(places.len(), late.len(), "what is late for several views is one letter");
    let most = VIEWS.map(|(name, _)| sum(name, 3)).into_iter().max().expect("views");
    assert!(most > 0 && sum(PER_DAY.0, 2) > 0 && sum(PER_MINUTE.0, 2) == 0, "{runs:?}");
    sales.assert_exact("in a file");
}

#[test]
fn what_repeats_in_one_view_alone_promises_nothing_to_it() {
    let topic = Topic::create(kafka(), "views-promise", 1);
    let sale = |id: &str, time: &str| {
        let time = format!("2025-11-28T{time}:00Z");
        format!(r#"{{"id_pedido":"{id}","categoria":"a","valor":1.0,"timestamp":"{time}"}}"#)
    };
    // The second repeats the first within ten minutes, not within one; so the third is late by the minute alone.
    let events = [sale("1", "12:01"), sale("1", "12:09"), sale("2", "11:59")];
    topic.produce(events.iter().map(|sale| record(0, 1_764_331_200_000, Some(sale.as_bytes()))));
    for views in [[PER_MINUTE, PER_TEN], [PER_TEN, PER_MINUTE]] {
        let sales = Sales::new(&topic, &views).with(DEDUP);
        let mut accounts = accounts(&sales.run_until_end(&["-w", "1"]));
        accounts.sort_unstable();
        let expected = [("per_minute", [3, 2, 0, 1, 0, 0]), ("per_ten", [3, 2, 0, 0, 1, 0])];
        assert_eq!(accounts, expected.map(|(view, account)| (view.to_owned(), 0, account)));
        assert_eq!((sales.found(PER_MINUTE.0).len(), sales.found(PER_TEN.0).len()), (2, 2));
        sales.assert_exact("with promises of its own");
    }
}
