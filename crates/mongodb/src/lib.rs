//! Documents in a MongoDB collection, upserted in bulk under the guard of their version.
//!
//! # Why an upsert whose `_id` is taken is sent again
//! An operation is `{_id, version < n}` with `upsert: true`. If its `_id` is taken by a document that it may not
//! replace, nothing matches, so it inserts, and fails with a duplicate `_id`: that is how a more complete document
//! shows. But the same failure comes of a race: two writers find no document, both insert, and the one with the
//! *larger* version loses. So a taken `_id` alone proves only that a document stands, not which. The operation is sent
//! once more without `upsert`: now that a document stands the server compares the versions atomically, and whatever
//! does not match is stale. Versions of a document only grow, so that verdict is final; only a run that overwrites
//! removes documents, and then those of this one are to go too.
//!
//! The server's word that an `_id` is taken is not enough either: under a collation, or by a unique index of something
//! like it, the document that stands there may have another `_id`. So unless the server names the `_id`, and it is that
//! of the operation, it is looked for by its bytes, and if it is not there the write is refused.
//!
//! # Why one command is as good as two
//! The rules of the fence ([`mare_sink::fence`]) want the positions in the control document to be there before a
//! document shows them, and nothing written by a run that is superseded. In two commands the first waits until the
//! positions are in the journals of a majority. In one, an ordered `bulkWrite`, both hold as well:
//!
//! 1. The operations are done one behind the other, each for itself, and go to one log of the server in that order.
//!    What a crash or a change of the primary takes away is an end of that log. So wherever a document is left, now or
//!    later, the positions are. What only the primary has yet may be taken from whoever reads it there, as a document
//!    always could be before a majority has it. A cluster of shards has several such logs; there it is two commands.
//! 2. The first operation *fails* if the control document is not the run's own (`raise`), and a failure ends the
//!    command. In between is what was always in between: a claim that comes behind the first operation and before the
//!    last finds the positions of the batch, which is the one batch of STEP 4.
//! 3. If the control document is gone, the first operation fails too, and inserts nothing. What remains is that it is
//!    dropped in the middle of a command, as it could be dropped between two.
//!
//! A document that is stale fails as well, and so holds up those behind it, which it has nothing to do with. By then
//! the positions are raised: from there on it is the second of two commands. A reply that does not account for each
//! operation is none, and all of it is done again, which is harmless.
//!
//! # Layout
//! * `config`: [`MongoSink`], its table of a dataflow file (pure); [`uri`]: what is usually wrong with a connection
//!   string (pure)
//! * `connector`: what it brings as a sink; `proposal`: what `mare init` makes of it (pure)
//! * `mod`: [`MongoWriter`]
//! * `read`: [`MongoReader`]
//! * `connection`: commands to a server and its replies
//! * `control`: the commands that read and change the control document, `stored`: that document (pure)
//! * `raise`: raising its positions, alone or in front of documents (pure)
//! * `alerts`: the alerts about the documents
//! * `claim`: claiming the collection for a run
//! * `update`: documents as `update` commands (pure); `bulk`: them and the control document as one `bulkWrite`, and the
//!   reply to that (pure)
//! * `flush`: a batch on its way to the server, in one command or in two
//! * [`inspect`]: looking at it without changing anything; `examine`: what that means for a run
//! * [`storage`]: what the collection and its indexes take up
//! * [`kind`]: what stands under a collection's name, and whether it can hold the documents (pure)
//! * `trial`: documents to ask a validator about (pure)
//! * `probe`: what stands where the driver finds no server
//! * `reply`: what the server says to a command that writes (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)
//! * `simulated`: a server in memory, which takes the commands of all these (feature `fixture`)

mod alerts;
mod bulk;
mod claim;
mod config;
mod connection;
mod connector;
mod control;
mod examine;
mod fault;
mod flush;
pub mod inspect;
pub mod kind;
mod probe;
mod proposal;
mod raise;
mod read;
mod reply;
#[cfg(any(test, feature = "fixture"))]
pub mod simulated;
pub mod storage;
mod stored;
mod trial;
mod update;
pub mod uri;

use std::time::Instant;

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::rawdoc;

pub use self::alerts::MongoAlerts;
pub use self::claim::claim;
pub use self::config::MongoSink;
use self::connection::CollectionConnection;
pub use self::connector::FACTORY;
use self::flush::Flushed;
use self::raise::Raise;
pub use self::read::MongoReader;
use self::update::Replacement;
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;
use mare_sink::deliver::LOOK;
use mare_sink::document::Layout;
use mare_sink::fence::{self, FencingToken};
use mare_sink::{SinkError, Writer, Written};

