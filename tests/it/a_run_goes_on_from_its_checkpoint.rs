//! A run goes on from where an earlier one has ended, with other workers and processes, and reads only what is new.

use std::fs;

use nix::sys::signal::Signal;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::support::checkpoints::{Accounts, OFTEN, accounts, assert_accounts};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::leash::leash;
use crate::support::mare::{BOUND, Finished};
use crate::support::{ports, wait};

/// Sales of one hour in three partitions.
fn hour(prefix: &str) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 31, 5_000);
    Flagship::shared(&topic)
}

/// Runs two processes to the end of the topic.
fn run_two_processes(flagship: &Flagship) -> [Finished; 2] {
    let hosts = leash().folder("hosts").join("hosts.txt");
    fs::write(&hosts, format!("127.0.0.1:{}\n127.0.0.1:{}\n", ports::free(), ports::free())).expect("a hostfile");
    let hosts = hosts.display().to_string();
    let process = |index| flagship.spawn(&["--until-end", "-w", "2", "-n", "2", "-p", index, "-h", hosts.as_str()]);
    [process("0"), process("1")].map(|process| process.wait().success())
}

#[test]
fn with_another_number_of_workers_and_processes() {
    let flagship = hour("go-on");
    let mut read = flagship.run_until_end(&["-w", "3"]).summary("read");
    for (seed, workers) in [(32, "1"), (33, "2")] {
        produce_hour(kafka(), &flagship.topic, seed, 2_000);
        let again = flagship.run_until_end(&["-w", workers]);
        flagship.assert_exact(&format!("going on with -w {workers}"));
        read += again.summary("read");
        assert_eq!(read, flagship.oracle().counts().read, "only what is new is read:\n{}", again.output());
        assert_accounts(&flagship);
    }
    produce_hour(kafka(), &flagship.topic, 34, 2_000);
    let processes = run_two_processes(&flagship);
    flagship.assert_exact("going on with -n 2 -w 2");
    read += processes.iter().map(|process| process.summary("read")).sum::<u64>();
    assert_eq!(read, flagship.oracle().counts().read, "only what is new is read:\n{}", processes[0].output());
    assert_accounts(&flagship);
}

#[test]
fn after_sigterm_there_is_nothing_to_read_again() {
    let flagship = hour("go-on-stopped");
    let mut run = flagship.spawn(&["-w", "2", "--set", "checkpoint.every=1h"]);
    flagship.wait_until_exact(&mut run);
    run.end_by(Signal::SIGTERM).success();
    let again = flagship.run_until_end(&["-w", "3"]);
    assert_eq!(again.summary("read"), 0, "{}", again.output());
    assert_eq!(again.summary("documents"), 0, "{}", again.output());
    flagship.assert_exact("after a run that had nothing to do");
    assert_accounts(&flagship);
}

/// The positions that the group `mare-black-friday` shows for the topic.
fn shown_by_the_group(flagship: &Flagship, positions: &Accounts) -> Vec<(i32, Offset)> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &flagship.brokers).set("group.id", "mare-black-friday");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut asked = TopicPartitionList::new();
    positions.keys().for_each(|partition| {
        asked.add_partition(&flagship.topic, *partition);
    });
    let committed = consumer.committed_offsets(asked, BOUND).expect("the offsets of a group");
    committed.elements().iter().map(|element| (element.partition(), element.offset())).collect()
}

#[test]
fn and_a_consumer_group_shows_where_it_stands() {
    let flagship = hour("go-on-group");
    flagship.run_until_end(&OFTEN);
    let accounts = accounts(&flagship);
    let expected: Vec<_> = accounts.iter().map(|(partition, (next, _))| (*partition, Offset::Offset(*next))).collect();
    assert!(accounts.values().all(|(next, _)| *next > 1_000), "{accounts:?}");
    wait::until(BOUND, "the positions of the checkpoint in the group", || {
        let shown = shown_by_the_group(&flagship, &accounts);
        if shown == expected { Ok(()) } else { Err(format!("{shown:?}, not {expected:?}")) }
    });
}
