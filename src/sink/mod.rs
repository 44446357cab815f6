//! Where documents go: the newest total of each window and group, upserted, guarded by its number of events.
//!
//! Each kind of sink is a [`Writer`]. The engine owns everything else: coalescing, the thread, retries, the capability.

use crate::engine::{Key, Total};

/// A connection of one worker to a sink. It lives on the writer thread of that worker and is called from there only.
pub trait Writer: Send {
    /// Makes `totals` durable, each at most once in the slice, and returns what became of them.
    ///
    /// A total replaces only a less complete one (smaller [`Total::n`]), so writing again is harmless.
    ///
    /// # Errors
    /// [`SinkError::Away`] if nothing is known of the outcome and the same call may succeed later, and
    /// [`SinkError::Refused`] if it never will without somebody's help.
    fn write(&mut self, totals: &[(Key, Total)]) -> Result<Written, SinkError>;
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
