//! A reader of the documents that polls them throughout a scenario, and judges: no document goes back.
//!
//! The flagship's amounts are positive, so for whoever reads a document again and again both of its totals only rise.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use mongodb::bson::{Document, doc};
use mongodb::sync::Collection;

use super::flagship::Flagship;
use super::mongodb::collection;

/// The field that says whether a document is final, where a scenario asks for one.
pub const FINAL: &str = "janela_final";

/// A thread that polls; it ends with [`Observer::end`], or when dropped.
pub struct Observer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Seen>>,
}

/// What an observer has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// How often all documents were read.
    pub polls: u64,
    /// How often a poll was not answered, because the database was away.
    pub unanswered: u64,
    /// How often a document was seen to appear or to change.
    pub changes: u64,
    /// How often one of those was final.
    pub finals: u64,
    /// Each document as it was seen last, by its `_id`.
    last: BTreeMap<String, Document>,
    /// What no reader may ever see.
    violations: Vec<String>,
}

impl Observer {
    /// Begins to watch the documents of `flagship`, by a client of its own.
    pub fn watch(flagship: &Flagship) -> Observer {
        let documents = collection(&flagship.uri, &flagship.database, "faturamento_tempo_real");
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            loop {
                let is_last = told.load(Ordering::Acquire);
                let begin = Instant::now();
                seen.poll(&documents);
                // Half of the time belongs to those who write: it is one small server.
                thread::sleep(begin.elapsed());
                if is_last {
                    return seen;
                }
            }
        });
        Observer { stop, thread: Some(thread) }
    }

    /// Polls once more, and returns what it has seen.
    ///
    /// # Panics
    /// If it has seen what no reader may see, or nothing at all.
    pub fn end(mut self) -> Seen {
        self.stop.store(true, Ordering::Release);
        let seen = self.thread.take().expect("it ends once").join().expect("an observer that does not panic");
        let violations = &seen.violations;
        assert!(violations.is_empty(), "{} times a reader was misled:\n{}", violations.len(), violations.join("\n"));
        assert!(seen.polls > 1 && seen.changes > 0, "it has seen nothing: {seen:?}");
        println!("the observer polled {} times and saw {} changes", seen.polls, seen.changes);
        seen
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

impl Seen {
    /// Reads all documents once.
    fn poll(&mut self, documents: &Collection<Document>) {
        let found = documents.find(doc! {}).run().and_then(Iterator::collect::<Result<Vec<Document>, _>>);
        let Ok(found) = found else {
            self.unanswered += 1;
            return;
        };
        self.polls += 1;
        let mut missing = std::mem::take(&mut self.last);
        for document in found {
            let id = document.get_str("_id").expect("a scalar id").to_owned();
            self.judge(missing.remove(&id), &document);
            self.last.insert(id, document);
        }
        for (id, before) in missing {
            self.look_for(documents, &id, before);
        }
    }

    /// One that a scan did not meet may have moved behind it meanwhile, so it is asked for by its id.
    fn look_for(&mut self, documents: &Collection<Document>, id: &str, before: Document) {
        match documents.find_one(doc! { "_id": id }).run() {
            Ok(Some(document)) => {
                self.judge(Some(before), &document);
                self.last.insert(id.to_owned(), document);
            }
            Ok(None) => self.violations.push(format!("a document is gone: {before}")),
            Err(_) => {
                self.last.insert(id.to_owned(), before);
            }
        }
    }

    /// Holds a document against what it was before.
    fn judge(&mut self, before: Option<Document>, now: &Document) {
        let before = before.unwrap_or_default();
        if before == *now {
            return;
        }
        self.changes += 1;
        self.finals += u64::from(is_final(now));
        let (count, sum) = (now.get_i64("volume_vendas"), now.get_f64("faturamento_total"));
        let (Ok(count), Ok(sum)) = (count, sum) else {
            return self.violations.push(format!("not a document of the flagship: {now}"));
        };
        let (counted, summed) = (before.get_i64("volume_vendas"), before.get_f64("faturamento_total"));
        let fell = count < counted.unwrap_or(0) || sum < summed.unwrap_or(0.0);
        if fell || is_final(&before) {
            self.violations.push(format!("{before}\n     became  {now}"));
        }
    }
}

fn is_final(document: &Document) -> bool {
    document.get_bool(FINAL).unwrap_or(false)
}
