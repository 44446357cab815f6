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
//! * `update`: documents as `update` commands (pure)
//! * `reply`: what the server says to one (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)

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
use crate::engine::Change;

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
        update::check_names(sink, &layout)?;
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
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let replacements = changes.iter().map(|Change { key, total, .. }| {
            let document = self.layout.render(key, total)?;
            Ok(Replacement::of(&self.layout, document, self.decimal128))
        });
        let replacements = replacements.collect::<Result<Vec<_>, SinkError>>()?;
        update::chunks(&replacements).try_fold(Written::default(), |sum, chunk| {
            let written = apply(&self.collection, chunk, |command| self.run(command))?;
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

/// The driver's options of `uri`, with ours where the uri says nothing.
fn options(uri: &str) -> Result<ClientOptions, SinkError> {
    let mut options = ClientOptions::parse(uri).run().map_err(|error| fault::unusable(uri, &error))?;
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

#[cfg(test)]
mod tests {
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
            let document = layout.render(&fixture::key(group, 0), &fixture::total(n, &[0])).unwrap();
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

    #[test]
    fn ours_stands_where_the_uri_says_nothing() {
        let plain = options("mongodb://localhost").unwrap();
        assert_eq!((plain.app_name.as_deref(), plain.server_selection_timeout), (Some("mare"), Some(CONNECT_TIMEOUT)));
        let own = options("mongodb://localhost/?appName=x&serverSelectionTimeoutMS=100").unwrap();
        let selection = Some(Duration::from_millis(100));
        assert_eq!((own.app_name.as_deref(), own.server_selection_timeout), (Some("x"), selection));
    }

    #[test]
    fn a_uri_that_cannot_be_read_keeps_its_password() {
        for uri in [
            "mongodb://root:s3cret/x@h",
            "mongodb://root:12/s3cret@h",
            "mongodb://root:12?s3cret@h",
            "mongodb://root:s3cret@h:port",
            "root:s3cret@h",
        ] {
            let Err(SinkError::Refused(text)) = options(uri).map(|_| ()) else { panic!("{uri}") };
            assert!(text.contains("percent code") && !text.contains("s3cret"), "{uri}: {text}");
        }
        let Err(SinkError::Refused(text)) = options("localhost:27017").map(|_| ()) else { panic!() };
        assert!(text.contains("scheme"), "{text}");
    }
}
