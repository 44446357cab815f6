//! What a reader of the documents may never see.

use std::collections::BTreeMap;

use mare_dataflow::Plan;
use mare_model::total::Key;

/// What stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The number of events.
    pub n: i64,
    /// Its numbers, in the order of its fields.
    pub numbers: Box<[Option<i128>]>,
    /// What it says beside them: of rankings the JSON.
    pub texts: Vec<Option<String>>,
    pub is_final: bool,
}

/// A reader that polls all the time, and remembers what it has seen.
pub struct Reader {
    seen: BTreeMap<Key, Document>,
    /// Whether events take back what others have added, so that numbers fall that are not `n`.
    takes_back: bool,
}

impl Reader {
    /// Of the documents of a dataflow, none of which it has seen.
    pub fn of(plan: &Plan) -> Reader {
        Reader { seen: BTreeMap::new(), takes_back: plan.retract.is_some() }
    }

    /// Knows that what it has seen is gone.
    pub fn forget(&mut self) {
        self.seen.clear();
    }

    /// Looks at every document.
    ///
    /// # Errors
    /// What is wrong: a document is gone, has gone back, or has changed although it was final.
    pub fn poll(&mut self, documents: &BTreeMap<Key, Document>) -> Result<(), String> {
        for (key, seen) in &self.seen {
            let Some(now) = documents.get(key) else { return Err(format!("the document of {key:?} is gone")) };
            if now == seen {
                continue;
            }
            if now.n < seen.n {
                return Err(format!("the n of {key:?} fell from {} to {}", seen.n, now.n));
            }
            if seen.is_final {
                return Err(format!("the final {seen:?} of {key:?} became {now:?}"));
            }
            if !self.takes_back && now.numbers[0] < seen.numbers[0] {
                return Err(format!("the total of {key:?} fell from {seen:?} to {now:?}"));
            }
        }
        self.seen.clone_from(documents);
        Ok(())
    }
}
