//! Where documents go, and who looks for them there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mare_bench_support::running::Running;
use mare_bench_support::servers;
use mare_test_support::mongodb::{collection, documents, drop_database};
use mongodb::bson::{Document, doc};
use mongodb::sync::Collection;
use rusqlite::params_from_iter;

use crate::documents::{COLLECTION, Lines, of_sqlite};

/// The database that a run into MongoDB writes to.
pub const DATABASE: &str = "mare_bench_stream";
/// Time between two looks into a sink that has to be asked.
const INTERVAL: Duration = Duration::from_millis(1);

/// Where documents go.
#[derive(Clone, Copy)]
pub enum Place {
    /// Lines on standard output: the engine without a database.
    Stdout,
    /// A database file.
    Sqlite,
    /// A MongoDB server.
    MongoDb,
}

impl Place {
    /// What makes a run write here; `folder` is for files.
    pub fn sets(self, folder: &Path) -> Vec<String> {
        match self {
            Place::Stdout => vec!["sink.stdout={}".to_owned()],
            Place::Sqlite => vec![format!("sink.sqlite.path={}", file(folder).display())],
            Place::MongoDb => {
                vec![format!("sink.mongodb.uri={}", servers::mongodb()), format!("sink.mongodb.database={DATABASE}")]
            }
        }
    }

    /// Empties it, before a run and behind it.
    pub fn clear(self) {
        if let Place::MongoDb = self {
            drop_database(servers::mongodb(), DATABASE);
        }
    }

    /// Somebody who looks into it while `running` writes.
    pub fn observer(self, folder: &Path, running: &mut Running) -> Observer {
        match self {
            Place::Stdout => Observer::lines(running),
            Place::Sqlite => Observer::Sqlite(file(folder), None),
            Place::MongoDb => Observer::MongoDb(collection(servers::mongodb(), DATABASE, COLLECTION)),
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("sales.db")
}

/// Who looks into a sink.
pub enum Observer {
    /// Gets each document's category from a thread that reads the lines.
    Lines(Receiver<String>, JoinHandle<Lines>),
    /// Asks the file, once the run has made it.
    Sqlite(PathBuf, Option<rusqlite::Connection>),
    /// Asks the server.
    MongoDb(Collection<Document>),
}

impl Observer {
    fn lines(running: &mut Running) -> Observer {
        let output = BufReader::new(running.output().expect("piped")).lines();
        let (sender, categories) = channel();
        let reader = std::thread::spawn(move || {
            let mut lines = Lines::default();
            for line in output.map_while(Result::ok) {
                let _ = sender.send(lines.take(&line)); // nobody listens any more at the end
            }
            lines
        });
        Observer::Lines(categories, reader)
    }

    /// Which categories are visible; of sinks that have to be asked, only those `under_way`.
    pub fn look(&mut self, under_way: &[String]) -> Vec<String> {
        match self {
            Observer::Lines(categories, _) => {
                let first = categories.recv_timeout(INTERVAL).ok();
                first.into_iter().chain(categories.try_iter()).collect()
            }
            Observer::Sqlite(path, connection) => {
                std::thread::sleep(INTERVAL);
                if connection.is_none() {
                    *connection = rusqlite::Connection::open(path).ok();
                }
                connection.as_ref().and_then(|connection| ask(connection, under_way).ok()).unwrap_or_default()
            }
            Observer::MongoDb(collection) => {
                std::thread::sleep(INTERVAL);
                let documents = collection.find(doc! { "categoria": { "$in": under_way } }).run().expect("an answer");
                documents
                    .map(|found| found.expect("a document").get_str("categoria").expect("text").to_owned())
                    .collect()
            }
        }
    }

    /// All documents, once the run has ended.
    pub fn documents(self) -> Vec<Document> {
        match self {
            Observer::Lines(_, reader) => reader.join().expect("lines that are documents").documents(),
            Observer::Sqlite(path, _) => of_sqlite(&path),
            Observer::MongoDb(_) => documents(servers::mongodb(), DATABASE, COLLECTION),
        }
    }
}

/// Which of `categories` have a row. A table that is not there yet, or locked, is an error.
fn ask(connection: &rusqlite::Connection, categories: &[String]) -> rusqlite::Result<Vec<String>> {
    let places = vec!["?"; categories.len()].join(",");
    let mut statement =
        connection.prepare(&format!("SELECT categoria FROM black_friday WHERE categoria IN ({places})"))?;
    statement.query_map(params_from_iter(categories), |row| row.get(0))?.collect()
}
