//! What a backlog leaves in memory once it is read.

use crate::raw::heap;

/// From so many records on that are not read yet, they are a backlog: the client has queues that fill.
const BACKLOG: u64 = 50_000;

/// Has the C library's heap keep what is free as long as there is a backlog, and give it back behind it.
pub struct Backlog {
    /// Whether it is kept.
    is_kept: bool,
}

impl Backlog {
    /// At the start of a run: what there is to read nobody knows yet.
    pub fn new() -> Backlog {
        heap::keep_free();
        Backlog { is_kept: true }
    }

    /// So many records are `left` to read.
    pub fn look(&mut self, left: u64) {
        match self.turn(left) {
            Some(true) => heap::keep_free(),
            Some(false) => heap::give_back(),
            None => return,
        };
    }

    /// Whether what is free is to be kept from now on, if that is another answer than before.
    fn turn(&mut self, left: u64) -> Option<bool> {
        let was_kept = std::mem::replace(&mut self.is_kept, left >= BACKLOG);
        (was_kept != self.is_kept).then_some(self.is_kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heap_is_told_of_the_end_of_a_backlog_and_of_the_next_one() {
        let mut backlog = Backlog::new();
        let turns = [1_000_000, BACKLOG, BACKLOG - 1, 0, 3, BACKLOG, 0].map(|left| backlog.turn(left));
        assert_eq!(turns, [None, None, Some(false), None, None, Some(true), Some(false)]);
    }
}
