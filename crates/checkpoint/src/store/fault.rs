//! Why a store did not do as asked, and what to do about it.

use std::{fmt, io};

use mare_model::fault::{Domain, Fault, Retry};

/// Why a store did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// What to do about it.
    fn remedy(self) -> Option<&'static str> {
        match self {
            StoreFault::Missing | StoreFault::Other => None,
            StoreFault::Full => Some("make room there, or lower `checkpoint.keep`"),
            StoreFault::Denied => Some("let the user of mare write there, or set `checkpoint.path` to another place"),
            StoreFault::Setting if cfg!(feature = "object-store") => {
                Some("set `checkpoint.path` to a folder or the URL of an object store")
            }
            StoreFault::Setting => {
                Some("set `checkpoint.path` to a folder, or build mare with the feature `object-store`")
            }
        }
    }
}

impl From<&StoreError> for Fault {
    fn from(error: &StoreError) -> Fault {
        let StoreError { fault, doing, place, cause } = error;
        let domain = if *fault == StoreFault::Setting { Domain::User } else { Domain::Machine };
        let retry = if *fault == StoreFault::Other { Retry::Later } else { Retry::Mended };
        let remedy = fault.remedy().map(str::to_owned);
        Fault { what: format!("cannot {doing} {place}: {cause}"), remedy, domain, retry }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::from(&error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fault::from(self).fmt(f)
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_store_says_the_remedy_in_one_line_and_keeps_it_apart() {
        let denied = StoreError::io("write", "/c/manifest.json".into(), &io::ErrorKind::PermissionDenied.into());
        let fault = Fault::from(&denied);
        assert_eq!(fault.what, "cannot write /c/manifest.json: permission denied");
        assert_eq!(denied.to_string(), format!("{}; {}", fault.what, fault.remedy.as_deref().unwrap_or_default()));
        assert_eq!((fault.domain, fault.is_passing()), (Domain::Machine, false));
        let other = StoreError::new(StoreFault::Other, "read", "/c".into(), "timed out; no answer");
        assert_eq!(
            (other.to_string(), Fault::from(&other).remedy),
            ("cannot read /c: timed out; no answer".into(), None)
        );
        assert!(Fault::from(&other).is_passing());
    }
}
