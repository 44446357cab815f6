//! `[event]`: how an event is read from a record.

use std::path::Path;

use jiff::tz::TimeZone;

use super::fields::{self, DeclaredFields, EventPaths};
use super::lookup;
use super::record;
use super::zone;
use super::{explode, expressions, idle};
use mare_decode::Computed;
use mare_expression::Scope;
use mare_model::schema::{EpochUnit, EventPlan, IdlePlan, TimeFormat};
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds, Most};
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// How a time may be written, by the word in the file.
pub(super) fn time_formats() -> [(&'static str, TimeFormat); 6] {
    let [seconds, millis, micros, nanos] = EpochUnit::ALL.map(|unit| (unit.word(), unit.format()));
    [("iso", TimeFormat::Iso), seconds, millis, micros, nanos, ("record", TimeFormat::Record)]
}

/// The largest record that may be decoded: a larger one no broker passes on.
const RECORD_MOST: Most = Most(1 << 30, "1GiB");

/// The most events that may have to confirm a time. Each partition keeps so many times, in memory and in every
/// checkpoint.
const CONFIRM_MAX: i64 = 1000;

/// The default of [`EventPlan::group_max_bytes`], whose key is in `[totals]`.
pub(super) const GROUP_MAX_BYTES: usize = 1024;

/// What could be made out of `[event]`.
pub(super) struct EventTable {
    /// How an event is read.
    pub plan: Option<EventPlan>,
    /// The fields, which other tables refer to.
    pub fields: DeclaredFields,
    /// What the last of them are, which are not in the payload.
    pub computed: Vec<Computed>,
    /// What an expression may name.
    pub scope: Option<Scope>,
    /// When a partition is silent, if one ever is.
    pub idle: Option<Option<Marked<IdlePlan>>>,
}

/// How an event is read; the files of tables are named from `folder`.
pub(super) fn read(root: &Section<'_>, folder: &Path, report: &mut Report) -> Option<EventTable> {
    let section = root.section("event", "`[event]` with the key `time`, and `[event.fields]`", report)?;
    let known = [
        "format",
        "time",
        "time_format",
        "zone",
        "max_ahead",
        "max_bytes",
        "confirm",
        "explode",
        "idle",
        "idle_close",
        "fields",
        "record",
        "computed",
    ];
    section.only(&known, report);
    let format = format(&section, report);
    let time_format = time_format(&section, report);
    let time = time(&section, time_format, report);
    let zone = zone(&section, report);
    let max_ahead = section.text_or("max_ahead", "1h", report);
    let max_ahead_ms =
        max_ahead.and_then(|text| quantity::duration(&section, "max_ahead", &text, Bounds::WAIT, report));
    let max_bytes = quantity::size(&section, "max_bytes", "256KiB", RECORD_MOST, report);
    let confirm = quantity::count(&section, "confirm", 1, CONFIRM_MAX, report);
    let idle = idle::read(&section, report);
    let explode = explode::read(&section, report);
    let array = explode.as_ref().and_then(Option::as_ref);
    array.into_iter().for_each(|array| explode::check_time(array, time.as_ref(), report));
    let paths = EventPaths { time: time.as_ref(), array };
    let mut fields = fields::read(&section, paths, time_format.unwrap_or(TimeFormat::Iso), report);
    let mut computed = record::read(&section, &mut fields, report);
    let scope = fields.plan().zip(zone.clone()).map(|(fields, zone)| Scope::new(&fields, zone));
    let tables = lookup::read(root, folder, zone.as_ref(), report);
    let (expressions, scope) = expressions::computed(&section, &mut fields, &tables, scope, report);
    computed.extend(expressions);
    let plan = || {
        Some(EventPlan {
            time: format.and(time)?.value,
            time_format: time_format?,
            zone: zone?,
            max_ahead_ms: max_ahead_ms?,
            max_bytes: max_bytes?,
            group_max_bytes: GROUP_MAX_BYTES,
            confirm: confirm?,
            explode: explode?.map(|array| array.value),
            fields: fields.plan()?,
        })
    };
    Some(EventTable { plan: plan(), fields, computed, scope, idle })
}

/// There is one format now, so it says nothing to the plan.
fn format(section: &Section<'_>, report: &mut Report) -> Option<()> {
    let text = section.text_or("format", "json", report)?;
    section.one_of_words("format", &text, &[("json", ())], report)
}

/// The path of the event time. It is no declared field: it has formats of its own, and every event must have it. The
/// record's own timestamp has none.
fn time(section: &Section<'_>, format: Option<TimeFormat>, report: &mut Report) -> Option<Marked<Vec<String>>> {
    if format == Some(TimeFormat::Record) {
        if let Some(entry) = section.table.entry("time") {
            let what = "the event time is the record's own timestamp, and has no path";
            report.refuse(entry.key.mark, what, "leave out `time`, or `time_format = \"record\"`");
        }
        return Some(Marked { value: Vec::new(), mark: section.mark });
    }
    let text = section.text("time", "timestamp", report)?;
    let value = fields::path(&text, report)?;
    Some(Marked { value, mark: text.mark })
}

/// How the event time is written.
fn time_format(section: &Section<'_>, report: &mut Report) -> Option<TimeFormat> {
    let text = section.text_or("time_format", "iso", report)?;
    let (mut word, from_text) = fields::source(&text, report)?;
    word.value = word.value.trim().to_owned();
    let format = section.one_of_words("time_format", &word, &time_formats(), report)?;
    fields::from_text(format, from_text, text.mark, report)
}

/// The zone in which a time without an offset is read.
fn zone(section: &Section<'_>, report: &mut Report) -> Option<TimeZone> {
    let name = section.text_or("zone", "UTC", report)?;
    zone::named(&name, report).map(|zone| zone.rules().clone())
}
