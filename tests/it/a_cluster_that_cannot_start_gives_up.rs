//! What a person has to put right is not tried for ever: the cluster gives up, says why, and exits 1.

use std::net::TcpListener;

use crate::support::cluster::arguments;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::ports;

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
fn ports_that_are_taken_are_asked_for_too() {
    let topic = Topic::create(kafka(), "cluster-http", 3);
    let (first, taken) = loop {
        let first = ports::free();
        if let Ok(taken) = TcpListener::bind(("127.0.0.1", first + 1)) {
            break (first, taken);
        }
    };
    let http = format!("127.0.0.1:{first}");
    let finished = Mare::run(arguments(&Flagship::shared(&topic), &["-n", "2", "--http", &http]));
    assert!(!finished.output().contains("started, pid"), "{}", finished.output());
    finished.refused(&["ports: ", &taken.local_addr().expect("an address").to_string(), "ss -ltnp"]);
}

#[test]
fn processes_that_refuse_to_start_are_not_started_for_ever() {
    let topic = Topic::create(kafka(), "cluster-refusal", 3);
    let flagship = Flagship::shared(&topic);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("totals.db");
    let sink = format!("sink.sqlite.path={}", path.display());
    let sqlite = ["--set", &sink, "--set", "sink.sqlite.table=totals"];
    flagship.run_until_end(&sqlite);
    // Nobody knows of it before the first write.
    let guard = |of: &str| {
        format!("CREATE TRIGGER no_{of} BEFORE {of} ON mare_control BEGIN SELECT RAISE(ABORT, 'hands off'); END;")
    };
    let file = rusqlite::Connection::open(&path).expect("the file");
    file.execute_batch(&["INSERT", "UPDATE"].map(guard).concat()).expect("triggers");
    let finished = Mare::run(arguments(&flagship, &[&["-n", "2"][..], &sqlite].concat()));
    assert_eq!(finished.output().matches("process 0 started, pid").count(), 3, "{}", finished.output());
    finished.refused(&["hands off", "ended with code 1, 3 times in a row, before the cluster was ever up"]);
}
