//! A server in memory, which takes the commands that a sink sends, and the operations of an update one at a time, so
//! that others may come between. A command that it does not know is a mistake of whoever sent it, and it panics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::spec::BinarySubtype;
use ::mongodb::bson::{Binary, Bson, Document, doc};
use ::mongodb::error::Error;

use super::connection::{CollectionConnection, Commands};
use super::reply::{DUPLICATE_KEY, number};
use super::stored::StoredControl;
use super::{MongoSink, MongoWriter, claim, control, read};
use mare_sink::document::{ID, Layout};
use mare_sink::fence::{Claim, ControlDocument, FencingToken, Standing};
use mare_sink::figures::Figures;
use mare_sink::{SinkError, Writer};

/// The sink of a view of a dataflow on such a server.
#[derive(Clone, Debug)]
pub struct SimulatedSink {
    server: Arc<Mutex<SimulatedDatabase>>,
    sink: MongoSink,
    layout: Layout,
}

/// What stands there at some time.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDatabase {
    collections: BTreeMap<String, Collection>,
    /// How many collections were ever made.
    made: u64,
}

#[derive(Clone, Debug, Default)]
struct Collection {
    uuid: u64,
    documents: BTreeMap<String, Document>,
}

/// What has become of one operation.
#[derive(Debug)]
pub enum Operated {
    /// It has raised the control document, or asked whether it is still its own.
    Raised,
    /// The document that says this stands now.
    Written(Figures),
    /// It has changed nothing.
    Nothing,
}

impl SimulatedSink {
    /// The sinks of documents with these layouts, each in a collection of its own of one server, where nothing stands.
    pub fn all(layouts: impl IntoIterator<Item = Layout>) -> Vec<SimulatedSink> {
        let server = Arc::default();
        let sink = |(index, layout)| {
            let [uri, database] = ["mongodb://simulated", "simulated"].map(str::to_owned);
            let sink = MongoSink { uri, database, collection: format!("documents_{index}"), decimal128: false };
            SimulatedSink { server: Arc::clone(&server), sink, layout }
        };
        layouts.into_iter().enumerate().map(sink).collect()
    }

    /// Claims it as [`claim::claim`] does.
    pub fn claim(&self, claim: &Claim) -> Result<Standing, SinkError> {
        claim::claim_over(&self.connection(&self.line()), &self.layout, self.sink.decimal128, claim)
    }

    /// A line to the server.
    pub fn line(&self) -> Line {
        Line { server: Arc::clone(&self.server), sent: Arc::default() }
    }

    /// A writer of the run of `token`, at the other end of `line`.
    pub fn open(&self, line: &Line, token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        let connection = self.connection(line);
        Ok(Box::new(MongoWriter::over(connection, self.layout.clone(), self.sink.decimal128, token)?))
    }

    fn connection(&self, line: &Line) -> CollectionConnection {
        CollectionConnection::over(Box::new(line.clone()), &self.sink)
    }

    /// The control document that stands there.
    pub fn control(&self) -> Option<ControlDocument> {
        let server = locked(&self.server);
        let document = server.collections.get(control::COLLECTION)?.documents.get(&self.sink.collection)?;
        Some(StoredControl::parse(document).expect("written by us").control)
    }

    /// What stands there now.
    pub fn copy(&self) -> SimulatedDatabase {
        locked(&self.server).clone()
    }

    /// Puts a copy in the place of what stands there, or nothing. Collections that are made by it are others.
    pub fn put(&self, copy: SimulatedDatabase) {
        let mut server = locked(&self.server);
        server.collections = BTreeMap::new();
        for (name, Collection { documents, .. }) in copy.collections {
            server.collection(&name).documents = documents;
        }
    }

    /// Whether the update on its way along `line` is of its documents.
    pub fn is_written(&self, line: &Line) -> bool {
        locked(&line.sent).update.as_ref().is_some_and(|update| update.collection() == self.sink.collection)
    }

    /// Lets the server do one of the operations on their way along `line`, if there are any.
    pub fn operate(&self, line: &Line) -> Option<Operated> {
        let mut sent = locked(&line.sent);
        let update = sent.update.as_mut()?;
        let operation = update.operation()?;
        let collection = update.collection();
        let changed = locked(&self.server).operate(collection, &operation);
        let is_control = collection == control::COLLECTION;
        update.note(&operation, changed.is_some());
        if update.left.is_empty() {
            let reply = update.reply();
            sent.update = None;
            sent.replies.push(reply);
        }
        Some(match changed {
            Some(_) if is_control => Operated::Raised,
            Some(document) => Operated::Written(self.figures(document)),
            None => Operated::Nothing,
        })
    }

    /// What a document says.
    fn figures(&self, document: Document) -> Figures {
        let found = read::found(&self.layout, document);
        let document = found.document.unwrap_or_else(|why| panic!("{}: {why}", found.id));
        self.layout.figures_of(&document).expect("a document of this layout")
    }
}

