//! Durations, sizes and counts, in words: `"2m"`, `"256KiB"`.

use bytesize::ByteSize;
use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;

use super::diagnostic::Report;
use super::section::Section;
use super::tree::{Marked, Value};

/// How long a day is. Windows are aligned to the Unix epoch, so it is the day of UTC, without leap seconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Between which bounds a duration lies, both included.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The least, in milliseconds.
    pub least_ms: i64,
    /// The most, in milliseconds, and how it is written.
    pub most_ms: i64,
    /// How the bounds are said.
    pub said: &'static str,
}

impl Bounds {
    /// Bounds of a time that something takes: it may be none.
    pub const WAIT: Bounds = Bounds { least_ms: 0, most_ms: 366 * DAY_MS, said: "from 0s to 366 days" };
    /// Bounds of a length that must not be zero.
    pub const LENGTH: Bounds = Bounds { least_ms: 1, most_ms: 366 * DAY_MS, said: "from 1ms to 366 days" };
}

/// A duration within bounds, in milliseconds.
pub fn duration(
    section: &Section<'_>,
    key: &str,
    text: &Marked<String>,
    bounds: Bounds,
    report: &mut Report,
) -> Option<i64> {
    let name = section.name(key);
    let Some(nanoseconds) = nanoseconds(&text.value) else {
        let remedy = "write a number and a unit: `500ms`, `90s`, `5m`, `1h`, `1d`, or several: `1h 30m`";
        report.refuse(text.mark, format!("`{name}` is no duration: `{}`", text.value), remedy);
        return None;
    };
    if nanoseconds % 1_000_000 != 0 {
        let message = format!("`{name}` is `{}`, finer than a millisecond", text.value);
        report.refuse(text.mark, message, "event times are kept to the millisecond: write whole milliseconds");
        return None;
    }
    let milliseconds = i64::try_from(nanoseconds / 1_000_000).ok();
    let within = milliseconds.filter(|ms| (bounds.least_ms..=bounds.most_ms).contains(ms));
    if within.is_none() {
        let message = format!("`{name}` is `{}`, which is out of bounds", text.value);
        report.refuse(text.mark, message, format!("write a duration {}", bounds.said));
    }
    within
}

/// Whether `text` is a duration at all, whatever its bounds.
#[must_use]
pub fn is_duration(text: &str) -> bool {
    nanoseconds(text).is_some()
}

/// Months and years have no fixed length and so are no durations.
fn nanoseconds(text: &str) -> Option<i128> {
    let span = SpanParser::new().parse_span(text).ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok().map(|duration| duration.as_nanos())
}

/// The most that a size may be, in bytes, and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct Most(pub u64, pub &'static str);

/// A size in bytes of at most `most`: `"256KiB"`, or an integer.
pub fn size(section: &Section<'_>, key: &str, default: &str, most: Most, report: &mut Report) -> Option<usize> {
    let text = match section.table.entry(key).map(|entry| &entry.node) {
        Some(node) => match &node.value {
            Value::Integer(bytes) => Marked { value: bytes.to_string(), mark: node.mark },
            _ => section.text_of(key, node, default, report)?,
        },
        None => Marked { value: default.to_owned(), mark: section.mark },
    };
    let bytes =
        text.value.parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|size| (1..=most.0).contains(size));
    if bytes.is_none() {
        let message = format!("`{}` is no size within bounds: `{}`", section.name(key), text.value);
        report.refuse(text.mark, message, format!("write bytes from 1 to {}, for example `{default}`", most.1));
    }
    bytes.and_then(|bytes| usize::try_from(bytes).ok())
}

/// An integer from 1 to `most`; `default` if the key is not there.
pub fn count(section: &Section<'_>, key: &str, default: usize, most: i64, report: &mut Report) -> Option<usize> {
    let Some(entry) = section.table.entry(key) else { return Some(default) };
    let Value::Integer(number) = entry.node.value else {
        return section.wrong_type(key, &entry.node, "an integer", &default.to_string(), report);
    };
    if !(1..=most).contains(&number) {
        let message = format!("`{}` is {number}, which is out of bounds", section.name(key));
        report.refuse(entry.node.mark, message, format!("write a number from 1 to {most}"));
        return None;
    }
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_fixed_length() {
        for (text, ms) in [("1m", 60_000), ("90s", 90_000), ("1h 30m", 5_400_000), ("1d", DAY_MS), ("-1ms", -1)] {
            assert_eq!(nanoseconds(text), Some(i128::from(ms) * 1_000_000), "{text}");
        }
        for text in ["", "5", "1 month", "1y", "soon"] {
            assert!(!is_duration(text), "{text}");
        }
    }
}
