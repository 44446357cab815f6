//! The records of a test as the log of one worker.

use std::sync::Arc;

use super::case::DataflowTest;
use super::fates::Witness;
use mare_engine::Peer;
use mare_model::position::Partition;
use mare_model::record::Record;
use mare_source::{LogInHand, Polled};

/// The partitions of a test that one worker owns.
///
/// A worker that is alone reads one record a poll, in the order of the test: between two polls the engine has taken the
/// one before in, and the [`Witness`] sees what has become of it. One of several finds all of its records at once.
pub(super) struct TestLog {
    test: Arc<DataflowTest>,
    /// Who sees what becomes of each record, if the worker is alone.
    witness: Option<Arc<Witness>>,
    owned: Vec<Partition>,
    /// Empty when all is read.
    open: Vec<Partition>,
    /// How many records of the test are read, those of other workers included.
    next: usize,
}

impl TestLog {
    pub(super) fn new(test: Arc<DataflowTest>, peer: Peer, witness: &Arc<Witness>) -> TestLog {
        let partitions = (0..i32::try_from(test.partitions).unwrap_or(i32::MAX)).map(Partition);
        let owned: Vec<Partition> = partitions.filter(|partition| peer.owns(*partition)).collect();
        let witness = (peer.peers == 1).then(|| Arc::clone(witness));
        TestLog { test, witness, open: owned.clone(), owned, next: 0 }
    }
}

impl LogInHand for TestLog {
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Polled {
        let all = &self.test.records;
        let until = match &self.witness {
            Some(witness) => {
                witness.look(self.next);
                all.len().min(self.next + 1)
            }
            None => all.len(),
        };
        let records = all[self.next..until].iter().filter(|record| self.owned.contains(&record.partition));
        records.for_each(|record| visit(record.record()));
        let is_read = self.next == until;
        self.next = until;
        if is_read {
            self.open.clear();
            return Polled::Drained;
        }
        Polled::Ready
    }

    fn owned(&self) -> Vec<Partition> {
        self.owned.clone()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}
