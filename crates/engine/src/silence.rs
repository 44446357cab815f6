//! The silence of a restored run, until it has taken in what the readers of its documents may have seen. Pure.
//!
//! # No reader sees a total shrink
//! 1. Before a run writes documents it raises the positions in the sink's control document to at least those of the
//!    events folded into them ([`mare_sink`]). So what readers have seen lies before these positions.
//! 2. A run that goes on later finds them there when it begins, and writes nothing until the totals of its worker hold
//!    every event before them: each partition's source has announced an epoch that reaches so far, and that epoch is
//!    complete.
//! 3. Then each document that it writes has folded in every event that a reader may have seen in it, and by the guard
//!    of the sink none with fewer events replaces it. So for every reader a total of positive amounts only grows.
//! 4. A window that is closed for the whole log is complete, so its documents need not wait.

use mare_model::position::{Offset, Partition, Positions};
use mare_model::time::Epoch;

/// What a restored run has still to take in before it may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// How far the partitions have to be taken in that have not been yet.
    missing: Positions,
    /// The epoch that must be complete for the others.
    through: Option<Epoch>,
}

impl Silence {
    /// Until `shown` is taken in.
    #[must_use]
    pub fn until(shown: &Positions) -> Self {
        Silence { missing: shown.clone(), through: None }
    }

    /// Notes that `epoch` takes these partitions in so far.
    pub fn hear(&mut self, epoch: Epoch, positions: &[(Partition, Offset)]) {
        for (partition, position) in positions {
            if self.missing.get(partition).is_some_and(|shown| shown <= position) {
                self.missing.remove(partition);
                self.through = self.through.max(Some(epoch));
            }
        }
    }

    /// Whether everything is taken in, when every epoch before `complete` is complete.
    #[must_use]
    pub fn is_over(&self, complete: Epoch) -> bool {
        self.missing.is_empty() && self.through.is_none_or(|through| through < complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(positions: &[(i32, i64)]) -> Positions {
        positions.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
    }

    #[test]
    fn nothing_shown_needs_no_silence() {
        assert!(Silence::until(&positions(&[])).is_over(Epoch(0)));
    }

    #[test]
    fn it_ends_when_the_last_partition_is_taken_in_and_its_epoch_is_complete() {
        let mut silence = Silence::until(&positions(&[(0, 10), (1, 20)]));
        silence.hear(Epoch(3), &[(Partition(0), Offset(9)), (Partition(1), Offset(25))]);
        assert!(!silence.is_over(Epoch(9)));
        silence.hear(Epoch(5), &[(Partition(0), Offset(10))]);
        assert!(!silence.is_over(Epoch(5)));
        assert!(silence.is_over(Epoch(6)));
    }
}
