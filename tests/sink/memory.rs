//! A sink of memory: documents, a control document and alerts behind one lock, under the rules that every sink keeps
//! to.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use mare::checks::{Check, Consequence, Finding};
use mare::journal::{Heartbeat, Journal};
use mare::position::Positions;
use mare::sink::alerts::{AlertEntry, AlertState, AlertStore, Target};
use mare::sink::connector::{Abilities, Connector, SinkDescription};
use mare::sink::document::{Document, Layout, iso};
use mare::sink::examine::{Examination, owner};
use mare::sink::fence::{self, Claim, ClaimDecision, ControlDocument, FencingToken, SinkName, Standing, Stands};
use mare::sink::storage::Storage;
use mare::sink::{Query, Reader, SinkError, StoredDocument, Writer, Written};
use mare::time::EventTime;
use mare::total::Change;

/// How messages name it.
const PLACE: SinkName<'_> = SinkName { name: "memory", key: "sink" };

/// The check that it makes of itself.
const DOCUMENTS: Check = Check::new("memory.documents", Consequence::Refuses);

/// What stands there.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    control: Option<ControlDocument>,
    documents: BTreeMap<String, (EventTime, String, Document)>,
    alerts: Vec<AlertEntry>,
    evaluated: Option<EventTime>,
}

/// The sink. Clones share what stands there.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Contents>>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().expect("not poisoned")
    }

    /// What stands there now.
    pub fn contents(&self) -> Contents {
        self.lock().clone()
    }

    /// Removes the documents.
    pub fn empty(&self) {
        self.lock().documents.clear();
    }

    /// Puts something else in the place of what stands there.
    pub fn restore(&self, contents: Contents) {
        *self.lock() = contents;
    }

    /// Whether this dataflow may have the documents.
    fn owner(&self, claim: &Claim) -> Finding {
        match fence::own(self.lock().control.as_ref(), claim, PLACE) {
            Ok(_) => Finding::ok(DOCUMENTS, "nobody's, or this dataflow's own"),
            Err(error) => Finding::of(DOCUMENTS, error, "wait"),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<Memory>())
    }
}

impl Contents {
    fn stands(&self) -> Stands {
        if self.documents.is_empty() { Stands::Nothing } else { Stands::Documents }
    }
}

impl Connector for Memory {
    fn is_same(&self, other: &dyn Connector) -> bool {
        other.downcast_ref::<Memory>().is_some_and(|other| Arc::ptr_eq(&self.0, &other.0))
    }

