//! Which partitions of a worker are silent, and what is promised for them. Pure.
//!
//! A partition is silent when nothing has come from it for as long as the dataflow says, by a clock that never steps
//! back, *and* the brokers, asked behind that, say that nothing is there behind its position. A clock alone would take
//! a slow consumer for a silent partition: one that lags has something to read, and a source that is held up by its
//! sink reads nothing, so all that it knows begins anew.
//!
//! What is promised for the silent is the smallest promise of the partitions that speak, of the whole cluster: they
//! are waited for as ever. While none speaks, nothing more is promised; or, if the dataflow says so, the time of the
//! ingest clock less the idle time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mare_model::journal::Heartbeat;
use mare_model::position::{Offset, Partition};
use mare_model::schema::IdlePlan;
use mare_model::time::{Epoch, EventTime};

/// How often is looked, at most: each look may write to the journal.
const LOOK: Duration = Duration::from_secs(1);

/// How far a partition is taken in, and its smallest promise to any view.
pub type Promised = (Partition, Offset, EventTime);

/// What a worker knows of the silence of its partitions. It lives as long as the source reads.
pub struct Idleness {
    plan: IdlePlan,
    /// Where each partition is, and since when that is known without a gap.
    still: BTreeMap<Partition, (Offset, Instant)>,
    /// When is looked next.
    next: Option<Instant>,
}

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voices {
    /// The smallest promise of the partitions that speak; [`EventTime::MAX`] if none does.
    pub speaking: EventTime,
    /// Those that are silent.
    pub silent: Vec<Promised>,
}

impl Idleness {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(plan: IdlePlan) -> Idleness {
        Idleness { plan, still: BTreeMap::new(), next: None }
    }

    /// How often is looked.
    #[must_use]
    pub fn every(&self) -> Duration {
        (self.plan.after / 4).min(LOOK)
    }

    /// Whether it is time to look, which is done then.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.next.is_none_or(|next| now >= next);
        if is_due {
            self.next = Some(now + self.every());
        }
        is_due
    }

    /// Nothing is read at the moment, so nothing is known of what comes.
    pub fn held_up(&mut self) {
        self.still.clear();
    }

    /// Looks at the partitions as they are `now`. `was_empty` says whether the brokers, asked at an instant or later,
    /// have said that there is nothing behind a position.
    pub fn look(
        &mut self,
        now: Instant,
        partitions: impl Iterator<Item = Promised>,
        was_empty: impl Fn(Partition, Instant, Offset) -> bool,
    ) -> Voices {
        let mut voices = Voices { speaking: EventTime::MAX, silent: Vec::new() };
        for promised in partitions {
            let (partition, position, promise) = promised;
            let (at, since) = self.still.entry(partition).or_insert((position, now));
            if *at != position {
                (*at, *since) = (position, now);
            }
            if was_empty(partition, *since + self.plan.after, position) {
                voices.silent.push(promised);
            } else {
                voices.speaking = voices.speaking.min(promise);
            }
        }
        voices
    }

    /// What is promised for the silent when `speaking` is the smallest promise of the partitions of all workers that
    /// speak; nothing if nothing can be.
    #[must_use]
    pub fn promise(&self, speaking: Option<EventTime>, clock: Epoch) -> Option<EventTime> {
        match speaking? {
            EventTime::MAX if self.plan.closes => {
                let ago = u64::try_from(self.plan.after.as_millis()).unwrap_or(u64::MAX);
                i64::try_from(clock.0.saturating_sub(ago)).ok().map(EventTime)
            }
            EventTime::MAX => None,
            speaking => Some(speaking),
        }
    }
}

