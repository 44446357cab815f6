//! Objects in an object store: S3, Google Cloud Storage, Azure Blob Storage.
//!
//! Such a store shows an object whole when its upload is completed, and only then, and keeps it durably from then on.
//! What a killed process leaves of an upload is no object and in no listing; let the bucket expire incomplete uploads.

use std::error::Error as _;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Once};

use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore as _, ObjectStoreExt, WriteMultipart, parse_url_opts};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::{Object, Store, StoreError, StoreFault, Writing};

/// How many pieces of an upload may be on their way at once; each is some megabytes.
const PIECES: usize = 4;
/// How many bytes are asked of the store at once.
const READ_BYTES: u64 = 8 << 20;
/// How many threads do the requests of all parts that this process writes and reads.
const THREADS: usize = 2;
/// Which environment variables the clients see: credentials, regions, endpoints.
const SETTINGS: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// A folder of an object store.
#[derive(Debug)]
pub struct ObjectStore {
    inner: Arc<Inner>,
}

/// What the store and its open objects share.
#[derive(Debug)]
struct Inner {
    /// The client of the bucket.
    client: Box<dyn object_store::ObjectStore>,
    /// The folder in the bucket.
    folder: Path,
    /// The URL that was given.
    url: String,
    /// The clients are asynchronous and the threads of a run are not, so the requests have threads of their own.
    runtime: Runtime,
}

impl ObjectStore {
    /// The store at a URL, with credentials, region and endpoint from the environment. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`StoreError`] of [`StoreFault::Setting`] if the URL or the environment is not understood.
    pub fn open(url: &str) -> Result<ObjectStore, StoreError> {
        let refused = |cause: String| StoreError::new(StoreFault::Setting, "open", url.to_owned(), cause);
        let parsed = Url::parse(url).map_err(|error| refused(error.to_string()))?;
        if parsed.scheme() == "memory" {
            return Err(refused("what is kept in memory ends with the process".to_owned()));
        }
        provide_cryptography();
        let settings =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let settings = settings.filter(|(name, _)| SETTINGS.iter().any(|prefix| name.starts_with(prefix)));
        let (client, folder) = parse_url_opts(&parsed, settings).map_err(|error| refused(error.to_string()))?;
        ObjectStore::new(client, folder, url)
    }

    /// The store of a client.
    fn new(client: Box<dyn object_store::ObjectStore>, folder: Path, url: &str) -> Result<ObjectStore, StoreError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("object-store").enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::io("open", url.to_owned(), &error))?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(ObjectStore { inner: Arc::new(Inner { client, folder, url, runtime }) })
    }
}

/// The cryptography of TLS, which a process chooses once.
fn provide_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // That another is chosen already is as good.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
    });
}

/// An error with all of its causes: the clients tell of some only that there is one.
fn explain(error: &Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

impl Inner {
    /// Where an object of this name is in the bucket.
    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.folder.clone(), |path, part| path.join(part))
    }

    fn place(&self, name: &str) -> String {
        if name.is_empty() { self.url.clone() } else { format!("{}/{name}", self.url) }
    }

    fn error(&self, doing: &'static str, name: &str, error: &Error) -> StoreError {
        let fault = match error {
            Error::NotFound { .. } => StoreFault::Missing,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => StoreFault::Denied,
            Error::InvalidPath { .. } | Error::UnknownConfigurationKey { .. } => StoreFault::Setting,
            _ => StoreFault::Other,
        };
        StoreError::new(fault, doing, self.place(name), explain(error))
    }

    /// Adds the objects below `folder` to `objects`.
    fn walk(&self, folder: &Path, objects: &mut Vec<ObjectMeta>) -> Result<(), Error> {
        let listed = self.runtime.block_on(self.client.list_with_delimiter(Some(folder)))?;
        objects.extend(listed.objects);
        listed.common_prefixes.iter().try_for_each(|folder| self.walk(folder, objects))
    }

    /// The object's name in this store; nothing if it is outside its folder.
    fn name(&self, path: &Path) -> Option<String> {
        let parts: Vec<_> = path.prefix_match(&self.folder)?.map(|part| part.as_ref().to_owned()).collect();
        Some(parts.join("/"))
    }
}

