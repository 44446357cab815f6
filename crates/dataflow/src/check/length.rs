//! Lengths of time that are counted in windows: `for`, `silent` and `against` of a rule.

use jiff::fmt::friendly::SpanParser;
use mare_model::time::{Assigner, CalendarUnit, Windows};
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// A length of time in windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WindowCount {
    /// How many it takes: it is rounded up to whole ones.
    pub windows: i64,
    /// Whether it is exactly so many.
    pub is_whole: bool,
    /// How long it is by a clock, in milliseconds: days have 24 hours, and months the most days.
    pub clock_ms: i64,
}

/// The setting that says how far it is from one window to the next.
pub(super) fn step(windows: Windows) -> &'static str {
    if windows.overlap() { "window.every" } else { "window.tumbling" }
}

/// How many windows the length is that is written as `text`, from the start of one to that of the next where they
/// overlap. That of windows of a calendar is written in its units, for
/// nothing else is as long as some of them.
pub(super) fn windows(
    section: &Section<'_>,
    key: &str,
    text: &Marked<String>,
    windows: Windows,
    report: &mut Report,
) -> Option<WindowCount> {
    let calendar = match windows.assigner {
        Assigner::Tumbling { size_ms: step_ms, .. }
        | Assigner::Hopping { step_ms, .. }
        | Assigner::Cumulative { step_ms, .. } => {
            let ms = quantity::duration(section, key, text, Bounds::LENGTH, report)?;
            return Some(WindowCount { windows: (ms - 1) / step_ms + 1, is_whole: ms % step_ms == 0, clock_ms: ms });
        }
        Assigner::Calendar(calendar) => calendar,
        Assigner::Session { .. } | Assigner::Global => return None, // rules over such have been refused
    };
    let (per, days, example) = match calendar.unit {
        CalendarUnit::Day => (1, 1, "days or weeks, such as `7 days`"),
        CalendarUnit::Week => (7, 1, "days or weeks, such as `2 weeks`"),
        CalendarUnit::Month => (1, 31, "months or years, such as `3 months`"),
        CalendarUnit::Quarter => (3, 31, "months or years, such as `6 months`"),
        CalendarUnit::Year => (12, 31, "months or years, such as `2 years`"),
    };
    let Some(count) = units(&text.value, calendar.unit).filter(|count| (1..=COUNT_MAX).contains(count)) else {
        let unit = calendar.unit.word();
        let message = format!("`{}` is `{}`, and windows are a {unit} long", section.name(key), text.value);
        report.refuse(text.mark, message, format!("write whole {example}"));
        return None;
    };
    let clock_ms = count * days * 24 * 60 * 60 * 1000;
    Some(WindowCount { windows: (count - 1) / per + 1, is_whole: count % per == 0, clock_ms })
}

/// The most days or months that are counted: ten thousand windows of a year are more than a calendar has.
const COUNT_MAX: i64 = 120_000;

/// How many days, or months, `text` says; `None` if it says anything else.
fn units(text: &str, unit: CalendarUnit) -> Option<i64> {
    let span = SpanParser::new().parse_span(text).ok()?;
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
    let (count, plain) = match unit {
        CalendarUnit::Day | CalendarUnit::Week => {
            (days, jiff::Span::new().try_weeks(span.get_weeks()).ok()?.try_days(span.get_days()).ok()?)
        }
        CalendarUnit::Month | CalendarUnit::Quarter | CalendarUnit::Year => {
            (months, jiff::Span::new().try_years(span.get_years()).ok()?.try_months(span.get_months()).ok()?)
        }
    };
    (plain.fieldwise() == span.fieldwise()).then_some(count)
}
