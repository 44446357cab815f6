//! An explanation as JSON, for `mare explain --format json` and for the HTTP API. The shape may be relied on.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Contribution, Explanation, Late, MeasuredTotal, PartitionShare, RecordPlace, Reversal};
use crate::compare::Numbers;
use mare_dataflow::Plan;
use mare_model::decimal;
use mare_model::json::{number, spaced};
use mare_sink::document::iso;

#[derive(Serialize)]
struct Shape<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    equal: bool,
    certain: bool,
    recomputable: bool,
    not_shown_yet: u64,
    unreadable: Option<&'a str>,
    numbers: Numbers<'a>,
    partitions: Vec<Partition<'a>>,
    largest_by: Option<&'a str>,
    largest: Vec<Largest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken_back: Vec<TakenBack>,
    late: Vec<TooLate>,
}

#[derive(Serialize)]
struct Partition<'a> {
    partition: i32,
    first: Option<i64>,
    last: Option<i64>,
    counted: u64,
    #[serde(skip_serializing_if = "is_none")]
    cancels: u64,
    filtered: u64,
    late: u64,
    duplicate: u64,
    dead: &'a BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Largest {
    partition: i32,
    offset: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<usize>,
    time: String,
    adds: Value,
}

#[derive(Serialize)]
struct TakenBack {
    partition: i32,
    offset: i64,
    order: Option<i64>,
    time: String,
    adds: Value,
}

/// Whether a number need not be said, for nothing is taken back in most dataflows.
fn is_none(cancels: &u64) -> bool {
    *cancels == 0
}

#[derive(Serialize)]
struct TooLate {
    partition: i32,
    offset: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<usize>,
    time: String,
    late_by_ms: i64,
}

/// The explanation as one JSON object.
#[must_use]
pub fn json(plan: &Plan, explanation: &Explanation) -> String {
    let sum = MeasuredTotal::first(plan);
    let scale = sum.as_ref().map_or(0, |sum| sum.scale);
    let partitions = explanation.parts.iter().map(|(partition, part)| Partition::of(*partition, part));
    let largest = explanation.largest.iter().map(|each| Largest::of(each, scale));
    spaced(&Shape {
        id: &explanation.id,
        equal: explanation.is_equal,
        certain: explanation.is_certain,
        recomputable: !explanation.is_cut,
        not_shown_yet: explanation.unshown(),
        unreadable: explanation.unreadable.as_deref(),
        numbers: Numbers(&explanation.numbers),
        partitions: partitions.collect(),
        largest_by: sum.as_ref().map(|sum| &*sum.name),
        largest: largest.collect(),
        taken_back: explanation.reversals.iter().map(|each| TakenBack::of(each, scale)).collect(),
        late: explanation.late.iter().map(TooLate::of).collect(),
    })
}

impl<'a> Partition<'a> {
    fn of(partition: i32, part: &'a PartitionShare) -> Partition<'a> {
        let PartitionShare { counted, cancels, filtered, late, duplicate, dead, range, .. } = part;
        let (first, last) = range.unzip();
        let [counted, cancels, filtered, late, duplicate] = [counted, cancels, filtered, late, duplicate].map(|it| *it);
        Partition { partition, first, last, counted, cancels, filtered, late, duplicate, dead }
    }
}

impl Largest {
    fn of(Contribution { place, time, units }: &Contribution, scale: u8) -> Largest {
        let adds = number(&decimal::text(*units, scale));
        let RecordPlace { partition, offset, element } = *place;
        Largest { partition, offset, element, time: iso(*time), adds }
    }
}

impl TakenBack {
    fn of(Reversal { place, order, time, units }: &Reversal, scale: u8) -> TakenBack {
        let adds = number(&decimal::text(*units, scale));
        TakenBack { partition: place.partition, offset: place.offset, order: *order, time: iso(*time), adds }
    }
}

impl TooLate {
    fn of(Late { place, time, by_ms }: &Late) -> TooLate {
        let RecordPlace { partition, offset, element } = *place;
        TooLate { partition, offset, element, time: iso(*time), late_by_ms: *by_ms }
    }
}
