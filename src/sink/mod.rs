//! Where documents go: the newest total of each window and group, upserted, guarded by its number of events.
//!
//! Each kind of sink is a [`Writer`]. The engine owns everything else: coalescing, the thread, retries, the capability.

//!
//! # Layout
//! * [`document`]: what a total becomes under a plan, whatever the sink (pure)
//! * [`decimal`]: exact decimals as text and as the nearest double (pure)
//! * [`deliver`]: the writer thread of a worker: a bounded channel in, acknowledgements out, retries between
//! * [`status`]: what the writers of a process count
//! * [`mongodb`], [`sqlite`], [`stdout`]: the kinds of sink; [`open`] is the one place where a new one is added

pub mod decimal;
pub mod deliver;
pub mod document;
#[cfg(test)]
mod fixture;
pub mod mongodb;
pub mod sqlite;
pub mod status;
pub mod stdout;

pub use deliver::{Batch, Deliver, Delivery};
pub use status::SinkStatus;

use crate::dataflow::{Plan, Sink};
use crate::engine::Change;
use document::Layout;

/// A connection of one worker to a sink. It lives on the writer thread of that worker and is called from there only.
pub trait Writer: Send {
    /// Makes `changes` durable, each key at most once in the slice, and returns what became of them.
    ///
    /// A total replaces only a less complete one (smaller [`Total::n`]), so writing again is harmless.
    ///
    /// # Errors
    /// [`SinkError::Away`] if nothing is known of the outcome and the same call may succeed later, and
    /// [`SinkError::Refused`] if it never will without somebody's help.
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError>;
}

/// Opens a connection to the sink of `plan`: reaches the server or the file and makes the index or the table if absent.
///
/// # Errors
/// As for [`Writer::write`].
pub fn open(plan: &Plan) -> Result<Box<dyn Writer>, SinkError> {
    let layout = Layout::of(plan);
    Ok(match &plan.sink {
        Sink::MongoDb(sink) => Box::new(mongodb::MongoWriter::connect(sink, layout)?),
        Sink::Sqlite(sink) => Box::new(sqlite::SqliteWriter::open(sink, layout)?),
        Sink::Stdout => Box::new(stdout::JsonLines::stdout(layout)),
    })
}

/// What became of the totals of one [`Writer::write`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Documents inserted or replaced.
    pub written: u64,
    /// Documents of which the sink already had a version that was as complete or more.
    pub stale: u64,
}

/// Why a sink did not take documents. The domain is external; the variant says whether to try again.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Worth trying again: the server does not answer, or answers that it is not ready.
    #[error("{0}")]
    Away(String),
    /// Not worth trying again: the message names the cause and the remedy.
    #[error("{0}")]
    Refused(String),
}
