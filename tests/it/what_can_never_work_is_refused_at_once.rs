//! A connection with which nothing could ever come is refused within seconds, with the cause and the remedy; one that
//! may come later is waited for, and the cause is named with the address.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::mongodb;
use crate::support::ports;

const FILE: &str = "dataflows/black_friday.toml";

/// Far less than for ever, and more than a busy machine takes.
const SOON: Duration = Duration::from_secs(30);

/// `mare run` with overrides, and how soon it is refused.
fn run_refused(overrides: &[String], words: &[&str]) {
    let sets = overrides.iter().flat_map(|set| ["--set", set.as_str()]);
    let begin = Instant::now();
    Mare::run(["run", FILE].into_iter().chain(sets)).refused(words);
    assert!(begin.elapsed() < SOON, "{overrides:?} took {:?}", begin.elapsed());
}

#[test]
fn a_list_of_brokers_that_no_client_can_read() {
    for (brokers, words) in [
        ("kafka://localhost:9092", ["a broker is no url", "`localhost:9092`"]),
        ("http://localhost:9092", ["a broker is no url", "`localhost:9092`"]),
        ("localhost:9092, ,localhost:9093", ["between two commas", "separated by commas"]),
        ("localhost:9092 localhost:9093", ["several brokers", "by commas"]),
        ("localhost:kafka", ["no number", "host:port"]),
    ] {
        run_refused(&[format!("source.kafka.brokers={brokers}")], &words);
        Mare::run(["topic", "list", "--brokers", brokers]).refused(&words);
    }
}

#[test]
fn tls_that_the_broker_does_not_speak() {
    let brokers = format!("source.kafka.brokers={}", kafka());
    let tls = r#"source.kafka.properties={"security.protocol"="SSL"}"#.to_owned();
    run_refused(&[brokers, tls, "sink.stdout={}".to_owned()], &["does not speak tls", "security.protocol"]);
}

#[test]
fn a_connection_string_that_mongodb_cannot_answer() {
    let topic = Topic::create(kafka(), "never", 1);
    let flagship = Flagship::shared(&topic);
    let address = mongodb().split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).expect("hosts");
    let address = address.rsplit('@').next().expect("hosts");
    for (uri, words) in [
        (format!("mongodb://{address}/?replicaSet=no-such-set"), &["no-such-set", "replica set"][..]),
        (format!("mongodb://{address}/?directConnection=true&tls=true"), &["does not speak tls", "tls=true"]),
        (format!("mongodb://root:s3@cret@{address}"), &["a `@` in the password", "%40"]),
        (format!("mongodb+srv://{address}"), &["has a port"]),
        (address.to_owned(), &["begins with no scheme"]),
    ] {
        let begin = Instant::now();
        let wrong = Flagship { uri: uri.clone(), ..flagship.clone() };
        let refused = Mare::run(wrong.arguments(&["--until-end"])).refused(words);
        assert!(begin.elapsed() < SOON, "{uri} took {:?}", begin.elapsed());
        assert!(!refused.output().contains("s3@cret"), "{}", refused.output());
    }
}

#[test]
fn a_server_that_may_come_later_is_named_with_the_cause() {
    let closed = ports::free();
    for (brokers, cause) in [
        (format!("127.0.0.1:{closed}"), format!("connection refused at 127.0.0.1:{closed}")),
        ("no-such-host.invalid:9092".to_owned(), "cannot resolve host no-such-host.invalid: ".to_owned()),
    ] {
        let set = format!("source.kafka.brokers={brokers}");
        let run = Mare::spawn(["run", FILE, "--set", &set, "--set", "sink.stdout={}"]);
        run.wait_for_lines(1, &format!("Kafka does not answer at {brokers}, trying again until it does: {cause}"));
        run.end_by(Signal::SIGTERM).success();
    }
    let flagship = Flagship::shared(&Topic::create(kafka(), "later", 1));
    let away = Flagship { uri: format!("mongodb://127.0.0.1:{closed}"), ..flagship };
    let run = away.spawn(&[]);
    run.wait_for_lines(1, &format!("connection refused at 127.0.0.1:{closed}; retrying until it is back"));
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn a_file_or_a_word_that_is_meant_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = folder.path().join("wide.toml");
    let text: Vec<u8> = "\u{feff}name = \"x\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&wide, text).expect("a file");
    let wide = wide.to_str().expect("a path");
    Mare::run(["check", wide, FILE]).refused(&["UTF-16LE", "iconv", "black-friday is a good dataflow", "1 of 2"]);
    let typo = r#"source.kafka.properties={"sasl.passwrod"="hunter2"}"#;
    let refused =
        Mare::run(["check", FILE, "--set", typo]).refused(&["sasl.passwrod", "did you mean `sasl.password`?"]);
    assert!(!refused.output().contains("hunter2"), "{}", refused.output());
    Mare::run(["check", FILE, "--set", "event.time_format=unix_us"]).refused(&["did you mean `epoch_micros`?"]);
    for command in ["run", "cluster", "doctor"] {
        let help = Mare::run([command, "-h"]).success().stdout;
        assert!(help.contains(&format!("Usage: mare {command}")) && help.contains("Exit codes:"), "{help}");
    }
}
