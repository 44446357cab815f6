//! Commands on their way to the simulated server.

use std::sync::{Arc, Mutex};

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::error::Error;

use super::database::{Operation, SimulatedDatabase};
use super::locked;
use crate::connection::Commands;
use crate::control;

/// A writer's line to the server. A writer waits for each answer, and here nobody can wait: so a write whose answer
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
    /// The answers to its first writes.
    replies: Vec<Document>,
    /// How many of them the writer has been given.
    given: usize,
    /// The one behind them.
    write: Option<Write>,
}

/// An `update` or a `bulkWrite` on its way.
#[derive(Debug)]
struct Write {
    operations: Vec<Operation>,
    /// Operations that are not done, the next one last.
    left: Vec<usize>,
    /// Whether each of them waits for those before it, and is not done if one of these fails.
    is_ordered: bool,
    is_bulk: bool,
    /// What has become of those that are done: whether each had something to change, or why it failed.
    results: Vec<(usize, Result<bool, Document>)>,
}

impl Line {
    pub(super) fn new(server: Arc<Mutex<SimulatedDatabase>>) -> Line {
        Line { server, sent: Arc::default() }
    }

    /// Begins an attempt: what is on its way is lost.
    pub fn begin(&self) {
        *locked(&self.sent) = Sent::default();
    }

    /// Begins the attempt again, with the same answers.
    pub fn rewind(&self) {
        locked(&self.sent).given = 0;
    }

    /// Whether the next operation on its way is one to the control document, if there is any on its way.
    pub fn is_raising(&self) -> Option<bool> {
        self.next(|operation| operation.collection == control::COLLECTION)
    }

    /// What is to be known of the next operation on its way.
    pub(super) fn next<T>(&self, of: impl FnOnce(&Operation) -> T) -> Option<T> {
        let sent = locked(&self.sent);
        let write = sent.write.as_ref()?;
        write.left.last().map(|at| of(&write.operations[*at]))
    }

    /// Puts the operations on their way into another order, if they may be done in any.
    pub fn order(&self, order: impl FnOnce(&mut [usize])) {
        if let Some(write) = locked(&self.sent).write.as_mut().filter(|write| !write.is_ordered) {
            order(&mut write.left);
        }
    }

    /// Lets the server do the next operation: which one, and what stands now if that has changed something.
    pub(super) fn operate(&self) -> Option<(Operation, Option<Document>)> {
        let mut sent = locked(&self.sent);
        let write = sent.write.as_mut()?;
        let at = write.left.pop()?;
        let operation = write.operations[at].clone();
        let done = locked(&self.server).operate(&operation);
        if done.is_err() && write.is_ordered {
            write.left.clear();
        }
        write.results.push((at, done.as_ref().map(Option::is_some).map_err(Clone::clone)));
        if write.left.is_empty() {
            let reply = write.reply();
            sent.write = None;
            sent.replies.push(reply);
        }
        Some((operation, done.ok().flatten()))
    }
}

impl Commands for Line {
    fn run(&self, command: RawDocumentBuf) -> Result<Document, Error> {
        let command = command.to_document().expect("a command is well-formed");
        let is_write = |name: &String| ["update", "bulkWrite"].contains(&&**name);
        if !command.keys().next().is_some_and(is_write) {
            return Ok(locked(&self.server).run(&command));
        }
        let mut sent = locked(&self.sent);
        sent.given += 1;
        match sent.replies.get(sent.given - 1) {
            Some(reply) => Ok(reply.clone()),
            None => {
                let write = Write::of(&command);
                let reply = write.unknown();
                sent.write = Some(write);
                Ok(reply)
            }
        }
    }

    fn run_for_all(&self, command: RawDocumentBuf) -> Result<Document, Error> {
        self.run(command)
    }

    fn cursor(&self, command: RawDocumentBuf, limit: usize) -> Result<Vec<Document>, Error> {
        let reply = self.run(command)?;
        let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let documents = batch.expect("a cursor").iter().filter_map(Bson::as_document);
        Ok(documents.take(limit).cloned().collect())
    }
}

impl Write {
    fn of(command: &Document) -> Write {
        let operations = Operation::all(command);
        let (is_ordered, is_bulk) = (command.get_bool("ordered") != Ok(false), command.contains_key("bulkWrite"));
        // An update of one operation has no order to keep.
        let is_ordered = is_ordered && operations.len() > 1;
        let left = 0..operations.len();
        let left = if is_ordered { left.rev().collect() } else { left.collect() };
        Write { operations, left, is_ordered, is_bulk, results: Vec::new() }
    }

    /// What is said as long as it is on its way.
    fn unknown(&self) -> Document {
        let all = (0..self.operations.len()).map(|at| (at, Ok(true))).collect();
        let mut reply = Write { results: all, operations: Vec::new(), left: Vec::new(), ..*self }.reply();
        reply.insert("writeConcernError", doc! { "errmsg": "it is on its way" });
        reply
    }

    fn reply(&self) -> Document {
        let mut results = self.results.clone();
        results.sort_by_key(|(at, _)| *at);
        let applied = results.iter().filter(|(_, done)| *done == Ok(true)).count() as i64;
        let error = |key: &str| {
            let errors = results.iter().filter_map(|(at, done)| Some((*at as i64, done.as_ref().err()?.clone())));
            let indexed = errors.map(|(at, mut error)| {
                error.insert(key, at);
                error
            });
            indexed.collect::<Vec<_>>()
        };
        if !self.is_bulk {
            return doc! { "ok": 1.0, "n": applied, "writeErrors": error("index") };
        }
        let result = |(at, done): &(usize, Result<bool, Document>)| match done {
            Ok(changed) => doc! { "ok": 1.0, "idx": *at as i64, "n": i64::from(*changed) },
            Err(error) => {
                let mut error = error.clone();
                error.extend(doc! { "ok": 0.0, "idx": *at as i64 });
                error
            }
        };
        let first: Vec<_> = results.iter().map(result).collect();
        let errors = error("idx").len() as i64;
        doc! { "ok": 1.0, "cursor": { "id": 0_i64, "firstBatch": first }, "nErrors": errors }
    }
}
