//! Documents out of the sink into the history, window by window, as far as they are final.

use std::ops::Range;

use tracing::warn;

use super::Alert;
use super::evaluate::{Evaluator, earlier};
use super::history::History;
use crate::sink::{Found, Query, Reader, SinkError};
use crate::time::{EventTime, Tumbling};

/// How many documents are read at once.
const PAGE: usize = 5_000;
/// How many documents of open windows are looked at, the newest ones.
const OPEN_MAX: usize = 10_000;

/// Goes through the final windows of a sink, each once and in order.
pub struct Feed {
    reader: Box<dyn Reader>,
    evaluator: Evaluator,
    windows: Tumbling,
    history: History,
    /// The start of the first window that has not been evaluated.
    next: EventTime,
    /// Whether the history reaches as far behind `next` as rules look.
    is_warm: bool,
    /// How many documents are read at once.
    page: usize,
    /// Whether a document that cannot be understood has been said.
    said: bool,
}

/// What some final windows came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// What the rules found, each with the event time at which its window closed.
    pub alerts: Vec<(Alert, EventTime)>,
    /// The start of the first window that has not been evaluated.
    pub next: EventTime2,
}
