//! What a person has to put right is not tried for ever: the cluster gives up, says why, and exits 1.

use crate::support::cluster::arguments;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn a_bad_dataflow_is_refused_before_anything_starts() {
    let finished = Mare::run(["cluster", "-n", "2", "dataflows/black_friday.toml", "--set", "window.tumblin=1m"]);
    assert!(!finished.output().contains("started, pid"), "{}", finished.output());
    finished.refused(&["window.tumblin"]);
}

#[test]
fn what_a_process_would_be_refused_for_is_asked_before_any_is_started() {
    let topic = Topic::create(kafka(), "cluster-refusal", 3);
    let missing = Flagship { topic: "no-such-topic".to_owned(), ..Flagship::shared(&topic) };
    let finished = Mare::run(arguments(&missing, &["-n", "2"]));
    assert!(!finished.output().contains("started, pid"), "{}", finished.output());
    finished.refused(&["kafka.topic: topic no-such-topic does not exist", "mare topic create no-such-topic"]);
}

#[test]
fn processes_that_refuse_to_start_are_not_started_for_ever() {
    let topic = Topic::create(kafka(), "cluster-refusal", 3);
    // Only a client that reads finds this out.
    let unfit = r#"source.kafka.properties={"max.poll.interval.ms"="1000"}"#;
    let finished = Mare::run(arguments(&Flagship::shared(&topic), &["-n", "2", "--set", unfit]));
    assert_eq!(finished.output().matches("process 0 started, pid").count(), 3, "{}", finished.output());
    finished.refused(&["max.poll.interval.ms", "ended with code 1, 3 times in a row, before the cluster was ever up"]);
}
