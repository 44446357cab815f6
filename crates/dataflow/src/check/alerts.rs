//! `[alerts]`: rules over the totals, and where alerts go.
//!
//! It is read last: rules name totals, groups and windows of the plan.

use super::super::Plan;
use super::super::alerts::{Alerts, Exact, Rule, Severity};
use super::{condition, holding, totals, webhook};
use mare_letters::{self as letters, LetterTopic};
use mare_model::schema::FieldType;
use mare_model::view::{Aggregate, Number};
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::{Section, is_plain_name};
use mare_settings::tree::{Mark, Marked, Node, Value};
use mare_sink::Registry;

/// The most characters that the name of a rule has: it becomes a part of ids.
const NAME_LENGTH_MAX: usize = 100;

/// The keys that say when a rule alerts, of which it has one.
pub(super) const CONDITIONS: [&str; 5] = ["above", "below", "change", "silent", "anomaly"];

/// The alerts of the dataflow of `plan`, if it has such a table; `None` alone means that it is refused.
pub(super) fn read(root: &Section<'_>, plan: &Plan, sinks: Registry, report: &mut Report) -> Option<Option<Alerts>> {
    if root.table.entry("alerts").is_none() {
        return Some(None);
    }
    let section = root.section_if_any("alerts", report)?;
    section.only(&[&["topic", "brokers", "properties", "max_age", "rules"][..], &webhook::KEYS].concat(), report);
    if !plan.sink().abilities().is_readable {
        let title = sinks.title(plan.sink().describe().kind);
        let message = format!("alerts need documents that can be read back, and {title} keeps none");
        report.refuse(section.mark, message, format!("write to {}, or remove `[alerts]`", sinks.headers()));
        return None;
    }
    let webhook = webhook::read(&section, report);
    let topic = topic(&section, plan, report);
    let max_age = section.text_or("max_age", "1h", report);
    let max_age_ms = max_age.and_then(|text| quantity::duration(&section, "max_age", &text, Bounds::WAIT, report));
    let rules = rules(&section, plan, report);
    Some(Some(Alerts { webhook: webhook?, topic: topic?, max_age_ms: max_age_ms?, rules: rules? }))
}