/// A writer's line to the server. A writer waits for each answer, and here nobody can wait: so an update whose answer
/// is not known yet is said not to be durable, and when the server has done it the writer is asked to do again what it
/// did, and is given the same answers as before.
#[derive(Clone, Debug)]
pub struct Line {
    server: Arc<Mutex<SimulatedDatabase>>,
    sent: Arc<Mutex<Sent>>,
}

/// What has been sent along a line in one attempt.
#[derive(Debug, Default)]
struct Sent {
    /// The answers to its first updates.
    replies: Vec<Document>,
    /// How many of them the writer has been given.
    given: usize,
    /// The update behind them.
    update: Option<Update>,
}

/// An update on its way.
#[derive(Debug)]
struct Update {
    command: Document,
    /// Operations that are not done, the next one last.
    left: Vec<usize>,
    /// How many had something to change.
    applied: i64,
    errors: Vec<Document>,
    /// The index of the one that is being done.
    at: usize,
}

impl Line {
    /// Begins an attempt: what is on its way is lost.
    pub fn begin(&self) {
        *locked(&self.sent) = Sent::default();
    }

    /// Begins the attempt again, with the same answers.
    pub fn rewind(&self) {
        locked(&self.sent).given = 0;
    }

    /// Whether an update is on its way to the control document, if there is any on its way.
    pub fn is_raising(&self) -> Option<bool> {
        locked(&self.sent).update.as_ref().map(|update| update.collection() == control::COLLECTION)
    }

    /// Puts the operations on their way into another order: they are done in any.
    pub fn order(&self, order: impl FnOnce(&mut [usize])) {
        if let Some(update) = &mut locked(&self.sent).update {
            order(&mut update.left);
        }
    }
}

impl Commands for Line {
    fn run(&self, command: RawDocumentBuf) -> Result<Document, Error> {
        let command = command.to_document().expect("a command is well-formed");
        if command.keys().next().is_none_or(|name| name != "update") {
            return Ok(locked(&self.server).run(&command));
        }
        let mut sent = locked(&self.sent);
        sent.given += 1;
        match sent.replies.get(sent.given - 1) {
            Some(reply) => Ok(reply.clone()),
            None => {
                sent.update = Some(Update::of(command));
                Ok(doc! { "ok": 1.0, "n": 0, "writeConcernError": { "errmsg": "it is on its way" } })
            }
        }
    }

    fn cursor(&self, command: RawDocumentBuf, limit: usize) -> Result<Vec<Document>, Error> {
        let reply = self.run(command)?;
        let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let documents = batch.expect("a cursor").iter().filter_map(Bson::as_document);
        Ok(documents.take(limit).cloned().collect())
    }
}

impl Update {
    fn of(command: Document) -> Update {
        let left = (0..operations(&command).len()).collect();
        Update { command, left, applied: 0, errors: Vec::new(), at: 0 }
    }

    fn collection(&self) -> &str {
        self.command.get_str("update").expect("the collection's name")
    }

    /// The next operation.
    fn operation(&mut self) -> Option<Document> {
        self.at = self.left.pop()?;
        operations(&self.command)[self.at].as_document().cloned()
    }

    /// Notes what became of it: an upsert that has changed nothing has found its `_id` taken.
    fn note(&mut self, operation: &Document, has_changed: bool) {
        self.applied += i64::from(has_changed);
        if !has_changed && operation.get_bool("upsert") == Ok(true) {
            let id = operation.get_document("q").and_then(|query| query.get_str(ID)).expect("an _id");
            self.errors.push(taken(self.at, id));
        }
    }

    fn reply(&self) -> Document {
        doc! { "ok": 1.0, "n": self.applied, "writeErrors": self.errors.clone() }
    }
}

/// The operations of an update.
fn operations(command: &Document) -> &[Bson] {
    command.get_array("updates").expect("the operations of an update")
}

/// What is said of an operation whose `_id` is taken.
fn taken(index: usize, id: &str) -> Document {
    doc! { "index": index as i64, "code": DUPLICATE_KEY, "keyPattern": { ID: 1 }, "keyValue": { ID: id } }
}

impl SimulatedDatabase {
    /// The collection of that name, which is made if it is not there.
    fn collection(&mut self, name: &str) -> &mut Collection {
        let made = &mut self.made;
        self.collections.entry(name.to_owned()).or_insert_with(|| {
            *made += 1;
            Collection { uuid: *made, documents: BTreeMap::new() }
        })
    }

