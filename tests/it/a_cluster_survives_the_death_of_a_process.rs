//! SIGKILL for a process of a cluster, twice, while sales come in live: all are started again, and the documents are
//! exact.

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, assert_accounts};
use crate::support::cluster::{arguments, members};
use crate::support::flagship::{Flagship, produce_live};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::observer::Observer;
use crate::support::wait;

#[test]
fn a_cluster_survives_the_death_of_a_process() {
    let topic = Topic::create(kafka(), "cluster-kill", 3);
    let flagship = Flagship::shared(&topic);
    let observer = Observer::watch(&flagship);
    let mut cluster = Mare::spawn(arguments(&flagship, &[&["-n", "2", "-w", "2"][..], &OFTEN].concat()));
    let mut sales = produce_live(kafka(), &topic.name, 2_000, 40_000);
    let mut lives = vec![members(&cluster, 1, 2)];
    let mut seen = 0;
    for victim in [1, 0] {
        seen = wait::until(BOUND, "more sales in the database", || {
            assert!(cluster.is_running(), "the cluster ended:\n{}", cluster.output());
            let now = flagship.visible();
            if now > seen + 2_000 { Ok(now) } else { Err(format!("{now} sales\n{}", cluster.output())) }
        });
        cluster.wait_for_lines(lives.len(), "the first checkpoint of this run stands");
        assert!(sales.is_running(), "the sales ended before the kill:\n{}", sales.output());
        let life = lives[lives.len() - 1].clone();
        life[victim].signal(Signal::SIGKILL);
        cluster.wait_for_lines(1, &format!("process {victim} was ended by signal 9; all are stopped"));
        let next = members(&cluster, lives.len() + 1, 2);
        life.iter().for_each(|member| member.wait_gone());
        assert!(next.iter().all(|member| !life.contains(member)), "{next:?} are new, unlike {life:?}");
        lives.push(next);
        cluster.wait_for_lines(lives.len() - 1, "going on from the checkpoint");
    }
    sales.wait().success();
    flagship.wait_until_exact(&mut cluster);
    cluster.end_by(Signal::SIGTERM).success();
    flagship.assert_exact("at the end");
    assert_accounts(&flagship);
    observer.end();
}
