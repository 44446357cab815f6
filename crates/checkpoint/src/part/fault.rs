//! What is wrong with a part.

use super::super::store::StoreError;
use super::VERSION;
use mare_model::fault::{Domain, Fault};
use mare_model::time::Epoch;

/// A part that cannot be read: which, where, and what is wrong with it there.
///
/// Reading again does not help, but for [`PartFault::Store`]; an older checkpoint does.
#[derive(Debug, thiserror::Error)]
#[error("part {place}, byte {at}: {fault}")]
pub struct PartError {
    /// The part's object, for a person.
    pub place: String,
    /// How many bytes before it are good.
    pub at: u64,
    /// What is wrong.
    #[source]
    pub fault: PartFault,
}

/// What is wrong with a part.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// It does not begin like a part.
    #[error("this is no part of a checkpoint")]
    NotAPart,
    /// It has another version of the format.
    #[error("it has format version {0}, this mare reads version {VERSION}")]
    Version(u32),
    /// It is a part of another checkpoint, or of another worker.
    #[error("it is the part of worker {worker} at epoch {}", epoch.0)]
    Foreign {
        /// The checkpoint that it says it belongs to.
        epoch: Epoch,
        /// The worker that it says wrote it.
        worker: u32,
    },
    /// Its bytes end before its trailer.
    #[error("it ends too early")]
    EndsEarly,
    /// There are bytes behind its trailer.
    #[error("it goes on behind its end")]
    GoesOn,
    /// Bytes are not those that were written.
    #[error("its checksum is wrong: it was damaged after it was written")]
    Checksum,
    /// A block of a kind that this version does not know.
    #[error("it has a block of the unknown kind {0}")]
    UnknownKind(u8),
    /// The checksum is right, and yet a block makes no sense; with how.
    #[error("a block in it makes no sense: {0}")]
    Malformed(String),
    /// It is whole, and not what the trailer or the manifest says.
    #[error("it has {found} {what}, not {expected}")]
    Differs {
        /// What is counted.
        what: &'static str,
        /// What it has.
        found: u64,
        /// What it should have.
        expected: u64,
    },
    /// The store does not give it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PartError {
    /// Whether the part itself is not as it was written; else the store could not be asked, and may be later.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match &self.fault {
            PartFault::Store(error) => error.is_missing(),
            _ => true,
        }
    }
}

impl From<&PartError> for Fault {
    fn from(error: &PartError) -> Fault {
        let PartError { place, at, fault } = error;
        match fault {
            PartFault::Store(error) => Fault::from(error).within(format_args!("part {place}, byte {at}")),
            _ => Fault::new(Domain::Machine, error),
        }
    }
}
