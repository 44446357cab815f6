//! A dataflow whose state would mean something else is refused with what has changed and what to do, and `--overwrite`
//! replaces the documents.

use nix::sys::signal::Signal;

use crate::support::checkpoints::{assert_accounts, folders};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::oracle::{Oracle, assert_same};

/// The corrected dataflow.
const CHANGED: [&str; 2] = ["--set", "window.tumbling=5m"];

fn hour(prefix: &str) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 81, 5_000);
    Flagship::shared(&topic)
}

#[test]
fn with_the_difference_and_the_remedy() {
    let flagship = hour("changed");
    flagship.run_until_end(&["-w", "2"]);
    let (before, checkpoints) = (flagship.documents(), folders(&flagship));
    let run = |more: &[&str]| flagship.spawn(&[&["--until-end"][..], &CHANGED, more].concat()).wait();
    run(&[]).refused(&["is of another shape: `window.tumbling` was `1m`, is `5m`", "--overwrite"]);
    assert_eq!(folders(&flagship), checkpoints, "a run that is refused changes no checkpoint");
    run(&["--fresh"]).refused(&["holds documents of another version of the dataflow", "--overwrite"]);
    assert_eq!(flagship.documents(), before, "a run that is refused changes no document");
    run(&["--overwrite", "-w", "3"]).success();
    let elsewhere = flagship.with_fresh_database();
    elsewhere.run_until_end(&CHANGED);
    assert_eq!(flagship.documents(), elsewhere.documents(), "as if there had been no other documents");
    let oracle = Oracle::of_windows(300_000).reading(&flagship.brokers, &flagship.topic);
    assert_same(&flagship.documents(), &oracle, "windows of five minutes");
    assert_eq!(run(&[]).success().summary("read"), 0, "and it goes on with them");
    assert_same(&flagship.documents(), &oracle, "going on with windows of five minutes");
}

#[test]
fn and_a_replacement_that_breaks_off_is_not_forgotten() {
    let flagship = hour("changed-killed");
    flagship.run_until_end(&["-w", "2"]);
    // No checkpoint comes before the kill: the one that stands then is of documents that have been removed.
    let mut run = flagship.spawn(&["--overwrite", "--set", "checkpoint.every=1h"]);
    run.wait_for_lines(1, "until stopped");
    flagship.wait_for_more(&mut run, 0);
    run.end_by(Signal::SIGKILL);
    let again = flagship.run_until_end(&["-w", "3"]);
    assert_eq!(again.summary("read"), flagship.oracle().counts().read, "{}", again.output());
    flagship.assert_exact("after a run that was killed before its first checkpoint");
    assert_accounts(&flagship);
}
