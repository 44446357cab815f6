//! Alerts beside the documents that they are about: the collection `mare_alerts` of the same database.
//!
//! A document is an alert, or, with the name of the documents' collection as its `_id`, how far evaluation has come
//! there.

use ::mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use ::mongodb::bson::{DateTime, Document, rawdoc};
use jiff::Timestamp;

use super::MongoSink;
use super::connection::{CollectionConnection, durable};
use super::reply::number;
use mare_model::group;
use mare_model::time::EventTime;
use mare_sink::SinkError;
use mare_sink::alerts::{Alert, AlertEntry, AlertState, AlertStore, HELD, Target};
use mare_sink::document::{ID, Layout, iso};

/// The collection of the alerts, in the database of the documents.
const COLLECTION: &str = "mare_alerts";
/// The first letter behind that of [`HELD`]: all other states begin with it or a later one.
const BEHIND_HELD: &str = "i";
/// How many alerts one command records.
const MAX_OPERATIONS: usize = 1_000;

/// What is remembered of the alerts of a collection.
#[derive(Debug)]
pub struct MongoAlerts {
    connection: CollectionConnection,
    /// The `_id` of how far evaluation has come. No alert has it: theirs have more parts.
    position: String,
}

impl MongoAlerts {
    /// Connects to the server of `sink`, and makes the indexes that are absent: of alerts by age, and of the documents
    /// by window, in which order rules look at them.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time; [`SinkError::Refused`] if the uri, the credentials or the
    /// user's rights are wrong.
    pub fn open(sink: &MongoSink, layout: &Layout) -> Result<MongoAlerts, SinkError> {
        let alerts = MongoAlerts::read(sink)?;
        alerts.connection.ensure_index(rawdoc! { "key": { "sink": 1, "found": -1 }, "name": "newest_first" })?;
        let mut by_window = RawDocumentBuf::new();
        layout.order().into_iter().for_each(|order| by_window.append(order, 1));
        by_window.append(ID, 1);
        CollectionConnection::reach(sink)?.ensure_index(rawdoc! { "key": by_window, "name": "by_window" })?;
        Ok(alerts)
    }

    /// Connects to the server of `sink` to look at alerts, and makes nothing.
    ///
    /// # Errors
    /// As for [`MongoAlerts::open`].
    pub fn read(sink: &MongoSink) -> Result<MongoAlerts, SinkError> {
        let connection = CollectionConnection::reach(&MongoSink { collection: COLLECTION.to_owned(), ..sink.clone() })?;
        let mut position = String::new();
        group::push(&mut position, Some(&sink.collection), true);
        Ok(MongoAlerts { connection, position })
    }

    /// Alerts that match `filter`, in the order of `sort`.
    fn find(&self, filter: RawDocumentBuf, sort: RawDocumentBuf, limit: usize) -> Result<Vec<AlertEntry>, SinkError> {
        if limit == 0 {
            return Ok(Vec::new()); // a limit of 0 is none to the server
        }
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let find = rawdoc! { "find": COLLECTION, "filter": filter, "sort": sort, "limit": most };
        let found = self.connection.read(find, limit)?;
        found.iter().map(|document| entry(document).ok_or_else(|| not_ours(document))).collect()
    }

    /// Applies an update to the document of this `_id`.
    fn update(&self, id: &str, update: RawDocumentBuf, upsert: bool) -> Result<(), SinkError> {
        let operation = rawdoc! { "q": { ID: id }, "u": update, "upsert": upsert };
        let command = rawdoc! { "update": COLLECTION, "updates": [operation], "writeConcern": durable() };
        self.connection.write(command).map(drop)
    }
}

impl AlertStore for MongoAlerts {
    fn position(&mut self) -> Result<Option<EventTime>, SinkError> {
        let filter = rawdoc! { ID: &*self.position };
        let find = rawdoc! { "find": COLLECTION, "filter": filter, "limit": 1, "singleBatch": true };
        let found = self.connection.read(find, 1)?;
        let found = found.first().and_then(|document| number(document.get("next_ms")?));
        Ok(found.map(EventTime))
    }

    fn record(&mut self, entries: &[AlertEntry]) -> Result<Vec<bool>, SinkError> {
        let mut recorded = Vec::with_capacity(entries.len());
        for chunk in entries.chunks(MAX_OPERATIONS) {
            let documents: RawArrayBuf = chunk.iter().map(|entry| document(entry, &self.position)).collect();
            let insert = rawdoc! {
                "insert": COLLECTION, "documents": documents, "ordered": false, "writeConcern": durable()
            };
            let taken = self.connection.write(insert)?.taken;
            recorded.extend((0..chunk.len()).map(|index| !taken.iter().any(|taken| taken.index == index)));
        }
        Ok(recorded)
    }

