//! A test of a dataflow, as it was read: records, and what must come of them.

use mare_decode::Reject;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::view::ViewId;
use mare_sink::document::FieldValue;

/// A test of a dataflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataflowTest {
    /// Its name, of which a file has one.
    pub name: String,
    /// The view whose documents and account are looked at.
    pub view: ViewId,
    /// How many partitions the log has; those that no event is of are empty.
    pub partitions: usize,
    /// The records, in the order in which one worker reads them.
    pub records: Vec<TestRecord>,
    /// What must come of them.
    pub expected: Expectation,
}

/// A record of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRecord {
    /// Where it stands.
    pub partition: Partition,
    /// Its place there: how many events of its partition stand before it in the test.
    pub offset: Offset,
    /// Its own timestamp, in milliseconds since the Unix epoch: that of the event, or the clock of the test, if there
    /// is one.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<String>,
    /// Its payload, byte for byte; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl TestRecord {
    /// As a log has it.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let (partition, offset, timestamp_ms) = (self.partition, self.offset, self.timestamp_ms);
        let key = self.key.as_deref().map(str::as_bytes);
        Record { partition, offset, timestamp_ms, key, ..Record::of_payload(self.payload.as_deref()) }
    }
}

/// What must come of the records of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The documents: these and no others.
    pub documents: Vec<ExpectedDocument>,
    /// How many events are counted; not looked at if it is not said, for it follows from the others.
    pub counted: Option<u64>,
    /// How many are filtered.
    pub filtered: u64,
    /// How many are late.
    pub late: u64,
    /// How many are duplicates.
    pub duplicate: u64,
    /// How many are no event.
    pub dead: ExpectedDead,
}

/// How many records are no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedDead {
    /// So many, for whatever reason.
    Any(u64),
    /// So many of each reason, in the order of [`Reject::REASONS`].
    ByReason([u64; Reject::REASONS.len()]),
}

/// A document that must be there: those of its values that are looked at, each with the place of its field in
/// [`Layout::fields`](mare_sink::document::Layout::fields). The start of the window and the group are among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedDocument(pub Vec<(usize, FieldValue)>);

impl ExpectedDocument {
    /// The value that is expected of a field, if one is.
    #[must_use]
    pub fn value(&self, field: usize) -> Option<&FieldValue> {
        self.0.iter().find(|(place, _)| *place == field).map(|(_, value)| value)
    }
}
