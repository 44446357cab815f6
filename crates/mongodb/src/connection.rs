//! A connection to the server of a sink: commands out, replies in, errors by whose fault they are.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use ::mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use ::mongodb::bson::{Bson, Document, rawdoc};
use ::mongodb::error::{Error, ErrorKind};
use ::mongodb::options::ClientOptions;
use ::mongodb::sync::{Client, Database};

use super::bulk::{self, BulkReply};
use super::fault::{self, CollectionName};
use super::kind::{CollectionKind, Index};
use super::reply::{self, Reply};
use super::{MongoSink, probe};
use mare_sink::SinkError;

/// How long to wait for a connection to a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to look for a server before the sink counts as away: whoever starts a run wants to know soon why nothing
/// happens.
const SELECTION_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How often a server is looked for at first, as long as there is no reason why none is found: a handshake may take
/// longer.
const LOOKS: usize = 3;

/// The code of an index that is there under another name, which serves as well.
const INDEX_OPTIONS_CONFLICT: i32 = 85;

/// The code of a collection that is there already.
const NAMESPACE_EXISTS: i32 = 48;

/// How long the server waits for a majority before it reports that none has acknowledged, in milliseconds.
const MAJORITY_TIMEOUT_MS: i32 = 30_000;

/// The write concern of every command: acknowledged when it is in the journals of a majority.
pub(super) fn durable() -> RawDocumentBuf {
    rawdoc! { "w": "majority", "j": true, "wtimeout": MAJORITY_TIMEOUT_MS }
}

/// What takes commands: a database by way of the driver, or in tests whatever plays one.
pub(super) trait Commands: fmt::Debug + Send {
    /// The reply to a command.
    fn run(&self, command: RawDocumentBuf) -> Result<Document, Error>;

    /// The reply to a command that concerns all databases.
    fn run_for_all(&self, command: RawDocumentBuf) -> Result<Document, Error>;

    /// What the cursor brings that a command is answered by, up to so many documents.
    fn cursor(&self, command: RawDocumentBuf, limit: usize) -> Result<Vec<Document>, Error>;
}

/// A server by way of the driver. The databases keep the client alive.
#[derive(Debug)]
struct Databases {
    /// That of the documents.
    documents: Database,
    /// The one that takes commands which concern all.
    admin: Database,
}

impl Commands for Databases {
    fn run(&self, command: RawDocumentBuf) -> Result<Document, Error> {
        self.documents.run_raw_command(command).run()
    }

    fn run_for_all(&self, command: RawDocumentBuf) -> Result<Document, Error> {
        self.admin.run_raw_command(command).run()
    }

    fn cursor(&self, command: RawDocumentBuf, limit: usize) -> Result<Vec<Document>, Error> {
        self.documents.run_raw_cursor_command(command).run()?.take(limit).collect()
    }
}

/// A connection to the collection of a sink.
#[derive(Debug)]
pub(super) struct CollectionConnection {
    /// What is at the other end.
    server: Box<dyn Commands>,
    /// The names of the database and of the collection.
    pub(super) database: String,
    pub(super) collection: String,
    /// Names the sink in messages.
    pub(super) target: CollectionName,
}

impl CollectionConnection {
    /// Connects to the server of `sink` and asks whether it answers.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time, by default in 1.5 seconds if it is known why and in 5 if it is
    /// not; [`SinkError::Refused`] if the uri or the credentials are wrong, or a setting of the uri keeps a server from
    /// answering.
    pub(super) fn reach(sink: &MongoSink) -> Result<Self, SinkError> {
        let options = options(&sink.uri)?;
        let hosts: Vec<_> = options.hosts.iter().map(ToString::to_string).collect();
        let password = options.credential.as_ref().and_then(|credential| credential.password.as_deref());
        let target = CollectionName::new(sink, &hosts.join(","), password);
        let client = Client::with_options(options.clone()).map_err(|error| target.classify(&error))?;
        let databases = Databases { documents: client.database(&sink.database), admin: client.database("admin") };
        let (database, collection) = (sink.database.clone(), sink.collection.clone());
        let connection = CollectionConnection { server: Box::new(databases), database, collection, target };
        connection.greet(&options)?;
        Ok(connection)
    }

