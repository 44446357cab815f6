//! Which kinds of store there are: the one place that tells them apart.
//!
//! A new kind is a file beside this one, and a line of [`STORES`]. Everybody else asks a [`Store`], or this table for
//! what concerns all kinds.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "object-store")]
use super::object;
use super::{Store, StoreError, StoreFault, local};

/// All kinds, in the order in which people are told of them. A path that is no URL is of the first.
const STORES: [Factory; 2] = [local::FACTORY, OBJECT];

/// Object stores: S3, Google Cloud Storage, Azure Blob Storage; `https` as each of these has it. A build without them
/// knows them by name, to say what it lacks.
const OBJECT: Factory = Factory {
    schemes: &["s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "https"],
    folder: |_| None,
    #[cfg(feature = "object-store")]
    open: |url| Ok(Arc::new(object::ObjectStore::open(url)?)),
    #[cfg(not(feature = "object-store"))]
    open: |url| Err(refused(url, "this build of mare has no object stores".to_owned())),
};

/// A kind of store: what is known of it before there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factory {
    /// How its URLs begin, before `://`.
    pub(super) schemes: &'static [&'static str],
    /// The folder of this machine that a path names, if it is one.
    pub(super) folder: fn(&str) -> Option<&Path>,
    /// Opens the store at a path, and asks nothing of it yet.
    pub(super) open: fn(&str) -> Result<Arc<dyn Store>, StoreError>,
}

/// The kind of store that is at `path`, if one is known.
fn of(path: &str) -> Option<Factory> {
    let [plain, ..] = STORES;
    match path.split_once("://") {
        None => Some(plain),
        Some((scheme, _)) => STORES.into_iter().find(|factory| factory.schemes.contains(&scheme)),
    }
}

/// Opens the store at `path`: a folder of this machine, plainly or as `file://`, or the URL of an object store.
///
/// # Errors
/// [`StoreError`] if the URL is not understood. A folder is made when the first object is put into it.
pub fn open(path: &str) -> Result<Arc<dyn Store>, StoreError> {
    let unknown = || refused(path, format!("the URL of a store begins with {}", beginnings()));
    (of(path).ok_or_else(unknown)?.open)(path)
}

/// Whether a kind of store is known whose URLs begin like `path`, or it is none.
#[must_use]
pub fn is_known(path: &str) -> bool {
    of(path).is_some()
}

/// The folder of this machine that `path` names; nothing if it is elsewhere.
#[must_use]
pub fn folder(path: &str) -> Option<&Path> {
    of(path).and_then(|factory| (factory.folder)(path))
}

/// How the URLs of all kinds begin, before `://`.
pub fn schemes() -> impl Iterator<Item = &'static str> {
    STORES.into_iter().flat_map(|factory| factory.schemes).copied()
}

/// How the URL of a store may begin, for people.
#[must_use]
pub fn beginnings() -> String {
    schemes().map(|scheme| format!("{scheme}://")).collect::<Vec<_>>().join(", ")
}

/// That a URL opens nothing, which is not repeated behind its scheme.
fn refused(url: &str, cause: String) -> StoreError {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    StoreError::new(StoreFault::Setting, "open", format!("{scheme}://…"), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_nobody_has_is_refused_with_those_that_there_are() {
        let error = open("gopher://user:secret@x").map(drop).expect_err("no store");
        assert_eq!(error.fault, StoreFault::Setting);
        let words = error.to_string();
        assert!(words.contains("open gopher://…: ") && words.contains("file://, s3://, s3a://, gs://"), "{words}");
        assert!(!is_known("gopher://x") && is_known("s3://bucket") && is_known(".mare/checkpoints"));
    }

    #[test]
    fn each_scheme_is_of_one_kind() {
        let all: Vec<_> = schemes().collect();
        assert!(all.iter().enumerate().all(|(at, scheme)| !all[..at].contains(scheme)), "{all:?}");
    }

    #[test]
    fn a_folder_is_named_plainly_or_by_its_scheme() {
        assert_eq!([folder("a/b"), folder("file:///a")], [Some(Path::new("a/b")), Some(Path::new("/a"))]);
        assert_eq!((folder("s3://a/b"), folder("gopher://a")), (None, None));
    }

    #[cfg(not(feature = "object-store"))]
    #[test]
    fn a_build_without_object_stores_says_so() {
        let words = open("s3://bucket/folder").map(drop).expect_err("left out").to_string();
        assert!(words.contains("open s3://…: this build of mare has no object stores; "), "{words}");
    }
}
