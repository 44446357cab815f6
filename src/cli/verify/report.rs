//! The verdict, printed.

use jiff::tz::TimeZone;

use super::Printed;
use super::json::json;
use crate::cli::output::print as line;
use crate::cli::sheet::{Sheet, SheetCell, with_commas};
use crate::cli::when;
use crate::dataflow::Plan;
use crate::engine::lateness::share;
use crate::plain::plain;
use crate::sink::document::FieldValue;
use crate::time::EventTime;
use crate::verify::audit::{Audited, Incomparable};
use crate::verify::compare::{Difference, Wrong};
use crate::verify::recount::Counts;

/// Prints `verdict`, with at most `limit` documents that differ.
pub fn print(plan: &Plan, verdict: &Audited, limit: usize, format: Printed) {
    match format {
        Printed::Json => line(json(plan, verdict, limit)),
        Printed::Table => {
            line(format_args!("{}\n", headline(verdict)));
            line(format_args!("{}\n", partitions(verdict).shown()));
            if !verdict.findings.is_empty() {
                let findings = findings(verdict, limit).shown();
                let reasons = reasons(verdict, limit).into_iter().map(|reason| format!("{reason}\n"));
                line(format_args!("{findings}\n{}", reasons.collect::<String>()));
            }
            let sentences = sentences(plan, verdict);
            if !sentences.is_empty() {
                line(sentences.join("\n"));
            }
        }
    }
}

/// What was read of each partition, and what became of it.
fn partitions(verdict: &Audited) -> Sheet {
    let names = ["partition", "offsets", "records", "counted", "filtered", "late", "duplicates", "dead letters"];
    let mut sheet = Sheet::new(names);
    let mut sum = [0; 6];
    for (partition, (span, counts)) in &verdict.partitions {
        let Counts { read, counted, filtered, late, duplicate, dead, .. } = counts;
        let numbers = [*read, *counted, *filtered, *late, *duplicate, dead.values().sum()];
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        let offsets = format!("{}..{}", span.start, span.end);
        let place = [SheetCell::Number(partition.to_string()), SheetCell::Text(offsets)];
        sheet.rows.push(place.into_iter().chain(numbers.map(SheetCell::count)).collect());
    }
    let all = [SheetCell::Text("all".to_owned()), SheetCell::Text(String::new())];
    sheet.sum = (sheet.rows.len() > 1).then(|| all.into_iter().chain(sum.map(SheetCell::count)).collect());
    sheet
}

/// The documents that are not as they must be, a line for each field.
fn findings(verdict: &Audited, limit: usize) -> Sheet {
    let mut sheet = Sheet::new(["document", "is", "field", "in the sink", "recomputed"]);
    for finding in verdict.findings.iter().take(limit) {
        let name = [SheetCell::Text(finding.id.clone()), SheetCell::Text(finding.wrong.name().to_owned())];
        for Difference { field, found, expected } in finding.wrong.differences() {
            let numbers = [SheetCell::Text(field.clone()), cell(found.as_ref()), cell(expected.as_ref())];
            sheet.rows.push(name.clone().into_iter().chain(numbers).collect());
        }
        if finding.wrong.differences().is_empty() {
            sheet
                .rows
                .push(name.into_iter().chain([SheetCell::Nothing, SheetCell::Nothing, SheetCell::Nothing]).collect());
        }
    }
    sheet
}

/// Why documents cannot be read, a line for each.
fn reasons(verdict: &Audited, limit: usize) -> Vec<String> {
    let findings = verdict.findings.iter().take(limit);
    let reasons = findings.filter_map(|finding| match &finding.wrong {
        Wrong::Unreadable(why, _) => Some(format!(" {}: {}", plain(&finding.id), plain(why))),
        _ => None,
    });
    let more = verdict.findings.len().saturating_sub(limit);
    reasons.chain((more > 0).then(|| format!(" and {more} more documents; --limit 0 prints all"))).collect()
}

fn cell(value: Option<&FieldValue>) -> SheetCell {
    value.map_or(SheetCell::Nothing, SheetCell::of)
}

fn count(number: u64) -> String {
    with_commas(&number.to_string())
}

/// What was compared, and how much of what there is that was.
fn headline(verdict: &Audited) -> String {
    let wrong = Audited::WRONG.map(|name| format!("{} {name}", count(verdict.count(name))));
    let (compared, all) = (count(verdict.compared()), count(verdict.documents()));
    format!("{compared} of {all} documents compared: {} equal, {}", count(verdict.equal), wrong.join(", "))
}

/// The verdict in words, behind its headline.
pub(super) fn sentences(plan: &Plan, verdict: &Audited) -> Vec<String> {
    let zone = plan.zone();
    let mut lines = Vec::new();
    if let Some(live) = verdict.live {
        let why = match live {
            Incomparable::Told => "as --live says".to_owned(),
            Incomparable::Moving => "a run is at work".to_owned(),
            Incomparable::Behind(events) => format!("the sink does not show {} counted events yet", count(events)),
        };
        let open = count(verdict.open);
        lines.push(format!(
            "{open} open, not compared: {why}; windows are certain that close by {}",
            at(verdict.certain, zone)
        ));
    }
    if let Some(cut) = verdict.cut {
        let unknown = count(verdict.unknown);
        let until =
            if cut == EventTime::MAX { "of any time".to_owned() } else { format!("that start by {}", at(cut, zone)) };
        lines
            .push(format!("{unknown} cannot be recomputed: records are gone, and with them events of windows {until}"));
    }
    lines.extend(verdict.gone.iter().map(|gone| format!("  {gone}")));
    let log = plan.source.describe().name;
    lines.extend(verdict.held.iter().map(|held| format!("not read: {}", held.describe(&log))));
    lines.extend(late(verdict));
    lines.extend(verdict.warnings.iter().map(|warning| format!("warning: {warning}")));
    if verdict.is_exact() {
        lines.push("every document that was compared is exact".to_owned()); // else the failure says what is the matter
    }
    lines
}

/// How many events were late, in all: what no comparison of documents tells.
fn late(verdict: &Audited) -> Option<String> {
    let counts = verdict.partitions.values().map(|(_, counts)| counts);
    let (late, events) = counts.fold((0, 0), |(late, events), counts| {
        (late + counts.late, events + counts.late + counts.counted + counts.duplicate)
    });
    (late > 0).then(|| format!("{} of {} events were late ({})", count(late), count(events), share(late, events)))
}

fn at(time: EventTime, zone: &TimeZone) -> String {
    if time == EventTime::MIN { "no time yet: a partition is empty".to_owned() } else { when::text(time, zone) }
}