    /// A connection to what plays the server of `sink`.
    #[cfg(any(test, feature = "fixture"))]
    pub(super) fn over(server: Box<dyn Commands>, sink: &MongoSink) -> CollectionConnection {
        CollectionConnection {
            server,
            database: sink.database.clone(),
            collection: sink.collection.clone(),
            target: CollectionName::new(sink, "nowhere", None),
        }
    }

    /// Asks whether a server answers. Where none does, it is looked for what may keep it from that.
    fn greet(&self, options: &ClientOptions) -> Result<(), SinkError> {
        for look in 1.. {
            let Err(error) = self.server.run(rawdoc! { "ping": 1 }) else { break };
            let mistake = if look == 1 && fault::is_puzzling(&error) { probe::mistake(options) } else { None };
            if let Some((what, remedy)) = mistake {
                return Err(self.target.refused(&what, remedy));
            }
            if look == LOOKS || !fault::is_silence(&error) {
                return Err(self.target.classify(&error));
            }
        }
        Ok(())
    }

    /// The same for somebody who only reads: what is said of missing rights asks for no more.
    ///
    /// # Errors
    /// As for [`CollectionConnection::reach`].
    pub(super) fn reach_to_read(sink: &MongoSink) -> Result<Self, SinkError> {
        let mut connection = CollectionConnection::reach(sink)?;
        connection.target.needs_to_read();
        Ok(connection)
    }

    /// Sends a command that is answered by a cursor, and reads what that brings, batch by batch, up to `limit`.
    pub(super) fn read(&self, command: RawDocumentBuf, limit: usize) -> Result<Vec<Document>, SinkError> {
        self.server.cursor(command, limit).map_err(|error| self.target.classify(&error))
    }

    /// Makes an index if none of the same keys is there.
    pub(super) fn ensure_index(&self, index: RawDocumentBuf) -> Result<(), SinkError> {
        let command = rawdoc! { "createIndexes": &*self.collection, "indexes": [index] };
        match self.server.run(command) {
            Err(error) if !has_code(&error, INDEX_OPTIONS_CONFLICT) => Err(self.target.classify(&error)),
            _ => Ok(()),
        }
    }

    /// Makes a collection of that name if there is none.
    pub(super) fn ensure(&self, name: &str) -> Result<(), SinkError> {
        match self.server.run(rawdoc! { "create": name }) {
            Err(error) if !has_code(&error, NAMESPACE_EXISTS) => Err(self.target.classify(&error)),
            _ => Ok(()),
        }
    }

    /// What stands under the collection's name; `None` if nothing does.
    pub(super) fn kind(&self) -> Result<Option<CollectionKind>, SinkError> {
        Ok(self.kinds(&[&self.collection])?.remove(&self.collection))
    }

    /// What stands under each of `names`, where something does.
    pub(super) fn kinds(&self, names: &[&str]) -> Result<BTreeMap<String, CollectionKind>, SinkError> {
        let wanted: RawArrayBuf = names.iter().copied().collect();
        let reply = self.ask(rawdoc! { "listCollections": 1, "filter": { "name": { "$in": wanted } } })?;
        let listed = batch(&reply).into_iter().filter_map(|listed| Some((listed.get_str("name").ok()?, listed)));
        let listed = listed.filter(|(name, _)| names.contains(name));
        Ok(listed.map(|(name, listed)| (name.to_owned(), CollectionKind::parse(listed))).collect())
    }

    /// The collection's indexes but that on `_id`.
    pub(super) fn indexes(&self) -> Result<Vec<Index>, SinkError> {
        let reply = self.ask(rawdoc! { "listIndexes": &*self.collection })?;
        let indexes = batch(&reply).into_iter().filter_map(Index::parse);
        Ok(indexes.filter(|index| !index.is_of_id()).collect())
    }

