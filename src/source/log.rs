//! The seam between the engine and a partitioned log: what one worker sees of it.

use super::{Offset, Partition};
use crate::source::SourceError;

/// One record, borrowed from the log's own buffer while it is visited.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it is from.
    pub partition: Partition,
    /// Its place there. Offsets of a partition grow, not always by one.
    pub offset: Offset,
    /// The log's own timestamp of the record, in milliseconds since the Unix epoch, if it has one.
    pub timestamp_ms: Option<i64>,
    /// Its key, by which its producer chose the partition.
    pub key: Option<&'a [u8]>,
    /// Its payload; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
}

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
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Result<Polled, SourceError>;

    /// All partitions of the worker, those included that deliver no records.
    fn owned(&self) -> Vec<Partition>;

    /// The partitions that may still deliver records. A partition leaves when it is read to its appointed end.
    fn open(&self) -> &[Partition];
}

/// Called by a log, from any thread, when records have become ready after a poll that drained it.
pub type Waker = std::sync::Arc<dyn Fn() + Send + Sync>;

/// A log that could not be opened says so when it is first polled.
impl<L: Log> Log for Result<L, SourceError> {
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Result<Polled, SourceError> {
        self.as_mut().map_err(|error| error.clone())?.poll(visit)
    }

    fn owned(&self) -> Vec<Partition> {
        self.as_ref().map_or(Vec::new(), Log::owned)
    }

    fn open(&self) -> &[Partition] {
        self.as_ref().map_or(&[], Log::open)
    }
}