impl Store for ObjectStore {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let (inner, path) = (&self.inner, self.inner.path(name));
        let put = inner.runtime.block_on(inner.client.put(&path, bytes.to_owned().into()));
        put.map(drop).map_err(|error| inner.error("write", name, &error))
    }

    fn create(&self, name: &str) -> Result<Box<dyn Writing>, StoreError> {
        let (inner, path) = (self.inner.clone(), self.inner.path(name));
        let upload = inner.runtime.block_on(inner.client.put_multipart(&path));
        let upload = WriteMultipart::new(upload.map_err(|error| inner.error("create", name, &error))?);
        Ok(Box::new(Upload { inner, name: name.to_owned(), upload: Some(upload) }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, StoreError> {
        let (inner, path) = (self.inner.clone(), self.inner.path(name));
        let head = inner.runtime.block_on(inner.client.head(&path));
        let size = head.map_err(|error| inner.error("open", name, &error))?.size;
        Ok(Box::new(Download { inner, path, left: 0..size, piece: io::Cursor::default() }))
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let (inner, mut found) = (&self.inner, Vec::new());
        inner.walk(&inner.path(folder), &mut found).map_err(|error| inner.error("list", folder, &error))?;
        let objects =
            found.iter().filter_map(|meta| Some(Object { name: inner.name(&meta.location)?, bytes: meta.size }));
        let mut objects: Vec<_> = objects.collect();
        objects.sort_unstable();
        Ok(objects)
    }

    fn delete(&self, name: &str) -> Result<(), StoreError> {
        let (inner, path) = (&self.inner, self.inner.path(name));
        match inner.runtime.block_on(inner.client.delete(&path)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(inner.error("remove", name, &error)),
        }
    }

    fn place(&self, name: &str) -> String {
        self.inner.place(name)
    }
}

/// An object on its way up, in pieces.
struct Upload {
    inner: Arc<Inner>,
    name: String,
    /// Nothing once it is finished.
    upload: Option<WriteMultipart>,
}

impl Writing for Upload {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let sent = self.inner.runtime.block_on(async {
            upload.wait_for_capacity(PIECES).await?;
            upload.write(bytes);
            Ok(())
        });
        sent.map_err(|error| self.inner.error("write", &self.name, &error))
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        let Some(upload) = self.upload.take() else { return Ok(()) };
        let finished = self.inner.runtime.block_on(upload.finish());
        finished.map(drop).map_err(|error| self.inner.error("finish", &self.name, &error))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take() {
            // Best effort: what stays is no object.
            let _stays = self.inner.runtime.block_on(upload.abort());
        }
    }
}

/// An object on its way down, in pieces.
struct Download {
    inner: Arc<Inner>,
    path: Path,
    /// The bytes that have not been asked for.
    left: Range<u64>,
    /// The bytes that have come, and how many of them have been read.
    piece: io::Cursor<Vec<u8>>,
}

impl Read for Download {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.piece.position() == self.piece.get_ref().len() as u64 && !self.left.is_empty() {
            let range = self.left.start..self.left.end.min(self.left.start + READ_BYTES);
            let piece = self.inner.runtime.block_on(self.inner.client.get_range(&self.path, range.clone()));
            self.piece = io::Cursor::new(piece.map_err(io::Error::other)?.into());
            self.left.start = range.end;
        }
        self.piece.read(bytes)
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::Repository;
    use crate::fixture::{DATAFLOW, checkpoint, shape, whole};
    use mare_model::time::Epoch;

    fn store() -> Arc<ObjectStore> {
        Arc::new(ObjectStore::new(Box::new(InMemory::new()), Path::from("a/b"), "s3://bucket/a/b/").unwrap())
    }

    #[test]
    fn checkpoints_are_written_read_listed_and_pruned() {
        let repository = Repository::new(store(), DATAFLOW);
        assert_eq!(repository.recover(&shape(), false).unwrap().manifest, None);
        (1..=4).for_each(|epoch| drop(checkpoint(&repository, epoch, 2).unwrap()));
        assert_eq!(repository.recover(&shape(), false).unwrap().manifest.unwrap().epoch, Epoch(4));
        repository.prune(2).unwrap();
        assert_eq!(whole(&repository), [4, 3]);
        assert_eq!(repository.place(), "s3://bucket/a/b/sales");
    }

    #[test]
    fn a_large_object_goes_up_and_down_in_pieces() {
        let (store, bytes) = (store(), vec![7; 100_003]);
        let mut object = store.create("x/large").unwrap();
        (0..200).for_each(|_| object.append(&bytes).unwrap());
        assert_eq!(store.list("x").unwrap(), [], "unfinished, it is not there");
        object.finish().unwrap();
        assert!(store.get("x/large").unwrap() == bytes.repeat(200));
        drop(store.create("x/dropped").unwrap());
        assert_eq!(store.list("x").unwrap(), [Object { name: "x/large".to_owned(), bytes: 20_000_600 }]);
        assert!(store.get("x/other").unwrap_err().is_missing());
    }

    /// As the HTTP client's errors: what it says leaves out its cause.
    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Terse(#[source] io::Error);

    #[test]
    fn an_error_says_what_it_was_caused_by() {
        let source = Box::new(Terse(io::Error::from(io::ErrorKind::ConnectionRefused)));
        let error = explain(&Error::Generic { store: "S3", source });
        assert!(error.ends_with(": error sending request: connection refused"), "{error}");
        assert_eq!(error.matches("error sending request").count(), 1, "{error}");
    }

    #[test]
    fn urls_that_name_no_durable_store_are_refused() {
        for url in ["memory:///", "gopher://x/y", "s3://"] {
            let error = ObjectStore::open(url).map(drop).unwrap_err();
            assert_eq!(error.fault, StoreFault::Setting, "{error}");
        }
    }
}
