//! When a source seals its epoch. Pure: facts go in, a decision comes out.

use std::time::{Duration, Instant};

use mare_dataflow::Epochs;

/// What a source should do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Seal the epoch in hand.
    Seal,
    /// Collect on: more is ready to be read.
    Collect,
    /// Nothing is ready; the epoch in hand is due after this time.
    Wait(Duration),
    /// Nothing is ready and nothing is in hand.
    Park,
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
#[derive(Debug)]
pub struct Pace {
    epochs: Epochs,
    /// When the last epoch was sealed; `None` before the first.
    sealed: Option<Instant>,
    /// When the epoch in hand got its first event.
    began: Option<Instant>,
}

impl Pace {
    /// The rhythm that the plan asks for.
    #[must_use]
    pub fn new(epochs: Epochs) -> Self {
        Pace { epochs, sealed: None, began: None }
    }

    /// Decides, at `now`, what to do with what is in hand.
    pub fn step(&mut self, now: Instant, hand: Hand) -> Step {
        if !hand.any {
            return if hand.drained { Step::Park } else { Step::Collect };
        }
        let began = *self.began.get_or_insert(now);
        if hand.full || now.duration_since(began) >= self.epochs.longest {
            return Step::Seal;
        }
        if !hand.drained {
            return Step::Collect;
        }
        let since = self.sealed.map_or(Duration::MAX, |sealed| now.duration_since(sealed));
        match self.epochs.shortest.checked_sub(since) {
            Some(rest) if !rest.is_zero() => Step::Wait(rest),
            _ => Step::Seal,
        }
    }

    /// Notes that an epoch was sealed at `now`, and returns for how long it had been open.
    pub fn sealed(&mut self, now: Instant) -> Duration {
        self.sealed = Some(now);
        self.began.take().map_or(Duration::ZERO, |began| now.duration_since(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Hand = Hand { any: true, full: false, drained: true };
    const FLOOD: Hand = Hand { any: true, full: false, drained: false };

    fn pace() -> Pace {
        let (shortest, longest) = (Duration::from_millis(5), Duration::from_millis(100));
        Pace::new(Epochs { shortest, longest, in_flight: 4 })
    }

    #[test]
    fn the_first_event_of_an_idle_stream_is_sealed_at_once() {
        assert_eq!(pace().step(Instant::now(), IDLE), Step::Seal);
    }

    #[test]
    fn a_steady_stream_waits_for_the_shortest_epoch() {
        let (mut pace, start) = (pace(), Instant::now());
        assert_eq!(pace.sealed(start), Duration::ZERO, "nothing was in hand");
        assert_eq!(pace.step(start + Duration::from_millis(2), IDLE), Step::Wait(Duration::from_millis(3)));
        assert_eq!(pace.step(start + Duration::from_millis(5), IDLE), Step::Seal);
        assert_eq!(pace.sealed(start + Duration::from_millis(6)), Duration::from_millis(4));
    }

    #[test]
    fn a_flood_is_sealed_after_the_longest_epoch_or_when_full() {
        let (mut pace, start) = (pace(), Instant::now());
        assert_eq!(pace.step(start, FLOOD), Step::Collect);
        assert_eq!(pace.step(start + Duration::from_millis(99), FLOOD), Step::Collect);
        assert_eq!(pace.step(start + Duration::from_millis(100), FLOOD), Step::Seal);
        assert_eq!(pace.step(start, Hand { full: true, ..FLOOD }), Step::Seal);
    }

    #[test]
    fn empty_hands_never_seal() {
        let none = Hand { any: false, full: false, drained: true };
        assert_eq!(pace().step(Instant::now(), none), Step::Park);
        assert_eq!(pace().step(Instant::now(), Hand { drained: false, ..none }), Step::Collect);
    }
}
