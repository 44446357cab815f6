//! Documents in a MongoDB collection, upserted in bulk under the guard of their version.
//!
//! # Why an upsert whose `_id` is taken is sent again
//! An operation is `{_id, version < n}` with `upsert: true`. If its `_id` is taken by a document that it may not
//! replace, nothing matches, so it inserts, and fails with a duplicate `_id`: that is how a more complete document
//! shows. But the same failure comes of a race: two writers find no document, both insert, and the one with the
//! *larger* version loses. So a taken `_id` alone proves only that a document stands, not which. The operation is sent
//! once more without `upsert`: now that a document stands (nobody deletes here) the server compares the versions
//! atomically, and whatever does not match is stale. Versions of a document only grow, so that verdict is final.
//!
//! # Layout
//! * `mod`: [`MongoWriter`]: the connection
//! * [`update`]: documents as `update` commands (pure)
//! * [`reply`]: what the server says to one (pure)
//! * [`fault`]: whose fault an error is, and the remedy (pure)

mod fault;
mod reply;
mod update;

use std::time::Duration;

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::error::{Error, ErrorKind};
use ::mongodb::options::ClientOptions;
use ::mongodb::sync::{Client, Database};

use self::fault::Target;
use self::reply::Reply;
use self::update::Replacement;
use super::document::Layout;
use super::{SinkError, Writer, Written};
use crate::dataflow::MongoSink;
use crate::engine::{Key, Total};

/// How long to look for a server, and to wait for a connection to it, before the sink counts as away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The code of an index that is there under another name, which serves as well.
const INDEX_OPTIONS_CONFLICT: i32 = 85;

/// A connection to a MongoDB collection. A write is durable on a majority of the servers when it returns.
///
/// Instants are Dates, decimals Doubles (the nearest) or Decimal128, whole numbers Int64 (beyond 64 bits Decimal128).
#[derive(Debug)]
pub struct MongoWriter {
    /// The database; it keeps the client alive.
    database: Database,
    /// The collection's name.
    collection: String,
    /// What a document consists of.
    layout: Layout,
    /// Whether decimals are Decimal128.
    decimal128: bool,
    /// Names the sink in messages.
    target: Target,
}

impl MongoWriter {
    /// Connects to the server of `sink`, asks whether it answers, and makes the index that serves "the newest windows of
    /// a category" if it is absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time, by default 5 seconds; [`SinkError::Refused`] if the uri, the
    /// credentials, a name or the user's rights are wrong.
    pub fn connect(sink: &MongoSink, layout: Layout) -> Result<Self, SinkError> {
        update::check_names(&layout)?;
        let options = options(&sink.uri)?;
        let hosts: Vec<_> = options.hosts.iter().map(ToString::to_string).collect();
        let password = options.credential.as_ref().and_then(|credential| credential.password.as_deref());
        let target = Target::new(sink, &hosts.join(","), password);
        let database = Client::with_options(options).map_err(|error| target.classify(&error))?.database(&sink.database);
        let collection = sink.collection.clone();
        let writer = MongoWriter { database, collection, layout, decimal128: sink.decimal128, target };
        writer.ping_and_index().map_err(|error| writer.target.classify(&error))?;
        Ok(writer)
    }

    /// Reaches the server and makes the index.
    fn ping_and_index(&self) -> Result<(), Error> {
        self.database.run_command(doc! { "ping": 1 }).run()?;
        let index = index(&self.layout);
        let outcome = self.database.run_command(doc! { "createIndexes": &self.collection, "indexes": [index] }).run();
        match outcome {
            Err(error) if !is_index_there(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Applies one command's worth of replacements.
    fn apply(&self, chunk: &[Replacement]) -> Result<Written, SinkError> {
        // STEP 1: insert what is new, replace what is less complete.
        let first = self.run(update::command(&self.collection, chunk, true))?;
        if first.taken.is_empty() {
            return Ok(Written { written: first.applied, stale: 0 });
        }
        // STEP 2: where a document stands, have the versions compared (see the head of this module).
        let taken: Vec<_> = first.taken.iter().filter_map(|index| chunk.get(*index)).collect();
        let operations = taken.len() as u64;
        let second = self.run(update::command(&self.collection, taken, false))?;
        let stale = operations.saturating_sub(second.applied);
        Ok(Written { written: first.applied + second.applied, stale })
    }

    /// Sends a command and reads the reply. Whatever is wrong with one operation is wrong with the command.
    fn run(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
        let reply = self.database.run_raw_command(command).run().map_err(|error| self.target.classify(&error))?;
        let reply = Reply::parse(&reply).ok_or_else(|| self.target.away("the server's reply to `update` is none"))?;
        match (&reply.failed, &reply.undurable) {
            (Some(error), _) => Err(self.target.failed(error)),
            (None, Some(cause)) => Err(self.target.away(cause)),
            (None, None) => Ok(reply),
        }
    }
}

impl Writer for MongoWriter {
    fn write(&mut self, totals: &[(Key, Total)]) -> Result<Written, SinkError> {
        let replacements = totals.iter().map(|(key, total)| {
            let document = self.layout.render(key, total)?;
            Ok(Replacement::of(&self.layout, document, self.decimal128))
        });
        let replacements = replacements.collect::<Result<Vec<_>, SinkError>>()?;
        update::chunks(&replacements).try_fold(Written::default(), |sum, chunk| {
            let written = self.apply(chunk)?;
            Ok(Written { written: sum.written + written.written, stale: sum.stale + written.stale })
        })
    }
}

/// The driver's options of `uri`, with ours where the uri says nothing.
fn options(uri: &str) -> Result<ClientOptions, SinkError> {
    let mut options = ClientOptions::parse(uri).run().map_err(|error| fault::unusable(uri, &error))?;
    if fault::is_misread(uri) {
        return Err(fault::misread());
    }
    options.app_name.get_or_insert_with(|| "mare".to_owned());
    options.server_selection_timeout.get_or_insert(CONNECT_TIMEOUT);
    options.connect_timeout.get_or_insert(CONNECT_TIMEOUT);
    Ok(options)
}

/// The index that serves "the newest windows of a category", under the name that any other client would give it.
fn index(layout: &Layout) -> Document {
    let directions = layout.newest_first().into_iter().map(|(name, descends)| (name, if descends { -1 } else { 1 }));
    let name: Vec<_> = directions.clone().map(|(field, direction)| format!("{field}_{direction}")).collect();
    let keys: Document = directions.map(|(field, direction)| (field.to_owned(), Bson::Int32(direction))).collect();
    doc! { "key": keys, "name": name.join("_") }
}

/// Whether an index of the same keys is there under another name.
fn is_index_there(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Command(command) if command.code == INDEX_OPTIONS_CONFLICT)
}
