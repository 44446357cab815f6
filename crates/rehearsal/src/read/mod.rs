//! From the tables `[[test]]` of a file to tests. Pure. Each check goes on after a problem, so that all are found at
//! once.
//!
//! # Layout
//! * `mod`: a test
//! * [`event`]: its events; [`json`]: one that is written as a table
//! * [`expected`]: its documents; [`value`]: values of their fields
//! * `time`: times

mod event;
mod expected;
mod json;
mod time;
mod value;

pub(super) use expected::names;

use super::case::{DataflowTest, Expectation, ExpectedDead, TestRecord};
use mare_dataflow::{Plan, TESTS};
use mare_decode::Reject;
use mare_settings::diagnostic::Report;
use mare_settings::quantity;
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Node, Value};

/// The most partitions that a test may ask for.
const PARTITIONS_MAX: i64 = 1000;

/// The keys of a test.
const KEYS: [&str; 10] =
    ["name", "clock", "partitions", "events", "documents", "counted", "filtered", "late", "duplicate", "dead"];

/// The tests of a file.
pub(super) fn tests(root: &Section<'_>, plan: &Plan, report: &mut Report) -> Vec<DataflowTest> {
    let Some(entry) = root.table.entry(TESTS) else { return Vec::new() };
    let Value::Array(items) = &entry.node.value else {
        let message = format!("`{TESTS}` must be an array of tables, not {}", entry.node.value.kind());
        report.refuse(entry.node.mark, message, "write each test below a header `[[test]]`");
        return Vec::new();
    };
    let mut names = Vec::new();
    items.iter().filter_map(|item| test(item, plan, &mut names, report)).collect()
}

/// A table in an array; `path` is how its keys are called, `header` how one is written.
fn table<'a>(item: &'a Node, path: &str, header: &str, report: &mut Report) -> Option<Section<'a>> {
    let Value::Table(table) = &item.value else {
        let message = format!("`{path}` must be a table, not {}", item.value.kind());
        report.refuse(item.mark, message, format!("write it like {header}"));
        return None;
    };
    Some(Section { path: path.to_owned(), mark: item.mark, table })
}

/// One test; `names` are those of the tests before.
fn test(item: &Node, plan: &Plan, names: &mut Vec<String>, report: &mut Report) -> Option<DataflowTest> {
    let section = table(item, TESTS, "`[[test]]`, with its keys below", report)?;
    let view: &[&str] = if plan.outputs.len() > 1 { &["view"] } else { &[] };
    section.only(&[&KEYS[..], view].concat(), report);
    let name = name(&section, names, report);
    let view = plan.view_of(&section, report)?;
    let plan = &plan.of(view);
    let clock = time::if_any(&section, "clock", plan.zone(), report);
    let records = event::records(&section, clock, plan.zone(), report);
    let partitions = partitions(&section, records.as_deref().unwrap_or_default(), report);
    let documents = expected::documents(&section, plan, report);
    let [filtered, late, duplicate] = ["filtered", "late", "duplicate"].map(|key| number(&section, key, report));
    let counted = section.table.entry("counted").map(|_| number(&section, "counted", report));
    let dead = dead(&section, report);
    let (documents, dead) = (documents?, dead?);
    let (filtered, late, duplicate) = (filtered?, late?, duplicate?);
    let expected = Expectation { documents, counted: counted.flatten(), filtered, late, duplicate, dead };
    Some(DataflowTest { name: name?, view, partitions: partitions?, records: records?, expected })
}

/// A test's name, which no other test of the file has.
fn name(section: &Section<'_>, names: &mut Vec<String>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("name", "a late sale is not counted", report)?;
    if value.trim().is_empty() || names.contains(&value) {
        let message = if value.trim().is_empty() {
            "a test without a name".to_owned()
        } else {
            format!("two tests are called `{value}`")
        };
        report.refuse(mark, message, "say in its name what the test shows");
        return None;
    }
    names.push(value.clone());
    Some(value)
}

/// How many partitions there are: as many as the events need, unless the test says more.
fn partitions(section: &Section<'_>, records: &[TestRecord], report: &mut Report) -> Option<usize> {
    let needed = records.iter().map(|record| usize::try_from(record.partition.0).unwrap_or_default() + 1).max();
    let needed = needed.unwrap_or(1);
    let partitions = quantity::count(section, "partitions", needed, PARTITIONS_MAX, report)?;
    if partitions < needed {
        let mark = section.table.entry("partitions").map_or(section.mark, |entry| entry.node.mark);
        let message = format!("`{TESTS}.partitions` is {partitions}, and an event is of partition {}", needed - 1);
        report.refuse(mark, message, "partitions are counted from 0: write a larger number, or leave it out");
        return None;
    }
    Some(partitions)
}

/// A number of records; 0 if the key is not there.
fn number(section: &Section<'_>, key: &str, report: &mut Report) -> Option<u64> {
    let Some(entry) = section.table.entry(key) else { return Some(0) };
    match entry.node.value {
        Value::Integer(number) if number >= 0 => u64::try_from(number).ok(),
        _ => section.wrong_type(key, &entry.node, "a number of records", "1", report),
    }
}

/// How many records are no event: a number, or a table of numbers by reason.
fn dead(section: &Section<'_>, report: &mut Report) -> Option<ExpectedDead> {
    let Some(entry) = section.table.entry("dead") else { return Some(ExpectedDead::Any(0)) };
    let Value::Table(_) = entry.node.value else { return number(section, "dead", report).map(ExpectedDead::Any) };
    let reasons = section.section_if_any("dead", report)?;
    reasons.only(&Reject::REASONS, report);
    let numbers: Vec<u64> = Reject::REASONS.iter().map_while(|reason| number(&reasons, reason, report)).collect();
    numbers.try_into().ok().map(ExpectedDead::ByReason)
}