    fn describe(&self) -> SinkDescription {
        SinkDescription {
            kind: "memory",
            server: String::new(),
            name: "documents".to_owned(),
            documents: "documents".to_owned(),
            line: "memory, gone with the process".to_owned(),
            identity: "memory documents".to_owned(),
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities { is_readable: true, exact_decimals: true, wide_integers: true, names_ignore_case: false }
    }

    fn claim(&self, _layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
        let mut contents = self.lock();
        let decision = fence::decide(contents.control.as_ref(), contents.stands(), claim, PLACE)?;
        if decision == ClaimDecision::Replace {
            contents.documents.clear();
        }
        let next = ControlDocument::next(contents.control.as_ref(), claim, decision, Timestamp::now());
        contents.control = Some(next.clone());
        Ok(next.standing(decision))
    }

    fn belongs(&self, _layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
        let contents = self.lock();
        fence::owner::judge(contents.control.as_ref(), contents.stands(), claim, PLACE)
    }

    fn writer(&self, layout: Layout, token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        let (memory, shows) = (self.clone(), Positions::new());
        let mut writer = MemoryWriter { memory, layout, token, shows, shown: Positions::new(), has_written: false };
        writer.look()?;
        Ok(Box::new(writer))
    }

    fn reader(&self, layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError> {
        Ok(Some(Box::new(MemoryReader { memory: self.clone(), layout })))
    }

    fn storage(&self, _layout: Layout) -> Result<Option<Storage>, SinkError> {
        let documents = self.lock().documents.len() as u64;
        Ok(Some(Storage { place: PLACE.name.to_owned(), documents, ..Storage::default() }))
    }

    fn alerts(&self, _layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(Some(Box::new(self.clone())))
    }

    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(Some(Box::new(self.clone())))
    }

    fn examine(&self, layout: &Layout, claim: &Claim, _max_ahead_ms: i64) -> Examination {
        vec![self.owner(claim), owner::judge(self.belongs(layout, claim), claim, "wait")].into()
    }
}

/// Writes for one run, or for none.
struct MemoryWriter {
    memory: Memory,
    layout: Layout,
    /// Of its run.
    token: FencingToken,
    /// What the next write shows, and what the control document was seen to show.
    shows: Positions,
    shown: Positions,
    /// Whether it has written documents.
    has_written: bool,
}

impl MemoryWriter {
    /// Whether the control document is still that of this run, if it has one.
    fn check(&self, control: Option<&ControlDocument>) -> Result<(), SinkError> {
        let is_own = |control: &ControlDocument| fence::is_own(control, &self.token, &self.shown);
        if !self.token.is_fenced() || control.is_some_and(is_own) {
            return Ok(());
        }
        Err(fence::superseded(&self.token, control, PLACE))
    }
}

impl Writer for MemoryWriter {
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        fence::raise(&mut self.shows, shows);
        Ok(())
    }

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let mut contents = self.memory.lock();
        self.check(contents.control.as_ref())?;
        self.has_written |= !changes.is_empty();
        if let Some(control) = contents.control.as_mut().filter(|_| self.token.is_fenced()) {
            fence::raise(&mut control.shown, &self.shows);
            self.shown = control.shown.clone();
        }
        let mut written = Written::default();
        for change in changes {
            let document = self.layout.render(change)?;
            let stands = contents.documents.get(&document.id).map(|(_, _, stands)| (stands.version, stands.is_final));
            if stands >= Some((document.version, document.is_final)) {
                written.stale += 1;
                continue;
            }
            let (start, group) = (change.key.window.start, change.key.group.to_string());
            contents.documents.insert(document.id.clone(), (start, group, document));
            written.written += 1;
        }
        Ok(written)
    }

    fn declare(&mut self, heartbeats: &[Heartbeat]) -> Result<(), SinkError> {
        let mut contents = self.memory.lock();
        self.check(contents.control.as_ref())?;
        if let Some(control) = contents.control.as_mut().filter(|_| self.token.is_fenced()) {
            control.format = fence::FORMAT;
            for heartbeat in heartbeats {
                control.journal.add(*heartbeat);
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), SinkError> {
        let contents = self.memory.lock();
        self.check(contents.control.as_ref())?;
        let is_missing = self.token.is_fenced() && self.has_written && contents.documents.is_empty();
        if is_missing { Err(fence::owner::emptied(PLACE)) } else { Ok(()) }
    }
}

/// Reads what stands there.
struct MemoryReader {
    memory: Memory,
    layout: Layout,
}

impl Reader for MemoryReader {
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
        let contents = self.memory.lock();
        let within = |start: EventTime| query.from <= start && start < query.to;
        let is_wanted = |group: &str| query.group.as_ref().is_none_or(|wanted| wanted == group);
        let documents = contents.documents.values().filter(|(start, group, _)| within(*start) && is_wanted(group));
        let place = |start: EventTime| if query.newest_first { -i128::from(start.0) } else { start.0.into() };
        let mut found: Vec<_> =
            documents.map(|(start, _, document)| ((place(*start), &document.id), start, document)).collect();
        found.sort_by_key(|(place, ..)| *place);
        let after = query.after.as_ref().map(|(start, id)| (place(*start), id));
        let found = found.into_iter().filter(|(place, ..)| Some(*place) > after).take(query.limit);
        let found = found.map(|(_, start, document)| StoredDocument {
            id: document.id.clone(),
            slot: Some(*start),
            document: if document.values.len() == self.layout.fields().len() {
                Ok(document.clone())
            } else {
                Err("it has other fields".to_owned())
            },
        });
        Ok(found.collect())
    }

    fn size(&mut self) -> Result<u64, SinkError> {
        Ok(self.memory.lock().documents.len() as u64)
    }

    fn shown(&mut self) -> Result<Option<Positions>, SinkError> {
        Ok(self.memory.lock().control.as_ref().map(|control| control.shown.clone()))
    }

    fn journal(&mut self) -> Result<Journal, SinkError> {
        Ok(self.memory.lock().control.as_ref().map(|control| control.journal.clone()).unwrap_or_default())
    }

    fn begins(&mut self) -> Result<Positions, SinkError> {
        Ok(self.memory.lock().control.as_ref().map(|control| control.begins.clone()).unwrap_or_default())
    }
}

impl AlertStore for Memory {
    fn position(&mut self) -> Result<Option<EventTime>, SinkError> {
        Ok(self.lock().evaluated)
    }

    fn record(&mut self, entries: &[AlertEntry]) -> Result<Vec<bool>, SinkError> {
        let alerts = &mut self.lock().alerts;
        let record = |entry: &AlertEntry| {
            let is_new = alerts.iter().all(|known| known.alert.id != entry.alert.id);
            alerts.extend(is_new.then(|| entry.clone()));
            is_new
        };
        Ok(entries.iter().map(record).collect())
    }

    fn move_to(&mut self, next: Option<EventTime>) -> Result<(), SinkError> {
        self.lock().evaluated = next;
        Ok(())
    }

    fn mark(&mut self, id: &str, target: Target, state: &AlertState) -> Result<(), SinkError> {
        for entry in self.lock().alerts.iter_mut().filter(|entry| entry.alert.id == id) {
            entry.states[target as usize] = Some(state.clone());
        }
        Ok(())
    }

    fn fired(&mut self, since: Option<EventTime>) -> Result<Vec<String>, SinkError> {
        let since = since.map(iso).unwrap_or_default();
        let contents = self.lock();
        let fired = contents.alerts.iter().filter(|entry| !entry.is_old() && entry.held_until().is_none());
        let fired = fired.filter(|entry| entry.alert.window_start >= since);
        Ok(fired.map(|entry| entry.alert.id.clone()).collect())
    }

    fn pending(&mut self, target: Target, limit: usize) -> Result<Vec<AlertEntry>, SinkError> {
        let contents = self.lock();
        let pending = contents.alerts.iter().filter(|entry| entry.state(target) == Some(&AlertState::Pending));
        Ok(pending.take(limit).cloned().collect())
    }

    fn newest(&mut self, limit: usize, with_held_back: bool) -> Result<Vec<AlertEntry>, SinkError> {
        let contents = self.lock();
        let wanted = contents.alerts.iter().rev().filter(|entry| with_held_back || entry.held_until().is_none());
        Ok(wanted.take(limit).cloned().collect())
    }

    fn held_back(&mut self) -> Result<u64, SinkError> {
        Ok(self.lock().alerts.iter().filter(|entry| entry.held_until().is_some()).count() as u64)
    }
}
