//! An explanation, printed.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::fmt::friendly::{Designator, SpanPrinter};

use crate::cli::output::print as line;
use crate::cli::sheet::{Sheet, SheetCell};
use crate::cli::verify::Printed;
use crate::cli::when;
use crate::dataflow::Plan;
use crate::decimal;
use crate::decode::span;
use crate::plain::plain;
use crate::sink::document::iso;
use crate::time::EventTime;
use crate::verify::explain::{Ahead, Explanation, MeasuredTotal, RecordPlace, json};

/// Prints `explanation`.
pub fn print(plan: &Plan, explanation: &Explanation, format: Printed) {
    if format == Printed::Json {
        return line(json(plan, explanation));
    }
    line(format_args!("{}\n", plain(&explanation.id)));
    show("numbers", &document(explanation));
    show("from", &parts(explanation));
    if let Some(sum) = MeasuredTotal::first(plan).filter(|_| !explanation.largest.is_empty()) {
        show("largest contributions", &largest(plan, explanation, &sum));
    }
    if !explanation.reversals.is_empty() {
        show("taken back", &taken_back(plan, explanation));
    }
    if !explanation.late.is_empty() {
        show("too late", &late(plan, explanation));
    }
    line(sentences(explanation).join("\n"));
}

fn show(title: &str, sheet: &Sheet) {
    line(format_args!("{title}\n{}\n", sheet.shown()));
}

/// The document beside the recomputed numbers.
fn document(explanation: &Explanation) -> Sheet {
    let mut sheet = Sheet::new(["field", "in the sink", "recomputed"]);
    for number in &explanation.numbers {
        let cell = |value: &Option<_>| value.as_ref().map_or(SheetCell::Nothing, SheetCell::of);
        sheet.rows.push(vec![SheetCell::Text(number.field.clone()), cell(&number.found), cell(&number.expected)]);
    }
    sheet
}

/// What each partition has to do with it.
fn parts(explanation: &Explanation) -> Sheet {
    let names = [
        "partition",
        "first offset",
        "last offset",
        "counted",
        "filtered",
        "late",
        "duplicates",
        "dead letters between",
    ];
    let mut sheet = Sheet::new(names);
    for (partition, part) in &explanation.parts {
        let offset =
            |offset: Option<i64>| offset.map_or(SheetCell::Nothing, |offset| SheetCell::Text(offset.to_string()));
        sheet.rows.push(vec![
            SheetCell::Number(partition.to_string()),
            offset(part.range.map(|(first, _)| first)),
            offset(part.range.map(|(_, last)| last)),
            SheetCell::count(part.counted),
            SheetCell::count(part.filtered),
            SheetCell::count(part.late),
            SheetCell::count(part.duplicate),
            SheetCell::Text(reasons(&part.dead)),
        ]);
    }
    sheet
}

fn reasons(dead: &BTreeMap<&'static str, u64>) -> String {
    let reasons: Vec<_> = dead.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    if reasons.is_empty() { "0".to_owned() } else { reasons.join(", ") }
}

/// The events that add most.
fn largest(plan: &Plan, explanation: &Explanation, sum: &MeasuredTotal) -> Sheet {
    let mut sheet = placed(plan, &sum.name);
    for each in &explanation.largest {
        sheet.rows.push(place(plan, each.place, each.time, SheetCell::Number(decimal::text(each.units, sum.scale))));
    }
    sheet
}

/// The first events that take others back.
fn taken_back(plan: &Plan, explanation: &Explanation) -> Sheet {
    let sum = MeasuredTotal::first(plan);
    let name = sum.as_ref().map(|sum| &*sum.name);
    let names = ["partition", "offset", "order", "event time"].into_iter().chain(name);
    let mut sheet = Sheet::new(names);
    for each in &explanation.reversals {
        let order = each.order.map_or(SheetCell::Nothing, |order| SheetCell::Text(order.to_string()));
        let place = [
            SheetCell::Number(each.place.partition.to_string()),
            SheetCell::Text(each.place.offset.to_string()),
            order,
            SheetCell::Text(when::text(each.time, plan.zone())),
        ];
        let units = sum.as_ref().map(|sum| SheetCell::Number(decimal::text(each.units, sum.scale)));
        sheet.rows.push(place.into_iter().chain(units).collect());
    }
    sheet
}

