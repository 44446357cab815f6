//! What the engine maintains for each window and group: the difference type of the arrangement.

use compact_str::CompactString;
use differential_dataflow::difference::{IsZero, Semigroup};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::canary::canary;
use crate::time::Window;

/// What a total belongs to: a window and the canonical text of a group.
///
/// Ordered by window first, so that a cursor visits the keys of an epoch, which crowd in the newest windows, nearly in
/// the order of the arrangement. It lives as long as its window is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The window.
    pub window: Window,
    /// The group, as [`crate::source::decode`] writes it: the values of the `group_by` fields in their canonical text.
    pub group: CompactString,
}

impl Key {
    /// Before every key.
    #[must_use]
    pub fn first() -> Key {
        Key { window: Window::FIRST, group: CompactString::default() }
    }
}

/// An aggregate with its contribution count: `n` events, and one exact integer for each measure of the plan.
///
/// A commutative monoid under addition. Whether it is zero is decided by the count alone: no event is folded in, whatever the
/// measures say. [`super::totals`] has the proof that nobody reads a total in which that makes a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Total {
    /// How many events are folded in. It only grows while a window is open, and so is the version of the document.
    pub n: i64,
    /// One number for each of [`TotalsPlan::measures`](crate::dataflow::TotalsPlan::measures), in its units.
    pub measures: SmallVec<[i128; 1]>,
}

/// The newest total of a key: what a sink writes as one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What the total belongs to.
    pub key: Key,
    /// The total.
    pub total: Total,
    /// Whether the window is closed, so that the total is certain: no change of the key comes behind this one.
    pub is_final: bool,
}

impl Total {
    /// What takes this total back out of an arrangement: as many events, and nothing of what was measured of them.
    #[must_use]
    pub fn retired(&self) -> Total {
        Total { n: -self.n, measures: SmallVec::new() }
    }
}

impl IsZero for Total {
    fn is_zero(&self) -> bool {
        canary!(Count, self.n == 0, without: self.n == 0 && self.measures.iter().all(|measure| *measure == 0))
    }
}

impl Semigroup for Total {
    fn plus_equals(&mut self, other: &Self) {
        self.n += other.n;
        if self.measures.len() < other.measures.len() {
            self.measures.resize(other.measures.len(), 0);
        }
        for (mine, theirs) in self.measures.iter_mut().zip(&other.measures) {
            *mine += theirs;
        }
    }
}
