//! Where documents go: the newest total of each window and group, upserted, guarded by its number of events.
//!
//! Each kind of sink is a [`Connector`], whose [`Writer`] takes the documents. The engine owns everything else:
//! coalescing, the thread, retries, the capability. This crate knows no kind: each is a crate of its own.
//!
//! # Layout
//! * [`document`]: what a total becomes under a plan, whatever the sink (pure)
//! * [`computed`]: totals that are computed from others (pure)
//! * [`ranking`]: the values that have come to most (pure)
//! * [`figures`]: what a document says in numbers (pure); [`json`]: a value of it as JSON (pure)
//! * [`fence`]: which run a sink belongs to, what its readers have seen, and which checkpoints belong to it (pure)
//! * [`fingerprint`]: by which a sink knows whose documents it holds (pure)
//! * [`deliver`]: the writer thread of a worker: a bounded channel in, acknowledgements out, retries between
//! * [`events`]: batches, and a sink that is away, told to the log and to the metrics
//! * [`watch_collection`] (`collection`): how many documents a sink holds, for the metrics
//! * [`alerts`]: what is remembered of the alerts about its documents
//! * [`read`]: documents read back; [`parse`]: from what a sink keeps to a document (pure)
//! * [`status`]: what the writers of a process count
//! * [`mod@storage`]: what documents and indexes take up
//! * [`connector`]: what a sink brings; [`factory`]: what is known of a kind before there is one; [`proposal`]: how
//!   `mare init` is told to take one
//! * [`ViewWriters`] (`views`): one writer for the documents of several views
//! * [`examine`]: what is looked for in a sink before a run
//! * `fixture`: views, keys and totals for the tests of the sinks (feature `fixture`)

pub mod alerts;
mod collection;
pub mod computed;
pub mod connector;
pub mod deliver;
pub mod document;
pub mod events;
pub mod examine;
pub mod factory;
pub mod fence;
pub mod figures;
pub mod fingerprint;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod json;
pub mod parse;
pub mod proposal;
pub mod ranking;
pub mod read;
pub mod status;
pub mod storage;
mod views;

use std::fmt;
use std::ops::Add;

pub use collection::watch_collection;
pub use connector::{Connector, Sink};
pub use deliver::{Batch, Deliver, Delivery};
pub use factory::{Factory, Registry};
pub use fence::{Claim, Expected, FencingToken, Generation, Standing};
pub use read::{Query, Reader, StoredDocument};
pub use status::SinkStatus;
pub use views::ViewWriters;

use mare_model::fault::{Domain, Fault};
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;

/// A connection of one worker to a sink. It lives on the writer thread of that worker and is called from there only.
pub trait Writer: Send {
    /// Says what the next [`Writer::write`] shows: for each partition, the first offset that is not folded into it or
    /// into a batch before it. The control document is raised to at least that before the documents of that write
    /// stand, in front of them in one command, or in one transaction with them. A sink without a control document has
    /// nothing to do, which is the default.
    ///
    /// # Errors
    /// As for [`Writer::write`]; [`SinkError::Superseded`] too if another run has taken over the sink. A sink that
    /// raises the control document together with the documents says so there.
    fn show(&mut self, _shows: &Positions) -> Result<(), SinkError> {
        Ok(())
    }

    /// Makes `changes` durable, each key at most once in the slice, and returns what became of them.
    ///
    /// A total replaces only a less complete one (smaller [`n`](mare_model::total::Total::n)) or, where documents say
    /// whether they are final, one as complete that is not while the new one is. So writing again is harmless.
    ///
    /// # Errors
    /// [`SinkError::Away`] if nothing is known of the outcome and the same call may succeed later, and
    /// [`SinkError::Refused`] if it never will without somebody's help.
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError>;

    /// Writes heartbeats into the journal of the control document, so that every claim from now on finds them: they are
    /// durable when it returns. To declare one again is harmless. A sink without a control document keeps no journal,
    /// which is the default.
    ///
    /// # Errors
    /// As for [`Writer::write`]; [`SinkError::Superseded`] too if another run has taken over the sink, and then none of
    /// them is there.
    fn declare(&mut self, _heartbeats: &[Heartbeat]) -> Result<(), SinkError> {
        Err(SinkError::refused(
            "this sink keeps no journal",
            "leave out event.idle, or name a sink that can be read back",
        ))
    }

    /// Looks whether what the run has claimed is still there. It is called when nothing was written for
    /// [`deliver::LOOK`]; a writer that is busy looks by itself as often. A sink that cannot be replaced has nothing to
    /// look at, which is the default.
    ///
    /// # Errors
    /// [`SinkError::Refused`] if it is gone, or another one is in its place; [`SinkError::Superseded`] if another run
    /// has taken it over; [`SinkError::Away`] if nobody answers, which says nothing.
    fn look(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// What became of the totals of one [`Writer::write`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Documents inserted or replaced.
    pub written: u64,
    /// Documents of which the sink already had a version that was as complete or more.
    pub stale: u64,
}

impl Add for Written {
    type Output = Written;

    fn add(self, other: Written) -> Written {
        Written { written: self.written + other.written, stale: self.stale + other.stale }
    }
}

/// Why a sink did not take documents. The variant says whether to try again, as the fault in it does.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Worth trying again: the server does not answer, or answers that it is not ready.
    #[error("{0}")]
    Away(Fault),
    /// Not worth trying again before somebody has mended something.
    #[error("{0}")]
    Refused(Fault),
    /// Another run has taken over the sink. Not worth trying again either, nor starting again: that would take it back.
    #[error("{0}")]
    Superseded(Fault),
}

impl SinkError {
    /// Nobody answers, or not yet, because of `why`.
    #[must_use]
    pub fn away(why: impl fmt::Display) -> SinkError {
        SinkError::Away(Fault::new(Domain::Sink, why).later())
    }

    /// The sink does not take it because of `what`, until somebody does `remedy`.
    #[must_use]
    pub fn refused(what: impl fmt::Display, remedy: impl fmt::Display) -> SinkError {
        SinkError::Refused(Fault::new(Domain::Sink, what).remedy(remedy))
    }

    /// Another run has taken over, as `what` says.
    #[must_use]
    pub fn superseded(what: impl fmt::Display) -> SinkError {
        SinkError::Superseded(Fault::new(Domain::Sink, what).never())
    }

    /// What is wrong, and the remedy.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        match self {
            SinkError::Away(fault) | SinkError::Refused(fault) | SinkError::Superseded(fault) => fault,
        }
    }
}

impl From<SinkError> for Fault {
    fn from(error: SinkError) -> Fault {
        match error {
            SinkError::Away(fault) | SinkError::Refused(fault) | SinkError::Superseded(fault) => fault,
        }
    }
}
