//! Folders and files for a while: gone when dropped, and at the latest when this process ends, however it ends.

use mare_test_support::leash::leash;
use tempfile::{NamedTempFile, TempDir};

/// A new folder.
///
/// # Panics
/// If there is no room for one.
#[must_use]
pub fn folder() -> TempDir {
    tempfile::tempdir_in(leash().folder("scratch")).expect("a folder")
}

/// A new file.
///
/// # Panics
/// If there is no room for one.
#[must_use]
pub fn file() -> NamedTempFile {
    NamedTempFile::new_in(leash().folder("scratch")).expect("a file")
}
