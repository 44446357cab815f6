//! SIGTERM and Ctrl-C end a cluster as they end a run: each process writes what it has read, and the exit code is 0.

use nix::sys::signal::Signal;

use crate::support::cluster::{arguments, members};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn a_terminated_cluster_ends_in_good_order() {
    let topic = Topic::create(kafka(), "cluster-term", 3);
    produce_hour(kafka(), &topic.name, 25, 5_000);
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let flagship = Flagship::shared(&topic);
        let mut cluster = Mare::spawn(arguments(&flagship, &["-n", "3"]));
        let processes = members(&cluster, 1, 3);
        flagship.wait_until_exact(&mut cluster);
        let finished = cluster.end_by(signal).success();
        processes.iter().for_each(|process| process.wait_gone());
        for process in 0..3 {
            let summary = format!("process {process} | counted  ");
            assert!(finished.stderr.contains(&summary), "no `{summary}` in:\n{}", finished.stderr);
        }
        flagship.assert_exact("at the end");
    }
}

#[test]
fn while_it_waits_for_kafka() {
    let topic = Topic::create(kafka(), "cluster-term-early", 3);
    let nobody = Flagship { brokers: "127.0.0.1:1".to_owned(), ..Flagship::shared(&topic) };
    let cluster = Mare::spawn(arguments(&nobody, &["-n", "2"]));
    cluster.wait_for_lines(2, "Kafka does not answer");
    cluster.end_by(Signal::SIGTERM).success();
}
