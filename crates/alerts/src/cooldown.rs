//! Rules that are quiet for a group for some event time after they have alerted for it. Pure.
//!
//! # Why the same log holds back the same alerts
//! What fires is judged window by window, in the order of event time, and against nothing but what fired within the
//! cool-down around it. What has fired is recorded with the alerts, so a run that goes on, or judges a window again,
//! decides what was decided before. An alert that was too old to be sent woke nobody, so it holds nothing back.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::Alert;
use mare_dataflow::alerts::Rule;
use mare_model::time::EventTime;

/// What has fired, as far as it may hold something back. It lives as long as the run.
#[derive(Clone, Debug, Default)]
pub struct Cooldown {
    /// How long rules are quiet, in milliseconds, by their names; those that never are, are not in it.
    rules: HashMap<String, i64>,
    /// The starts of the windows that have fired, by the alert's id without the window: the rule and the group.
    fired: HashMap<String, BTreeSet<EventTime>>,
}

impl Cooldown {
    /// The cool-downs of `rules`, none of which has fired yet.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Cooldown {
        let rules = rules.iter().filter_map(|rule| Some((rule.name.clone(), rule.cooldown_ms?)));
        Cooldown { rules: rules.collect(), fired: HashMap::new() }
    }

    /// The longest of them, in milliseconds; `None` if there are none, and nobody needs to say what has fired.
    #[must_use]
    pub fn longest_ms(&self) -> Option<i64> {
        self.rules.values().copied().max()
    }

    /// Notes the alerts of these ids as fired.
    pub fn remember(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            let Some((key, start)) = id.rsplit_once('|') else { continue };
            self.note(key, start);
        }
    }

    /// Whether an alert is held back, and if so the start of the first window that is not; one that is not held back
    /// has fired.
    pub fn judge(&mut self, alert: &Alert) -> Option<Timestamp> {
        let ms = *self.rules.get(&alert.rule)?;
        let (key, start) = alert.id.rsplit_once('|')?; // an instant's text has no `|`
        let at = instant(start)?;
        // It may have fired later too: windows that are not final are not looked at in their order.
        let near = |other: &&EventTime| **other != at && at.0.abs_diff(other.0) < ms.unsigned_abs();
        let last = self.fired.get(key).and_then(|fired| fired.iter().rev().find(near));
        if let Some(last) = last {
            return Timestamp::from_millisecond(last.0.saturating_add(ms)).ok();
        }
        self.note(key, start);
        None
    }

    /// Forgets what holds back no window that starts at `from` or later.
    pub fn forget_before(&mut self, from: EventTime) {
        let Some(ms) = self.longest_ms() else { return };
        let from = EventTime(from.0.saturating_sub(ms));
        self.fired.retain(|_, fired| {
            *fired = fired.split_off(&from);
            !fired.is_empty()
        });
    }

    fn note(&mut self, key: &str, start: &str) {
        if let Some(at) = instant(start) {
            self.fired.entry(key.to_owned()).or_default().insert(at);
        }
    }
}

/// The start of a window, from its text in an alert.
fn instant(text: &str) -> Option<EventTime> {
    text.parse().ok().map(|start: Timestamp| EventTime(start.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{alert, plan_with};

    fn cooldown() -> Cooldown {
        let rule = "[[alerts.rules]]\nname = \"rush\"\ntotal = \"volume_vendas\"\nabove = 1\ncooldown = \"10m\"";
        Cooldown::new(&plan_with(rule).alerts.expect("alerts").rules)
    }

    fn id(group: &str, minute: i64) -> String {
        format!("vendas|rush|{group}|1970-01-01T00:{minute:02}:00Z")
    }

    /// Until which minute the alert of a minute is held back.
    fn judge(cooldown: &mut Cooldown, group: &str, minute: i64) -> Option<i64> {
        let until = cooldown.judge(&alert(&id(group, minute)));
        until.map(|until| until.as_second() / 60)
    }

    #[test]
    fn what_fires_holds_back_what_comes_within_the_time_for_its_group() {
        let mut cooldown = cooldown();
        let found = [0, 1, 9, 10, 11, 30].map(|minute| judge(&mut cooldown, "Gamer", minute));
        assert_eq!(found, [None, Some(10), Some(10), None, Some(20), None], "what is held back holds nothing back");
        assert_eq!(judge(&mut cooldown, "Casa", 1), None, "another group");
        assert_eq!(judge(&mut cooldown, "Gamer", 30), None, "itself, again");
        let other = Alert { rule: "drop".to_owned(), ..alert(&id("Gamer", 31)) };
        assert_eq!(cooldown.judge(&other), None, "a rule without a cool-down");
    }

    #[test]
    fn what_fired_before_this_run_and_what_fired_later_hold_back_too() {
        let mut cooldown = cooldown();
        cooldown.remember([id("Gamer", 20)]);
        assert_eq!(
            [10, 11, 29, 30].map(|minute| judge(&mut cooldown, "Gamer", minute)),
            [None, Some(30), Some(30), None]
        );
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let mut cooldown = cooldown();
        cooldown.remember([id("Gamer", 0), id("Casa", 20)]);
        cooldown.forget_before(EventTime(11 * 60_000));
        assert_eq!(cooldown.fired.keys().collect::<Vec<_>>(), ["vendas|rush|Casa"]);
    }
}
