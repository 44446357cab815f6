//! Documents in a MongoDB collection, upserted in bulk under the guard of their version.
//!
//! # Why an upsert whose `_id` is taken is sent again
//! An operation is `{_id, version < n}` with `upsert: true`. If its `_id` is taken by a document that it may not
//! replace, nothing matches, so it inserts, and fails with a duplicate `_id`: that is how a more complete document
//! shows. But the same failure comes of a race: two writers find no document, both insert, and the one with the
//! *larger* version loses. So a taken `_id` alone proves only that a document stands, not which. The operation is sent
//! once more without `upsert`: now that a document stands the server compares the versions atomically, and whatever does
//! not match is stale. Versions of a document only grow, so that verdict is final; only a run that overwrites removes
//! documents, and then those of this one are to go too.
//!
//! # Layout
//! * `mod`: [`MongoWriter`]
//! * `read`: [`MongoReader`]
//! * `connection`: commands to a server and its replies
//! * `control`: the control document and its commands (pure)
//! * `alerts`: the alerts about the documents
//! * `claim`: claiming the collection for a run
//! * `update`: documents as `update` commands (pure)
//! * [`inspect`]: looking at it without changing anything
//! * `probe`: what stands where the driver finds no server
//! * `reply`: what the server says to a command that writes (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)

mod alerts;
mod claim;
mod connection;
mod control;
mod fault;
pub mod inspect;
mod probe;
mod read;
mod reply;
mod update;

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::rawdoc;

pub use self::alerts::MongoAlerts;
pub use self::claim::claim;
use self::connection::Connection;
pub use self::read::MongoReader;
use self::reply::Reply;
use self::update::Replacement;
use super::document::Layout;
use super::fence::{self, Generation};
use super::{SinkError, Writer, Written};
use crate::dataflow::MongoSink;
use crate::engine::Change;
use crate::source::Positions;

/// A connection to a MongoDB collection. A write is durable on a majority of the servers when it returns.
///
/// Instants are Dates, decimals Doubles (the nearest) or Decimal128, whole numbers Int64 (beyond 64 bits Decimal128).
#[derive(Debug)]
pub struct MongoWriter {
    /// The collection on its server.
    connection: Connection,
    /// What a document consists of.
    layout: Layout,
    /// Whether decimals are Decimal128.
    decimal128: bool,
    /// The run that writes.
    generation: Generation,
    /// What this writer has raised the control document to; other writers of the run raise it too.
    shown: Positions,
}

impl MongoWriter {
    /// Connects to the server of `sink`, asks whether it answers, and makes the index that serves "the newest windows of
    /// a category" if it is absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time, by default 5 seconds; [`SinkError::Refused`] if the uri, the
    /// credentials, a name or the user's rights are wrong.
    pub fn connect(sink: &MongoSink, layout: Layout, generation: Generation) -> Result<Self, SinkError> {
        update::check_names(sink, &layout)?;
        let connection = Connection::reach(sink)?;
        connection.ensure_index(index(&layout))?;
        Ok(MongoWriter { connection, layout, decimal128: sink.decimal128, generation, shown: Positions::new() })
    }
}

impl Writer for MongoWriter {
    /// Each call asks whether the run is still the newest, in one round trip with whatever rises.
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        if !self.generation.is_fenced() {
            return Ok(());
        }
        let rising = fence::rising(&self.shown, shows);
        let raise = control::raise(&self.connection.collection, self.generation, &rising);
        if self.connection.write(raise)?.applied == 0 {
            return Err(claim::superseded(&self.connection, self.generation)?);
        }
        self.shown.extend(rising);
        Ok(())
    }

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let replacements = changes.iter().map(|change| {
            let document = self.layout.render(change)?;
            Ok(Replacement::of(&self.layout, document, self.decimal128))
        });
        let replacements = replacements.collect::<Result<Vec<_>, SinkError>>()?;
        update::chunks(&replacements).try_fold(Written::default(), |sum, chunk| {
            let written = apply(&self.connection.collection, chunk, |command| self.connection.write(command))?;
            Ok(Written { written: sum.written + written.written, stale: sum.stale + written.stale })
        })
    }
}

/// Applies one command's worth of replacements to `collection`; `run` sends a command and returns the reply.
fn apply(
    collection: &str,
    chunk: &[Replacement],
    mut run: impl FnMut(RawDocumentBuf) -> Result<Reply, SinkError>,
) -> Result<Written, SinkError> {
    // STEP 1: insert what is new, replace what is less complete.
    let first = run(update::command(collection, chunk, true))?;
    if first.taken.is_empty() {
        return Ok(Written { written: first.applied, stale: 0 });
    }
    // STEP 2: where a document stands, have the versions compared (see the head of this module).
    let taken: Vec<_> = first.taken.iter().filter_map(|index| chunk.get(*index)).collect();
    let operations = taken.len() as u64;
    let second = run(update::command(collection, taken, false))?;
    Ok(Written { written: first.applied + second.applied, stale: operations.saturating_sub(second.applied) })
}

/// The index that serves "the newest windows of a category", under the name that any other client would give it.
fn index(layout: &Layout) -> RawDocumentBuf {
    let mut keys = RawDocumentBuf::new();
    let mut name = Vec::new();
    for (field, descends) in layout.newest_first() {
        let direction = if descends { -1 } else { 1 };
        keys.append(field, direction);
        name.push(format!("{field}_{direction}"));
    }
    rawdoc! { "key": keys, "name": name.join("_") }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::Document;

    use super::*;
    use crate::sink::fixture;

    /// What one operation of a command says: `_id`, the version it needs to be below, whether it may insert.
    fn operations(command: &RawDocumentBuf) -> Vec<(String, i64, bool)> {
        let command = command.to_document().unwrap();
        let operations = command.get_array("updates").unwrap().iter().map(|operation| operation.as_document().unwrap());
        let says = |operation: &Document| {
            let filter = operation.get_document("q").unwrap();
            let version = filter.get_document("volume_vendas").unwrap().get_i64("$lt").unwrap();
            (filter.get_str("_id").unwrap().to_owned(), version, operation.get_bool("upsert").unwrap())
        };
        operations.map(says).collect()
    }

    /// Two writers insert `a` and `c` in between; that of `a` is less complete than ours and must not win.
    #[test]
    fn a_taken_id_is_no_proof_of_a_more_complete_document() {
        let layout = Layout::of(&fixture::sales());
        let chunk = [("a", 5), ("b", 6), ("c", 7)].map(|(group, n)| {
            let document = layout.render(&fixture::change(fixture::key(group, 0), fixture::total(n, &[0]))).unwrap();
            Replacement::of(&layout, document, false)
        });
        let mut sent = Vec::new();
        let mut replies = [(1, vec![0, 2]), (1, vec![])].into_iter();
        let written = apply("vendas", &chunk, |command| {
            sent.push(operations(&command));
            let (applied, taken) = replies.next().unwrap();
            Ok(Reply { applied, taken, failed: None, undurable: None })
        });
        assert_eq!(written.unwrap(), Written { written: 2, stale: 1 });
        let says = |group: &str, n, upsert| (format!("{group}|1970-01-01T00:00:00Z"), n, upsert);
        let first = vec![says("a", 5, true), says("b", 6, true), says("c", 7, true)];
        assert_eq!(sent, [first, vec![says("a", 5, false), says("c", 7, false)]]);
    }
}
