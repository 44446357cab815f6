//! When a rule of `[alerts]` alerts: exactly one of `above`, `below`, `change`, `silent` and `anomaly`.

use super::super::alerts::{Condition, Exact};
use super::alerts::{CONDITIONS, exact, parsed};
use super::length;
use crate::Plan;
use mare_model::measure::Function;
use mare_model::summary::SummaryFunction;
use mare_model::time::Windows;
use mare_model::view::{Aggregate, Number, SummaryTotal, View};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Node, Value};

/// How many windows an anomaly looks back on at most, and a silence may last: they are kept in memory.
pub(super) const WINDOWS_MAX: i64 = 10_000;
/// The defaults of `anomaly`.
const SCORE: Exact = Exact { units: 35, scale: 1 };
const WINDOWS: i64 = 60;
const MIN_WINDOWS: i64 = 12;

/// The condition of the rule of `section`, whose total is read like that, of the documents of the one view of `plan`.
pub(super) fn read(
    section: &Section<'_>,
    (total, aggregate): (&str, Aggregate),
    plan: &Plan,
    report: &mut Report,
) -> Option<Condition> {
    let view = plan.view();
    let (number, windows) = (aggregate.number(), view.windows);
    let mut present = section.table.entries.iter().filter(|entry| CONDITIONS.contains(&&*entry.key.value));
    let Some(entry) = present.next() else {
        let remedy = "add one of `above`, `below`, `change`, `silent` and `anomaly` to it";
        report.refuse(section.mark, "a rule of `[alerts]` has no condition", remedy);
        return None;
    };
    if let Some(other) = present.next() {
        let message =
            format!("a rule has one condition, and this is `{}` beside `{}`", other.key.value, entry.key.value);
        report.refuse(other.key.mark, message, "write two rules");
        return None;
    }
    let (key, node) = (&*entry.key.value, &entry.node);
    let on = on(section, key, report);
    if on == Some(On::Update) && (may_come_back(aggregate, view) || plan.retract.is_some()) {
        let message = format!("`{total}` may come back below what it is above, as long as its window is open");
        let remedy = "remove `on = \"update\"`: it is judged when the window is final";
        report.refuse(entry.key.mark, message, remedy);
        return None;
    }
    if key == "silent" && aggregate.may_be_null() {
        let message = format!("`{total}` may be null, and a silence tells the number of the last window");
        report.refuse(
            entry.key.mark,
            message,
            format!("write `total = \"{}\"`: a silence is of windows", view.version),
        );
        return None;
    }
    match key {
        "above" => {
            let bound = bound(section, key, node, number, report)?;
            Some(Condition::Above { bound, on_update: on? == On::Update })
        }
        "below" => Some(Condition::Below { bound: bound(section, key, node, number, report)? }),
        "change" => change(section, windows, report),
        "silent" => silent(section, node, windows, on?, report),
        _ => anomaly(section, report),
    }
}

/// Whether more events may make the total smaller, whatever they are.
fn may_come_back(aggregate: Aggregate, view: &View) -> bool {
    match aggregate {
        Aggregate::Events | Aggregate::Measure(..) => false,
        Aggregate::Average(_) | Aggregate::Dispersion(_) | Aggregate::Computed(..) => true,
        Aggregate::Extreme(index, _) => {
            view.measures.get(index).is_some_and(|measure| measure.function != Function::Max)
        }
        Aggregate::Summary(SummaryTotal { index, .. }) => {
            view.summaries.get(index).is_none_or(|summary| summary.function != SummaryFunction::Distinct)
        }
    }
}

/// When a rule is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// When a window is final.
    Final,
    /// Before, too.
    Update,
    /// By the clock of the run, too.
    Clock,
}

/// When the rule is judged. Before a window is final only what can't be undone by more events may be: a total that
/// grows stays above. By the clock only the absence of events may be: event time, which it makes stand still, decides
/// everything else.
fn on(section: &Section<'_>, condition: &str, report: &mut Report) -> Option<On> {
    let text = section.text_or("on", "final", report)?;
    let words = [("final", On::Final), ("update", On::Update), ("clock", On::Clock)];
    let on = section.one_of_words("on", &text, &words, report)?;
    let (message, remedy) = match on {
        On::Update if condition != "above" => (
            format!("`{condition}` cannot be judged before a window is final"),
            "remove `on = \"update\"`, which is for `above` alone",
        ),
        On::Clock if condition != "silent" => (
            format!("`{condition}` is not judged by the clock"),
            "remove `on = \"clock\"`, which is for `silent` alone",
        ),
        _ => return Some(on),
    };
    report.refuse(text.mark, message, remedy);
    None
}

