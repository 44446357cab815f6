//! Runs over the same views, one after the other, beside each other, and of several processes.

use nix::sys::signal::Signal;

use super::dataflow::{HOPPING, NOTHING, PER_DAY, PER_MINUTE, Sales, View, produce, produce_at};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

/// What a zombie ends with.
const SUPERSEDED: i32 = 3;

/// Stops a run of these views, has another one take over, and lets the first go on.
fn zombie(views: &[View]) {
    let topic = Topic::create(kafka(), "views-zombie", 3);
    let sales = Sales::new(&topic, views);
    let coming = produce_at(1_500, &topic, 71, 9_000);
    let mut zombie = sales.spawn(&["-w", "3"]);
    let seen = sales.wait_for_more(&mut zombie, PER_MINUTE.0, 10);
    zombie.signal(Signal::SIGSTOP);
    let mut second = sales.spawn(&["-w", "2"]);
    second.wait_for_lines(1, "until stopped");
    sales.wait_for_more(&mut second, PER_MINUTE.0, seen + 10);
    let ended = zombie.end_by(Signal::SIGCONT);
    let output = ended.output();
    assert_eq!(ended.status.code(), Some(SUPERSEDED), "{output}");
    assert!(output.contains("has taken over") && !output.contains("panicked"), "{output}");
    coming.wait().success();
    second.end_by(Signal::SIGTERM).success();
    sales.run_until_end(&["-w", "2"]);
    sales.assert_exact("what there is");
}

#[test]
fn an_older_run_is_superseded_whichever_view_it_writes() {
    zombie(&[PER_MINUTE, NOTHING]);
    zombie(&[NOTHING, PER_MINUTE]);
    zombie(&[HOPPING, PER_MINUTE]);
}

#[test]
fn a_cluster_keeps_each_view() {
    let topic = Topic::create(kafka(), "views-cluster", 4);
    let sales = Sales::new(&topic, &[PER_MINUTE, PER_DAY]);
    produce(&topic, 72, 8_000);
    let cluster = |more: &[&str]| Mare::run(sales.command("cluster", &[&["-n", "2", "--until-end"], more].concat()));
    cluster(&["-w", "2"]).success();
    sales.assert_exact("two processes of two workers");
    produce(&topic, 73, 2_000);
    cluster(&["-w", "1"]).success();
    sales.mare("verify", &[]).success();
    produce(&topic, 74, 2_000);
    sales.run_until_end(&["-w", "3"]);
    sales.mare("verify", &[]).success();
    let lost = PER_DAY.0;
    sales.lose(lost, true);
    cluster(&[]).refused(&[&format!("{}.{lost}", sales.database), "has no control document"]);
}