/// A connection to a MongoDB collection. A write is durable on a majority of the servers when it returns.
///
/// Instants are Dates, decimals Doubles (the nearest) or Decimal128, whole numbers Int64 (beyond 64 bits Decimal128).
#[derive(Debug)]
pub struct MongoWriter {
    /// The collection on its server.
    connection: CollectionConnection,
    /// What a document consists of.
    layout: Layout,
    /// Whether decimals are Decimal128.
    decimal128: bool,
    /// Of the run that writes.
    token: FencingToken,
    /// What the next write shows.
    shows: Positions,
    /// What this writer has raised the control document to; other writers of the run raise it too.
    shown: Positions,
    /// Whether the server takes the control document and the documents in one command.
    knows_bulk: bool,
    /// Whether it has written documents: some must be left then.
    has_written: bool,
    /// When it was last looked whether the collection is still the one that was claimed.
    looked: Instant,
}

impl MongoWriter {
    /// Connects to the server of `sink`, asks whether it answers, and makes the index that serves "the newest windows
    /// of a category" if it is absent.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time, by default 5 seconds; [`SinkError::Refused`] if the uri, the
    /// credentials, a name or the user's rights are wrong, or if what the run has claimed does not stand there any
    /// more; [`SinkError::Superseded`] if another run has taken it over.
    pub fn connect(sink: &MongoSink, layout: Layout, token: FencingToken) -> Result<Self, SinkError> {
        update::check_names(sink, &layout)?;
        MongoWriter::over(CollectionConnection::reach(sink)?, layout, sink.decimal128, token)
    }

    /// A writer over a connection; the rest is as for [`MongoWriter::connect`].
    fn over(
        connection: CollectionConnection,
        layout: Layout,
        decimal128: bool,
        token: FencingToken,
    ) -> Result<Self, SinkError> {
        if token.is_fenced() {
            claim::look(&connection, &token, &Positions::new())?; // before an index makes a collection that was dropped meanwhile
        }
        if let Some(index) = index(&layout) {
            connection.ensure_index(index)?;
        }
        let knows_bulk = token.is_fenced() && connection.knows_bulk()?;
        Ok(MongoWriter {
            connection,
            layout,
            decimal128,
            token,
            shows: Positions::new(),
            shown: Positions::new(),
            knows_bulk,
            has_written: false,
            looked: Instant::now(),
        })
    }

    /// Raises the control document to what is to be shown, and writes the documents.
    fn flush(&mut self, replacements: &[Replacement]) -> Result<Written, SinkError> {
        if !self.token.is_fenced() {
            return flush::write(&self.connection, replacements);
        }
        let rising = fence::rising(&self.shown, &self.shows);
        let raise = Raise::new(&self.connection.collection, &self.token, (&rising, &self.shown));
        match flush::flush(&self.connection, &raise, replacements, &mut self.knows_bulk)? {
            Flushed::Done(written) => {
                self.shown.extend(rising);
                Ok(written)
            }
            Flushed::NotOwn => Err(claim::superseded(&self.connection, &self.token)?),
        }
    }
}

impl Writer for MongoWriter {
    /// Keeps `shows` for the next write, which raises the control document before it writes documents.
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        fence::raise(&mut self.shows, shows);
        Ok(())
    }

    fn declare(&mut self, heartbeats: &[Heartbeat]) -> Result<(), SinkError> {
        let declare = control::declare(&self.connection.collection, &self.token, heartbeats);
        if self.connection.write(declare)?.applied == 0 {
            return Err(claim::superseded(&self.connection, &self.token)?);
        }
        Ok(())
    }

    /// Another collection of the same name, or none, is no place to go on in.
    fn look(&mut self) -> Result<(), SinkError> {
        if self.token.is_fenced() {
            let found = claim::look(&self.connection, &self.token, &self.shown)?;
            if self.has_written {
                claim::look_for_documents(&self.connection, &found, &self.layout)?;
            }
        }
        self.looked = Instant::now();
        Ok(())
    }

    /// Each call asks whether the run is still the newest, in one round trip with whatever rises and, if they are few
    /// enough and the server knows how, with the documents.
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let replacements = changes.iter().map(|change| {
            let document = self.layout.render(change)?;
            Ok(Replacement::of(&self.layout, document, self.decimal128))
        });
        let replacements = replacements.collect::<Result<Vec<_>, SinkError>>()?;
        let written = self.flush(&replacements)?;
        self.has_written |= !changes.is_empty();
        if self.looked.elapsed() >= LOOK {
            self.look()?; // behind the documents, which nobody waits for any longer
        }
        Ok(written)
    }
}

/// The index that serves "the newest windows of a category", under the name that any other client would give it; `None`
/// if there is one document alone.
fn index(layout: &Layout) -> Option<RawDocumentBuf> {
    let mut keys = RawDocumentBuf::new();
    let mut name = Vec::new();
    for (field, descends) in layout.newest_first() {
        let direction = if descends { -1 } else { 1 };
        keys.append(field, direction);
        name.push(format!("{field}_{direction}"));
    }
    (!name.is_empty()).then(|| rawdoc! { "key": keys, "name": name.join("_") })
}
