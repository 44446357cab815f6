//! What records came to. Pure.

use serde::{Deserialize, Serialize};

use mare_decode::Reject;

/// Numbers of one account, or the sum of several, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records read: the sum of the five below.
    pub read: u64,
    /// Events folded into totals.
    pub counted: u64,
    /// Events that the dataflow does not want, by its `where`.
    pub filtered: u64,
    /// Events that came after their window's close.
    pub late: u64,
    /// Events whose id had been counted before in their partition and window.
    pub duplicate: u64,
    /// Records that are no event, by reason, in the order of [`Reject::REASONS`].
    pub dead: [u64; Reject::REASONS.len()],
    /// Numbers that had more digits than their scale, among the counted events.
    pub rounded: u64,
}

impl Tally {
    /// Dead letters of all reasons.
    #[must_use]
    pub fn dead_total(&self) -> u64 {
        self.dead.iter().sum()
    }

    /// Adds `other` to every number.
    pub fn add(&mut self, other: &Tally) {
        self.read += other.read;
        self.counted += other.counted;
        self.filtered += other.filtered;
        self.late += other.late;
        self.duplicate += other.duplicate;
        self.rounded += other.rounded;
        for (mine, theirs) in self.dead.iter_mut().zip(other.dead) {
            *mine += theirs;
        }
    }
}
