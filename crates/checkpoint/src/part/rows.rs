//! Totals and ids as a part keeps them. These types are the format: they change with its version alone.

use serde::{Deserialize, Serialize};

use mare_model::columns::Columns;
use mare_model::position::Partition;
use mare_model::summary::Summary;
use mare_model::time::{EventTime, Window};

/// Rows of one view behind the first: those of the first stand for themselves, as they did when there was one. Of the
/// kinds that came later, rows of any view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfView<T> {
    /// The number of the view, by the order of the file.
    pub view: u16,
    /// Its rows.
    pub rows: T,
}

/// Totals of windows and groups. A window is known by its [slot](mare_model::time::Windows::slot), which for all but
/// cumulative windows is its start: the rest is said by the shape of the dataflow, which a run that goes on has to
/// share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalRows {
    /// Slot of each row's window.
    slots: Vec<EventTime>,
    /// The groups, and what they come to.
    columns: Columns,
    /// The summaries of each row, if there are any: a block of another kind has them behind the rows.
    #[serde(skip)]
    summaries: Vec<Vec<Summary>>,
}

/// Rows of a view that keeps summaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SummarizedRows<R, S> {
    /// The number of the view, by the order of the file.
    pub view: u16,
    /// The rows.
    pub rows: R,
    /// The summaries of each row, one or more.
    pub summaries: S,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalRow<'a> {
    /// Slot of the window.
    pub slot: EventTime,
    /// The group, its canonical text.
    pub group: &'a str,
    /// How many events are folded in.
    pub n: i64,
    /// What they have come to.
    pub measures: &'a [i128],
    /// What is kept of them beside these.
    pub summaries: &'a [Summary],
}

impl TotalRows {
    /// No rows, each of which will have `width` measures.
    #[must_use]
    pub fn new(width: usize) -> TotalRows {
        TotalRows { slots: Vec::new(), columns: Columns::new(width), summaries: Vec::new() }
    }

    /// The same with these summaries.
    pub(super) fn summarized(self, summaries: Vec<Vec<Summary>>) -> TotalRows {
        TotalRows { summaries, ..self }
    }

    /// The summaries of each row; none if the rows have none.
    pub(super) fn summaries(&self) -> &[Vec<Summary>] {
        &self.summaries
    }

    /// Appends a row, which has summaries if the others have.
    pub fn push(&mut self, row: TotalRow<'_>) {
        self.slots.push(row.slot);
        self.columns.push(row.group, row.measures.iter().copied());
        self.columns.fold(self.columns.len() - 1, row.n, |_, units| units);
        if !row.summaries.is_empty() {
            self.summaries.push(row.summaries.to_vec());
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The rows, in the order in which they were appended.
    pub fn rows(&self) -> impl Iterator<Item = TotalRow<'_>> {
        let columns = &self.columns;
        self.slots.iter().enumerate().map(|(row, slot)| TotalRow {
            slot: *slot,
            group: columns.group(row),
            n: columns.count(row),
            measures: columns.measures(row),
            summaries: self.summaries.get(row).map_or(&[], Vec::as_slice),
        })
    }

    /// Whether the columns fit together, so that every row can be read. Rows that were read may not.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let is_one_for_each = self.summaries.is_empty() || self.summaries.len() == self.len();
        self.slots.len() == self.columns.len() && is_one_for_each && self.columns.is_consistent()
    }
}

/// Open sessions of groups: rows as others, whose windows no setting tells, so that their ends stand beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRows {
    /// The rows, whose slots are the times at which the sessions start.
    pub rows: TotalRows,
    /// Where each ends.
    pub ends: Vec<EventTime>,
}

/// The same as a part has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionsOfView<R, E, S> {
    /// The number of the view, by the order of the file.
    pub view: u16,
    /// The rows.
    pub rows: R,
    /// Where the session of each row ends.
    pub ends: E,
    /// The summaries of each row, if there are any.
    pub summaries: S,
}

impl SessionRows {
    /// No sessions, each of which will have `width` measures.
    #[must_use]
    pub fn new(width: usize) -> SessionRows {
        SessionRows { rows: TotalRows::new(width), ends: Vec::new() }
    }

    /// Appends a session, which has summaries if the others have.
    pub fn push(&mut self, row: TotalRow<'_>, end: EventTime) {
        self.rows.push(row);
        self.ends.push(end);
    }

    /// The sessions, each with the window that it is so far, in the order in which they were appended.
    pub fn sessions(&self) -> impl Iterator<Item = (Window, TotalRow<'_>)> {
        let window = |(row, end): (TotalRow<'_>, &EventTime)| Window { start: row.slot, end: *end };
        self.rows.rows().zip(&self.ends).map(move |(row, end)| (window((row, end)), row))
    }

    /// Whether the columns fit together, and each session ends behind its start. Rows that were read may not.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let are_windows = || self.sessions().all(|(window, _)| window.start < window.end);
        self.rows.is_consistent() && self.rows.len() == self.ends.len() && are_windows()
    }
}

/// Ids of events that have been counted, of one partition and window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenIds {
    /// The partition they were read from.
    pub partition: Partition,
    /// Slot of the window of their events.
    pub slot: EventTime,
    /// The ids.
    pub ids: Vec<String>,
}

/// What cancellations find their orders by, of one partition and window. What is there twice is cancelled if it is
/// anywhere: an order that has been taken back stands there as it was counted, and behind it as cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenOrders {
    /// The partition they were read from.
    pub partition: Partition,
    /// Slot of the window of their events.
    pub slot: EventTime,
    /// The orders, by their ids.
    pub orders: Vec<SeenOrder>,
}

/// An order that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenOrder {
    /// Its id.
    pub id: String,
    /// What it has added; nothing if it is cancelled, be it that it was taken back or has not come.
    pub counted: Option<CountedOrder>,
}

/// What an order has added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedOrder {
    /// Its event time, which says to which windows.
    pub time: EventTime,
    /// The group, its canonical text.
    pub group: String,
    /// How much, by each measure of its view.
    pub measures: Vec<i128>,
}
