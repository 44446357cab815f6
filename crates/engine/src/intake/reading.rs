//! How far a worker has read its partitions.

use std::collections::VecDeque;

use mare_model::journal::Heartbeat;
use mare_model::position::{Offset, Partition};
use mare_model::record::LastRead;

/// The partitions that the worker owns, in their order.
#[derive(Default)]
pub(super) struct Readings {
    pub all: Vec<Reading>,
    /// Where that of the latest record stands: a batch is of one partition.
    at: usize,
}

/// How far one partition has been read.
pub(super) struct Reading {
    pub partition: Partition,
    pub position: Offset,
    /// The position at the last seal.
    pub sealed: Offset,
    /// Its newest record, if the ledger does not have it yet.
    pub last: Option<LastRead>,
    /// The heartbeats behind the position, in their order.
    pub ahead: VecDeque<Heartbeat>,
}

impl Readings {
    /// Those of `partitions`, each from where `position` says.
    pub fn new(partitions: &[Partition], position: impl Fn(Partition) -> Offset) -> Readings {
        let mut partitions = partitions.to_vec();
        partitions.sort_unstable();
        let from = |partition| {
            let position = position(partition);
            Reading { partition, position, sealed: position, last: None, ahead: VecDeque::new() }
        };
        Readings { all: partitions.into_iter().map(from).collect(), at: 0 }
    }

    /// That of `partition`, if the worker owns it, and its place among all.
    #[inline]
    pub fn of(&mut self, partition: Partition) -> Option<(usize, &mut Reading)> {
        if self.all.get(self.at).is_none_or(|reading| reading.partition != partition) {
            self.at = self.all.binary_search_by_key(&partition, |reading| reading.partition).ok()?;
        }
        Some((self.at, self.all.get_mut(self.at)?))
    }
}

impl Reading {
    /// The next heartbeat in front of `offset`, or at it.
    pub fn heartbeat(&mut self, offset: Offset) -> Option<Heartbeat> {
        let is_reached = self.ahead.front().is_some_and(|heartbeat| heartbeat.offset <= offset);
        if is_reached { self.ahead.pop_front() } else { None }
    }
}
