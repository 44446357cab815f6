//! Times of a test: with an offset, or in the zone of the dataflow's days.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use mare_model::time::EventTime;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Node, Value};

/// How one is written, for a remedy.
const EXAMPLE: &str = "2025-11-28T12:00:00Z";

/// The time at a key, if it is there.
pub(super) fn if_any(section: &Section<'_>, key: &str, zone: &TimeZone, report: &mut Report) -> Option<EventTime> {
    of(section, key, &section.table.entry(key)?.node, zone, report)
}

/// The time that a value is: a text, or one of TOML's own.
pub(super) fn of(
    section: &Section<'_>,
    key: &str,
    node: &Node,
    zone: &TimeZone,
    report: &mut Report,
) -> Option<EventTime> {
    let (Value::String(text) | Value::Datetime(text)) = &node.value else {
        return section.wrong(key, node, "a time", EXAMPLE, report);
    };
    let found = instant(text, zone);
    if found.is_none() {
        let message = format!("`{}` is no time: `{text}`", section.name(key));
        report.refuse(
            node.mark,
            message,
            format!("write it like `{EXAMPLE}`, or without the offset, in {}", name(zone)),
        );
    }
    found
}

/// The zone as people call it.
fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("the dataflow's zone")
}

/// The instant that a text names, to the millisecond, downwards.
fn instant(text: &str, zone: &TimeZone) -> Option<EventTime> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    let instant = text.parse::<Timestamp>().ok().or_else(local)?;
    i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok().map(EventTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_one_of_the_zone() {
        let zone = TimeZone::get("America/Sao_Paulo").expect("a zone");
        let at = |text: &str| instant(text, &zone).map(|time| time.to_string());
        assert_eq!(at("2025-11-28T12:00:00Z").as_deref(), Some("2025-11-28T12:00:00Z"));
        assert_eq!(at("2025-11-28T12:00").as_deref(), Some("2025-11-28T15:00:00Z"));
        assert_eq!(at("2025-11-28").as_deref(), Some("2025-11-28T03:00:00Z"));
        assert_eq!(at("1969-12-31T23:59:59.9999Z").as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(at("noon"), None);
    }
}
