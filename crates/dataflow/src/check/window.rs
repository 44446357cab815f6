//! `[window]`: how long windows are, how long they stay open, and under which names documents carry them.

use jiff::ToSpan;
use jiff::fmt::friendly::SpanParser;

use super::zone;
use mare_model::time::{Calendar, CalendarUnit, CalendarZone, Windows};
use mare_model::view::WindowNames;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// What could be made out of `[window]`.
#[derive(Debug)]
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
pub(super) fn read(root: &Section<'_>, event_zone: Option<&str>, report: &mut Report) -> Option<WindowTable> {
    let section = root.section("window", "`[window]` with `tumbling = \"1m\"`", report)?;
    section.only(&["tumbling", "zone", "offset", "lateness", "start", "end", "final"], report);
    let windows = windows(&section, event_zone, report);
    let lateness = section.text_or("lateness", "0s", report);
    let lateness_ms = lateness.and_then(|text| quantity::duration(&section, "lateness", &text, Bounds::WAIT, report));
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

/// The windows, without their lateness.
fn windows(section: &Section<'_>, event_zone: Option<&str>, report: &mut Report) -> Option<Windows> {
    let size = section.text("tumbling", "1m", report)?;
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
    let offset_ms = offset(section, size_ms, report);
    if let Some(zone) = zone.filter(|_| size_ms.is_some()) {
        let message = format!("windows of `{}` belong to no zone: they are cut from the Unix epoch on", size.value);
        let remedy = format!("remove `zone`, or write `tumbling` as {UNITS}: one of the zone's calendar");
        report.refuse(zone.mark, message, remedy);
        return None;
    }
    Some(Windows::tumbling_from(offset_ms?, size_ms?, 0))
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

/// How much later than at the Unix epoch windows begin: less than one of them is long.
fn offset(section: &Section<'_>, size_ms: Option<i64>, report: &mut Report) -> Option<i64> {
    let text = section.text_or("offset", "0s", report)?;
    let offset_ms = quantity::duration(section, "offset", &text, Bounds::WAIT, report)?;
    if size_ms.is_some_and(|size_ms| offset_ms >= size_ms) {
        let message = format!("`{}` is `{}`, as long as a window or longer", section.name("offset"), text.value);
        let remedy = "write how long after midnight UTC of 1970-01-01 a window begins, less than `window.tumbling`";
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
