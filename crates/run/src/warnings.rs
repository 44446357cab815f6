//! What a person is warned of while a run lasts: many late events, and promises beyond the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use mare_checkpoint::Jump;
use mare_engine::Ledger;
use mare_engine::events::{ManyLate, PromiseBeyond};
use mare_engine::lateness::{Beyond, PartitionLateness};
use mare_metrics::events::InternalEvent;
use mare_model::position::Partition;
use mare_model::time::EventTime;

/// How long nothing is said again of a partition whose events go on to be late for the same cause.
const PAUSE: Duration = Duration::from_secs(600);

/// What has been said in this run.
pub struct Warnings {
    /// The bound of event times beyond their records, which is also that of promises beyond the clock.
    max_ahead_ms: i64,
    /// Of each partition: after which jump, and when.
    late: BTreeMap<Partition, (Option<Jump>, Instant)>,
    /// How many events of each had been counted, and how many were late, at the last look.
    seen: BTreeMap<Partition, (u64, u64)>,
    /// Partitions whose promise is beyond the clock.
    beyond: BTreeSet<Partition>,
}

impl Warnings {
    /// Nothing has been said.
    #[must_use]
    pub fn new(max_ahead_ms: i64) -> Warnings {
        Warnings { max_ahead_ms, late: BTreeMap::new(), seen: BTreeMap::new(), beyond: BTreeSet::new() }
    }

    /// Looks at every partition, and says what is new. To be called every few seconds, and once more at the end.
    pub fn look(&mut self, ledger: &Ledger) {
        let clock = EventTime(Timestamp::now().as_millisecond());
        for late in self.late(ledger, Instant::now()) {
            ManyLate { lateness: &late }.emit();
        }
        for beyond in self.beyond(ledger, clock) {
            PromiseBeyond { beyond: &beyond }.emit();
        }
    }

    /// The partitions of which many events are late, and nobody has heard yet.
    fn late(&mut self, ledger: &Ledger, now: Instant) -> Vec<PartitionLateness> {
        let mut found = Vec::new();
        for (partition, account) in ledger.accounts() {
            let (since, tally) = (account.lateness(partition), account.tally());
            let before = self.seen.insert(partition, (tally.counted, tally.late)).unwrap_or_default();
            let lately = PartitionLateness { counted: tally.counted - before.0, late: tally.late - before.1, ..since };
            let said = self.late.get(&partition);
            let is_new = said.is_none_or(|(jump, _)| *jump != since.jump);
            let goes_on = said.is_none_or(|(_, when)| now.duration_since(*when) >= PAUSE);
            let worth = if since.is_mass() && is_new { Some(since) } else { Some(lately).filter(|_| goes_on) };
            if let Some(lateness) = worth.filter(PartitionLateness::is_mass) {
                self.late.insert(partition, (since.jump, now));
                found.push(lateness);
            }
        }
        found
    }

    /// The partitions whose promise has gone beyond the clock since the last look.
    fn beyond(&mut self, ledger: &Ledger, clock: EventTime) -> Vec<Beyond> {
        let mut found = Vec::new();
        for (partition, account) in ledger.accounts() {
            let jump = account.lateness(partition).jump;
            match Beyond::of(partition, account.promise(), jump, clock, self.max_ahead_ms) {
                Some(beyond) if self.beyond.insert(partition) => found.push(beyond),
                Some(_) => {}
                None => drop(self.beyond.remove(&partition)),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checkpoint::Tally;
    use mare_model::position::Offset;

    fn ledger() -> Ledger {
        Ledger::new([(Partition(0), Offset(0), Offset(0))])
    }

    fn post(ledger: &Ledger, counted: u64, late: u64, promise: i64) {
        let account = ledger.account(Partition(0)).expect("an account");
        account.post(&Tally { counted, late, ..Tally::default() }, Offset(0), EventTime(promise));
    }

    #[test]
    fn many_late_events_are_said_once_and_again_after_a_while() {
        let (ledger, mut warnings, now) = (ledger(), Warnings::new(3_600_000), Instant::now());
        post(&ledger, 100_000, 9, 0);
        assert_eq!(warnings.late(&ledger, now), [], "a few stragglers");
        post(&ledger, 5, 600, 0);
        let found = warnings.late(&ledger, now);
        assert_eq!((found[0].counted, found[0].late), (5, 600), "of what has come since the last look");
        post(&ledger, 5, 600, 0);
        assert_eq!(warnings.late(&ledger, now + Duration::from_secs(2)), [], "it is known");
        post(&ledger, 5, 700, 0);
        assert_eq!(warnings.late(&ledger, now + PAUSE)[0].late, 700);
    }

    #[test]
    fn a_promise_beyond_the_clock_is_said_once() {
        let (ledger, mut warnings) = (ledger(), Warnings::new(3_600_000));
        let clock = EventTime(1_764_331_200_000);
        post(&ledger, 1, 0, clock.0 + 3_600_000);
        assert_eq!(warnings.beyond(&ledger, clock), []);
        post(&ledger, 1, 0, 4_102_444_800_000);
        assert!(warnings.beyond(&ledger, clock)[0].fault().what.contains("2100-01-01"));
        assert_eq!(warnings.beyond(&ledger, clock), []);
    }
}
