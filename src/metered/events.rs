//! Every event that there is, wherever it stands.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tracing::Level;
use tracing::subscriber::with_default;

use super::text::{everything, run};
use crate::cli::logging::fixture::Lines;
use crate::metrics::events::TARGET;
use crate::metrics::recorder;

/// The test that emits each of them.
const EMITTED: &str = include_str!("text.rs");

/// The events whose code stands below `folder`, and in which file.
fn events(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            return events(&path);
        }
        let code = fs::read_to_string(&path).expect("code");
        let names = code.lines().filter_map(|line| line.strip_prefix("impl InternalEvent for "));
        let names = names.filter_map(|rest| rest.split(['<', ' ']).next());
        names.map(|name| (name.to_owned(), path.clone())).collect()
    };
    entries.flat_map(below).collect()
}

#[test]
fn every_event_stands_beside_its_emitter_and_is_emitted_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let events = ["src", "crates"].map(|folder| events(&root.join(folder))).concat();
    let files: BTreeSet<_> = events.iter().map(|(_, path)| path).collect();
    assert!(events.len() >= 29 && files.len() >= 7, "{events:?}");
    for (name, path) in &events {
        assert!(
            path.ends_with("events.rs") && !path.starts_with(root.join("crates/metrics")),
            "{name} in {}",
            path.display()
        );
        assert!(EMITTED.contains(&format!("{name} {{")) || EMITTED.contains(&format!("{name}.emit()")), "{name}");
    }
}

/// By it their lines are told from others, and people filter by it.
#[test]
fn every_event_that_is_logged_is_logged_under_the_target_of_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(Level::TRACE).with_writer(move || writer.clone());
    with_default(subscriber.finish(), || {
        let author = run(folder.path()).1;
        metrics::with_local_recorder(&recorder::recorder(), || everything(&author));
    });
    let text = lines.text();
    let line = |line: &str| -> Value { serde_json::from_str(line).expect("JSON") };
    let targets: BTreeSet<_> =
        text.lines().map(|text| line(text)["target"].as_str().expect("a target").to_owned()).collect();
    let partitions: Vec<Value> = text.lines().map(line).map(|line| line["fields"]["partition"].clone()).collect();
    assert!(partitions.iter().any(Value::is_number) && !partitions.iter().any(Value::is_string), "a number: {text}");
    let expected = ["alerts", "checkpoint", "engine", "kafka", "letters", "producer", "sink"];
    assert_eq!(targets, expected.map(|subsystem| format!("{TARGET}::{subsystem}")).into(), "{text}");
}
