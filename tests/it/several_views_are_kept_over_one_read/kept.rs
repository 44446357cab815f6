//! What comes of each view is what would come of it alone.

use std::collections::BTreeSet;

use super::dataflow::{self, HOPPING, PER_DAY, PER_MINUTE, Sales, accounts, produce, produce_at};
use crate::support::kafka::{Topic, kafka};
use crate::support::oracle::{Oracle, assert_same, read};

const VIEWS: [dataflow::View; 3] = [PER_MINUTE, PER_DAY, HOPPING];
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