    /// Sends a command and returns the reply as it is.
    pub(super) fn ask(&self, command: RawDocumentBuf) -> Result<Document, SinkError> {
        self.server.run(command).map_err(|error| self.target.classify(&error))
    }

    /// Whether the server takes the control document and the documents in one command.
    pub(super) fn knows_bulk(&self) -> Result<bool, SinkError> {
        Ok(bulk::is_known(&self.ask(rawdoc! { "hello": 1 })?))
    }

    /// Sends a `bulkWrite` of so many documents; `None` if the server does not take such a command, whatever it says of
    /// that: another one that does the same will say it again, or will do. Whatever is wrong with one operation is
    /// wrong with the command, except that an `_id` is taken, or the control document is not the run's own.
    pub(super) fn write_in_bulk(
        &self,
        command: RawDocumentBuf,
        documents: usize,
    ) -> Result<Option<BulkReply>, SinkError> {
        let reply = match self.server.run_for_all(command).map_err(|error| self.target.classify(&error)) {
            Ok(reply) => BulkReply::parse(&reply, documents),
            Err(SinkError::Away(fault)) => return Err(SinkError::Away(fault)),
            Err(refused) => {
                tracing::debug!("documents are written in two steps, for the server takes no bulkWrite: {refused}");
                return Ok(None);
            }
        };
        let reply = reply.ok_or_else(|| self.target.away("the server's reply to a write is none"))?;
        match (&reply.failed, &reply.undurable) {
            (Some(error), _) => Err(self.target.failed(error)),
            (None, Some(cause)) => Err(self.target.away(cause)),
            (None, None) => Ok(Some(reply)),
        }
    }

    /// Sends a command that changes one document, and returns the reply if the change is durable.
    pub(super) fn change(&self, command: RawDocumentBuf) -> Result<Document, SinkError> {
        let reply = self.ask(command)?;
        match reply::undurable(&reply) {
            Some(cause) => Err(self.target.away(&cause)),
            None => Ok(reply),
        }
    }

    /// Sends a command of several operations. Whatever is wrong with one of them is wrong with the command, except that
    /// an `_id` is taken.
    pub(super) fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
        let reply = Reply::parse(&self.ask(command)?);
        let reply = reply.ok_or_else(|| self.target.away("the server's reply to a write is none"))?;
        match (&reply.failed, &reply.undurable) {
            (Some(error), _) => Err(self.target.failed(error)),
            (None, Some(cause)) => Err(self.target.away(cause)),
            (None, None) => Ok(reply),
        }
    }
}

/// The documents of a reply's first batch.
fn batch(reply: &Document) -> Vec<&Document> {
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    batch.map(|documents| documents.iter().filter_map(Bson::as_document).collect()).unwrap_or_default()
}

/// The driver's options of `uri`, with ours where the uri says nothing.
fn options(uri: &str) -> Result<ClientOptions, SinkError> {
    let mut options = ClientOptions::parse(uri).run().map_err(|error| fault::unusable(uri, &error))?;
    options.app_name.get_or_insert_with(|| "mare".to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION_TIMEOUT);
    options.connect_timeout.get_or_insert(CONNECT_TIMEOUT);
    Ok(options)
}

/// Whether the server refuses a command by this code.
fn has_code(error: &Error, code: i32) -> bool {
    matches!(&*error.kind, ErrorKind::Command(command) if command.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_stands_where_the_uri_says_nothing() {
        let plain = options("mongodb://localhost").unwrap();
        assert_eq!(
            (plain.app_name.as_deref(), plain.server_selection_timeout),
            (Some("mare"), Some(SELECTION_TIMEOUT))
        );
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
            let Err(SinkError::Refused(fault)) = options(uri).map(|_| ()) else { panic!("{uri}") };
            let text = fault.to_string();
            assert!(text.contains("sink.mongodb.uri") && !text.contains("s3cret"), "{uri}: {text}");
        }
        let Err(SinkError::Refused(fault)) = options("localhost:27017").map(|_| ()) else { panic!() };
        let text = fault.to_string();
        assert!(text.contains("scheme"), "{text}");
    }
}
