//! The events of a test: records, each as its payload alone or as a table with what else is known of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::tz::TimeZone;

use super::{PARTITIONS_MAX, json, table, time};
use crate::case::TestRecord;
use mare_model::position::{Offset, Partition};
use mare_model::time::EventTime;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Node, Value};

/// How the array is written, for a remedy.
const EXAMPLE: &str = r#"['{"id": 1}', { json = { id = 1 }, partition = 1 }]"#;
/// The keys that say what a record's payload is, of which it has one.
const PAYLOADS: [&str; 4] = ["payload", "payload_base64", "json", "tombstone"];

/// The records of a test, one at least. Those without a timestamp have that of `clock`.
pub(super) fn records(
    section: &Section<'_>,
    clock: Option<EventTime>,
    zone: &TimeZone,
    report: &mut Report,
) -> Option<Vec<TestRecord>> {
    let node = section.required("events", EXAMPLE, report)?;
    let Value::Array(items) = &node.value else {
        return section.wrong_type("events", node, "an array", EXAMPLE, report);
    };
    if items.is_empty() {
        report.refuse(node.mark, "a test without an event", format!("write some: `events = {EXAMPLE}`"));
        return None;
    }
    let mut next: BTreeMap<i32, i64> = BTreeMap::new();
    let read = |item| {
        let record = record(item, clock, zone, report)?;
        let offset = next.entry(record.partition.0).or_default();
        *offset += 1;
        Some(TestRecord { offset: Offset(*offset - 1), ..record })
    };
    let records: Vec<Option<TestRecord>> = items.iter().map(read).collect();
    records.into_iter().collect()
}

/// One record, at offset 0.
fn record(item: &Node, clock: Option<EventTime>, zone: &TimeZone, report: &mut Report) -> Option<TestRecord> {
    let timestamp_ms = clock.map(|clock| clock.0);
    let plain = TestRecord { partition: Partition(0), offset: Offset(0), timestamp_ms, key: None, payload: None };
    if let Value::String(payload) = &item.value {
        return Some(TestRecord { payload: Some(payload.clone().into_bytes()), ..plain });
    }
    let section = table(item, "test.events", "`{ payload = '…', partition = 1 }`, or as the payload alone", report)?;
    section.only(&[&PAYLOADS[..], &["partition", "key", "timestamp"]].concat(), report);
    let payload = payload(&section, report);
    let partition = partition(&section, report);
    let key = section.table.entry("key").map(|entry| section.text_of("key", &entry.node, "42", report));
    let timestamp =
        section.table.entry("timestamp").map(|entry| time::of(&section, "timestamp", &entry.node, zone, report));
    let key = if let Some(key) = key { Some(key?.value) } else { None };
    let timestamp_ms = if let Some(timestamp) = timestamp { Some(timestamp?.0) } else { plain.timestamp_ms };
    Some(TestRecord { partition: partition?, key, timestamp_ms, payload: payload?, ..plain })
}

/// The payload of a record; nothing of a tombstone. `None` alone means that it is refused.
fn payload(section: &Section<'_>, report: &mut Report) -> Option<Option<Vec<u8>>> {
    let given = section.table.entries.iter().filter(|entry| PAYLOADS.contains(&&*entry.key.value));
    let given: Vec<_> = given.collect();
    let &[entry] = &given[..] else {
        let message = if given.is_empty() { "an event without a payload" } else { "an event with several payloads" };
        report.refuse(
            section.mark,
            message,
            "give it one of `payload`, `payload_base64`, `json` and `tombstone = true`",
        );
        return None;
    };
    match (&*entry.key.value, &entry.node.value) {
        ("payload", Value::String(text)) => Some(Some(text.clone().into_bytes())),
        ("payload_base64", Value::String(text)) => base64(entry.node.mark, text, report).map(Some),
        ("json", Value::Table(table)) => json::object(table, report).map(|json| Some(json.into_bytes())),
        ("tombstone", Value::Boolean(true)) => Some(None),
        ("json", _) => section.wrong_type("json", &entry.node, "a table", "{ id = 1 }", report),
        ("tombstone", _) => section.wrong_type("tombstone", &entry.node, "`true`", "true", report),
        (key, _) => section.wrong_type(key, &entry.node, "a string", "'…'", report),
    }
}

/// The bytes that a text in base64 stands for.
fn base64(mark: mare_settings::tree::Mark, text: &str, report: &mut Report) -> Option<Vec<u8>> {
    let bytes = BASE64_STANDARD.decode(text).ok();
    if bytes.is_none() {
        report.refuse(
            mark,
            "`test.events.payload_base64` is no base64",
            "take it from `mare topic read --format json`",
        );
    }
    bytes
}

/// The partition of a record, the first unless it says another.
fn partition(section: &Section<'_>, report: &mut Report) -> Option<Partition> {
    let Some(entry) = section.table.entry("partition") else { return Some(Partition(0)) };
    match entry.node.value {
        Value::Integer(number) if (0..PARTITIONS_MAX).contains(&number) => i32::try_from(number).ok().map(Partition),
        _ => section.wrong_type("partition", &entry.node, "a partition, counted from 0", "1", report),
    }
}
