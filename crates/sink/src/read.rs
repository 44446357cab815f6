//! Documents read back: by windows, groups and pages, in one order, whatever the sink.

use compact_str::CompactString;

use super::SinkError;
use super::document::Document;
use mare_model::journal::Journal;
use mare_model::position::Positions;
use mare_model::time::EventTime;

/// A connection that reads the documents of a dataflow. It never writes, makes nothing, and claims nothing.
pub trait Reader: Send {
    /// The documents that `query` asks for, in its order.
    ///
    /// # Errors
    /// [`SinkError::Away`] if the same question may have an answer later, [`SinkError::Refused`] if it will not without
    /// somebody's help.
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError>;

    /// How many documents the sink holds, the estimate that costs it nothing where there is one.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn size(&mut self) -> Result<u64, SinkError>;

    /// For each partition the first offset whose event no document may show yet, as the control document has it; `None`
    /// if the sink has no control document.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn shown(&mut self) -> Result<Option<Positions>, SinkError> {
        Ok(None)
    }

    /// Where reading began in each partition, as far as the control document says.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn begins(&mut self) -> Result<Positions, SinkError> {
        Ok(Positions::new())
    }

    /// What the journal of the control document promises for partitions that were silent.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn journal(&mut self) -> Result<Journal, SinkError> {
        Ok(Journal::default())
    }
}

/// What stands in a sink under one `_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// The `_id`; as the database's own notation if it is no text.
    pub id: String,
    /// The [slot](mare_model::time::Windows::slot) of the window, as the field says that
    /// [names](super::document::Layout::order) it; `None` if it has none, so that it has no place in the order.
    pub slot: Option<EventTime>,
    /// The document; or what is wrong with it, in words, if no dataflow of this plan writes such a one: a field that is
    /// missing or of another type, or a number that is not the nearest to any decimal of its scale.
    pub document: Result<Document, String>,
}

/// Which documents to read. Their order is that of the windows' slots, and within a window that of the `_id`.
///
/// What stands among the documents and has no place in that order, because its `_id` is no text or it has no slot, is
/// found by a query without bounds and without a group alone: on its first page, before all others, at most `limit - 1`
/// of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Windows whose [slot](mare_model::time::Windows::slot) is at or after this: unless they are cumulative, those
    /// that start there.
    pub from: EventTime,
    /// Windows whose slot is before this.
    pub to: EventTime,
    /// One group, as its canonical text; `None` for all.
    pub group: Option<CompactString>,
    /// Whether the newest window comes first; within a window the order stays that of the `_id`.
    pub newest_first: bool,
    /// Whether any order will do that is the same for each page: who reads all documents page by page has the sink sort
    /// them once for each, unless it is by the `_id` alone.
    pub any_order: bool,
    /// The slot of the window and the `_id` behind which to begin, of the last document of the page before.
    pub after: Option<(EventTime, String)>,
    /// How many documents at most.
    pub limit: usize,
}

impl Query {
    /// All documents, oldest window first, `limit` at a time.
    #[must_use]
    pub fn all(limit: usize) -> Query {
        let (from, to) = (EventTime::MIN, EventTime::MAX);
        Query { from, to, group: None, newest_first: false, any_order: false, after: None, limit }
    }

    /// The query of the page behind `page`, which this one found; `None` if that was the last.
    #[must_use]
    pub fn following(&self, page: &[StoredDocument]) -> Option<Query> {
        let last = page.iter().rev().find_map(|found| Some((found.slot?, found.id.clone())));
        let last = last.filter(|_| page.len() >= self.limit);
        last.map(|last| Query { after: Some(last), ..self.clone() })
    }

    /// Whether the one window of a dataflow without windows is asked for.
    #[must_use]
    pub fn has_all_times(&self) -> bool {
        self.from == EventTime::MIN && self.to > EventTime::MIN
    }

    /// Whether what has no place in the order is asked for.
    pub fn wants_strays(&self) -> bool {
        let is_unbounded = self.from == EventTime::MIN && self.to == EventTime::MAX;
        is_unbounded && self.group.is_none() && self.after.is_none()
    }
}

/// Reads what `query` asks for page by page, `limit` at a time, and hands each document to `visit`, until there are no
/// more or `visit` returns false.
///
/// # Errors
/// As for [`Reader::find`].
pub fn each(
    reader: &mut dyn Reader,
    query: Query,
    visit: &mut dyn FnMut(StoredDocument) -> bool,
) -> Result<(), SinkError> {
    let mut next = Some(query);
    while let Some(query) = next {
        let page = reader.find(&query)?;
        next = query.following(&page);
        if !page.into_iter().all(&mut *visit) {
            return Ok(());
        }
    }
    Ok(())
}
