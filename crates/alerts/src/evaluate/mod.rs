//! From rules and a history of totals to alerts. Pure: no clock, no order of arrival, no memory of its own.
//!
//! # Why the same log gives the same alerts
//! The documents of final windows are a function of the log. [`Evaluator::evaluate`] of a window reads the history from
//! [`Evaluator::reach`] before it and at [`Evaluator::lookbacks`], all of it final, and nothing else: that a rule
//! has held `for` some windows is read from their totals too, not remembered. So it does not matter how windows are cut
//! into batches, or when a run ended and the next one went on. (Rules that look at windows before they are final find
//! the same alerts or more: see `on = "update"` in the file's reference.)
//!
//! # Layout
//! * `mod`: [`Evaluator`], which windows to look at and what of them
//! * `conditions`: when a rule alerts

mod conditions;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use self::conditions::Breach;
use super::Alert;
use super::history::{RuleFields, TotalsHistory, Values};
use mare_dataflow::Plan;
use mare_dataflow::alerts::{Alerts, Condition, Rule};
use mare_model::plain::plain;
use mare_model::schema::FieldType;
use mare_model::time::{EventTime, Windows};
use mare_model::view::Number;
use mare_model::{decimal, group};
use mare_sink::document::iso;

/// The rules of a dataflow, ready to be applied.
#[derive(Clone, Debug)]
pub struct Evaluator {
    /// Each with the place of its total in [`Values`].
    rules: Vec<(Rule, usize)>,
    windows: Windows,
    fields: RuleFields,
    /// The names of a group's values in documents, and their types.
    group: Vec<(String, FieldType)>,
    dataflow: String,
    /// What ids begin with.
    place: String,
}

impl Evaluator {
    /// The rules of `alerts` over the documents of `plan`, which stand in the collection or table called `place`.
    #[must_use]
    pub fn new(plan: &Plan, alerts: &Alerts, place: &str) -> Evaluator {
        let mut totals: Vec<&str> = Vec::new();
        let mut slot = |name| {
            totals.iter().position(|known| *known == name).unwrap_or_else(|| {
                totals.push(name);
                totals.len() - 1
            })
        };
        let rules: Vec<_> = alerts.rules.iter().map(|rule| (rule.clone(), slot(&rule.total))).collect();
        let fields = RuleFields::of(&plan.layout(), &totals);
        let of_group = plan.view().group_by.iter().filter_map(|index| plan.event.fields.get(*index));
        let group = of_group.map(|field| (field.document_name(), field.kind)).collect();
        let mut escaped = String::new();
        group::push(&mut escaped, Some(place), true);
        Evaluator { rules, windows: plan.view().windows, fields, group, dataflow: plan.name.clone(), place: escaped }
    }

    /// Which fields of documents the history needs.
    #[must_use]
    pub fn fields(&self) -> &RuleFields {
        &self.fields
    }

    /// How many windows before one its history has to reach back without a gap.
    #[must_use]
    pub fn reach(&self) -> i64 {
        let reach = self.rules.iter().map(|(rule, _)| {
            let reach = match rule.condition {
                Condition::Silent { windows, .. } | Condition::Anomaly { windows, .. } => windows,
                Condition::Change { against: 1, .. } => 1,
                Condition::Above { .. } | Condition::Below { .. } | Condition::Change { .. } => 0,
            };
            reach + rule.windows_held - 1
        });
        reach.max().unwrap_or_default()
    }

    /// How many windows before one those lie that it is compared with, beyond [`Evaluator::reach`]: from the first of
    /// them to the last.
    #[must_use]
    pub fn lookbacks(&self) -> BTreeSet<(i64, i64)> {
        let reach = self.reach();
        let against = self.rules.iter().filter_map(|(rule, _)| match rule.condition {
            Condition::Change { against, .. } => Some((against + rule.windows_held - 1, against)),
            _ => None,
        });
        against.filter(|(first, _)| *first > reach).collect()
    }

    /// Whether a rule looks at windows before they are final.
    #[must_use]
    pub fn looks_at_open_windows(&self) -> bool {
        self.rules.iter().any(|(rule, _)| is_on_update(rule))
    }

    /// How many windows before the newest a group's last one may lie for rules to look at it by the clock, and the
    /// longest that a group may be quiet by the clock, in milliseconds; `None` if no rule looks at the clock.
    #[must_use]
    pub fn clock(&self) -> Option<(i64, i64)> {
        let rules = self.rules.iter().filter_map(|(rule, _)| match rule.condition {
            Condition::Silent { windows, by_clock_ms: Some(ms) } => Some((windows, ms)),
            _ => None,
        });
        rules.reduce(|(back, quiet), (more_back, longer)| (back.max(more_back), quiet.max(longer)))
    }

    /// The windows with a slot in `from..to` for which a rule may alert, oldest first: those with totals, and those in
    /// which a silence may have become long enough.
    #[must_use]
    pub fn slots(&self, history: &TotalsHistory, from: EventTime, to: EventTime) -> BTreeSet<EventTime> {
        let mut slots: BTreeSet<_> = history.slots(from, to).collect();
        for (rule, _) in &self.rules {
            let Condition::Silent { windows, .. } = rule.condition else { continue };
            let [first, last] = [from, to].map(|end| self.windows.before(end, windows));
            slots.extend(history.slots(first, last).map(|slot| self.windows.behind(slot, windows)));
        }
        slots
    }

