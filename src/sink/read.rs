//! Documents read back: by windows, groups and pages, in one order, whatever the sink.

use compact_str::CompactString;

use super::SinkError;
use super::document::Document;
use crate::dataflow::{Plan, Sink};
use crate::time::EventTime;

/// A connection that reads the documents of a dataflow. It never writes, makes nothing, and claims nothing.
pub trait Reader: Send {
    /// The documents that `query` asks for, in its order.
    ///
    /// # Errors
    /// [`SinkError::Away`] if the same question may have an answer later, [`SinkError::Refused`] if it will not without
    /// somebody's help.
    fn find(&mut self, query: &Query) -> Result<Vec<Found>, SinkError>;

    /// How many documents the sink holds, the estimate that costs it nothing where there is one.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn size(&mut self) -> Result<u64, SinkError>;
}

/// What stands in a sink under one `_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The `_id`.
    pub id: String,
    /// The document; or what is wrong with it, in words, if no dataflow of this plan writes such a one: a field that is missing
    /// or of another type, or a number that is not the nearest to any decimal of its scale.
    pub document: Result<Document, String>,
}

/// Which documents to read. Their order is that of the window's start, and within a window that of the `_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Windows that start at or after this.
    pub from: EventTime,
    /// Windows that start before this.
    pub to: EventTime,
    /// One group, as its canonical text; `None` for all.
    pub group: Option<CompactString>,
    /// Whether the newest window comes first; within a window the order stays that of the `_id`.
    pub newest_first: bool,
    /// The start of the window and the `_id` behind which to begin, of the last document of the page before.
    pub after: Option<(EventTime, String)>,
    /// How many documents at most.
    pub limit: usize,
}

impl Query {
    /// All documents, oldest window first, `limit` at a time.
    #[must_use]
    pub fn all(limit: usize) -> Query {
        let (from, to) = (EventTime::MIN, EventTime::MAX);
        Query { from, to, group: None, newest_first: false, after: None, limit }
    }
}

/// A connection that reads the documents of `plan`; `None` if its sink cannot be read, which is so of standard output.
///
/// # Errors
/// As for [`Reader::find`].
pub fn reader(plan: &Plan) -> Result<Option<Box<dyn Reader>>, SinkError> {
    match &plan.sink {
        Sink::MongoDb(_) | Sink::Sqlite(_) | Sink::Stdout => Ok(None),
    }
}
