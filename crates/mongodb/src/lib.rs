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
//! # Layout
//! * `config`: [`MongoSink`], its table of a dataflow file (pure); [`uri`]: what is usually wrong with a connection
//!   string (pure)
//! * `connector`: what it brings as a sink; `proposal`: what `mare init` makes of it (pure)
//! * `mod`: [`MongoWriter`]
//! * `read`: [`MongoReader`]
//! * `connection`: commands to a server and its replies
//! * `control`: the commands that read and change the control document, `stored`: that document (pure)
//! * `alerts`: the alerts about the documents
//! * `claim`: claiming the collection for a run
//! * `update`: documents as `update` commands (pure)
//! * [`inspect`]: looking at it without changing anything; `examine`: what that means for a run
//! * [`storage`]: what the collection and its indexes take up
//! * [`kind`]: what stands under a collection's name, and whether it can hold the documents (pure)
//! * `trial`: documents to ask a validator about (pure)
//! * `probe`: what stands where the driver finds no server
//! * `reply`: what the server says to a command that writes (pure)
//! * `fault`: whose fault an error is, and the remedy (pure)
//! * `simulated`: a server in memory, which takes the commands of all these (feature `fixture`)

mod alerts;
mod claim;
mod config;
mod connection;
mod connector;
mod control;
mod examine;
mod fault;
pub mod inspect;
pub mod kind;
mod probe;
mod proposal;
mod read;
mod reply;
#[cfg(any(test, feature = "fixture"))]
pub mod simulated;
pub mod storage;
mod stored;
mod trial;
mod update;
pub mod uri;

use std::collections::BTreeSet;
use std::time::Instant;

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::rawdoc;

pub use self::alerts::MongoAlerts;
pub use self::claim::claim;
pub use self::config::MongoSink;
use self::connection::CollectionConnection;
pub use self::connector::FACTORY;
pub use self::read::MongoReader;
use self::reply::Reply;
use self::update::Replacement;
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;
use mare_sink::deliver::LOOK;
use mare_sink::document::{ID, Layout};
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
    /// What this writer has raised the control document to; other writers of the run raise it too.
    shown: Positions,
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
        let (shown, has_written, looked) = (Positions::new(), false, Instant::now());
        Ok(MongoWriter { connection, layout, decimal128, token, shown, has_written, looked })
    }
}

impl Writer for MongoWriter {
    /// Each call asks whether the run is still the newest, in one round trip with whatever rises.
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        if !self.token.is_fenced() {
            return Ok(());
        }
        let rising = fence::rising(&self.shown, shows);
        let raise = control::raise(&self.connection.collection, &self.token, (&rising, &self.shown));
        if self.connection.write(raise)?.applied == 0 {
            return Err(claim::superseded(&self.connection, &self.token)?);
        }
        self.shown.extend(rising);
        if self.looked.elapsed() >= LOOK { self.look() } else { Ok(()) }
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

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let replacements = changes.iter().map(|change| {
            let document = self.layout.render(change)?;
            Ok(Replacement::of(&self.layout, document, self.decimal128))
        });
        let replacements = replacements.collect::<Result<Vec<_>, SinkError>>()?;
        let written = update::chunks(&replacements).try_fold(Written::default(), |sum, chunk| {
            let written = apply(&self.connection, chunk)?;
            Ok(Written { written: sum.written + written.written, stale: sum.stale + written.stale })
        })?;
        self.has_written |= !changes.is_empty();
        Ok(written)
    }
}

/// Where commands are sent: a connection, or in tests whatever plays one.
trait Server {
    /// The collection's name.
    fn collection(&self) -> &str;

    /// Sends a command that writes.
    fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError>;

    /// Which of `ids` stand in the collection, compared by their bytes.
    fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError>;

    /// What is said of an `_id` that is taken by a document of another one.
    fn not_taken(&self, id: &str) -> SinkError;
}

impl Server for CollectionConnection {
    fn collection(&self) -> &str {
        &self.collection
    }

    fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
        CollectionConnection::write(self, command)
    }

    fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError> {
        let found = self.read(update::find_ids(&self.collection, ids), ids.len())?;
        Ok(found.iter().filter_map(|found| Some(found.get_str(ID).ok()?.to_owned())).collect())
    }

    fn not_taken(&self, id: &str) -> SinkError {
        let cause =
            format!("the server says that the _id `{}` is taken, and no such document stands there", id.escape_debug());
        self.target.refused(&cause, "look for a collation of the collection or of a unique index, and drop it")
    }
}

