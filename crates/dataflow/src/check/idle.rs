//! `idle` and `idle_close` of `[event]`: when a partition that has nothing to say holds no window open any more.

use std::time::Duration;

use crate::plan::Output;
use mare_model::schema::IdlePlan;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Value};
use mare_sink::Registry;

/// How long nothing must have come. Brokers are asked every few seconds, so less would promise too much.
const IDLE: Bounds = Bounds { least_ms: 1_000, most_ms: 366 * 86_400_000, said: "from 1s to 366 days" };

/// What the table says; nothing if partitions are waited for however silent they are.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<Option<Marked<IdlePlan>>> {
    let closes = closes(section, report)?;
    let Some(entry) = section.table.entry("idle") else {
        if let Some(entry) = section.table.entry("idle_close").filter(|_| closes) {
            let message = "`event.idle_close` needs `event.idle`: how long all partitions must have been silent";
            report.refuse(entry.key.mark, message, "add `idle = \"30s\"`, or remove `idle_close`");
            return None;
        }
        return Some(None);
    };
    let text = section.text_of("idle", &entry.node, "30s", report)?;
    let after_ms = quantity::duration(section, "idle", &text, IDLE, report)?;
    let after = Duration::from_millis(after_ms.unsigned_abs());
    Some(Some(Marked { value: IdlePlan { after, closes }, mark: entry.node.mark }))
}

/// Refuses it over documents that have no control document beside them, which is where the decisions are written down.
pub(super) fn check(
    idle: Option<Marked<IdlePlan>>,
    outputs: &[Output],
    sinks: Registry,
    report: &mut Report,
) -> Option<Option<IdlePlan>> {
    let Some(Marked { value, mark }) = idle else { return Some(None) };
    if let Some(first) = outputs.first().filter(|first| !first.sink.abilities().is_readable) {
        let title = sinks.title(first.sink.describe().kind);
        let message =
            format!("`event.idle` writes down what it decides beside the documents, and {title} keeps nothing");
        report.refuse(mark, message, format!("write to {}, or remove `idle`", sinks.headers()));
        return None;
    }
    Some(Some(value))
}

/// Whether time goes on by the clock while all partitions are silent.
fn closes(section: &Section<'_>, report: &mut Report) -> Option<bool> {
    let Some(entry) = section.table.entry("idle_close") else { return Some(false) };
    match &entry.node.value {
        Value::Boolean(closes) => Some(*closes),
        _ => section.wrong_type("idle_close", &entry.node, "a boolean", "true", report),
    }
}
