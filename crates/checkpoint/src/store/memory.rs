//! Objects in memory, with faults that a test scripts: a store that says no, that is full, that lies, that dies.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Object, Store, StoreError, StoreFault, Writing};

/// A store in memory. Its clones are the same store, so a test keeps one and scripts it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

/// What is in the store, and what it will do.
#[derive(Debug, Default)]
struct Inner {
    objects: BTreeMap<String, Vec<u8>>,
    /// Operations since it was made: every call but [`Store::place`].
    operations: u64,
    /// The operations from which on, and before which, each one fails.
    fails: std::ops::Range<u64>,
    /// How many bytes the objects may have together, if there is a bound.
    capacity: Option<u64>,
}

impl MemoryStore {
    /// Operations so far, so that a test fails each in turn.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// The operation number `operation`, counted from 0, and those behind it before `until`, fail and change nothing.
    /// With `u64::MAX` the store, or the process that uses it, dies there; `0..0` heals it.
    pub fn fail(&self, operations: std::ops::Range<u64>) {
        self.lock().fails = operations;
    }

    /// The disk is full when all objects have `bytes` together.
    pub fn bound(&self, bytes: Option<u64>) {
        self.lock().capacity = bytes;
    }

    /// The bytes of an object, to be changed at will.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut inner = self.lock();
        let names: Vec<_> = inner.objects.keys().cloned().collect();
        edit(inner.objects.get_mut(name).unwrap_or_else(|| panic!("no object {name} among {names:?}")));
    }

    /// The names of all objects.
    pub fn names(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    /// Another store with the same objects, which does as it is asked.
    pub fn copy(&self) -> MemoryStore {
        let objects = self.lock().objects.clone();
        MemoryStore { inner: Arc::new(Mutex::new(Inner { objects, ..Inner::default() })) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation, and fails if it is scripted to.
    fn operation(&self, doing: &'static str, name: &str) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let mut inner = self.lock();
        let number = inner.operations;
        inner.operations += 1;
        if inner.fails.contains(&number) {
            return Err(StoreError::new(StoreFault::Other, doing, name.to_owned(), "scripted fault"));
        }
        Ok(inner)
    }
}

impl Inner {
    /// Whether `bytes` more are too many.
    fn is_full(&self, bytes: usize) -> bool {
        let taken: usize = self.objects.values().map(Vec::len).sum();
        self.capacity.is_some_and(|capacity| (taken + bytes) as u64 > capacity)
    }

    fn full(name: &str) -> StoreError {
        StoreError::new(StoreFault::Full, "write", name.to_owned(), "no space left")
    }
}

impl Store for MemoryStore {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut inner = self.operation("put", name)?;
        if inner.is_full(bytes.len()) {
            return Err(Inner::full(name));
        }
        inner.objects.insert(name.to_owned(), bytes.to_owned());
        Ok(())
    }

    fn create(&self, name: &str) -> Result<Box<dyn Writing>, StoreError> {
        drop(self.operation("create", name)?);
        Ok(Box::new(MemoryObject { store: self.clone(), name: name.to_owned(), bytes: Vec::new() }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, StoreError> {
        let inner = self.operation("open", name)?;
        let missing = || StoreError::new(StoreFault::Missing, "open", name.to_owned(), "no such object");
        Ok(Box::new(Cursor::new(inner.objects.get(name).ok_or_else(missing)?.clone())))
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let inner = self.operation("list", folder)?;
        let inside = |name: &str| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let objects = inner.objects.iter().filter(|(name, _)| inside(name));
        Ok(objects.map(|(name, bytes)| Object { name: name.clone(), bytes: bytes.len() as u64 }).collect())
    }

    fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.operation("remove", name)?.objects.remove(name);
        Ok(())
    }

    fn place(&self, name: &str) -> String {
        format!("memory:{name}")
    }
}

/// An object on its way into the store.
struct MemoryObject {
    store: MemoryStore,
    name: String,
    bytes: Vec<u8>,
}

impl Writing for MemoryObject {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.store.operation("write", &self.name)?.is_full(self.bytes.len() + bytes.len()) {
            return Err(Inner::full(&self.name));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.store.operation("finish", &self.name)?.objects.insert(self.name, self.bytes);
        Ok(())
    }
}
