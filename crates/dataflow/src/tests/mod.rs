//! Whole dataflow files: accepted ones as plans, and refused ones with the line, the message and the remedy.

mod alerts;
mod calendars;
mod computed;
mod connections;
mod cumulative;
mod dashboard;
mod explode;
mod expressions;
mod fingerprints;
mod hopping;
mod idle;
mod letters;
mod lookups;
mod none;
mod overriding;
mod paths;
mod plans;
mod refusals;
mod rendering;
mod retractions;
mod session;
mod shapes;
mod summaries;
mod views;
mod webhooks;

use super::fixture::ORDERS as GOOD;
use super::fixture::parse;
use super::{Invalid, Overrides, Plan};

fn no_env(_: &str) -> Option<String> {
    None
}

/// [`parse`] of a text with overrides and an empty environment.
fn parsed(text: &str, overrides: &[&str]) -> Result<Plan, Invalid> {
    parse(text, "test.toml", &Overrides::new(overrides.iter().copied()), &no_env)
}

/// The good file with one of its lines replaced.
fn edited(line: &str, replacement: &str) -> String {
    assert_eq!(GOOD.matches(line).count(), 1, "`{line}` must occur once");
    GOOD.replacen(line, replacement, 1)
}

/// The remedy for an unknown key lists the known ones; the reference must have each of them.
#[test]
fn the_reference_lists_every_key() {
    let reference = include_str!("../../../../docs/format.md");
    let tables = [
        "",
        "source.kafka",
        "event",
        "window",
        "sink.mongodb",
        "sink.sqlite",
        "epochs",
        "checkpoint",
        "dedup",
        "retract",
        "late",
        "dashboard",
        "alerts",
    ];
    for table in tables {
        let path = if table.is_empty() { "zz".to_owned() } else { format!("{table}.zz") };
        let base = if table.starts_with("sink") { GOOD.split("[sink").next().unwrap_or_default() } else { GOOD };
        let invalid = parsed(base, &[&format!("{path}=1")]).unwrap_err();
        let known = invalid.problems().iter().find(|problem| problem.message().contains("unknown key")).unwrap();
        let keys = known.remedy().trim_start_matches("the only one here is ");
        for key in keys.trim_start_matches("the known ones here are ").split(", ") {
            assert!(reference.contains(key) || reference.contains(&format!("[{}", key.trim_matches('`'))), "{key}");
        }
    }
}
