//! What goes wrong in real life, looked for before a run and changing nothing: each check says what it found, and the remedy.
//!
//! A check is a small file: what it asks at the top, and a pure `judge` that turns the answer into a [`Finding`]. `docs/doctor.md`
//! lists them all.
//!
//! # Layout
//! * [`kafka`]: brokers, topic, records, letters
//! * [`checkpoint`]: their place, and the newest; [`promise`]: whether that is ahead of the clock (pure)
//! * [`ports`], [`limits`]: this machine
//! * [`reach`]: whether an address can be reached
//! * [`questions`]: what a run asks of all this before it begins
//!
//! What a check finds, and the checks that others make too, are in [`checks`](crate::checks). A sink examines itself
//! ([`Connector::examine`](sink::Connector::examine)): the doctor knows no kind of sink.

pub mod checkpoint;
#[cfg(test)]
mod fixture;
pub mod kafka;
pub mod limits;
pub mod ports;
pub mod promise;
pub mod questions;
pub mod reach;

pub use crate::checks::{Finding, Verdict, counted};

use self::ports::Listening;
use crate::dataflow::Plan;
use crate::sink::Claim;

/// How the dataflow is meant to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Workers of all processes.
    pub workers: usize,
    /// Where this machine is going to listen.
    pub listens: Vec<Listening>,
}

/// Examines everything that a run of `plan` would meet, and changes nothing.
#[must_use]
pub fn examine(plan: &Plan, wishes: &Wishes) -> Vec<Finding> {
    let mut found = Vec::new();
    let newest = checkpoint::examine(plan, &mut found);
    let now_ms = jiff::Timestamp::now().as_millisecond();
    found.extend(newest.iter().flat_map(|newest| promise::judge(newest, now_ms, plan.event.max_ahead_ms)));
    let size = kafka::examine(plan, wishes, newest.as_ref(), &mut found);
    let claim = Claim { log: size.log, ..plan.claim(newest.as_ref()) };
    found.extend(plan.sink().examine(&plan.layout(), &claim, plan.event.max_ahead_ms).findings);
    found.extend(ports::check(&wishes.listens));
    found.push(limits::files(size.partitions, size.brokers));
    found.push(limits::memory());
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::questions::Consequence;
    use super::*;
    use crate::sink::registry::SINKS;

    /// What stands before the dot in the name of a check.
    const FIELDS: [&str; 8] = ["alerts", "checkpoint", "clock", "disk", "kafka", "letters", "limits", "sink"];

    /// The texts in the code of a folder that look like the name of a check; of the sinks' folder in the rooms that
    /// examine.
    fn named(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                named(&entry.path(), names);
                continue;
            }
            let path = entry.path().display().to_string();
            if path.contains("/src/sink/") && !path.contains("/examine") {
                continue;
            }
            let code = fs::read_to_string(entry.path()).unwrap();
            let texts = code.split('"').filter(|text| text.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c)));
            let is_check = |text: &&str| {
                text.split_once('.').is_some_and(|(field, rest)| {
                    let is_field = FIELDS.contains(&field) || SINKS.iter().any(|kind| kind.name == field);
                    is_field && !rest.contains('.')
                })
            };
            names.extend(texts.filter(is_check).map(str::to_owned));
        }
    }

    /// The checks of a row of the docs, and what a run does where one has failed.
    fn row(line: &str) -> Option<(Vec<&str>, &str)> {
        let cells: Vec<&str> = line.strip_prefix("| `")?.trim_end_matches(" |").split(" | ").collect();
        let &[checks, _, _, a_run] = &cells[..] else { return None };
        Some((checks.split("`, `").map(|check| check.trim_matches('`')).collect(), a_run))
    }

    #[test]
    fn every_check_has_a_row_in_the_docs_that_says_what_a_run_does() {
        let mut code = BTreeSet::new();
        for folder in ["src/doctor", "src/sink"] {
            named(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut code);
        }
        code.remove("checkpoint.path"); // the key of a dataflow file
        code.insert("ports".to_owned());
        let rows: Vec<_> = include_str!("../../docs/doctor.md").lines().filter_map(row).collect();
        let docs: BTreeSet<_> = rows.iter().flat_map(|(checks, _)| checks).map(|check| (*check).to_owned()).collect();
        assert_eq!(docs, code);
        for (checks, a_run) in rows {
            for check in checks {
                let check: &'static str = check.to_owned().leak(); // as constant as in the code
                let consequence = Finding::failed(check, "", "").consequence();
                match a_run {
                    "says so" => assert_eq!(consequence, Consequence::Says, "{check}"),
                    "–" | "waits" => {}
                    _ => {
                        assert!(a_run.starts_with("refused") && consequence == Consequence::Refuses, "{check}: {a_run}")
                    }
                }
            }
        }
    }
}
