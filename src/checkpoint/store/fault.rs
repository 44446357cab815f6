//! Why a store did not do as asked, and what to do about it.

use std::io;

/// Why a store did not do as asked. The domain is external, but for [`StoreFault::Setting`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {doing} {place}: {cause}{}", .fault.remedy())]
pub struct StoreError {
    /// What kind of cause it has.
    pub fault: StoreFault,
    /// What was asked for, a verb.
    pub doing: &'static str,
    /// The object or folder, without secrets.
    pub place: String,
    /// What the system or the server says.
    pub cause: String,
}

/// What kind of cause an error of a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// The object is not there.
    Missing,
    /// No space is left, or none of the quota.
    Full,
    /// The user of this process must not do that there.
    Denied,
    /// The setting that names the store is wrong.
    Setting,
    /// Any other; trying again may help.
    Other,
}

impl StoreError {
    /// An error with all that there is to say.
    #[must_use]
    pub fn new(fault: StoreFault, doing: &'static str, place: String, cause: impl ToString) -> StoreError {
        StoreError { fault, doing, place, cause: cause.to_string() }
    }

    /// An error of the file system.
    #[must_use]
    pub fn io(doing: &'static str, place: String, error: &io::Error) -> StoreError {
        StoreError::new(StoreFault::of(error.kind()), doing, place, error)
    }

    /// Whether the object is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.fault == StoreFault::Missing
    }
}

impl StoreFault {
    /// The fault of an error of the file system.
    fn of(kind: io::ErrorKind) -> StoreFault {
        match kind {
            io::ErrorKind::NotFound => StoreFault::Missing,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreFault::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreFault::Denied,
            io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => StoreFault::Setting,
            _ => StoreFault::Other,
        }
    }

    /// What to do about it, as the end of a sentence.
    fn remedy(self) -> &'static str {
        match self {
            StoreFault::Missing | StoreFault::Other => "",
            StoreFault::Full => "; make room there, or lower `checkpoint.keep`",
            StoreFault::Denied => "; let the user of mare write there, or set `checkpoint.path` to another place",
            StoreFault::Setting if cfg!(feature = "object-store") => {
                "; set `checkpoint.path` to a folder or the URL of an object store"
            }
            StoreFault::Setting => "; set `checkpoint.path` to a folder, or build mare with the feature `object-store`",
        }
    }
}