/// The first events that came too late.
fn late(plan: &Plan, explanation: &Explanation) -> Sheet {
    let mut sheet = placed(plan, "closed before by");
    let printer = SpanPrinter::new().designator(Designator::Compact);
    for each in &explanation.late {
        let by = printer.duration_to_string(&SignedDuration::from_millis(each.by_ms));
        sheet.rows.push(place(plan, each.place, each.time, SheetCell::Text(by)));
    }
    sheet
}

/// A sheet of events with one thing more of each. Where they are elements of an array, which of them they are.
fn placed(plan: &Plan, more: &str) -> Sheet {
    let element = plan.event.explode.as_ref().map(|_| "element");
    Sheet::new(["partition", "offset"].into_iter().chain(element).chain(["event time", more]))
}

/// One of its rows.
fn place(plan: &Plan, place: RecordPlace, time: EventTime, more: SheetCell) -> Vec<SheetCell> {
    let number = |number: usize| SheetCell::Text(number.to_string());
    let element = plan.event.explode.as_ref().map(|_| place.element.map_or(SheetCell::Nothing, number));
    let record = [SheetCell::Number(place.partition.to_string()), SheetCell::Text(place.offset.to_string())];
    record.into_iter().chain(element).chain([SheetCell::Text(when::text(time, plan.zone())), more]).collect()
}

/// What there is to say of it as a whole.
fn sentences(explanation: &Explanation) -> Vec<String> {
    let mut lines = Vec::new();
    let late: u64 = explanation.parts.values().map(|part| part.late).sum();
    let counted: u64 = explanation.parts.values().map(|part| part.counted).sum();
    let cancels: u64 = explanation.parts.values().map(|part| part.cancels).sum();
    let largest = (counted - cancels, explanation.largest.len(), "count", "largest");
    let cancels = (cancels, explanation.reversals.len(), "take others back", "first");
    let late = (late, explanation.late.len(), "came too late", "first");
    for (all, shown, what, which) in [largest, cancels, late] {
        if shown > 0 && all > shown as u64 {
            lines.push(format!("{all} events {what}, of which the {which} {shown} are shown; --events prints all"));
        }
    }
    lines.extend(explanation.ahead.iter().map(ahead));
    if let Some(why) = &explanation.unreadable {
        lines.push(format!("the document in the sink is none that a run writes: {}", plain(why)));
    }
    if explanation.is_cut {
        lines.push("records are gone: the recomputed numbers are those of what is left".to_owned());
        lines.extend(explanation.gone.iter().map(|gone| format!("  {gone}")));
    }
    if !explanation.is_certain {
        lines.push("the window is open: events may still come".to_owned());
    }
    match (explanation.is_equal, explanation.unshown()) {
        (true, _) if explanation.numbers.iter().all(|number| number.expected.is_none()) => {
            lines.push("there is no such document, neither in the sink nor by the topic".to_owned());
        }
        (true, _) => lines.push("the document is what the topic says".to_owned()),
        (false, 0) if explanation.is_cut => lines.push("the document cannot be recomputed".to_owned()),
        (false, 0) => lines.push("the document is not what the topic says".to_owned()),
        (false, unshown) => lines.push(format!("the sink does not show {unshown} of these events yet")),
    }
    lines
}

/// An event that was refused because its time lies beyond its record's, by both of them.
fn ahead(ahead: &Ahead) -> String {
    let Ahead { place, time, sent } = ahead;
    let element = place.element.map_or("the event".into(), |element| format!("element {element} of the record"));
    format!(
        "{element} at offset {} of partition {} is not in it: its time, {}, is {} beyond the record's own timestamp, {}; see \
         event.max_ahead",
        place.offset,
        place.partition,
        iso(*time),
        span(time.0.saturating_sub(sent.0)),
        iso(*sent)
    )
}
