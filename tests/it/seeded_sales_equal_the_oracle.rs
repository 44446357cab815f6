//! Late, unordered, repeated and broken sales over three partitions: the documents are exact for every number of
//! workers and processes, and a second run changes none.

use std::fs;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::leash::leash;
use crate::support::mare::Finished;
use crate::support::oracle::assert_same;
use crate::support::ports;

/// Three partitions of seeded sales, and that they are as hard as they are meant to be.
fn hard_hour(prefix: &str) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 7, 30_000);
    let flagship = Flagship::shared(&topic);
    let counts = flagship.oracle().counts();
    assert!(counts.read > 29_000 && counts.late > 100 && counts.dead > 100, "{counts:?}");
    flagship
}

/// The processes of one run account for all records together.
fn assert_accounts(flagship: &Flagship, processes: &[Finished]) {
    let sum = |label| processes.iter().map(|process| process.summary(label)).sum::<u64>();
    let counts = flagship.oracle().counts();
    let labels =
        [("read", counts.read), ("counted", counts.counted), ("late", counts.late), ("dead letters", counts.dead)];
    for (label, expected) in labels {
        assert_eq!(sum(label), expected, "{label} in {}", processes[0].output());
    }
}

#[test]
fn with_one_three_and_four_workers() {
    let hour = hard_hour("seeded-workers");
    for workers in ["1", "3", "4"] {
        let flagship = hour.with_fresh_database();
        let finished = flagship.run_until_end(&["-w", workers]);
        flagship.assert_exact(&format!("-w {workers}"));
        assert_accounts(&flagship, &[finished]);
    }
}

#[test]
fn with_two_processes_of_two_workers() {
    let flagship = hard_hour("seeded-processes");
    let hosts = leash().folder("hosts").join("hosts.txt");
    fs::write(&hosts, format!("127.0.0.1:{}\n127.0.0.1:{}\n", ports::free(), ports::free())).expect("a hostfile");
    let hosts = hosts.display().to_string();
    let process = |index| {
        let cluster = ["--until-end", "-w", "2", "-n", "2", "-p", index, "-h", hosts.as_str()];
        flagship.spawn(&cluster)
    };
    let processes = [process("0"), process("1")].map(|process| process.wait().success());
    flagship.assert_exact("-n 2 -w 2");
    assert_accounts(&flagship, &processes);
}

#[test]
fn and_a_second_run_changes_no_document() {
    let flagship = hard_hour("seeded-twice");
    flagship.run_until_end(&["-w", "3"]);
    let first = flagship.documents();
    assert_same(&first, &flagship.oracle(), "the first run");
    let again = flagship.run_until_end(&["-w", "2"]);
    assert_eq!(flagship.documents(), first, "the second run");
    assert_eq!(again.summary("documents"), 0, "nothing was written again:\n{}", again.output());
}
