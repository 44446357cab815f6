//! The documents of a run, in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mare_model::total::Change;
use mare_sink::document::{Document, Layout};
use mare_sink::{SinkError, Writer, Written};

/// Documents by their id. Clones share them.
#[derive(Clone, Default)]
pub(super) struct TestDocuments(Arc<Mutex<BTreeMap<String, Document>>>);

impl TestDocuments {
    /// All of them, by their ids.
    pub(super) fn all(&self) -> Vec<Document> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A writer of one worker.
    pub(super) fn writer(&self, layout: Layout) -> Box<dyn Writer> {
        Box::new(DocumentWriter { documents: self.clone(), layout })
    }
}

/// Writes for one worker, under the rule of every sink: a document is only ever replaced by a more complete one.
struct DocumentWriter {
    documents: TestDocuments,
    layout: Layout,
}

impl Writer for DocumentWriter {
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let mut documents = self.documents.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = Written::default();
        for change in changes {
            let document = self.layout.render(change)?;
            let stands = documents.get(&document.id).map(|stands| (stands.version, stands.is_final));
            if stands >= Some((document.version, document.is_final)) {
                written.stale += 1;
            } else {
                documents.insert(document.id.clone(), document);
                written.written += 1;
            }
        }
        Ok(written)
    }
}