/// A bound in the total's own units.
fn bound(section: &Section<'_>, key: &str, node: &Node, number: Number, report: &mut Report) -> Option<i128> {
    let Marked { value, mark } = exact(section, key, node, report)?;
    let (scale, digits) = match number {
        Number::Integer | Number::Boolean | Number::Time => (0, "is a whole number".to_owned()),
        Number::Decimal { scale } => (scale, format!("has {scale} digits behind the point")),
    };
    let units = value.at_scale(scale);
    if units.is_none() {
        let message = format!("`{}` is {value}, and the total {digits}", section.name(key));
        report.refuse(mark, message, "write no more digits than the total has");
    }
    units
}

fn change(section: &Section<'_>, windows: Windows, report: &mut Report) -> Option<Condition> {
    let section = section.section_if_any("change", report)?;
    section.only(&["against", "above", "below"], report);
    let against = against(&section, windows, report);
    let above = percent(&section, "above", report);
    let below = percent(&section, "below", report);
    if section.table.entry("above").is_none() && section.table.entry("below").is_none() {
        let remedy = "add `above = \"200%\"` or `below = \"-50%\"`, or both";
        report.refuse(section.mark, "`change` has no bound", remedy);
        return None;
    }
    Some(Condition::Change { against: against?, above: above?, below: below? })
}

/// How many windows before a window the one lies that it is compared with.
fn against(section: &Section<'_>, windows: Windows, report: &mut Report) -> Option<i64> {
    let text = section.text_or("against", "previous", report)?;
    if text.value == "previous" {
        return Some(1);
    }
    let length = length::windows(section, "against", &text, windows, report)?;
    if !length.is_whole {
        let message = format!("no window starts `{}` before another", text.value);
        let remedy = format!("write `previous`, or a multiple of `{}`", length::step(windows));
        report.refuse(text.mark, message, remedy);
        return None;
    }
    Some(length.windows)
}

/// A share in percent, if the key is there.
fn percent(section: &Section<'_>, key: &str, report: &mut Report) -> Option<Option<Exact>> {
    let Some(entry) = section.table.entry(key) else { return Some(None) };
    let text = section.text_of(key, &entry.node, "200%", report)?;
    let Some(number) = text.value.trim().strip_suffix('%') else {
        let message = format!("`{}` is no share in percent: `{}`", section.name(key), text.value);
        report.refuse(text.mark, message, "write it like `200%` or `-12.5%`");
        return None;
    };
    parsed(section, key, number, text.mark, report).map(|percent| Some(percent.value))
}

/// A silence, in event time rounded up to whole windows: nothing is known of a part of one.
fn silent(section: &Section<'_>, node: &Node, windows: Windows, on: On, report: &mut Report) -> Option<Condition> {
    let text = section.text_of("silent", node, "5m", report)?;
    let length = length::windows(section, "silent", &text, windows, report)?;
    let count = length.windows;
    if count > WINDOWS_MAX {
        let message = format!("`alerts.rules.silent` is {count} windows long");
        report.refuse(text.mark, message, format!("write at most {WINDOWS_MAX} windows"));
        return None;
    }
    Some(Condition::Silent { windows: count, by_clock_ms: (on == On::Clock).then_some(length.clock_ms) })
}

fn anomaly(section: &Section<'_>, report: &mut Report) -> Option<Condition> {
    let section = section.section_if_any("anomaly", report)?;
    section.only(&["score", "windows", "min_windows"], report);
    let score = score(&section, report);
    let windows = count(&section, "windows", WINDOWS, report);
    let least = count(&section, "min_windows", MIN_WINDOWS.min(windows.unwrap_or(MIN_WINDOWS)), report);
    let (score, windows, least) = (score?, windows?, least?);
    if least > windows {
        let message = format!("`min_windows` is {least}, more than `windows`, which is {windows}");
        report.refuse(section.mark, message, "make `windows` at least as many");
        return None;
    }
    Some(Condition::Anomaly { score, windows, min_windows: usize::try_from(least).ok()? })
}

/// The least score of an anomaly.
fn score(section: &Section<'_>, report: &mut Report) -> Option<Exact> {
    let Some(entry) = section.table.entry("score") else { return Some(SCORE) };
    let Marked { value, mark } = exact(section, "score", &entry.node, report)?;
    if value.units < 0 || value.scale > 6 {
        report.refuse(
            mark,
            format!("`anomaly.score` is {value}"),
            "write a score from 0 on with at most 6 digits behind the point",
        );
        return None;
    }
    Some(value)
}

/// A number of windows. A median of fewer than two says nothing.
fn count(section: &Section<'_>, key: &str, default: i64, report: &mut Report) -> Option<i64> {
    let Some(entry) = section.table.entry(key) else { return Some(default) };
    let Value::Integer(number) = entry.node.value else {
        return section.wrong_type(key, &entry.node, "an integer", &default.to_string(), report);
    };
    if !(2..=WINDOWS_MAX).contains(&number) {
        let message = format!("`{}` is {number}, which is out of bounds", section.name(key));
        report.refuse(entry.node.mark, message, format!("write a number from 2 to {WINDOWS_MAX}"));
        return None;
    }
    Some(number)
}
