//! `scripts/end-to-end.sh`, for somebody's own machine: it is exact, and leaves neither topic nor process nor file.

use std::fs;
use std::process::Command;
use std::time::Duration;

use mongodb::sync::Client;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::support::kafka::kafka;
use crate::support::mongodb::mongodb;

const SCRIPT: &str = "scripts/end-to-end.sh";

/// Runs the script: whether it succeeded, and what it said.
fn run(brokers: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new("bash");
    command.arg(SCRIPT).current_dir(root).env("KAFKA_BROKERS", brokers).env("MONGODB_URI", mongodb());
    command
        .env("MARE", env!("CARGO_BIN_EXE_mare"))
        .env("SALES", "20000")
        .env("TMPDIR", folder.path())
        .env("NO_COLOR", "1");
    let finished = command.output().expect("`bash` starts");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "its own folder is gone");
    let said = [finished.stdout, finished.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    (finished.status.success(), said)
}

/// The topic and database that it says to have made.
fn name(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("created topic ")).expect("a topic");
    line.split(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn and_is_exact_though_a_run_is_killed() {
    let (is_good, said) = run(kafka());
    let database = Client::with_uri_str(mongodb()).expect("a client").database(&name(&said));
    database.drop().run().expect("dropped"); // where there is no mongosh, the script leaves it and says so
    assert!(is_good && said.contains("every document that was compared is exact"), "{said}");
    assert!(said.contains("killed with") && !said.contains("killed with 0 sales"), "{said}");
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", kafka()).create().expect("a client");
    let topics = consumer.fetch_metadata(None, Duration::from_secs(30)).expect("topics");
    assert!(topics.topics().iter().all(|topic| topic.name() != name(&said)), "the topic is gone");
}

#[test]
fn and_says_by_its_exit_code_that_it_failed() {
    let (is_good, said) = run("127.0.0.1:1");
    assert!(!is_good && said.contains("FAILED with exit code 1"), "{said}");
}
