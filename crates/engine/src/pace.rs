//! When a source seals its epoch. Pure: facts go in, a decision comes out.

use std::time::{Duration, Instant};

use mare_dataflow::Epochs;

/// Where rounds are further apart than this, what comes is read meanwhile: there is a client whose queue fills, and an
/// end of the log to be found.
const LONGEST_REST: Duration = Duration::from_millis(20);

/// Rounds may take one part in so many of a core, for all workers of a process together, where the freshness that the
/// plan asks for allows that.
const ONE_PART_IN: u32 = 10;

/// For one part in so many of the time between two rounds, those that do not begin it wait for the one that does, but
/// no longer than this: it may have nothing for a round, and then they have waited for nothing.
const GRACE: u32 = 4;
const LONGEST_GRACE: Duration = Duration::from_millis(5);

/// Over how many rounds their cost is averaged, about.
const AVERAGED: u32 = 8;

/// What a source should do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Seal the epoch in hand.
    Seal,
    /// Collect on: more is ready to be read.
    Collect,
    /// What is in hand waits for the next round.
    Wait,
    /// Nothing is ready and nothing is in hand.
    Park,
}

/// Whose turn it is to begin a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Another worker has begun one, which this one may join.
    Joins,
    /// This worker's: it has begun the last.
    Leads,
    /// That of another worker, which may have nothing for it.
    Follows,
}

/// What a source has in hand.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// Whether there are events to seal.
    pub any: bool,
    /// Whether the epoch has reached its size.
    pub full: bool,
    /// Whether the last read left nothing ready.
    pub drained: bool,
}

/// The rhythm of one worker's epochs: an idle stream seals an event at once (low latency), a steady one at most once in
/// the shortest epoch, a flood once in the longest (larger epochs combine better).
///
/// A round of epochs costs every worker of the cluster, so those that read a steady stream share one: whoever seals
/// first announces it, the others add what they have, and all rest from there. It begins the next one, too: if all did
/// when that is due, each would seal an epoch of its own before it heard of the others'. Where that still costs too
/// much, because there are many workers or the machine is slow, rounds become rarer.
#[derive(Debug)]
pub struct Pace {
    epochs: Epochs,
    /// How many workers this process has.
    workers: u32,
    /// What a round costs one of them, averaged, and how much processor time the worker had used when the last began.
    cost: Duration,
    spent: Duration,
    /// When the last round began, of whichever worker; `None` before the first.
    round: Option<Instant>,
    /// When the epoch in hand got its first event.
    began: Option<Instant>,
    /// Whether the last read left something ready.
    floods: bool,
}

impl Pace {
    /// The rhythm that the plan asks for, in a process of so many workers.
    #[must_use]
    pub fn new(epochs: Epochs, workers: usize) -> Self {
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        let (cost, spent) = (Duration::ZERO, Duration::ZERO);
        Pace { epochs, workers, cost, spent, round: None, began: None, floods: false }
    }

    /// How far rounds are apart in a steady stream.
    fn interval(&self) -> Duration {
        let worth = self.cost.saturating_mul(self.workers).saturating_mul(ONE_PART_IN);
        worth.clamp(self.epochs.shortest, self.epochs.freshness)
    }

    /// When this worker seals what it has for the next round of a steady stream, if that is later than `now`.
    #[must_use]
    pub fn due(&self, now: Instant, turn: Turn) -> Option<Instant> {
        let interval = self.interval();
        let apart = match turn {
            Turn::Joins => return None,
            Turn::Leads => interval,
            Turn::Follows => interval.saturating_add((interval / GRACE).min(LONGEST_GRACE)),
        };
        self.round?.checked_add(apart).filter(|due| *due > now)
    }

    /// Until when there is no need to read, at `now`: what has come since the last read can wait for the next round.
    #[must_use]
    pub fn rests(&self, now: Instant, turn: Turn) -> Option<Instant> {
        if self.floods || self.interval() > LONGEST_REST { None } else { self.due(now, turn) }
    }

    /// Decides, at `now` and behind a read, what to do with what is in hand.
    pub fn step(&mut self, now: Instant, hand: Hand, turn: Turn) -> Step {
        self.floods = !hand.drained;
        let began = hand.any.then(|| *self.began.get_or_insert(now));
        let is_old = began.is_some_and(|began| now.duration_since(began) >= self.epochs.longest);
        if hand.any && (hand.full || is_old) {
            return Step::Seal;
        }
        match hand.any {
            _ if self.floods => Step::Collect,
            false => Step::Park,
            true if self.due(now, turn).is_none() => Step::Seal,
            true => Step::Wait,
        }
    }

    /// Notes that a round was begun at `now`, by this worker or another, when this one had used so much processor time
    /// in all.
    pub fn began(&mut self, now: Instant, spent: Duration) {
        let cost = spent.saturating_sub(std::mem::replace(&mut self.spent, spent));
        if self.round.replace(now).is_some() {
            self.cost = (self.cost * (AVERAGED - 1) + cost) / AVERAGED;
        }
    }

    /// Notes that what was in hand is sealed at `now`, and returns for how long the epoch had been open.
    pub fn sealed(&mut self, now: Instant) -> Duration {
        self.began.take().map_or(Duration::ZERO, |began| now.duration_since(began))
    }
}

#[cfg(test)]
mod tests {
    use super::Turn::{Follows, Joins, Leads};
    use super::*;

    const IDLE: Hand = Hand { any: true, full: false, drained: true };
    const FLOOD: Hand = Hand { any: true, full: false, drained: false };

