//! Who has said nothing for how long by the clock. Pure: the clock is the caller's.
//!
//! When all producers die event time stands still, so no window becomes final and no silence is ever long enough by it.
//! A rule with `on = "clock"` therefore looks at what stands in the sink too: a group of which no document has changed
//! for so long is silent. That is no function of the log; the alert's id is the same as that of the silence in event
//! time, so it comes once.

use std::collections::HashMap;
use std::time::Instant;

use compact_str::CompactString;

use super::history::Values;
use mare_model::time::EventTime;

/// A document at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The start of its window.
    pub start: EventTime,
    /// Its group.
    pub group: CompactString,
    /// The totals that rules are about.
    pub values: Values,
    /// How many events are in it.
    pub version: i64,
}

/// The groups that were heard of lately, and when. It lives as long as the run: the next one counts from its own start.
#[derive(Debug, Default)]
pub struct Quiet {
    /// The version of each document at the last look.
    versions: HashMap<(EventTime, CompactString), i64>,
    groups: HashMap<CompactString, Last>,
}

/// What is known of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The start of its last window.
    pub start: EventTime,
    /// The totals there.
    pub values: Values,
    /// When something of it was seen to change.
    heard: Instant,
}

impl Quiet {
    /// Takes in the documents that there are `now`: all of those windows in which something may still change.
    pub fn look(&mut self, documents: Vec<Sight>, now: Instant) {
        let mut versions = HashMap::with_capacity(documents.len());
        for Sight { start, group, values, version } in documents {
            let place = (start, group.clone());
            let is_news = self.versions.get(&place) != Some(&version);
            versions.insert(place, version);
            let last = self.groups.entry(group).or_insert_with(|| Last { start, values: values.clone(), heard: now });
            if start >= last.start {
                (last.start, last.values) = (start, values);
            }
            if is_news {
                last.heard = now;
            }
        }
        self.versions = versions;
    }

    /// Counts every silence from `now` on: until now nobody could have been heard.
    pub fn restart(&mut self, now: Instant) {
        self.groups.values_mut().for_each(|last| last.heard = now);
    }

    /// Each group, what is known of it, and for how many milliseconds it has been quiet.
    pub fn groups(&self, now: Instant) -> impl Iterator<Item = (&CompactString, &Last, i64)> {
        self.groups.iter().map(move |(group, last)| (group, last, last.quiet_ms(now)))
    }

    /// Forgets the groups that have been quiet for longer than any rule asks and have no document at the last look.
    pub fn forget(&mut self, now: Instant, longest_ms: i64) {
        let Quiet { versions, groups } = self;
        groups.retain(|group, last| {
            last.quiet_ms(now) <= longest_ms || versions.contains_key(&(last.start, group.clone()))
        });
    }
}

impl Last {
    fn quiet_ms(&self, now: Instant) -> i64 {
        i64::try_from(now.saturating_duration_since(self.heard).as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sight(start: i64, group: &str, version: i64) -> Sight {
        let values = [Some(i128::from(version))].into_iter().collect();
        Sight { start: EventTime(start), group: group.into(), values, version }
    }

    #[test]
    fn a_group_is_heard_whenever_one_of_its_documents_changes() {
        let (mut quiet, began) = (Quiet::default(), Instant::now());
        let at = |second| began + Duration::from_secs(second);
        let heard = |quiet: &Quiet, second| {
            let mut groups: Vec<_> =
                quiet.groups(at(second)).map(|(group, last, ms)| (group.to_string(), last.start.0, ms)).collect();
            groups.sort();
            groups
        };
        quiet.look(vec![sight(0, "a", 1), sight(0, "b", 1)], at(0));
        quiet.look(vec![sight(0, "a", 1), sight(0, "b", 2)], at(3));
        assert_eq!(heard(&quiet, 5), [("a".into(), 0, 5_000), ("b".into(), 0, 2_000)]);
        quiet.look(vec![sight(0, "a", 2), sight(60, "a", 1), sight(0, "b", 2)], at(6));
        assert_eq!(heard(&quiet, 6), [("a".into(), 60, 0), ("b".into(), 0, 3_000)]);
        quiet.look(vec![sight(0, "a", 3), sight(60, "a", 1)], at(7));
        assert_eq!(heard(&quiet, 8), [("a".into(), 60, 1_000), ("b".into(), 0, 5_000)], "an older window counts too");
        quiet.forget(at(8), 4_000);
        assert_eq!(heard(&quiet, 8), [("a".into(), 60, 1_000)]);
        quiet.restart(at(20));
        assert_eq!(heard(&quiet, 21), [("a".into(), 60, 1_000)], "as if it had been heard then");
    }
}
