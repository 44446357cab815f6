//! `[window]`: how long windows are, how long they stay open, and under which names documents carry them.

use jiff::ToSpan;
use jiff::fmt::friendly::SpanParser;

use super::session::session;
use super::zone;
use mare_model::time::{Assigner, Calendar, CalendarUnit, CalendarZone, Windows};
use mare_model::view::WindowNames;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Value};

/// What could be made out of `[window]`.
#[derive(Clone, Debug)]
pub(super) struct WindowTable {
    /// The windows.
    pub windows: Option<Windows>,
    /// The names, if all that are given are strings.
    pub names: Option<WindowNames>,
    /// The names that are strings, each behind its key, for the check of document names.
    pub marked_names: Vec<(&'static str, Marked<String>)>,
}

/// The windows of a dataflow, whose times are of the zone `event_zone`, if that is known. A new kind of window is read
/// here.
pub(super) fn read(section: &Section<'_>, event_zone: Option<&str>, report: &mut Report) -> Option<WindowTable> {
    if section.table.entry("none").is_some() {
        return none(section, report);
    }
    section.only(
        &[&KINDS.map(|(kind, _)| kind)[..], &["none", "every", "zone", "offset", "lateness", "start", "end", "final"]]
            .concat(),
        report,
    );
    let windows = windows(section, event_zone, report);
    let lateness = section.text_or("lateness", "0s", report);
    let lateness_ms = lateness.and_then(|text| quantity::duration(section, "lateness", &text, Bounds::WAIT, report));
    let start = section.text_or("start", "window_start", report);
    let end = section.text_or("end", "window_end", report);
    let closed =
        section.table.entry("final").map(|entry| section.text_of("final", &entry.node, "window_final", report));
    let names = names(start.as_ref(), end.as_ref(), closed.as_ref());
    let marked_names = [("start", start), ("end", end), ("final", closed.flatten())];
    let marked_names = marked_names.into_iter().filter_map(|(key, name)| Some((key, name?)));
    let windows = windows.zip(lateness_ms).map(|(windows, lateness_ms)| Windows { lateness_ms, ..windows });
    Some(WindowTable { windows, names, marked_names: marked_names.collect() })
}

/// No windows: one without an end, of which nothing is to be said.
fn none(section: &Section<'_>, report: &mut Report) -> Option<WindowTable> {
    section.only(&["none"], report);
    let node = section.required("none", "true", report)?;
    match node.value {
        Value::Boolean(true) => {}
        Value::Boolean(false) => {
            let remedy = "write `none = true` for totals of all times, or remove it and add `tumbling = \"1m\"`";
            report.refuse(node.mark, "`window.none` is false", remedy);
            return None;
        }
        _ => return section.wrong_type("none", node, "a boolean", "true", report),
    }
    let names = WindowNames { start: "window_start".to_owned(), end: "window_end".to_owned(), is_final: None };
    Some(WindowTable { windows: Some(Windows::global()), names: Some(names), marked_names: Vec::new() })
}

/// The keys that say of which kind windows are, of which a table has one, each with what it is for.
const KINDS: [(&str, &str); 4] = [
    ("tumbling", "for windows that follow one another"),
    ("hopping", "with `every` for such that overlap"),
    ("cumulative", "with `every` for such that grow"),
    ("session", "for such that are over when nothing has come for so long"),
];

/// The windows, without their lateness.
fn windows(section: &Section<'_>, event_zone: Option<&str>, report: &mut Report) -> Option<Windows> {
    let mut given = KINDS.iter().filter_map(|(kind, _)| Some((*kind, section.table.entry(kind)?.key.mark)));
    match (given.next(), given.next()) {
        (None, _) => {
            let remedy = "add `tumbling = \"1m\"` under `[window]`, or `hopping = \"10m\"` and `every = \"1m\"` for windows that \
                          overlap, or `cumulative = \"1d\"` and `every = \"1h\"` for what a day has come to so far, or \
                          `session = \"30m\"` for what comes without a pause";
            report.refuse(section.mark, "`window.tumbling` is missing", remedy);
            None
        }
        (Some((one, _)), Some((other, mark))) => {
            let kept = KINDS.iter().filter(|(kind, _)| [one, other].contains(kind));
            let kept: Vec<_> = kept.map(|(kind, what_for)| format!("`{kind}` {what_for}")).collect();
            report.refuse(
                mark,
                format!("`[window]` has both `{one}` and `{other}`"),
                format!("keep {}", kept.join(", or ")),
            );
            None
        }
        (Some(("tumbling", _)), None) => tumbling(section, event_zone, report),
        (Some(("hopping", _)), None) => hopping(section, report),
        (Some(("session", _)), None) => session(section, report),
        (Some(_), None) => cumulative(section, report),
    }
}

/// Windows that do not overlap: of one length, or of a calendar.
fn tumbling(section: &Section<'_>, event_zone: Option<&str>, report: &mut Report) -> Option<Windows> {
    let size = section.text("tumbling", "1m", report)?;
    if let Some(every) = section.table.entry("every") {
        let message = "windows that are `tumbling` begin where the one before ends, and not `every` so often";
        report.refuse(
            every.key.mark,
            message,
            "remove `every`, or write `hopping` instead of `tumbling`, or `cumulative`",
        );
        return None;
    }
    let zone = section.table.entry("zone").map(|entry| &entry.node);
    if let Some(unit) = unit(&size.value, zone.is_some()) {
        let zone = match zone {
            Some(node) => {
                section.text_of("zone", node, "America/Sao_Paulo", report).and_then(|name| zone::named(&name, report))
            }
            None => CalendarZone::named(event_zone.unwrap_or("UTC")),
        };
        return calendar(section, unit, zone, report);
    }
    let size_ms = length(section, &size, report);
    let offset_ms = offset(section, ("tumbling", size_ms), report);
    if let Some(zone) = zone.filter(|_| size_ms.is_some()) {
        let message = format!("windows of `{}` belong to no zone: they are cut from the Unix epoch on", size.value);
        let remedy = format!("remove `zone`, or write `tumbling` as {UNITS}: one of the zone's calendar");
        report.refuse(zone.mark, message, remedy);
        return None;
    }
    Some(Windows::tumbling_from(offset_ms?, size_ms?, 0))
}

/// The most windows that an event is in.
const OVERLAP_MAX: i64 = 1_000;

/// Windows that overlap: of one length, of which one begins `every` so often.
fn hopping(section: &Section<'_>, report: &mut Report) -> Option<Windows> {
    let Stepped { size_ms, step_ms, step } = stepped(section, ("hopping", "10m", "1m"), report)?;
    let offset_ms = offset(section, ("every", step_ms), report);
    let (size_ms, step_ms) = (size_ms?, step_ms?);
    let said = format!("{size_ms} ms long, every {step_ms} ms");
    overlap("hopping", (size_ms, step_ms), &step, &said, report)?;
    Some(Windows { assigner: Assigner::Hopping { size_ms, step_ms, offset_ms: offset_ms? }, lateness_ms: 0 })
}

/// Windows that grow: of a period of one length, of which one ends `every` so often.
fn cumulative(section: &Section<'_>, report: &mut Report) -> Option<Windows> {
    let Stepped { size_ms, step_ms, step } = stepped(section, ("cumulative", "1d", "1h"), report)?;
    let offset_ms = offset(section, ("cumulative", size_ms), report);
    let (size_ms, step_ms) = (size_ms?, step_ms?);
    let said = format!("each {size_ms} ms have one that ends every {step_ms} ms");
    overlap("cumulative", (size_ms, step_ms), &step, &said, report)?;
    if size_ms % step_ms != 0 {
        let message = format!(
            "`window.cumulative` is no multiple of `window.every`: of {size_ms} ms, {} are left behind the last whole {step_ms} ms",
            size_ms % step_ms
        );
        let remedy =
            format!("write an `every` of which `{}` is a multiple", section.text("cumulative", "1d", report)?.value);
        report.refuse(step.mark, message, remedy);
        return None;
    }
    Some(Windows { assigner: Assigner::Cumulative { size_ms, step_ms, offset_ms: offset_ms? }, lateness_ms: 0 })
}

/// Windows of which one comes `every` so often.
struct Stepped {
    /// How long they are, or the longest of them, in milliseconds.
    size_ms: Option<i64>,
    /// How long it is from one to the next, in milliseconds.
    step_ms: Option<i64>,
    /// The same as it is written.
    step: Marked<String>,
}

/// The lengths of windows of this kind, for which the two stand as examples.
fn stepped(
    section: &Section<'_>,
    (kind, size, step): (&'static str, &str, &str),
    report: &mut Report,
) -> Option<Stepped> {
    let (size, step) = (section.text(kind, size, report), section.text("every", step, report));
    let (size, step) = (size?, step?);
    if let Some(zone) = section.table.entry("zone") {
        let message = format!("windows that are `{kind}` belong to no zone: they are cut from the Unix epoch on");
        let remedy = format!(
            "remove `zone`, or write `tumbling` as {UNITS} instead; for days of a zone whose clocks never change, write an `offset`"
        );
        report.refuse(zone.key.mark, message, remedy);
        return None;
    }
    let mut ms = |key, text: &Marked<String>| match unit(&text.value, false) {
        None => quantity::duration(section, key, text, Bounds::LENGTH, report),
        Some(unit) => {
            let message = format!("`{}` is a {} of the calendar", section.name(key), unit.word());
            let remedy = "write a number and a unit: `90s`, `5m`, `1h`, `1d`; units of a calendar are for `tumbling`";
            report.refuse(text.mark, message, remedy);
            None
        }
    };
    Some(Stepped { size_ms: ms(kind, &size), step_ms: ms("every", &step), step })
}

/// Refuses windows that do not overlap, or of which too many do, where `step` says from one to the next, and `said` how
/// they lie.
fn overlap(
    kind: &str,
    (size_ms, step_ms): (i64, i64),
    step: &Marked<String>,
    said: &str,
    report: &mut Report,
) -> Option<()> {
    if step_ms >= size_ms {
        let (message, remedy) = if step_ms == size_ms {
            (
                "as long as a window, so that none overlap",
                format!("write `tumbling` instead of `{kind}`, and no `every`"),
            )
        } else {
            ("longer than a window, so that times lie between them", format!("write less than `window.{kind}`"))
        };
        report.refuse(step.mark, format!("`window.every` is `{}`, {message}", step.value), remedy);
        return None;
    }
    let windows = (size_ms - 1) / step_ms + 1;
    if windows > OVERLAP_MAX {
        let message = format!("an event would be in {windows} windows: {said}");
        let remedy = format!(
            "make `window.every` longer, or `window.{kind}` shorter, so that it is at most {OVERLAP_MAX}: each costs a row"
        );
        report.refuse(step.mark, message, remedy);
        return None;
    }
    Some(())
}

/// How long windows are that no calendar has, in milliseconds.
fn length(section: &Section<'_>, size: &Marked<String>, report: &mut Report) -> Option<i64> {
    if quantity::is_duration(&size.value) {
        return quantity::duration(section, "tumbling", size, Bounds::LENGTH, report);
    }
    let message = format!("`{}` is no duration: `{}`", section.name("tumbling"), size.value);
    let remedy = format!("write a number and a unit: `90s`, `5m`, `1h`, `1d`; or one of a calendar: {UNITS}");
    report.refuse(size.mark, message, remedy);
    None
}

/// The units of a calendar, as a file has them.
const UNITS: &str = "`day`, `week`, `month`, `quarter` or `year`";

/// The unit of a calendar that `text` means: by its word, or as one of it where there is a zone to have it. A day
/// without one has 24 hours.
fn unit(text: &str, has_zone: bool) -> Option<CalendarUnit> {
    let word = CalendarUnit::ALL.into_iter().find(|unit| unit.word() == text);
    word.or_else(|| {
        let span = SpanParser::new().parse_span(text).ok().filter(|_| has_zone)?;
        let mut units = [1.day(), 1.week(), 1.month(), 3.months(), 1.year()].into_iter().zip(CalendarUnit::ALL);
        units.find(|(one, _)| one.fieldwise() == span.fieldwise()).map(|(_, unit)| unit)
    })
}

/// The windows of a calendar. They begin when its units do, and no other time.
fn calendar(
    section: &Section<'_>,
    unit: CalendarUnit,
    zone: Option<CalendarZone>,
    report: &mut Report,
) -> Option<Windows> {
    if let Some(offset) = section.table.entry("offset") {
        let message = format!("a {} begins when the calendar of its zone says, and no `offset` moves it", unit.word());
        let remedy = "remove `offset`, and name the zone whose midnight is meant: `zone = \"America/Sao_Paulo\"`";
        report.refuse(offset.key.mark, message, remedy);
        return None;
    }
    Some(Windows::calendar(Calendar { unit, zone: zone? }, 0))
}

/// How much later than at the Unix epoch windows begin: less than it is from one to the next, which the key `of` says.
fn offset(section: &Section<'_>, (of, step_ms): (&str, Option<i64>), report: &mut Report) -> Option<i64> {
    let text = section.text_or("offset", "0s", report)?;
    let offset_ms = quantity::duration(section, "offset", &text, Bounds::WAIT, report)?;
    if step_ms.is_some_and(|step_ms| offset_ms >= step_ms) {
        let what = if of == "every" { "as long as a step" } else { "as long as a window" };
        let message = format!("`{}` is `{}`, {what} or longer", section.name("offset"), text.value);
        let remedy =
            format!("write how long after midnight UTC of 1970-01-01 a window begins, less than `window.{of}`");
        report.refuse(text.mark, message, remedy);
        return None;
    }
    Some(offset_ms)
}

/// The names of a plan. The outer `Option` of `closed` says whether the key is there, the inner one whether it is a
/// string.
fn names(
    start: Option<&Marked<String>>,
    end: Option<&Marked<String>>,
    closed: Option<&Option<Marked<String>>>,
) -> Option<WindowNames> {
    let is_final = match closed {
        None => None,
        Some(name) => Some(name.as_ref()?.value.clone()),
    };
    Some(WindowNames { start: start?.value.clone(), end: end?.value.clone(), is_final })
}