    fn pace() -> Pace {
        let [shortest, freshness, longest] = [5, 20, 100].map(Duration::from_millis);
        Pace::new(Epochs { shortest, freshness, longest, in_flight: 4 }, 4)
    }

    #[test]
    fn the_first_event_of_an_idle_stream_is_sealed_at_once() {
        let (mut pace, start) = (pace(), Instant::now());
        assert_eq!(pace.rests(start, Leads), None);
        assert_eq!(pace.step(start, IDLE, Leads), Step::Seal);
        pace.began(start, Duration::ZERO);
        let later = start + Duration::from_millis(5);
        assert_eq!((pace.rests(later, Leads), pace.step(later, IDLE, Leads)), (None, Step::Seal));
    }

    #[test]
    fn a_steady_stream_waits_for_the_shortest_epoch_and_is_not_read_meanwhile() {
        let (mut pace, start) = (pace(), Instant::now());
        assert_eq!(pace.sealed(start), Duration::ZERO, "nothing was in hand");
        pace.began(start, Duration::ZERO);
        let (soon, due) = (start + Duration::from_millis(2), start + Duration::from_millis(5));
        assert_eq!((pace.rests(soon, Leads), pace.step(soon, IDLE, Leads)), (Some(due), Step::Wait));
        assert_eq!((pace.rests(due, Leads), pace.step(due, IDLE, Leads)), (None, Step::Seal));
        assert_eq!(pace.sealed(start + Duration::from_millis(6)), Duration::from_millis(4));
    }

    /// Four workers, each of which a round costs so many microseconds.
    #[test]
    fn rounds_that_cost_much_are_rare_within_what_freshness_allows() {
        for (cost, apart) in [(100, 5), (200, 8), (400, 16), (1_000, 20)] {
            let (mut pace, start) = (pace(), Instant::now());
            (0..200).for_each(|round| pace.began(start, Duration::from_micros(cost) * round));
            let due = pace.rests(start, Leads).map(|due| due.duration_since(start).as_secs_f64() * 1_000.0);
            assert_eq!(due.map(f64::round), Some(f64::from(apart)), "{cost} us");
        }
    }

    #[test]
    fn what_comes_in_a_long_epoch_is_read_as_it_comes() {
        let minute = Duration::from_secs(60);
        let mut pace = Pace::new(Epochs { shortest: minute, freshness: minute, longest: minute, in_flight: 4 }, 1);
        let start = Instant::now();
        pace.began(start, Duration::ZERO);
        assert_eq!((pace.rests(start, Leads), pace.due(start, Leads)), (None, Some(start + minute)));
        assert_eq!(pace.step(start, IDLE, Leads), Step::Wait);
    }

    #[test]
    fn what_is_in_hand_joins_the_round_of_another_worker() {
        let (mut pace, start) = (pace(), Instant::now());
        pace.began(start, Duration::ZERO);
        let soon = start + Duration::from_millis(1);
        assert_eq!(pace.step(soon, IDLE, Joins), Step::Seal);
        assert_eq!(pace.step(soon, Hand { any: false, ..IDLE }, Joins), Step::Park);
        assert_eq!(pace.step(soon, FLOOD, Joins), Step::Collect, "a flood is worth more in one epoch");
    }

    #[test]
    fn whoever_has_begun_the_last_round_begins_the_next_and_the_others_give_it_a_moment() {
        let (mut pace, start) = (pace(), Instant::now());
        pace.began(start, Duration::ZERO);
        let [due, grace] = [5_000, 6_250].map(|us| start + Duration::from_micros(us));
        assert_eq!((pace.rests(due, Follows), pace.step(due, IDLE, Follows)), (Some(grace), Step::Wait));
        assert_eq!((pace.rests(due, Leads), pace.rests(due, Joins)), (None, None));
        assert_eq!((pace.rests(grace, Follows), pace.step(grace, IDLE, Follows)), (None, Step::Seal));
    }

    #[test]
    fn nobody_waits_long_for_another() {
        let minute = Duration::from_secs(60);
        let mut pace = Pace::new(Epochs { shortest: minute, freshness: minute, longest: minute, in_flight: 4 }, 2);
        let start = Instant::now();
        pace.began(start, Duration::ZERO);
        assert_eq!(pace.due(start, Follows), Some(start + minute + LONGEST_GRACE));
    }

    #[test]
    fn a_flood_does_not_rest_and_is_sealed_after_the_longest_epoch_or_when_full() {
        let (mut pace, start) = (pace(), Instant::now());
        pace.began(start, Duration::ZERO);
        assert_eq!(pace.step(start, FLOOD, Leads), Step::Collect);
        assert_eq!(pace.rests(start, Leads), None);
        assert_eq!(pace.step(start + Duration::from_millis(99), FLOOD, Leads), Step::Collect);
        assert_eq!(pace.step(start + Duration::from_millis(100), FLOOD, Leads), Step::Seal);
        assert_eq!(pace.step(start, Hand { full: true, ..FLOOD }, Leads), Step::Seal);
    }

    #[test]
    fn empty_hands_never_seal() {
        let none = Hand { any: false, full: false, drained: true };
        assert_eq!(pace().step(Instant::now(), none, Leads), Step::Park);
        assert_eq!(pace().step(Instant::now(), none, Joins), Step::Park);
        assert_eq!(pace().step(Instant::now(), Hand { drained: false, ..none }, Leads), Step::Collect);
    }
}