/// The heartbeats of `silent` that promise this, as far as that raises anything and `may` be said.
#[must_use]
pub fn heartbeats(silent: &[Promised], promise: EventTime, may: impl Fn(Partition, Offset) -> bool) -> Vec<Heartbeat> {
    let raised = silent.iter().filter(|(partition, offset, before)| *before < promise && may(*partition, *offset));
    raised.map(|(partition, offset, _)| Heartbeat { partition: *partition, offset: *offset, promise }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(30);
    const ONE: Partition = Partition(1);

    fn idleness(closes: bool) -> Idleness {
        Idleness::new(IdlePlan { after: AFTER, closes })
    }

    fn at(offset: i64, promise: i64) -> impl Iterator<Item = Promised> {
        [(Partition(0), Offset(9), EventTime(100)), (ONE, Offset(offset), EventTime(promise))].into_iter()
    }

    #[test]
    fn a_partition_is_silent_if_the_brokers_say_behind_the_idle_time_that_nothing_is_there() {
        let (mut idleness, begin) = (idleness(false), Instant::now());
        let second = |seconds| begin + Duration::from_secs(seconds);
        // When the brokers were asked last, and what they said of partition 1.
        let looked = |idleness: &mut Idleness, now, offset, (asked, end): (u64, i64)| {
            let was_empty =
                |partition, since, position| partition == ONE && second(asked) >= since && position == Offset(end);
            idleness.look(second(now), at(offset, 70), was_empty)
        };
        let speaking = Voices { speaking: EventTime(70), silent: Vec::new() };
        let silent = |offset| Voices { speaking: EventTime(100), silent: vec![(ONE, Offset(offset), EventTime(70))] };
        assert_eq!(looked(&mut idleness, 0, 5, (0, 5)), speaking, "for no time yet");
        assert_eq!(looked(&mut idleness, 40, 5, (29, 5)), speaking, "asked too early");
        assert_eq!(looked(&mut idleness, 41, 5, (40, 6)), speaking, "slow: something is there");
        assert_eq!(looked(&mut idleness, 42, 5, (30, 5)), silent(5));
        assert_eq!(looked(&mut idleness, 43, 6, (43, 6)), speaking, "it has returned");
        assert_eq!(looked(&mut idleness, 80, 6, (79, 6)), silent(6));
        idleness.held_up();
        assert_eq!(looked(&mut idleness, 81, 6, (81, 6)), speaking, "nothing was read meanwhile");
        assert_eq!(looked(&mut idleness, 112, 6, (111, 6)), silent(6));
    }

    #[test]
    fn what_is_promised_is_what_the_others_promise_or_the_clock_where_none_is_left() {
        let clock = Epoch(100_000);
        for (closes, speaking, promise) in [
            (false, None, None),
            (true, None, None),
            (true, Some(7), Some(7)),
            (false, Some(i64::MAX), None),
            (true, Some(i64::MAX), Some(70_000)),
        ] {
            let promised = idleness(closes).promise(speaking.map(EventTime), clock);
            assert_eq!(promised, promise.map(EventTime), "{closes} {speaking:?}");
        }
    }

    #[test]
    fn a_heartbeat_that_raises_nothing_is_none() {
        let silent = [(Partition(0), Offset(1), EventTime(5)), (ONE, Offset(2), EventTime(4))];
        let beats = |promise| heartbeats(&silent, EventTime(promise), |partition, _| partition != Partition(7));
        assert_eq!(beats(4), []);
        assert_eq!(beats(5), [Heartbeat { partition: ONE, offset: Offset(2), promise: EventTime(5) }]);
        assert_eq!(beats(6).len(), 2);
        assert_eq!(heartbeats(&silent, EventTime(6), |_, offset| offset > Offset(1)).len(), 1);
    }

    #[test]
    fn it_is_looked_once_a_second_or_more_often() {
        let (mut idleness, begin) = (idleness(false), Instant::now());
        assert!(idleness.is_due(begin) && !idleness.is_due(begin + Duration::from_millis(999)));
        assert!(idleness.is_due(begin + Duration::from_secs(1)));
        assert_eq!(Idleness::new(IdlePlan { after: Duration::from_secs(1), closes: false }).every().as_millis(), 250);
    }
}
