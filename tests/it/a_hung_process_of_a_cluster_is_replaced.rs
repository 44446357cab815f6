//! A process that is stopped in its tracks, and so neither ends nor answers, is noticed and replaced together with the
//! others.

use nix::sys::signal::Signal;

use crate::support::cluster::{arguments, members};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn a_hung_process_of_a_cluster_is_replaced() {
    let topic = Topic::create(kafka(), "cluster-hang", 3);
    produce_hour(kafka(), &topic.name, 23, 5_000);
    let flagship = Flagship::shared(&topic);
    let mut cluster = Mare::spawn(arguments(&flagship, &["-n", "2", "--heartbeat-timeout", "4s"]));
    let first = members(&cluster, 1, 2);
    flagship.wait_until_exact(&mut cluster);
    first[1].signal(Signal::SIGSTOP);
    cluster.wait_for_lines(1, "process 1 hangs: no heartbeat for");
    members(&cluster, 2, 2);
    first.iter().for_each(|member| member.wait_gone());
    produce_hour(kafka(), &topic.name, 24, 5_000);
    flagship.wait_until_exact(&mut cluster);
    cluster.end_by(Signal::SIGTERM).success();
}