    /// What the rules find when the window in `slot` is final, in the order of the rules and groups.
    #[must_use]
    pub fn evaluate(&self, history: &TotalsHistory, slot: EventTime) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for (rule, total) in &self.rules {
            let judged = conditions::judged(&rule.condition, slot, self.windows);
            let compared = conditions::compared(&rule.condition, slot, self.windows);
            let groups = history.groups(judged).filter(|(group, _)| is_about(rule, group));
            alerts.extend(groups.filter_map(|(group, values)| {
                let value = values.get(*total).copied().flatten()?;
                let (windows, total) = (self.windows, *total);
                let seen = conditions::Judged { history, windows, slot, judged, compared, group, total, value };
                let finding = conditions::find_held(rule, &seen)?;
                Some(self.alert(rule, judged, group, value, finding, true))
            }));
        }
        alerts
    }

    /// For each rule that must hold for some windows, its name and for how many groups it holds in the window in
    /// `slot` and has not held for long enough.
    #[must_use]
    pub fn pending(&self, history: &TotalsHistory, slot: EventTime) -> Vec<(String, usize)> {
        let rules = self.rules.iter().filter(|(rule, _)| rule.windows_held > 1);
        let pending = rules.map(|(rule, total)| {
            let compared = conditions::compared(&rule.condition, slot, self.windows);
            let groups = history.groups(slot).filter(|(group, values)| {
                let Some(value) = values.get(*total).copied().flatten().filter(|_| is_about(rule, group)) else {
                    return false;
                };
                let (windows, judged, total) = (self.windows, slot, *total);
                let seen = conditions::Judged { history, windows, slot, judged, compared, group, total, value };
                conditions::find(rule, &seen).is_some() && conditions::find_held(rule, &seen).is_none()
            });
            (rule.name.clone(), groups.count())
        });
        pending.collect()
    }

    /// What the rules find in a window's totals of a group before the window is final.
    #[must_use]
    pub fn evaluate_open(&self, slot: EventTime, group: &str, values: &Values) -> Vec<Alert> {
        let rules = self.rules.iter().filter(|(rule, _)| is_on_update(rule) && is_about(rule, group));
        let alerts = rules.filter_map(|(rule, total)| {
            let value = values.get(*total).copied().flatten()?;
            let finding = conditions::passes(rule, value)?;
            Some(self.alert(rule, slot, group, value, finding, false))
        });
        alerts.collect()
    }

    /// What the rules find in a group of which nothing has come for so long by the clock: its last window is the one
    /// in `slot`, with these totals.
    #[must_use]
    pub fn evaluate_quiet(
        &self,
        (slot, group, values): (EventTime, &str, &Values),
        quiet_ms: i64,
        certain: EventTime,
    ) -> Vec<Alert> {
        let is_final = self.windows.close(self.windows.of_slot(slot)) <= certain;
        let alerts = self.rules.iter().filter(|(rule, _)| is_about(rule, group)).filter_map(|(rule, total)| {
            let finding = conditions::is_quiet(rule, quiet_ms)?;
            Some(self.alert(rule, slot, group, values.get(*total).copied().flatten()?, finding, is_final))
        });
        alerts.collect()
    }

    fn alert(&self, rule: &Rule, slot: EventTime, group: &str, value: i128, finding: Breach, is_final: bool) -> Alert {
        let (window, named) = (self.windows.of_slot(slot), iso(self.windows.name(slot)));
        let mut alert = Alert {
            id: format!("{}|{}|{group}|{named}", self.place, rule.name),
            dataflow: self.dataflow.clone(),
            rule: rule.name.clone(),
            severity: rule.severity,
            condition: finding.condition.to_owned(),
            group: self.group_values(group),
            window_start: iso(window.start),
            window_end: iso(window.end),
            total: rule.total.clone(),
            value: number(value, rule.number),
            against: finding.against.map(|(units, number_of)| number(units, number_of)),
            is_final,
            message: String::new(),
        };
        alert.message = format!("{}, {}: {}", plain(&alert.group_text()), named, finding.text);
        alert
    }

    /// The values of a group by their names in documents.
    fn group_values(&self, group: &str) -> Map<String, Value> {
        let texts = if self.group.is_empty() { Vec::new() } else { group::split(group) };
        let values = self.group.iter().zip(texts).map(|((name, kind), text)| {
            let value = match kind {
                FieldType::Integer => text.and_then(|text| text.parse::<i64>().ok()).into(),
                FieldType::Boolean => text.map(|text| text == "true").into(),
                FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_) => text.into(),
            };
            (name.clone(), value)
        });
        values.collect()
    }
}

/// Whether a rule looks at windows before they are final.
fn is_on_update(rule: &Rule) -> bool {
    matches!(rule.condition, Condition::Above { on_update: true, .. })
}

/// Whether a rule is about a group.
fn is_about(rule: &Rule, group: &str) -> bool {
    if rule.group.is_empty() {
        return true;
    }
    let values = group::split(group);
    rule.group.iter().all(|(at, value)| values.get(*at).is_some_and(|found| found.as_ref() == Some(value)))
}

/// An exact number as JSON has it.
fn number(units: i128, number: Number) -> serde_json::Number {
    let text = text(units, number);
    text.parse().unwrap_or_else(|_| serde_json::Number::from(0)) // digits and a point are a number
}

/// A number as text, with all of its digits.
fn text(units: i128, number: Number) -> String {
    decimal::text(units, number.scale())
}
