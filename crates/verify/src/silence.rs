//! What was promised for partitions that were silent: the heartbeats of the journal beside the documents. Pure.
//!
//! The rule, beside those of [`recount`](super::recount): the promise of a partition is, from the offset of a
//! heartbeat on, at least what that says. It counts for the records at that offset and behind it, and where there are
//! none yet, for what is certain.

use std::collections::VecDeque;

use super::recount::{PartitionRecount, Recount};
use super::windows::{close, ids_close};
use mare_dataflow::Plan;
use mare_model::journal::Journal;
use mare_model::time::EventTime;

/// The heartbeats of a partition that lie behind what is read of it, by offset.
pub(super) type Ahead = VecDeque<(i64, EventTime)>;

impl Recount<'_> {
    /// Judges by `journal` as well. To be called before the first record.
    pub fn hear(&mut self, journal: &Journal) {
        for heartbeat in journal.heartbeats() {
            if let Some(state) = self.partitions.get_mut(&heartbeat.partition.0) {
                state.ahead.push_back((heartbeat.offset.0, heartbeat.promise));
            }
        }
    }

    /// The partitions have been read to these ends.
    pub fn end(&mut self, ends: impl IntoIterator<Item = (i32, i64)>) {
        for (partition, end) in ends {
            if let Some(state) = self.partitions.get_mut(&partition) {
                state.hear_through(self.plan, end);
            }
        }
        self.end_sessions();
    }
}

impl PartitionRecount {
    /// Takes the heartbeats through `offset` in.
    pub(super) fn hear_through(&mut self, plan: &Plan, offset: i64) {
        while let Some((at, promise)) = self.ahead.front().copied().filter(|(at, _)| *at <= offset) {
            self.ahead.pop_front();
            self.promise = self.promise.max(promise);
            if at <= self.shown {
                self.promise_shown = self.promise;
            }
            self.forget(plan);
        }
    }

    /// Forgets the ids of closed windows.
    pub(super) fn forget(&mut self, plan: &Plan) {
        // Whatever comes for a closed window is late, so its ids are not asked for any more.
        while let Some(oldest) = self.ids.first_entry()
            && ids_close(plan, *oldest.key()) <= self.promise
        {
            oldest.remove();
        }
        self.orders.forget(|last| close(plan, last) <= self.promise);
    }
}

/// Some heartbeats of three partitions with 300 offsets, three seconds apart.
#[cfg(test)]
pub(super) fn heartbeats(random: &mut rand::rngs::SmallRng) -> Journal {
    use mare_model::journal::Heartbeat;
    use mare_model::position::{Offset, Partition};
    use rand::RngExt;

    let mut heartbeat = || {
        let offset = random.random_range(0..300);
        let promise = EventTime((offset * 3 + random.random_range(-300..200)) * 1_000);
        Heartbeat { partition: Partition(random.random_range(0..3)), offset: Offset(offset), promise }
    };
    (0..3).map(|_| heartbeat()).collect()
}
