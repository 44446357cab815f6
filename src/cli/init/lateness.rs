//! How late the events of a sample would be. Pure.

use std::collections::BTreeMap;

use super::probe::Times;
use crate::time::{EventTime, Windows};

/// The length of the proposed windows.
pub(super) const WINDOW_MS: i64 = 60_000;
/// The latenesses that are proposed, in milliseconds, as a dataflow file writes them.
const STEPS: [(i64, &str); 13] = [
    (10_000, "10s"),
    (30_000, "30s"),
    (60_000, "1m"),
    (120_000, "2m"),
    (300_000, "5m"),
    (600_000, "10m"),
    (900_000, "15m"),
    (1_800_000, "30m"),
    (3_600_000, "1h"),
    (7_200_000, "2h"),
    (21_600_000, "6h"),
    (43_200_000, "12h"),
    (86_400_000, "1d"),
];

/// The lateness that is proposed, and how many events of the sample would be late with it and with shorter ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProposedLateness {
    /// As a dataflow file writes it.
    pub text: &'static str,
    /// Each lateness up to the next longer one, with its number of late events.
    pub late: Vec<(&'static str, u64)>,
    /// Of how many events.
    pub events: u64,
}

impl ProposedLateness {
    /// The shortest with which at most one event in a hundred would be late; where even a day is too short, the
    /// shortest beyond which nothing is won.
    pub(super) fn of(times: &Times) -> ProposedLateness {
        let counts: Vec<_> = STEPS.iter().map(|(ms, text)| (*text, late(times, *ms))).collect();
        let (events, least) = (times.good.len() as u64, counts.last().map_or(0, |(_, late)| *late));
        let is_good = |(_, late): &(&str, u64)| late * 100 <= events || *late == least;
        let chosen = counts.iter().position(is_good).unwrap_or(0);
        let shown = counts.iter().take(chosen + 2).copied().collect();
        ProposedLateness { text: STEPS[chosen].1, late: shown, events }
    }
}

/// How many events come when their window, with the lateness, is closed by one before them in their partition.
fn late(times: &Times, lateness_ms: i64) -> u64 {
    let windows = Windows::tumbling(WINDOW_MS, lateness_ms);
    let mut promises = BTreeMap::<i32, EventTime>::new();
    let mut late = 0;
    for (partition, time) in &times.good {
        let promise = promises.entry(*partition).or_insert(*time);
        if windows.is_late(windows.window_of(*time), *promise) {
            late += 1;
        } else {
            *promise = (*promise).max(*time);
        }
    }
    late
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lateness(seconds: &[i64]) -> ProposedLateness {
        let good = seconds.iter().map(|second| (0, EventTime(second * 1000))).collect();
        ProposedLateness::of(&Times { good, ..Times::default() })
    }

    #[test]
    fn events_in_order_need_next_to_nothing() {
        let found = lateness(&(0..1_000).collect::<Vec<_>>());
        assert_eq!((found.text, &found.late[..]), ("10s", &[("10s", 0), ("30s", 0)][..]));
    }

    #[test]
    fn one_late_event_in_a_hundred_is_borne() {
        let mut seconds: Vec<i64> = (0..200).map(|number| number * 10).collect();
        seconds.extend([2_000, 100]);
        assert_eq!(lateness(&seconds).text, "10s");
        // Another two, ten minutes behind.
        seconds.extend([2_000, 1_400, 1_400]);
        let found = lateness(&seconds);
        assert_eq!((found.text, found.events), ("10m", 205), "{found:?}");
        assert_eq!(found.late.last(), Some(&("15m", 1)));
    }

    #[test]
    fn where_nothing_helps_the_shortest_is_as_good() {
        let days = |day: i64| day * 86_400;
        assert_eq!(lateness(&[days(10), days(1), days(2)]).text, "10s");
    }

    #[test]
    fn partitions_know_nothing_of_each_other() {
        let good = (0..100).map(|second| ((second % 2) as i32, EventTime(1_000 * second * (1 + second % 2 * 1_000))));
        let times = Times { good: good.collect(), ..Times::default() };
        assert_eq!(late(&times, 0), 0);
    }
}
