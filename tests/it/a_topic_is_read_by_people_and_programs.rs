//! `mare topic read`: the first records, the last ones, those of a partition or from an offset on, and those that still
//! come; safe for a terminal as text, and whole as JSON.

use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};
use crate::support::unique;

const NOON: i64 = 1_764_331_200_000;

/// Ten numbered records in partition 0; a tombstone, something that a terminal would obey, and bytes that are no text
/// in partition 1.
fn filled(prefix: &str) -> Topic {
    let topic = Topic::create(kafka(), prefix, 2);
    let numbers: Vec<String> = (0..10).map(|number| format!("{{\"number\": {number}}}")).collect();
    topic.produce(numbers.iter().map(|number| record(0, NOON, Some(number.as_bytes()))));
    let odd: [Option<&[u8]>; 3] = [None, Some("a\x1b[2J\nb\u{202e}".as_bytes()), Some(b"caf\xe9")];
    topic.produce(odd.map(|payload| record(1, NOON + 60_000, payload)));
    topic
}

fn read(topic: &Topic, more: &[&str]) -> Finished {
    Mare::run([&["topic", "read", &topic.name, "--brokers", kafka()], more].concat())
}

fn lines(topic: &Topic, more: &[&str]) -> Vec<String> {
    read(topic, more).success().stdout.lines().map(str::to_owned).collect()
}

#[test]
fn by_places_and_numbers() {
    let topic = filled("read");
    assert_eq!(lines(&topic, &[]).len(), 13);
    assert_eq!(lines(&topic, &["-n", "2", "-p", "0"]), ["{\"number\": 0}", "{\"number\": 1}"]);
    assert_eq!(lines(&topic, &["--from", "8", "-p", "0"]), ["{\"number\": 8}", "{\"number\": 9}"]);
    assert_eq!(lines(&topic, &["--from", "-1", "-p", "0"]), ["{\"number\": 9}"]);
    assert_eq!(lines(&topic, &["--from", "2025-11-28T12:00:30Z"]).len(), 3, "those of partition 1 alone are so new");
    assert_eq!(lines(&topic, &["-p", "1"]), ["(tombstone)", "a\\u{1b}[2J\\nb\\u{202e}", "caf\\xe9"]);
    let detailed = lines(&topic, &["-p", "0", "-n", "1", "--details"]);
    assert_eq!(detailed, ["partition 0  offset 0         2025-11-28T12:00:00Z  key -  {\"number\": 0}"]);
}

#[test]
fn as_json() {
    let topic = filled("read-json");
    let records: Vec<Value> = lines(&topic, &["-p", "1", "--format", "json"])
        .iter()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    let tombstone = json!({
        "partition": 1, "offset": 0, "timestamp": "2025-11-28T12:01:00Z", "key": null, "headers": [], "payload": null,
    });
    assert_eq!(records[0], tombstone);
    assert_eq!(records[1]["payload"], "a\x1b[2J\nb\u{202e}", "every character is there");
    assert_eq!((&records[2]["payload"], &records[2]["payload_base64"]), (&Value::Null, &json!("Y2Fm6Q==")));
}

#[test]
fn as_they_come() {
    let topic = filled("read-follow");
    let mut following = Mare::spawn(["topic", "read", &topic.name, "--brokers", kafka(), "--from", "-1", "--follow"]);
    following.wait_for_lines(1, "{\"number\": 9}");
    topic.produce([record(0, NOON, Some(b"the next one"))]);
    following.wait_for_lines(1, "the next one");
    assert!(following.is_running());
    following.signal(Signal::SIGINT);
}

#[test]
fn what_cannot_be_read_is_said_with_the_remedy() {
    let topic = filled("read-refused");
    read(&topic, &["--from", "end"]).refused(&["--follow", "--from -10"]);
    read(&topic, &["-p", "2"]).refused(&["no partition 2", "0 to 1"]);
    read(&topic, &["--from", "start"]).refused(&["beginning, end"]);
    let nowhere = unique("nowhere");
    let missing = Mare::run(["topic", "read", &nowhere, "--brokers", kafka()]);
    missing.refused(&[&nowhere, "mare topic create"]);
    let empty = Topic::create(kafka(), "read-empty", 1);
    let nothing = read(&empty, &[]).success();
    assert!(nothing.stdout.is_empty() && nothing.stderr.contains("has no records"), "{}", nothing.output());
}

#[test]
fn whoever_has_read_enough_ends_it_quietly() {
    let topic = filled("read-head");
    let numbers: Vec<String> = (0..20_000).map(|number| format!("{number:>100}")).collect();
    topic.produce(numbers.iter().map(|number| record(0, NOON, Some(number.as_bytes()))));
    let line = format!("{} topic read {} --brokers {} | head -n 1", env!("CARGO_BIN_EXE_mare"), topic.name, kafka());
    let output = Command::new("bash").args(["-o", "pipefail", "-c", &line]).output().expect("bash");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
}
