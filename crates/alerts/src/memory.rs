//! A sink and a store in memory.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use mare_model::time::EventTime;
use mare_sink::alerts::{AlertEntry, AlertState, AlertStore, Target};
use mare_sink::document::{Document, FieldValue, Layout, iso};
use mare_sink::{Query, Reader, SinkError, StoredDocument};

/// Documents in memory, shared with a test. While it is away no question has an answer.
#[derive(Clone, Default)]
pub(super) struct Documents {
    documents: Arc<Mutex<BTreeMap<(EventTime, String), Document>>>,
    pub(super) is_away: Arc<Mutex<bool>>,
}

impl Documents {
    /// Puts a document in.
    pub(super) fn put(&self, layout: &Layout, document: Document) {
        let at = layout.fields().iter().position(|field| Some(&*field.name) == layout.order());
        let slot = match at.map(|at| &document.values[at]) {
            Some(FieldValue::Time(named)) => layout.windows().slot_named(*named),
            other => panic!("no window: {other:?}"),
        };
        lock(&self.documents).insert((slot, document.id.clone()), document);
    }

    fn answers(&self) -> Result<(), SinkError> {
        if *lock(&self.is_away) { Err(SinkError::away("away")) } else { Ok(()) }
    }
}

impl Reader for Documents {
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
        self.answers()?;
        let documents = lock(&self.documents);
        let within = |slot: EventTime| query.from <= slot && slot < query.to;
        let mut found: Vec<_> = documents.iter().filter(|((slot, _), _)| within(*slot)).collect();
        if query.newest_first {
            found.sort_by_key(|((slot, id), _)| (std::cmp::Reverse(*slot), id.clone()));
        }
        let behind = |key: &(EventTime, String)| {
            let (slot, id) = (key.0, &key.1);
            query.after.as_ref().is_none_or(|(window, after)| match slot.cmp(window) {
                Ordering::Equal => id > after,
                order => order.is_lt() == query.newest_first,
            })
        };
        let found = found.into_iter().filter(|(key, _)| behind(key)).take(query.limit);
        let found = found.map(|((slot, id), document)| StoredDocument {
            id: id.clone(),
            slot: Some(*slot),
            document: Ok(document.clone()),
        });
        Ok(found.collect())
    }

    fn size(&mut self) -> Result<u64, SinkError> {
        Ok(lock(&self.documents).len() as u64)
    }
}

/// A store in memory, shared by the runs of a test.
#[derive(Clone, Default)]
pub(super) struct Memory {
    kept: Arc<Mutex<(Vec<AlertEntry>, Option<EventTime>)>>,
}

impl Memory {
    /// All alerts, in the order in which they were recorded.
    pub(super) fn entries(&self) -> Vec<AlertEntry> {
        lock(&self.kept).0.clone()
    }
}

impl AlertStore for Memory {
    fn position(&mut self) -> Result<Option<EventTime>, SinkError> {
        Ok(lock(&self.kept).1)
    }

    fn record(&mut self, entries: &[AlertEntry]) -> Result<Vec<bool>, SinkError> {
        let mut kept = lock(&self.kept);
        let record = |entry: &AlertEntry| {
            let is_new = !kept.0.iter().any(|known| known.alert.id == entry.alert.id);
            kept.0.extend(is_new.then(|| entry.clone()));
            is_new
        };
        Ok(entries.iter().map(record).collect())
    }

    fn move_to(&mut self, next: Option<EventTime>) -> Result<(), SinkError> {
        lock(&self.kept).1 = next;
        Ok(())
    }

    fn mark(&mut self, id: &str, target: Target, state: &AlertState) -> Result<(), SinkError> {
        let mut kept = lock(&self.kept);
        for entry in kept.0.iter_mut().filter(|entry| entry.alert.id == id) {
            entry.states[target as usize] = Some(state.clone());
        }
        Ok(())
    }

    fn pending(&mut self, target: Target, limit: usize) -> Result<Vec<AlertEntry>, SinkError> {
        let kept = lock(&self.kept);
        let pending = kept.0.iter().filter(|entry| entry.state(target) == Some(&AlertState::Pending));
        Ok(pending.take(limit).cloned().collect())
    }

    fn fired(&mut self, since: Option<EventTime>) -> Result<Vec<String>, SinkError> {
        let since = since.map(iso).unwrap_or_default();
        let kept = lock(&self.kept);
        let fired = kept.0.iter().filter(|entry| !entry.is_old() && entry.held_until().is_none());
        let fired = fired.filter(|entry| entry.alert.window_start >= since);
        Ok(fired.map(|entry| entry.alert.id.clone()).collect())
    }

    fn newest(&mut self, limit: usize, with_held_back: bool) -> Result<Vec<AlertEntry>, SinkError> {
        let kept = lock(&self.kept);
        let wanted = kept.0.iter().rev().filter(|entry| with_held_back || entry.held_until().is_none());
        Ok(wanted.take(limit).cloned().collect())
    }

    fn held_back(&mut self) -> Result<u64, SinkError> {
        Ok(lock(&self.kept).0.iter().filter(|entry| entry.held_until().is_some()).count() as u64)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}