    /// Does a command that is done at once.
    fn run(&mut self, command: &Document) -> Document {
        let (name, target) = command.iter().next().expect("a command has a name");
        let target = target.as_str().unwrap_or_default();
        match &**name {
            "create" | "createIndexes" => {
                self.collection(target);
                doc! { "ok": 1.0 }
            }
            "listCollections" => cursor(self.collections.iter().map(|(name, collection)| {
                let bytes = collection.uuid.to_be_bytes().repeat(2);
                let uuid = Binary { subtype: BinarySubtype::Uuid, bytes };
                doc! { "name": name, "type": "collection", "options": {}, "info": { "uuid": uuid } }
            })),
            "listIndexes" => cursor(std::iter::empty()),
            "find" => {
                let filter = command.get_document("filter").expect("a filter");
                let documents = self.collections.get(target).into_iter().flat_map(|found| found.documents.values());
                let documents = documents.filter(|document| matches(filter, document));
                let limit = command.get("limit").and_then(number).map_or(usize::MAX, |limit| limit as usize);
                cursor(documents.take(limit).cloned())
            }
            "insert" => {
                let document = command.get_array("documents").expect("documents")[0].as_document().expect("one");
                let id = document.get_str(ID).expect("an _id");
                let documents = &mut self.collection(target).documents;
                if documents.contains_key(id) {
                    return doc! { "ok": 1.0, "n": 0, "writeErrors": [taken(0, id)] };
                }
                documents.insert(id.to_owned(), document.clone());
                doc! { "ok": 1.0, "n": 1 }
            }
            "findAndModify" => {
                let part = |key| command.get_document(key).expect("a query and an update").clone();
                doc! { "ok": 1.0, "value": self.operate(target, &doc! { "q": part("query"), "u": part("update") }) }
            }
            other => panic!("nobody has told the simulated server what `{other}` is: {command}"),
        }
    }

    /// Does one operation of an update; what stands now, if it has changed something.
    fn operate(&mut self, collection: &str, operation: &Document) -> Option<Document> {
        let part = |key| operation.get_document(key).expect("a query and an update");
        let (query, update) = (part("q"), part("u"));
        let id = query.get_str(ID).expect("an _id");
        let standing = self.collections.get(collection).and_then(|collection| collection.documents.get(id));
        let changed = match standing {
            Some(standing) if matches(query, standing) => changed(standing, update),
            None if operation.get_bool("upsert") == Ok(true) => changed(&Document::new(), update),
            _ => return None,
        };
        self.collection(collection).documents.insert(id.to_owned(), changed.clone());
        Some(changed)
    }
}

/// A cursor that brings these documents at once.
fn cursor(documents: impl Iterator<Item = Document>) -> Document {
    doc! { "ok": 1.0, "cursor": { "id": 0_i64, "firstBatch": documents.collect::<Vec<_>>() } }
}

/// Whether `document` is one that `filter` asks for.
fn matches(filter: &Document, document: &Document) -> bool {
    filter.iter().all(|(key, condition)| match condition {
        Bson::Array(filters) if key == "$or" => {
            filters.iter().filter_map(Bson::as_document).any(|filter| matches(filter, document))
        }
        Bson::Document(operators) if operators.keys().all(|operator| operator.starts_with('$')) => {
            operators.iter().all(|(operator, operand)| holds(at(document, key), operator, operand))
        }
        wanted => at(document, key) == Some(wanted),
    })
}

/// What stands at a path of `document`.
fn at<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    match path.split_once('.') {
        Some((outer, inner)) => at(document.get_document(outer).ok()?, inner),
        None => document.get(path),
    }
}

/// Whether what an operator says holds of a value.
fn holds(value: Option<&Bson>, operator: &str, operand: &Bson) -> bool {
    let numbers = || Some((number(value?)?, number(operand)?));
    match (operator, operand) {
        ("$lt", _) => numbers().is_some_and(|(value, operand)| value < operand),
        ("$gte", _) => numbers().is_some_and(|(value, operand)| value >= operand),
        ("$ne", _) => value != Some(operand),
        ("$exists", Bson::Boolean(true)) => value.is_some(),
        ("$type", Bson::String(kind)) if kind == "string" => matches!(value, Some(Bson::String(_))),
        ("$in", Bson::Array(either)) => value.is_some_and(|value| either.contains(value)),
        _ => panic!("nobody has told the simulated server what `{operator}` is of {operand}"),
    }
}

/// What `update` makes of `document`: another one in its place, or the same with some fields changed.
fn changed(document: &Document, update: &Document) -> Document {
    if !update.keys().any(|key| key.starts_with('$')) {
        return update.clone();
    }
    let mut changed = document.clone();
    for (operator, fields) in update {
        for (path, value) in fields.as_document().expect("fields and their values") {
            change(&mut changed, path, operator, value);
        }
    }
    changed
}

/// Changes the field at `path`.
fn change(document: &mut Document, path: &str, operator: &str, value: &Bson) {
    if let Some((outer, inner)) = path.split_once('.') {
        let outer = document.entry(outer.to_owned()).or_insert_with(|| Bson::Document(Document::new()));
        return change(outer.as_document_mut().expect("a document"), inner, operator, value);
    }
    match operator {
        "$max" if document.get(path).and_then(number) >= number(value) => {}
        "$max" | "$set" => drop(document.insert(path, value.clone())),
        "$unset" => drop(document.remove(path)),
        _ => panic!("nobody has told the simulated server what `{operator}` is"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}
