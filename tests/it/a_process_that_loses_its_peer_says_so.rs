//! Without a supervisor: two processes with a hostfile. One waits for the other, and says for whom; when one is killed,
//! the other ends as well, and says why.

use std::fs;

use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::leash::leash;
use crate::support::ports;

#[test]
fn a_process_that_loses_its_peer_says_so() {
    let topic = Topic::create(kafka(), "peers", 3);
    produce_hour(kafka(), &topic.name, 26, 5_000);
    let flagship = Flagship::shared(&topic);
    let hosts = leash().folder("hosts").join("hosts");
    let addresses = [ports::free(), ports::free()].map(|port| format!("127.0.0.1:{port}"));
    fs::write(&hosts, addresses.join("\n")).expect("writing");
    let hosts = hosts.to_str().expect("text");
    let process = |index: &str| flagship.spawn(&["-n", "2", "-p", index, "-h", hosts]);

    let mut first = process("0");
    first.wait_for_lines(1, &format!("waiting for the other processes: process 1 at {}", addresses[1]));
    let second = process("1");
    flagship.wait_until_exact(&mut first);
    second.end_by(Signal::SIGKILL);
    let finished = first.wait();
    assert_eq!(finished.status.code(), Some(101), "{}", finished.output());
    finished.refused(&["lost the connection to another process of the cluster", "start all processes again"]);
}
