//! Saying is not doing: with a standard error that takes nothing, and after a hang-up under `nohup`, runs and clusters
//! go on.

use nix::sys::signal::Signal;

use crate::support::cluster;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

/// What runs a command with its standard error on a full disk.
const FULL: [&str; 3] = ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/full"];

#[test]
fn a_full_standard_error_stops_neither_a_run_nor_a_cluster() {
    let topic = Topic::create(kafka(), "unheard", 3);
    produce_hour(kafka(), &topic.name, 31, 3_000);
    for is_cluster in [false, true] {
        let flagship = Flagship::shared(&topic);
        let arguments = if is_cluster {
            cluster::arguments(&flagship, &["-n", "2", "--until-end"])
        } else {
            flagship.arguments(&["--until-end"])
        };
        Mare::spawn_by(&FULL, arguments).wait().success();
        flagship.assert_exact("with nobody to hear");
    }
}

#[test]
fn a_full_standard_error_changes_no_exit_code() {
    let finished = Mare::spawn_by(&FULL, ["run", "no-such-file.toml"]).wait();
    assert_eq!(finished.status.code(), Some(1), "{}", finished.output());
    let finished = Mare::spawn_by(&FULL, ["check", "dataflows/black_friday.toml"]).wait();
    assert_eq!(finished.status.code(), Some(0), "{}", finished.output());
}

/// Saying is not doing, but an answer is all that some commands do.
#[test]
fn an_answer_that_does_not_arrive_is_no_success() {
    let full = ["sh", "-c", "exec \"$0\" \"$@\" >/dev/full"];
    for arguments in [vec!["check", "dataflows/black_friday.toml"], vec!["man"], vec!["completions", "bash"]] {
        let refused = Mare::spawn_by(&full, arguments).wait();
        refused.refused(&["standard output does not take the answer: No space left on device"]).explained();
    }
    // Whoever has read enough closes the pipe, and that is no error.
    let enough = ["sh", "-c", "{ \"$0\" \"$@\"; echo \"code $?\" >&2; } | true"];
    let finished = Mare::spawn_by(&enough, ["completions", "bash"]).wait();
    assert!(finished.output().contains("code 0"), "{}", finished.output());
}

#[test]
fn a_hang_up_under_nohup_stops_nothing() {
    let topic = Topic::create(kafka(), "hung-up", 3);
    produce_hour(kafka(), &topic.name, 32, 2_000);
    let flagship = Flagship::shared(&topic);
    let mut run = Mare::spawn_by(&["nohup"], flagship.arguments(&["-w", "2"]));
    flagship.wait_until_exact(&mut run);
    run.signal(Signal::SIGHUP);
    produce_hour(kafka(), &topic.name, 33, 1_000);
    flagship.wait_until_exact(&mut run);
    let finished = run.end_by(Signal::SIGTERM).success();
    assert_eq!(finished.summary("read"), flagship.oracle().counts().read, "{}", finished.output());
}
