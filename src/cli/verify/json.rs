//! The verdict as JSON. The shape may be relied on.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::when;
use crate::dataflow::Plan;
use crate::extent::HeldBack;
use crate::json::spaced;
use crate::verify::audit::{Audited, Incomparable};
use crate::verify::compare::{Mismatch, Numbers, Wrong};
use crate::verify::recount::Counts;
use crate::verify::topic::RawSpan;

#[derive(Serialize)]
struct Shape<'a> {
    dataflow: &'a str,
    /// Of a dataflow with several.
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<&'a str>,
    exact: bool,
    compared: u64,
    of: u64,
    equal: u64,
    differing: u64,
    missing: u64,
    extra: u64,
    unreadable: u64,
    open: u64,
    not_recomputable: u64,
    live: Option<&'static str>,
    not_recomputable_until: Option<String>,
    gone: Vec<String>,
    warnings: &'a [String],
    partitions: Vec<Partition<'a>>,
    documents: Vec<Document<'a>>,
}

#[derive(Serialize)]
struct Partition<'a> {
    partition: i32,
    from: i64,
    to: i64,
    read: u64,
    counted: u64,
    filtered: u64,
    late: u64,
    duplicate: u64,
    held_back: i64,
    dead: &'a BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    fields: Numbers<'a>,
}

/// The verdict as one JSON object, with at most `limit` documents that differ.
pub(super) fn json(plan: &Plan, verdict: &Audited, limit: usize) -> String {
    let [differing, missing, extra, unreadable] = Audited::WRONG.map(|name| verdict.count(name));
    spaced(&Shape {
        dataflow: &plan.name,
        view: plan.names().next(),
        exact: verdict.is_exact(),
        compared: verdict.compared(),
        of: verdict.documents(),
        equal: verdict.equal,
        differing,
        missing,
        extra,
        unreadable,
        open: verdict.open,
        not_recomputable: verdict.unknown,
        live: verdict.live.map(|live| match live {
            Incomparable::Told => "told",
            Incomparable::Moving => "moving",
            Incomparable::Behind(_) => "behind",
        }),
        not_recomputable_until: verdict.cut.map(|cut| when::text(cut, plan.zone())),
        gone: verdict.gone.iter().map(ToString::to_string).collect(),
        warnings: &verdict.warnings,
        partitions: verdict
            .partitions
            .iter()
            .map(|(partition, read)| Partition::of(*partition, read, &verdict.held))
            .collect(),
        documents: verdict.findings.iter().take(limit).map(Document::of).collect(),
    })
}

impl<'a> Partition<'a> {
    fn of(partition: i32, (span, counts): &'a (RawSpan, Counts), held: &[HeldBack]) -> Partition<'a> {
        let Counts { read, counted, filtered, late, duplicate, dead, .. } = counts;
        let (read, counted, filtered, late, duplicate) = (*read, *counted, *filtered, *late, *duplicate);
        let held = held.iter().filter(|held| held.partition.0 == partition);
        let held_back = held.map(|held| held.ends.log.0 - held.ends.stable.0).sum();
        Partition {
            partition,
            from: span.start,
            to: span.end,
            read,
            counted,
            filtered,
            late,
            duplicate,
            held_back,
            dead,
        }
    }
}

impl<'a> Document<'a> {
    fn of(finding: &'a Mismatch) -> Document<'a> {
        let why = if let Wrong::Unreadable(why, _) = &finding.wrong { Some(why.as_str()) } else { None };
        Document { id: &finding.id, is: finding.wrong.name(), why, fields: Numbers(finding.wrong.differences()) }
    }
}
