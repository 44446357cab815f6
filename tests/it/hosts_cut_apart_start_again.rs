//! One process on each of two hosts, and the cable between them is pulled while sales come in: both notice, say so and
//! end, and when they are started again they go on from the checkpoint.

use std::fs;
use std::net::SocketAddr;

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, assert_accounts};
use crate::support::flagship::{Flagship, produce_flood};
use crate::support::hosts::Host;
use crate::support::kafka::{Topic, kafka};
use crate::support::leash::leash;
use crate::support::mare::Mare;
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;

/// One process on each host.
fn start(flagship: &Flagship, hosts: &[Host; 2], hostfile: &str) -> [Mare; 2] {
    [0, 1].map(|index: usize| {
        let place = index.to_string();
        let cluster = ["-w", "2", "-n", "2", "-p", &place, "-h", hostfile];
        hosts[index].spawn(flagship.arguments(&[&cluster[..], &OFTEN].concat()))
    })
}

#[test]
fn hosts_cut_apart_start_again() {
    let (hosts, broker) = match (Host::pair(), kafka().parse::<SocketAddr>()) {
        (Ok(hosts), Ok(broker)) => (hosts, broker),
        (Err(why), _) => return println!("skipped: no hosts of our own: {why}"),
        (_, Err(_)) => return println!("skipped: the brokers of MARE_TEST_KAFKA are out of the hosts' reach"),
    };
    let server = MongoDb::start();
    for host in &hosts {
        host.reach(broker);
        host.reach(server.address());
    }
    let hostfile = leash().folder("hosts").join("hosts.txt");
    let lines = hosts.iter().map(|host| format!("{}:2101\n", host.address));
    fs::write(&hostfile, lines.collect::<String>()).expect("a hostfile");
    let hostfile = hostfile.display().to_string();
    let topic = Topic::create(kafka(), "hosts", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let sales = produce_flood(kafka(), &topic.name, 99, 1_000, 10_000);
    let mut processes = start(&flagship, &hosts, &hostfile);
    processes[0].wait_for_lines(1, "the first checkpoint of this run stands");
    flagship.wait_for_more(&mut processes[0], 1_000);
    hosts[0].cut();
    for process in processes {
        let ended = process.wait();
        assert_eq!(ended.status.code(), Some(101), "{}", ended.output());
        ended.refused(&["lost the connection to another process", "start all processes again"]);
    }
    hosts[0].mend();
    let [mut first, second] = start(&flagship, &hosts, &hostfile);
    first.wait_for_lines(1, "going on from the checkpoint");
    sales.wait().success();
    flagship.wait_until_exact(&mut first);
    first.end_by(Signal::SIGTERM).success();
    second.wait().success();
    flagship.assert_exact("at the end");
    assert_accounts(&flagship);
    observer.end();
}
