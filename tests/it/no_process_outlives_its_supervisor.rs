//! SIGKILL for the supervisor of a cluster leaves no process of it behind.

use nix::sys::signal::Signal;

use crate::support::cluster::{arguments, members};
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn no_process_outlives_its_supervisor() {
    let topic = Topic::create(kafka(), "cluster-orphans", 3);
    let cluster = Mare::spawn(arguments(&Flagship::shared(&topic), &["-n", "3"]));
    let processes = members(&cluster, 1, 3);
    cluster.end_by(Signal::SIGKILL);
    processes.iter().for_each(|process| process.wait_gone());
}
