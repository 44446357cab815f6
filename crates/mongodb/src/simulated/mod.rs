//! A server in memory, which takes the commands that a sink sends, and the operations of an update one at a time, so
//! that others may come between. A command that it does not know is a mistake of whoever sent it, and it panics.
//!
//! # Layout
//! * `mod`: [`SimulatedSink`]: a view's documents on such a server; `line`: commands on their way to it; `database`:
//!   what it does with them

mod database;
mod line;

use std::sync::{Arc, Mutex, MutexGuard};

use ::mongodb::bson::Document;

use self::database::Operation;
pub use self::database::SimulatedDatabase;
pub use self::line::Line;
use super::connection::CollectionConnection;
use super::stored::StoredControl;
use super::{MongoSink, MongoWriter, claim, control, read};
use mare_sink::document::Layout;
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
    /// The sinks of documents with these layouts, each in a collection of its own of one server, where nothing stands
    /// and which `knows_bulk`, the command of several collections, or is older.
    pub fn all(layouts: impl IntoIterator<Item = Layout>, knows_bulk: bool) -> Vec<SimulatedSink> {
        let server = Arc::new(Mutex::new(SimulatedDatabase::new(knows_bulk)));
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
        Line::new(Arc::clone(&self.server))
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
        let document = server.document(control::COLLECTION, &self.sink.collection)?;
        Some(StoredControl::parse(document).expect("written by us").control)
    }

    /// What stands there now.
    pub fn copy(&self) -> SimulatedDatabase {
        locked(&self.server).clone()
    }

    /// Puts a copy in the place of what stands there, or nothing. Collections that are made by it are others.
    pub fn put(&self, copy: SimulatedDatabase) {
        locked(&self.server).put(copy);
    }

    /// Whether the next operation on its way along `line` is of its documents.
    pub fn is_written(&self, line: &Line) -> bool {
        line.next(|operation| operation.collection == self.sink.collection) == Some(true)
    }

    /// Lets the server do one of the operations on their way along `line`, if there are any.
    pub fn operate(&self, line: &Line) -> Option<Operated> {
        let (Operation { collection, .. }, changed) = line.operate()?;
        Some(match changed {
            Some(_) if collection == control::COLLECTION => Operated::Raised,
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}
