//! The seam between the engine and a partitioned log: what one worker sees of it.

use mare_model::fault::Fault;
use mare_model::position::Partition;
use mare_model::record::{Reached, Record};

/// What a [`Log::poll`] left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// More records may be ready.
    Ready,
    /// None is ready; the waker will be called when one is.
    Drained,
}

/// The partitions of a log that one worker owns.
pub trait Log {
    /// Visits the records that are ready, in the order of each partition, up to a batch for each, and never blocks.
    ///
    /// # Errors
    /// If the log cannot be read on, ever, without somebody's help. A server that is away is waited for inside.
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault>;

    /// Tells, behind a poll, how far it has come in the partitions in which it has come further. A log in which offsets
    /// have no gaps need not: a record tells by itself where reading goes on.
    ///
    /// In others, records end before their partition does: there are marks of transactions, records of aborted ones,
    /// and offsets whose records were compacted away. Whoever went on behind the last record would miss them for ever,
    /// and take them for lost records when they are deleted.
    fn reached(&mut self, _tell: &mut dyn FnMut(Reached)) {}

    /// All partitions of the worker, those included that deliver no records.
    fn owned(&self) -> Vec<Partition>;

    /// The partitions that may still deliver records. A partition leaves when it is read to its appointed end.
    fn open(&self) -> &[Partition];
}

/// A log of records that somebody has in hand, of no kind that a dataflow file could name: a test of a dataflow brings
/// one. It is read behind a pointer, so that the graph is built for it as for every other.
pub trait LogInHand {
    /// As [`Log::poll`]; it can always be read on.
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Polled;

    /// As [`Log::owned`].
    fn owned(&self) -> Vec<Partition>;

    /// As [`Log::open`].
    fn open(&self) -> &[Partition];
}

/// A log that could not be opened says so when it is first polled.
impl<L: Log> Log for Result<L, Fault> {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        self.as_mut().map_err(|error| error.clone())?.poll(visit)
    }

    fn reached(&mut self, tell: &mut dyn FnMut(Reached)) {
        self.iter_mut().for_each(|log| log.reached(tell));
    }

    fn owned(&self) -> Vec<Partition> {
        self.as_ref().map_or(Vec::new(), Log::owned)
    }

    fn open(&self) -> &[Partition] {
        self.as_ref().map_or(&[], Log::open)
    }
}
