//! The shard operator: reads what a worker's totals come to at a boundary, and writes that as a part.

use std::rc::Rc;
use std::sync::Arc;

use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::cursor::{CursorList, cursor_list};
use differential_dataflow::trace::{Cursor, TraceReader};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;
use timely::scheduling::Activator;
use tracing::warn;

use super::errand::{Background, Errands, Outcome};
use super::{Piece, Vault};
use crate::checkpoint::{Block, Encoded, Part, StoreError};
use crate::engine::announcement::{Announcement, Crossing, Crossings};
use crate::engine::boundary::Boundaries;
use crate::engine::clock::Clock;
use crate::engine::partials::Partials;
use crate::engine::totals::{Totals, newest};
use crate::source::Waker;
use crate::time::{Epoch, EventTime, Moment, Tumbling};

/// How many keys are read at one activation: a pause of a few milliseconds.
const SLICE: usize = 10_000;

/// What the shard operator is made of, beside the trace.
pub struct Setting {
    /// Index of the worker.
    pub index: usize,
    /// Number of workers.
    pub peers: usize,
    /// The windows.
    pub windows: Tumbling,
    /// How many measures a total has.
    pub width: usize,
    /// Where to cut.
    pub boundaries: Boundaries,
    /// Where the parts go.
    pub vault: Arc<Vault>,
    /// Where they are written.
    pub background: Arc<dyn Background>,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
}

type CursorOf = <Totals as TraceReader>::Batch;

/// A cut that is being read.
struct Cut {
    piece: Draft,
    /// Rows of windows that close at or before this are not read: every partition had promised so much.
    closed: EventTime,
    cursor: CursorList<<CursorOf as differential_dataflow::trace::Navigable>::Cursor>,
    batches: Vec<CursorOf>,
    encoded: Encoded,
}

/// A piece of which the part is not durable yet.
#[derive(Clone)]
struct Draft {
    epoch: Epoch,
    crossing: Crossing,
    boundary: Epoch,
}