/// Applies one command's worth of replacements to the collection of `server`.
fn apply(server: &impl Server, chunk: &[Replacement]) -> Result<Written, SinkError> {
    // STEP 1: insert what is new, replace what is less complete.
    let first = server.write(update::command(server.collection(), chunk, true))?;
    if first.taken.is_empty() {
        return Ok(Written { written: first.applied, stale: 0 });
    }
    // STEP 2: believe that an `_id` is taken only if it is that one (see the head of this module).
    let told: Vec<_> = first.taken.iter().filter_map(|taken| Some((chunk.get(taken.index)?, &taken.id))).collect();
    let doubtful = told.iter().filter(|(replacement, id)| id.as_deref() != Some(replacement.id()));
    let doubtful: Vec<_> = doubtful.map(|(replacement, _)| replacement.id()).collect();
    if !doubtful.is_empty() {
        let standing = server.standing(&doubtful)?;
        if let Some(missing) = doubtful.iter().find(|id| !standing.contains(**id)) {
            return Err(server.not_taken(missing));
        }
    }
    // STEP 3: where a document stands, have the versions compared.
    let taken: Vec<_> = told.into_iter().map(|(replacement, _)| replacement).collect();
    let operations = taken.len() as u64;
    let second = server.write(update::command(server.collection(), taken, false))?;
    Ok(Written { written: first.applied + second.applied, stale: operations.saturating_sub(second.applied) })
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use ::mongodb::bson::Document;

    use super::reply::Taken;
    use super::*;
    use mare_sink::fixture;

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

    /// A server that gives these replies, and in which these documents stand.
    struct Scripted {
        sent: RefCell<Vec<Vec<(String, i64, bool)>>>,
        replies: RefCell<Vec<Reply>>,
        standing: Vec<&'static str>,
    }

    impl Scripted {
        fn new(replies: impl IntoIterator<Item = (u64, Vec<Taken>)>, standing: &[&'static str]) -> Scripted {
            let reply = |(applied, taken)| Reply { applied, taken, failed: None, undurable: None };
            let mut replies: Vec<_> = replies.into_iter().map(reply).collect();
            replies.reverse();
            Scripted { sent: RefCell::default(), replies: RefCell::new(replies), standing: standing.to_vec() }
        }
    }

    impl Server for Scripted {
        fn collection(&self) -> &str {
            "vendas"
        }

        fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
            self.sent.borrow_mut().push(operations(&command));
            Ok(self.replies.borrow_mut().pop().unwrap())
        }

        fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError> {
            Ok(ids.iter().filter(|id| self.standing.contains(id)).map(|id| (*id).to_owned()).collect())
        }

        fn not_taken(&self, id: &str) -> SinkError {
            SinkError::refused(id, "look")
        }
    }

    fn taken(index: usize, id: Option<&str>) -> Taken {
        Taken { index, id: id.map(str::to_owned) }
    }

    fn chunk(groups: &[(&str, i64)]) -> Vec<Replacement> {
        let layout = fixture::sales().layout();
        let replacement = |(group, n): &(&str, i64)| {
            let change = fixture::change(fixture::key(group, 0), fixture::total(*n, &[0]));
            Replacement::of(&layout, layout.render(&change).unwrap(), false)
        };
        groups.iter().map(replacement).collect()
    }

    /// Two writers insert `a` and `c` in between; that of `a` is less complete than ours and must not win.
    #[test]
    fn a_taken_id_is_no_proof_of_a_more_complete_document() {
        let (a, c) = ("a|1970-01-01T00:00:00Z", "c|1970-01-01T00:00:00Z");
        let server = Scripted::new([(1, vec![taken(0, Some(a)), taken(2, None)]), (1, vec![])], &[c]);
        let written = apply(&server, &chunk(&[("a", 5), ("b", 6), ("c", 7)]));
        assert_eq!(written.unwrap(), Written { written: 2, stale: 1 });
        let says = |group: &str, n, upsert| (format!("{group}|1970-01-01T00:00:00Z"), n, upsert);
        let first = vec![says("a", 5, true), says("b", 6, true), says("c", 7, true)];
        assert_eq!(server.sent.into_inner(), [first, vec![says("a", 5, false), says("c", 7, false)]]);
    }

    /// Under a collation the document that stands there is `Gamer`, and is not that of `gamer`.
    #[test]
    fn a_taken_id_is_not_believed_if_another_one_stands_there() {
        let (there, ours) = ("Gamer|1970-01-01T00:00:00Z", "gamer|1970-01-01T00:00:00Z");
        for told in [Some(there), Some("CollationKey(0x3129)"), None] {
            let server = Scripted::new([(0, vec![taken(0, told)])], &[there]);
            let refused = apply(&server, &chunk(&[("gamer", 2)]));
            assert!(matches!(&refused, Err(SinkError::Refused(fault)) if fault.what == ours), "{told:?}: {refused:?}");
            assert_eq!(server.sent.into_inner().len(), 1, "nothing is sent behind that");
        }
    }
}
