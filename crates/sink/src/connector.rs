//! What a sink brings: everything that is ever asked of it, whatever kind it is.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::document::Layout;
use super::examine::Examination;
use super::fence::{Claim, FencingToken, Standing};
use super::storage::Storage;
use super::{Reader, SinkError, Writer};
use crate::alerts::AlertStore;

/// A sink as a dataflow names it: its settings, and how to reach it by them. Nothing is connected yet.
///
/// A run claims it once, opens a [`Writer`] for each of its workers, and closes it. Whoever looks reads it back through
/// a [`Reader`]; the alerts about its documents are remembered beside them; the doctor, and a run before it begins, has
/// it examined. A sink that can be read back keeps a control document and alerts too; one that cannot keeps neither.
///
/// It is implemented in the folder of its kind, and in other crates: the suite `mare::conformance` holds each of
/// them to what is asked here. Its `Debug` hides whatever is secret, for a plan is printed with it.
pub trait Connector: Any + fmt::Debug + Send + Sync {
    /// Whether `other` is the same sink by the same settings: `other.downcast_ref() == Some(self)` where settings can
    /// be compared.
    fn is_same(&self, other: &dyn Connector) -> bool;

    /// How it is called.
    fn describe(&self) -> SinkDescription;

    /// What it can do.
    fn abilities(&self) -> Abilities;

    /// Claims it for a run of the dataflow whose documents have `layout`; that run's writers are then the only ones
    /// that are heard there. A sink that keeps no control document has nothing to claim, but still refuses a checkpoint
    /// of another sink.
    ///
    /// # Errors
    /// As for [`Writer::write`]; [`SinkError::Refused`] too if documents of another dataflow stand there and the claim
    /// does not say to overwrite them. A claim that was away may have been granted; claiming again is harmless.
    fn claim(&self, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError>;

    /// Whether the documents stand there that the checkpoint of `claim` has counted, and of which the sink itself
    /// speaks; changes nothing.
    ///
    /// # Errors
    /// [`SinkError::Refused`] with what is missing, and the remedy; [`SinkError::Away`] if nobody can tell.
    fn belongs(&self, layout: &Layout, claim: &Claim) -> Result<(), SinkError>;

    /// A connection for a writer of the run of `token`: reaches the server or the file, and makes the index or the
    /// table if absent. Where what the run has claimed does not stand any more, it is refused.
    ///
    /// # Errors
    /// As for [`Writer::look`].
    fn writer(&self, layout: Layout, token: FencingToken) -> Result<Box<dyn Writer>, SinkError>;

    /// Puts it in order when the writers of this process have ended: what a run leaves behind can be copied. Most have
    /// nothing to do, which is the default.
    fn close(&self) {}

    /// A connection that reads documents back; `None` if they cannot be.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn reader(&self, layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError>;

    /// What it tells of what its documents take up; nothing if it keeps none.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn storage(&self, layout: Layout) -> Result<Option<Storage>, SinkError>;

    /// What is remembered of the alerts about its documents, which is made if it is absent; `None` if it keeps nothing.
    /// A writer has been opened before.
    ///
    /// # Errors
    /// As for [`Writer::write`].
    fn alerts(&self, layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError>;

    /// The same to be looked at, for which nothing is made; `None` if there is nothing.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError>;

    /// Looks for what would keep a run from its work that would say `claim`, and changes nothing. `max_ahead_ms` is how
    /// far its events may be ahead of the clock.
    fn examine(&self, layout: &Layout, claim: &Claim, max_ahead_ms: i64) -> Examination;
}

impl dyn Connector {
    /// The sink as what it is, if that is a `C`.
    #[must_use]
    pub fn downcast_ref<C: Connector>(&self) -> Option<&C> {
        (self as &dyn Any).downcast_ref()
    }
}

/// A sink of whatever kind, as a plan holds it.
///
/// It is a trait's value and no list of kinds: such a list would have to be told of each new one, and could hold none
/// of another crate.
#[derive(Clone)]
pub struct Sink(Arc<dyn Connector>);

impl<C: Connector> From<C> for Sink {
    fn from(connector: C) -> Sink {
        Sink(Arc::new(connector))
    }
}

impl Deref for Sink {
    type Target = dyn Connector;

    fn deref(&self) -> &dyn Connector {
        &*self.0
    }
}

impl PartialEq for Sink {
    fn eq(&self, other: &Sink) -> bool {
        self.is_same(&**other)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// How a sink is called, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkDescription {
    /// What it is: the name of its table in a dataflow file, as the registry has it.
    pub kind: &'static str,
    /// The server or the file.
    pub server: String,
    /// The collection or the table there.
    pub name: String,
    /// What alerts are about: the collection or the table, without what it is in. It begins their ids, which are kept
    /// for ever.
    pub documents: String,
    /// All of it on a line, for people.
    pub line: String,
    /// All of it as a checkpoint notes it. It stands on disk, so it never changes.
    pub identity: String,
}

/// What a sink can do, and what it makes of the values of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Whether its documents can be read back.
    pub is_readable: bool,
    /// Whether decimals are kept as they are; otherwise they become the nearest double.
    pub exact_decimals: bool,
    /// Whether whole numbers of more than 64 bits are kept as they are; otherwise they become the nearest double.
    pub wide_integers: bool,
    /// Whether two names of fields that differ in the case of their letters alone are one.
    pub names_ignore_case: bool,
}
