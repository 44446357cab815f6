//! An auditor: it recomputes every document from the raw topic and compares it with what the sink holds.
//!
//! It is written to be read, not to be fast, and shares no code with the engine's decoding, expressions, lateness and
//! totals: what both must agree on is the file format ([`mare_dataflow`]) alone. Each module states the rules that it
//! applies.
//!
//! # What can be compared
//! 1. A document is a function of the topic: an event is dead, late, a duplicate or counted by what stands before it in
//!    its own partition ([`recount`]). So documents that show all of a topic up to some offsets can be recomputed from
//!    that part of it.
//! 2. The sink's control document says up to which offsets the documents show the topic, and so does the newest
//!    checkpoint, which is taken when they are durable; whoever says more is believed ([`witness`]). If no counted
//!    event lies beyond these offsets, and they stay where they are until the documents have been read, every document
//!    must be equal.
//! 3. Else a run is at work, or was stopped on the way: documents may be behind those offsets by nothing and ahead by
//!    anything. But a window that is closed for *all* partitions at those offsets takes no event any more, whatever
//!    comes: its documents must be equal in spite of it. The others are open, and are not compared.
//! 4. If records are gone from a partition, by retention, deletion or compaction, their event times are bounded by the
//!    timestamp of the oldest record left behind them plus `event.max_ahead`, as long as timestamps do not fall.
//!    Windows that start behind that bound lost no event, and none of theirs was late because of one that is gone.
//!    Older windows cannot be recomputed, and are not compared ([`gone`]); where orders are cancelled by their ids,
//!    neither can those that start before an order of that bound cannot be cancelled any more. If the log ends before
//!    what the documents show, it is another one, and nothing can be recomputed.
//! 5. Who has compared nothing has proved nothing: that is no success.
//!
//! # Layout
//! * [`topic`]: the raw records, by a consumer of its own
//! * [`amount`], [`instant`]: numbers and times from their text (pure); [`mean`](mod@mean): the mean of numbers (pure)
//! * [`dispersion`]: their variance and standard deviation (pure)
//! * [`computed`]: totals that are computed from others (pure)
//! * [`json`], [`framing`]: JSON by its grammar, and what a payload is that is none (pure)
//! * [`event`]: what a record says (pure), and `lookup`: the tables in which it looks values up
//! * [`windows`]: which windows a time lies in; [`calendar`]: those of a calendar (pure)
//! * [`recount`]: what becomes of it (pure)
//! * [`totals`]: what they come to, by window and group (pure)
//! * [`cancellation`]: what takes back what others have added (pure)
//! * [`sessions`](mod@sessions): which events are one session (pure)
//! * [`silence`]: what was promised for partitions that were silent (pure)
//! * [`gone`]: records that cannot be read any more (pure)
//! * [`witness`]: what the sink shows, by everybody who knows
//! * [`lateness`]: words about events that are late, of which no comparison tells (pure)
//! * [`reading`]: the topic read through
//! * [`compare`]: recomputed totals against documents found (pure)
//! * [`audit`]: all of it together
//! * [`explain`]: where one document's numbers come from

pub mod amount;
pub mod audit;
pub mod calendar;
pub mod cancellation;
pub mod compare;
pub mod computed;
pub mod dispersion;
pub mod event;
pub mod explain;
pub mod framing;
pub mod gone;
pub mod instant;
pub mod json;
pub mod lateness;
mod lookup;
pub mod mean;
pub mod reading;
pub mod recount;
pub mod sessions;
pub mod silence;
mod summary;
#[cfg(test)]
mod tests;
pub mod topic;
pub mod totals;
pub mod windows;
pub mod witness;

use mare_expression_reference::Unreadable;
use mare_model::fault::{Domain, Fault};
use mare_sink::SinkError;

/// Why an audit has no answer.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The topic cannot be read.
    #[error(transparent)]
    Topic(Fault),
    /// The sink cannot be read.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A table of the dataflow cannot be read again.
    #[error(transparent)]
    Lookup(Fault),
    /// An expression of the dataflow cannot be read again: a mistake of ours.
    #[error(transparent)]
    Expression(#[from] Unreadable),
    /// Whoever asked has broken off.
    #[error("the topic was not read to its end")]
    BrokenOff,
}

impl From<VerifyError> for Fault {
    fn from(error: VerifyError) -> Fault {
        match error {
            VerifyError::Topic(fault) | VerifyError::Lookup(fault) => fault,
            VerifyError::BrokenOff => Fault::new(Domain::User, error),
            VerifyError::Sink(error) => error.into(),
            VerifyError::Expression(error) => Fault::new(Domain::Ours, error),
        }
    }
}
