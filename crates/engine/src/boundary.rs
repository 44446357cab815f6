//! Boundaries: the epochs at which checkpoints cut, where others send a barrier through the stream. Pure.
//!
//! Every worker knows them without asking: they are the multiples of one interval of the ingest clock. A cut at
//! boundary `B` holds what was learnt in the epochs before `B`.

use std::time::Duration;

use mare_model::time::Epoch;

/// The boundaries of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundaries {
    /// The interval in milliseconds; 0 if the only boundary is the end.
    every_ms: u64,
}

impl Boundaries {
    /// A boundary at each multiple of `every`, and one at the end.
    #[must_use]
    pub fn every(every: Duration) -> Self {
        Boundaries { every_ms: u64::try_from(every.as_millis()).unwrap_or(u64::MAX).max(1) }
    }

    /// The end alone.
    #[must_use]
    pub fn none() -> Self {
        Boundaries { every_ms: 0 }
    }

    /// The first boundary behind `epoch`.
    #[must_use]
    pub fn after(self, epoch: Epoch) -> Epoch {
        let next = (epoch.0.checked_div(self.every_ms)).and_then(|index| (index + 1).checked_mul(self.every_ms));
        next.map_or(Epoch::END, Epoch)
    }

    /// Of the boundaries from `first` to `through`, the one to cut at; `None` if there is none.
    ///
    /// A worker that is late for several boundaries takes one of them. Workers are late for different ones, and only a
    /// boundary that all take makes a checkpoint, so each prefers the one whose number divides by the largest power of
    /// two.
    #[must_use]
    pub fn choose(self, first: Epoch, through: Epoch) -> Option<Epoch> {
        if through < first {
            return None;
        }
        if through == Epoch::END || self.every_ms == 0 {
            return (through == Epoch::END).then_some(Epoch::END);
        }
        let (low, high) = (first.0.div_ceil(self.every_ms), through.0 / self.every_ms);
        let powers = (0..u64::BITS).rev().map(|power| high >> power << power);
        powers.filter(|index| *index >= low).map(|index| Epoch(index * self.every_ms)).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tens() -> Boundaries {
        Boundaries::every(Duration::from_millis(10))
    }

    #[test]
    fn the_next_boundary_lies_behind() {
        assert_eq!(tens().after(Epoch(0)), Epoch(10));
        assert_eq!(tens().after(Epoch(9)), Epoch(10));
        assert_eq!(tens().after(Epoch(10)), Epoch(20));
        assert_eq!(tens().after(Epoch(u64::MAX - 1)), Epoch::END);
        assert_eq!(Boundaries::none().after(Epoch(7)), Epoch::END);
    }

    #[test]
    fn who_is_late_chooses_what_others_choose() {
        assert_eq!(tens().choose(Epoch(10), Epoch(9)), None);
        assert_eq!(tens().choose(Epoch(10), Epoch(10)), Some(Epoch(10)));
        assert_eq!(tens().choose(Epoch(10), Epoch(19)), Some(Epoch(10)));
        assert_eq!(tens().choose(Epoch(30), Epoch(71)), Some(Epoch(40)));
        assert_eq!(tens().choose(Epoch(50), Epoch(71)), Some(Epoch(60)));
        assert_eq!(tens().choose(Epoch(30), Epoch::END), Some(Epoch::END));
    }

    #[test]
    fn without_an_interval_only_the_end_is_one() {
        assert_eq!(Boundaries::none().choose(Epoch::END, Epoch(99)), None);
        assert_eq!(Boundaries::none().choose(Epoch::END, Epoch::END), Some(Epoch::END));
    }
}