/// The topic, with the brokers of the source unless it has its own.
fn topic(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Option<LetterTopic>> {
    if section.table.entry("topic").is_some() {
        return letters::topic::topic_of(section, "black-friday-alerts", Some(&plan.source), report).map(Some);
    }
    for key in ["brokers", "properties"] {
        if let Some(entry) = section.table.entry(key) {
            let message = format!("`alerts.{key}` belongs to a topic, and there is none");
            report.refuse(
                entry.key.mark,
                message,
                "add `topic = \"black-friday-alerts\"` under `[alerts]`, or remove it",
            );
        }
    }
    Some(None)
}

/// The rules, at least one.
fn rules(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Vec<Rule>> {
    let example = "[{ name = \"rush\", total = \"sales\", above = 1000 }]";
    let node = section.required("rules", example, report)?;
    let Value::Array(items) = &node.value else {
        return section.wrong_type("rules", node, "an array of tables", example, report);
    };
    if items.is_empty() {
        report.refuse(
            node.mark,
            "there is no rule",
            "add a table `[[alerts.rules]]` with `name`, `total` and a condition",
        );
    }
    let mut names: Vec<String> = Vec::new();
    let rules: Vec<_> = items.iter().map(|item| rule(item, plan, &mut names, report)).collect();
    rules.into_iter().collect()
}

/// One rule; `names` are those of the rules before.
fn rule(item: &Node, plan: &Plan, names: &mut Vec<String>, report: &mut Report) -> Option<Rule> {
    let Value::Table(table) = &item.value else {
        let message = format!("a rule must be a table, not {}", item.value.kind());
        report.refuse(item.mark, message, "write each rule below a header `[[alerts.rules]]`");
        return None;
    };
    let section = Section { path: "alerts.rules".to_owned(), mark: item.mark, table };
    let view = if plan.outputs.len() > 1 { &["view"][..] } else { &[] };
    let keys = [&["name", "total", "group", "severity", "on", "for", "cooldown"][..], view, &CONDITIONS];
    section.only(&keys.concat(), report);
    let name = name(&section, names, report);
    let view = plan.view_of(&section, report)?;
    let plan = &plan.of(view);
    if plan.view().windows.is_global() {
        let message = "a rule is over windows that become final, and without windows nothing does";
        report.refuse(section.mark, message, "remove the rule, or give the totals windows: `tumbling = \"1h\"`");
        return None;
    }
    if plan.view().windows.are_sessions() {
        let message =
            "a rule looks at windows in their order, and a session that began long ago becomes final behind later ones";
        report.refuse(section.mark, message, "remove the rule, or keep a view of windows for it: `tumbling = \"1h\"`");
        return None;
    }
    let total = total(&section, plan, report);
    let group = group(&section, plan, report);
    let severity = section.text_or("severity", Severity::default().word(), report);
    let words = [Severity::Info, Severity::Warning, Severity::Critical].map(|each| (each.word(), each));
    let severity = severity.and_then(|text| section.one_of_words("severity", &text, &words, report));
    let (total, aggregate) = total?;
    let number = aggregate.number();
    let condition = condition::read(&section, (&total, aggregate), plan, report);
    let windows_held = holding::windows_held(&section, condition.as_ref(), plan.view().windows, report);
    let cooldown = holding::cooldown(&section, plan.view().windows, report);
    let (windows_held, cooldown_ms) = (windows_held?, cooldown?);
    let (name, group, severity, condition) = (name?, group?, severity?, condition?);
    Some(Rule { name, view, total, number, group, severity, condition, windows_held, cooldown_ms })
}

/// A rule's name, which no other rule has.
fn name(section: &Section<'_>, names: &mut Vec<String>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = section.text("name", "rush", report)?;
    if !is_plain_name(&value, NAME_LENGTH_MAX) {
        let remedy = format!("use 1 to {NAME_LENGTH_MAX} letters without accents, digits, `-`, `_` and `.`");
        report.refuse(mark, format!("`{value}` cannot be the name of a rule"), remedy);
        return None;
    }
    if names.contains(&value) {
        report.refuse(
            mark,
            format!("two rules are called `{value}`"),
            "alerts are known by their rule: rename one of them",
        );
        return None;
    }
    names.push(value.clone());
    Some(value)
}

/// The total that a rule is about, and how it is read.
fn total(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<(String, Aggregate)> {
    let Marked { value, mark } = section.text("total", "sales", report)?;
    if !totals::is_total(&value, mark, plan.view(), report) {
        return None;
    }
    let found = plan.view().totals.iter().find(|total| total.name == value);
    let aggregate = found.map_or(Aggregate::Events, |total| total.aggregate); // else it is the version
    let other = match aggregate.number() {
        Number::Boolean => Some("true or false"),
        Number::Time => Some("a time"),
        Number::Integer | Number::Decimal { .. } => None,
    };
    if let Some(other) = other {
        let message = format!("`{value}` is {other}, and a rule is about a number");
        report.refuse(mark, message, format!("name another total, such as `{}`", plan.view().version));
        return None;
    }
    Some((value, aggregate))
}

/// Which values the group must have.
fn group(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Vec<(usize, String)>> {
    if section.table.entry("group").is_none() {
        return Some(Vec::new());
    }
    let section = section.section_if_any("group", report)?;
    let fields: Vec<_> = plan.view().group_by.iter().filter_map(|index| plan.event.fields.get(*index)).collect();
    let names: Vec<_> = fields.iter().map(|field| &*field.name).collect();
    section.only(&names, report);
    let known = section.table.entries.iter().filter_map(|entry| {
        let at = names.iter().position(|name| *name == entry.key.value)?;
        Some((at, fields.get(at)?.kind, entry))
    });
    let values =
        known.map(|(at, kind, entry)| Some((at, group_value(&section, &entry.key.value, kind, &entry.node, report)?)));
    values.collect()
}

/// The canonical text of one value of a group.
fn group_value(section: &Section<'_>, key: &str, kind: FieldType, node: &Node, report: &mut Report) -> Option<String> {
    match (kind, &node.value) {
        (FieldType::Integer, Value::Integer(integer)) => Some(integer.to_string()),
        (FieldType::Boolean, Value::Boolean(truth)) => Some(truth.to_string()),
        (FieldType::Integer, _) => section.wrong_type(key, node, "an integer", "7", report),
        (FieldType::Boolean, _) => section.wrong_type(key, node, "a boolean", "true", report),
        _ => section.text_of(key, node, "Gamer", report).map(|text| text.value),
    }
}

/// A number as it is written, be it an integer, a decimal or a string of one.
pub(super) fn exact(section: &Section<'_>, key: &str, node: &Node, report: &mut Report) -> Option<Marked<Exact>> {
    let text = match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(integer) => integer.to_string(),
        Value::Unusable("a float") => report.written(node.mark).to_owned(),
        _ => return section.wrong_type(key, node, "a number", "1000.50", report),
    };
    parsed(section, key, &text, node.mark, report)
}

/// A number from its text.
pub(super) fn parsed(
    section: &Section<'_>,
    key: &str,
    text: &str,
    mark: Mark,
    report: &mut Report,
) -> Option<Marked<Exact>> {
    let value = Exact::parse(text.trim());
    if value.is_none() {
        let message = format!("`{}` is no decimal number: `{text}`", section.name(key));
        report.refuse(mark, message, "write up to 30 digits with at most one point and no exponent, such as `1000.50`");
    }
    value.map(|value| Marked { value, mark })
}
