//! `mare doctor`: each thing that goes wrong in real life is brought about, and named with its remedy; nothing is
//! changed.
//!
//! # Layout
//! * [`brokers`], [`topics`], [`records`], [`databases`], [`machine`]: what is wrong where

mod brokers;
mod databases;
mod machine;
mod records;
mod topics;

use std::fs;

use crate::support::flagship::{Flagship, produce_with};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};
use crate::support::mongodb::documents;
use crate::support::troubles;

/// What the doctor has said.
struct Report {
    checks: Vec<serde_json::Value>,
    finished: Finished,
}

impl Report {
    /// What the doctor says of a flagship, with more arguments.
    fn of(flagship: &Flagship, more: &[&str]) -> Report {
        Report::by(&[], flagship, more)
    }

    /// The same through a program that becomes the doctor.
    fn by(through: &[&str], flagship: &Flagship, more: &[&str]) -> Report {
        let mut arguments = flagship.arguments(&[&["--format", "json"], more].concat());
        arguments[0] = "doctor".to_owned();
        let finished = Mare::spawn_by(through, arguments).wait();
        let report: serde_json::Value =
            serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}:\n{}", finished.output()));
        let checks = report["checks"].as_array().expect("a list of checks").clone();
        let failed = checks.iter().filter(|check| check["verdict"] == "failed").count();
        assert_eq!(report["failed"], failed);
        assert_eq!(finished.status.code(), Some((failed > 0).into()), "{}", finished.output());
        Report { checks, finished }
    }

    /// # Panics
    /// Unless `check` came out as `verdict`, with all of `words` in what is said of it, and if the page of troubles
    /// does not have what is wrong.
    fn says(&self, check: &str, verdict: &str, words: &[&str]) -> &Report {
        let of_check: Vec<_> = self.checks.iter().filter(|found| found["check"] == check).collect();
        let is_it = |found: &&&serde_json::Value| {
            let text = found.to_string();
            found["verdict"] == verdict && words.iter().all(|word| text.contains(word))
        };
        let found = of_check.iter().find(is_it);
        let found =
            found.unwrap_or_else(|| panic!("{check} is not {verdict} with {words:?}:\n{}", self.finished.output()));
        let needs_remedy = verdict == "failed" || verdict == "warning";
        if needs_remedy {
            let [finding, remedy] = ["finding", "remedy"].map(|key| found[key].as_str().unwrap_or_default());
            troubles::assert_explained(&format!("{finding}; {remedy}"));
        }
        assert!(!needs_remedy || of_check.iter().all(|found| found["remedy"].is_string()), "{of_check:?}");
        self
    }

    /// # Panics
    /// If any check failed.
    fn is_good(&self) -> &Report {
        assert!(self.checks.iter().all(|check| check["verdict"] != "failed"), "{}", self.finished.output());
        self
    }

    /// # Panics
    /// If `secret` stands anywhere in what was printed.
    fn keeps(&self, secret: &str) -> &Report {
        assert!(!self.finished.output().contains(secret), "{}", self.finished.output());
        self
    }
}

/// A flagship over a topic of good sales.
fn with_sales(prefix: &str) -> (Topic, Flagship) {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_with(kafka(), &topic.name, 71, 600, &[]);
    let flagship = Flagship::shared(&topic);
    (topic, flagship)
}

#[test]
fn a_healthy_dataflow_is_called_healthy_and_left_as_it_is() {
    let (_topic, flagship) = with_sales("healthy");
    let before = Report::of(&flagship, &["-w", "2"]);
    before.is_good().says("kafka.sample", "ok", &["all of the newest 99 records"]);
    before.says("mongodb.collection", "ok", &["not there yet"]).says("checkpoint.newest", "ok", &["there is none"]);
    assert_eq!(fs::read_dir(flagship.checkpoints.path()).expect("a folder").count(), 0, "no folder is made");
    assert_eq!(documents(&flagship.uri, &flagship.database, "mare_control"), [], "nothing is claimed");

    flagship.run_until_end(&["-w", "2"]);
    let claims = documents(&flagship.uri, &flagship.database, "mare_control");
    let after = Report::of(&flagship, &["-w", "2"]);
    after.is_good().says("mongodb.documents", "ok", &["this dataflow's own: run 1"]).says("mongodb.index", "ok", &[]);
    after.says("checkpoint.newest", "ok", &["whole"]).says("checkpoint.positions", "ok", &[]);
    after.says("clock.mongodb", "ok", &[]).says("kafka.workers", "ok", &[]).says("limits.files", "ok", &[]);
    assert_eq!(documents(&flagship.uri, &flagship.database, "mare_control"), claims, "no run is superseded");
    flagship.assert_exact("after the doctor");
}

#[test]
fn people_get_lines_and_the_remedies_below() {
    let flagship =
        Flagship::between("no-such-host.invalid:9092", "sales", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200");
    let mut arguments = flagship.arguments(&[]);
    arguments[0] = "doctor".to_owned();
    let finished = Mare::run(arguments).refused(&["checks failed", "-> correct the name in source.kafka.brokers"]);
    let line = finished.stdout.lines().find(|line| line.contains("kafka.brokers")).expect("a line");
    assert!(line.starts_with("failed ") && line.contains("does not resolve"), "{line}");
    assert!(!finished.output().contains('\x1b'), "no colours through a pipe");
    assert!(!finished.stderr.contains("WARN"), "what the clients say is said by the checks:\n{}", finished.stderr);
}