    fn move_to(&mut self, next: Option<EventTime>) -> Result<(), SinkError> {
        if let Some(next) = next {
            return self.update(&self.position, rawdoc! { "$set": { "next_ms": next.0 } }, true);
        }
        let operation = rawdoc! { "q": { ID: &*self.position }, "limit": 1 };
        let delete = rawdoc! { "delete": COLLECTION, "deletes": [operation], "writeConcern": durable() };
        self.connection.write(delete).map(drop)
    }

    fn mark(&mut self, id: &str, target: Target, state: &AlertState) -> Result<(), SinkError> {
        self.update(id, rawdoc! { "$set": { target.name(): state.text() } }, false)
    }

    fn fired(&mut self, since: Option<EventTime>) -> Result<Vec<String>, SinkError> {
        let (mut fired, mut after) = (Vec::new(), String::new());
        let since = since.map(iso).unwrap_or_default();
        loop {
            // The log hears of every alert that is sent to anybody.
            let filter = rawdoc! {
                "sink": &*self.position, ID: { "$gt": &*after }, "window_start": { "$gte": &*since }, "log": { "$exists": true }
            };
            let shown = rawdoc! { "log": 1 };
            let most = i64::try_from(MAX_OPERATIONS).unwrap_or(i64::MAX);
            let find = rawdoc! {
                "find": COLLECTION, "filter": filter, "projection": shown, "sort": { ID: 1 }, "limit": most
            };
            let page = self.connection.read(find, MAX_OPERATIONS)?;
            let ids = page.iter().filter(|document| document.get_str("log").is_ok_and(|log| !log.starts_with(HELD)));
            fired.extend(ids.filter_map(|document| Some(document.get_str(ID).ok()?.to_owned())));
            match page.last().filter(|_| page.len() == MAX_OPERATIONS).and_then(|last| last.get_str(ID).ok()) {
                Some(last) => last.clone_into(&mut after),
                None => return Ok(fired),
            }
        }
    }

    fn pending(&mut self, target: Target, limit: usize) -> Result<Vec<AlertEntry>, SinkError> {
        let filter = rawdoc! { "sink": &*self.position, target.name(): AlertState::Pending.text() };
        self.find(filter, rawdoc! { "found": 1, ID: 1 }, limit)
    }

    fn newest(&mut self, limit: usize, with_held_back: bool) -> Result<Vec<AlertEntry>, SinkError> {
        let mut filter = rawdoc! { "sink": &*self.position };
        if !with_held_back {
            let others = [rawdoc! { "log": { "$exists": false } }, rawdoc! { "log": { "$gte": BEHIND_HELD } }];
            filter.append("$or", others.into_iter().collect::<RawArrayBuf>());
        }
        self.find(filter, rawdoc! { "found": -1, ID: -1 }, limit)
    }

    fn held_back(&mut self) -> Result<u64, SinkError> {
        let held = rawdoc! { "$gte": HELD, "$lt": BEHIND_HELD };
        let count = rawdoc! { "count": COLLECTION, "query": { "sink": &*self.position, "log": held } };
        let counted = self.connection.ask(count)?;
        Ok(counted.get("n").and_then(number).and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }
}

/// An alert as a document: for people the most important parts, and all of it as JSON.
fn document(AlertEntry { alert, found, states }: &AlertEntry, sink: &str) -> RawDocumentBuf {
    let mut document = rawdoc! {
        ID: &*alert.id,
        "sink": sink,
        "found": DateTime::from_millis(found.as_millisecond()),
        "rule": &*alert.rule,
        "severity": alert.severity.word(),
        "window_start": &*alert.window_start,
        "message": &*alert.message,
    };
    for (target, state) in Target::ALL.into_iter().zip(states) {
        if let Some(state) = state {
            document.append(target.name(), state.text());
        }
    }
    document.append("alert", alert.json());
    document
}

/// A document as an alert; `None` if it isn't one.
fn entry(document: &Document) -> Option<AlertEntry> {
    let alert = Alert::parse(document.get_str("alert").ok()?).ok()?;
    let found = Timestamp::from_millisecond(document.get_datetime("found").ok()?.timestamp_millis()).ok()?;
    let states = Target::ALL.map(|target| document.get_str(target.name()).ok().map(AlertState::parse));
    Some(AlertEntry { alert, found, states })
}

/// What is said of a document that somebody else has written.
#[cold]
fn not_ours(document: &Document) -> SinkError {
    let id = document.get(ID).map(ToString::to_string).unwrap_or_default();
    SinkError::refused(format_args!("the document {id} of {COLLECTION} is not as mare writes it"), "remove it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture::alert;

    #[test]
    fn what_is_recorded_is_what_is_read() {
        for targets in [&[][..], &[Target::Log, Target::Topic]] {
            let mut before = AlertEntry::new(alert("vendas|rush|Gamer|2025-11-28T12:00:00Z"), targets);
            before.states[2] = before.states[2].as_ref().map(|_| AlertState::Refused("too large".to_owned()));
            let document = document(&before, "vendas").to_document().unwrap();
            assert_eq!(entry(&document), Some(before));
        }
        assert_eq!(entry(&Document::new()), None);
    }
}
