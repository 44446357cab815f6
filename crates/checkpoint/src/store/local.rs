//! Objects as files of this machine.
//!
//! An object is written under another name, synced, renamed, and then its folder is synced, because only that makes the
//! new name survive a power failure. (The local store of the crate `object_store` syncs neither, so it is not used
//! here.)

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::registry::Factory;
use super::{Object, Store, StoreError, StoreFault, Writing};

/// Folders of this machine, plainly or as `file://`.
pub(super) const FACTORY: Factory = Factory {
    schemes: &["file"],
    folder: |path| Some(folder(path)),
    open: |path| Ok(Arc::new(LocalStore::new(folder(path)))),
};

/// What is put before the name of a file that is being written.
const UNFINISHED: &str = ".unfinished-";

/// A folder of this machine.
#[derive(Debug)]
pub struct LocalStore {
    /// The folder; made when the first object is put into it.
    root: PathBuf,
}

impl LocalStore {
    /// The store in `root`.
    #[must_use]
    pub fn new(root: &Path) -> LocalStore {
        LocalStore { root: root.to_owned() }
    }

    /// Adds the objects below `folder` to `objects`.
    fn walk(&self, folder: &Path, name: &str, objects: &mut Vec<Object>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            match entry.metadata() {
                // Somebody else removes it at this moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                metadata => match metadata? {
                    folder if folder.is_dir() => self.walk(&entry.path(), &name, objects)?,
                    file => objects.push(Object { name, bytes: file.len() }),
                },
            }
        }
        Ok(())
    }
}

impl Store for LocalStore {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut object = self.create(name)?;
        object.append(bytes)?;
        object.finish()
    }

    fn create(&self, name: &str) -> Result<Box<dyn Writing>, StoreError> {
        let place = self.root.join(name);
        let begun = LocalObject::begin(&place);
        Ok(Box::new(begun.map_err(|error| StoreError::io("create", self.place(name), &error))?))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, StoreError> {
        let file = File::open(self.root.join(name));
        Ok(Box::new(file.map_err(|error| StoreError::io("open", self.place(name), &error))?))
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let mut objects = Vec::new();
        let walked = self.walk(&self.root.join(folder), folder, &mut objects);
        walked.map_err(|error| StoreError::io("list", self.place(folder), &error))?;
        objects.sort_unstable();
        Ok(objects)
    }

    fn delete(&self, name: &str) -> Result<(), StoreError> {
        let place = self.root.join(name);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", self.place(name), &error))
            }
            _ => {
                remove_empty(&place, &self.root);
                Ok(())
            }
        }
    }

    fn place(&self, name: &str) -> String {
        if name.is_empty() { self.root.display().to_string() } else { self.root.join(name).display().to_string() }
    }
}

/// The folder that is named by a path.
fn folder(path: &str) -> &Path {
    Path::new(path.strip_prefix("file://").unwrap_or(path))
}

/// Removes the folders around `place`, below `root`, that are empty. One that is not refuses, which ends it.
fn remove_empty(place: &Path, root: &Path) {
    for folder in place.ancestors().skip(1).take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// A file that is being written, under a name of its own.
struct LocalObject {
    /// The file; nothing once it has its name.
    file: File,
    /// Its name until it is finished.
    unfinished: PathBuf,
    /// Its name from then on.
    place: PathBuf,
    /// Whether it has that name, so that there is nothing to clean up.
    finished: bool,
}

impl LocalObject {
    fn begin(place: &Path) -> io::Result<LocalObject> {
        let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(io::ErrorKind::InvalidFilename.into());
        };
        create_durably(folder)?;
        let unfinished = folder.join(format!("{UNFINISHED}{}", name.to_string_lossy()));
        let file = File::create(&unfinished)?;
        Ok(LocalObject { file, unfinished, place: place.to_owned(), finished: false })
    }

    /// Gives the file its name, durably.
    fn publish(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.unfinished, &self.place)?;
        self.finished = true;
        self.place.parent().map_or(Ok(()), sync_folder)
    }

    fn fault(&self, doing: &'static str, error: &io::Error) -> StoreError {
        // A folder that vanishes while it is written is no missing object.
        let error = StoreError::io(doing, self.place.display().to_string(), error);
        if error.is_missing() { StoreError { fault: StoreFault::Other, ..error } } else { error }
    }
}

impl Writing for LocalObject {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(|error| self.fault("write", &error))
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        self.publish().map_err(|error| self.fault("finish", &error))
    }
}

impl Drop for LocalObject {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: what stays is pruned with its folder.
            let _stays = fs::remove_file(&self.unfinished);
        }
    }
}

/// Makes a folder and those around it, and the name of each new one durable.
fn create_durably(folder: &Path) -> io::Result<()> {
    let around = folder.parent().filter(|around| !around.as_os_str().is_empty());
    let made = match (fs::create_dir(folder), around) {
        (Err(error), Some(around)) if error.kind() == io::ErrorKind::NotFound => {
            create_durably(around)?;
            fs::create_dir(folder) // once more and no oftener: where nothing can be made, some file systems say "not found"
        }
        (made, _) => made,
    };
    match made {
        Ok(()) => sync_folder(around.unwrap_or(Path::new("."))),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
