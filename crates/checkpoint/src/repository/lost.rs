//! The note that a run leaves when its log no longer holds what it held, so that nobody goes on there before somebody
//! has decided.
//!
//! Whoever starts again finds a log at its old offsets that looks whole, if records have come since: `mare cluster`
//! does so within the second. The note lies beside the checkpoints, as `lost.json` in the folder of the dataflow.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Repository;
use crate::store::StoreError;

/// The version of the note. One of another version counts as a note all the same.
const VERSION: u32 = 1;
/// Its name in the folder of the dataflow.
const NAME: &str = "lost.json";

/// What a run has noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Version of the format, [`VERSION`].
    version: u32,
    /// In words.
    pub why: String,
    /// When, by the clock of the process that noticed.
    pub noticed: Timestamp,
}

impl Loss {
    /// A note of now.
    #[must_use]
    pub fn new(why: &str, noticed: Timestamp) -> Loss {
        Loss { version: VERSION, why: why.to_owned(), noticed }
    }

    /// What to do, for who does not want to lose more.
    pub const REMEDY: &str = "source.kafka.on_data_loss = \"continue\" keeps the documents and reads on; --fresh counts again from \
                              source.kafka.start on, if all records from there are as they were";

    /// What it says to the next run.
    #[must_use]
    pub fn words(&self) -> String {
        let Loss { why, noticed, .. } = self;
        format!("a run before this one ended at {noticed}, and nobody has decided since what to do: {why}")
    }

    /// The note in a text; one that nobody can read says so, and is one.
    fn read(text: &[u8]) -> Loss {
        let unread = |error| {
            Loss::new(&format!("a run has left a note that this mare cannot read: {error}"), Timestamp::UNIX_EPOCH)
        };
        serde_json::from_slice(text).unwrap_or_else(unread)
    }
}

impl Repository {
    /// Leaves a note. An older one stays: what was lost first is what somebody has to decide of.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether there is one.
    pub fn note_loss(&self, loss: &Loss) -> Result<(), StoreError> {
        if self.loss()?.is_some() {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(loss).expect("a note is made of texts and a number");
        self.store.put(&self.note(), &text)
    }

    /// The note that a run has left, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be asked.
    pub fn loss(&self) -> Result<Option<Loss>, StoreError> {
        let note = self.note();
        // A place that is no folder, in which nothing can be, is listed as empty.
        if !self.store.list(&self.dataflow)?.iter().any(|object| object.name == note) {
            return Ok(None);
        }
        match self.store.get(&note) {
            Ok(text) => Ok(Some(Loss::read(&text))),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes the note: somebody has decided.
    ///
    /// # Errors
    /// [`StoreError`]; then it is unknown whether it is gone.
    pub fn forget_loss(&self) -> Result<(), StoreError> {
        self.store.delete(&self.note())
    }

    fn note(&self) -> String {
        format!("{}/{NAME}", self.dataflow)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixture::checkpoint;
    use crate::store::memory::MemoryStore;

    #[test]
    fn a_note_stays_until_somebody_decides() {
        let repository = Repository::new(Arc::new(MemoryStore::default()), "sales");
        assert_eq!(repository.loss().unwrap(), None);
        let loss = Loss::new("sales[0] was cut short", Timestamp::UNIX_EPOCH);
        repository.note_loss(&loss).unwrap();
        repository.note_loss(&Loss::new("and something else", Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(repository.loss().unwrap(), Some(loss));
        repository.forget_loss().unwrap();
        assert_eq!(repository.loss().unwrap(), None);
        repository.forget_loss().unwrap(); // which is no error when there is none
    }

    #[test]
    fn a_note_is_no_checkpoint_and_no_garbage() {
        let repository = Repository::new(Arc::new(MemoryStore::default()), "sales");
        repository.note_loss(&Loss::new("lost", Timestamp::UNIX_EPOCH)).unwrap();
        assert!(repository.list().unwrap().is_empty());
        checkpoint(&repository, 7, 1).unwrap();
        repository.prune(1).unwrap();
        assert!(repository.loss().unwrap().is_some());
    }

    #[test]
    fn a_note_that_cannot_be_read_is_one() {
        let text = r#"{"version": 1, "why": "w", "noticed": "2026-01-01T00:00:00Z", "later": 1}"#;
        assert_eq!(Loss::read(text.as_bytes()).why, "w");
        assert!(Loss::read(b"\0").why.contains("cannot read"));
    }
}
