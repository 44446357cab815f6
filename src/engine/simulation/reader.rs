//! What a reader of the documents may never see.

use std::collections::BTreeMap;

use crate::engine::{Key, Total};

/// A reader that polls all the time, and remembers what it has seen.
#[derive(Default)]
pub struct Reader {
    seen: BTreeMap<Key, Total>,
    /// Whether totals of positive amounts may fall: `n` may not, but another set of as many events may come to less.
    pub totals_may_fall: bool,
}

impl Reader {
    /// Looks at every document.
    ///
    /// # Errors
    /// What is wrong: a document is gone, or has gone back.
    pub fn poll(&mut self, documents: &BTreeMap<Key, Total>) -> Result<(), String> {
        for (key, seen) in &self.seen {
            let Some(now) = documents.get(key) else { return Err(format!("the document of {key:?} is gone")) };
            if now.n < seen.n {
                return Err(format!("the n of {key:?} fell from {} to {}", seen.n, now.n));
            }
            if !self.totals_may_fall && now.measures < seen.measures {
                return Err(format!("the total of {key:?} fell from {seen:?} to {now:?}"));
            }
        }
        self.seen.clone_from(documents);
        Ok(())
    }
}
