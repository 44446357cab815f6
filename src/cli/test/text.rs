//! What `mare test` prints for a person. Pure.

use std::path::Path;

use console::Style;
use jiff::tz::TimeZone;

use super::Performed;
use crate::cli::hang::hung;
use crate::cli::when;
use crate::dataflow::Plan;
use crate::plain::plain;
use crate::rehearsal::compare::NamedValues;
use crate::rehearsal::{DataflowTest, Deviation, RecordFate, Rehearsal};
use crate::sink::document::FieldValue;
use crate::sink::ranking::{RANKED_TOTAL, RANKED_VALUE, Ranked};

/// The tests of a dataflow: a line for each, and below it what differs, and which records are not counted, and why.
///
/// On a terminal of so many `columns` long lines hang below their beginning.
pub(super) fn text(file: &Path, performed: &Performed, coloured: bool, columns: Option<usize>) -> String {
    let mut lines = vec![format!("{}: {}", file.display(), performed.plan.name)];
    if performed.tests.is_empty() {
        lines.push(format!("{}no tests", name("none", Style::new().yellow().bold(), coloured)));
    }
    for (test, came) in &performed.tests {
        lines.extend(one(test, came, &performed.plan, coloured, columns));
    }
    lines.join("\n")
}

/// One test.
fn one(test: &DataflowTest, came: &Rehearsal, plan: &Plan, coloured: bool, columns: Option<usize>) -> Vec<String> {
    let is_good = came.deviations.is_empty();
    let verdict = match is_good {
        true => name("ok", Style::new().green(), coloured),
        false => name("failed", Style::new().red().bold(), coloured),
    };
    let mut lines = hung(&verdict, &plain(&test.name), columns);
    if !is_good {
        let said = came.deviations.iter().map(|deviation| sentence(deviation, plan.zone()));
        let fates =
            test.records.iter().zip(&came.fates).enumerate().filter(|(_, (_, fate))| **fate != RecordFate::Counted);
        let said = said.chain(fates.map(|(index, (record, fate))| {
            let place = format!("event {} (partition {}, offset {})", index + 1, record.partition, record.offset);
            format!("{place} is {}", reason(fate, plan.retract.is_some()))
        }));
        lines.extend(said.flat_map(|sentence| hung(&" ".repeat(WIDTH), &sentence, columns)));
    }
    lines
}

/// How wide the verdict of a test is.
const WIDTH: usize = 9;

/// A verdict in its colour, padded.
fn name(name: &str, style: Style, coloured: bool) -> String {
    let padded = format!("{name:<7}");
    format!("{}  ", style.force_styling(coloured).apply_to(padded))
}

/// What has become of a record, and why, where orders may be cancelled or not.
fn reason(fate: &RecordFate, cancels: bool) -> String {
    let name = match fate {
        RecordFate::Dead { reason, .. } => format!("a dead letter, {reason}"),
        RecordFate::Duplicate if cancels => "a duplicate: its id was counted before, or cancelled".to_owned(),
        RecordFate::Duplicate => "a duplicate: its id was counted before in this partition and window".to_owned(),
        RecordFate::Filtered => "filtered: the dataflow does not want it".to_owned(),
        RecordFate::Several(_) => "several events".to_owned(),
        RecordFate::Counted | RecordFate::Late(_) => fate.name().to_owned(),
    };
    fate.detail().map_or(name.clone(), |detail| format!("{name}: {detail}"))
}

/// What differs, on a line.
fn sentence(deviation: &Deviation, zone: &TimeZone) -> String {
    match deviation {
        Deviation::Field { document, field, expected, found } => {
            let (expected, found) = (shown(expected, zone), shown(found, zone));
            format!("{}: {field} is {found}, and {expected} is expected", title(document, zone))
        }
        Deviation::Missing(document) => format!("no document {} comes, and one is expected", table(document, zone)),
        Deviation::Unexpected(document) => format!("a document comes that is not expected: {}", table(document, zone)),
        Deviation::Count { what, expected, found } => format!("{what} is {found}, and {expected} is expected"),
        Deviation::Workers(workers) => {
            format!(
                "{workers} workers come to something else than one does: this is a mistake in mare, please report it"
            )
        }
    }
}

/// The window and the group of a document.
fn title(document: &NamedValues, zone: &TimeZone) -> String {
    let values: Vec<String> = document.iter().map(|(_, value)| shown(value, zone)).collect();
    values.join(" ")
}

/// A document as a test has it.
fn table(document: &NamedValues, zone: &TimeZone) -> String {
    let fields: Vec<String> = document.iter().map(|(name, value)| format!("{name} = {}", shown(value, zone))).collect();
    format!("{{ {} }}", fields.join(", "))
}

/// A value as a test has it.
fn shown(value: &FieldValue, zone: &TimeZone) -> String {
    match value {
        FieldValue::Time(time) => when::text(*time, zone),
        FieldValue::Null => "{ null = true }".to_owned(),
        FieldValue::Ranking(all) => {
            let ranked = |Ranked { value, total }: &Ranked| {
                format!("{{ {RANKED_VALUE} = {}, {RANKED_TOTAL} = {} }}", value.json(), total.json())
            };
            format!("[{}]", all.iter().map(ranked).collect::<Vec<_>>().join(", "))
        }
        other => other.json(),
    }
}
