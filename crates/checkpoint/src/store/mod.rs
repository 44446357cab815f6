//! Where the objects of checkpoints are: whole byte strings under names such as
//! `black-friday/00000001764331200000/part-00000`.
//!
//! # Layout
//! * [`Store`], [`Writing`]: the seam
//! * [`registry`]: which kinds there are, by the beginning of `checkpoint.path`
//! * [`fault`]: why a store did not do as asked
//! * [`local`]: a folder of this machine
//! * `object`: an object store such as S3, with the feature `object-store`, which is on by default
//! * `memory`: for tests, with scripted faults

pub mod fault;
pub mod local;
#[cfg(any(test, feature = "fixture"))]
pub mod memory;
#[cfg(feature = "object-store")]
pub mod object;
pub mod registry;

use std::fmt::Debug;
use std::io::Read;

pub use fault::{StoreError, StoreFault};

/// A place for objects. One is shared by all threads of a run; its calls block until they are done.
///
/// Names are parts separated by `/`, made of letters, digits, `-`, `_` and `.` alone.
pub trait Store: Debug + Send + Sync {
    /// Puts a whole object, and replaces one of that name at once: readers see the old one or the new one.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether the object is there, but what is there is whole and durable.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Begins an object that is written piece by piece, and visible from [`Writing::finish`] on.
    ///
    /// # Errors
    /// [`StoreError`] if the object cannot be begun.
    fn create(&self, name: &str) -> Result<Box<dyn Writing>, StoreError>;

    /// Opens an object to be read from its start.
    ///
    /// # Errors
    /// [`StoreError`], of [`StoreFault::Missing`] if there is no such object.
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, StoreError>;

    /// Every object below the folder `folder`, sorted by name, with those that a crash has left half-written under
    /// other names.
    ///
    /// # Errors
    /// [`StoreError`]; that the folder is not there is none, but an empty list.
    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError>;

    /// Removes an object. One that is not there is removed already.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether the object is gone.
    fn delete(&self, name: &str) -> Result<(), StoreError>;

    /// The place of an object, or of the whole store if `name` is empty, for a person; without secrets.
    fn place(&self, name: &str) -> String;

    /// The bytes of an object.
    ///
    /// # Errors
    /// As [`Store::open`], and if reading fails.
    fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read = self.open(name)?.read_to_end(&mut bytes);
        read.map_err(|error| StoreError::io("read", self.place(name), &error))?;
        Ok(bytes)
    }
}

/// An object on its way into a store. Dropped unfinished, it never was.
pub trait Writing: Send {
    /// Adds bytes at its end.
    ///
    /// # Errors
    /// [`StoreError`]; the object cannot be finished any more.
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes the object visible; it is whole and durable when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether the object is there, but if it is, it is whole.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// An object as a listing tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Its name, from the store's root.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}
