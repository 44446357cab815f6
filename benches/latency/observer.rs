//! Who looks into a sink for documents.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Collection};
use rusqlite::params_from_iter;
use serde_json::Value;

use crate::Setup;
use crate::running::Running;

/// The database that a run into MongoDB writes to.
const DATABASE: &str = "mare_bench_latency";
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
    /// All of them.
    pub const ALL: [Place; 3] = [Place::Stdout, Place::Sqlite, Place::MongoDb];

    /// What the table says.
    pub fn name(self) -> &'static str {
        match self {
            Place::Stdout => "standard output",
            Place::Sqlite => "SQLite",
            Place::MongoDb => "MongoDB",
        }
    }

    /// What makes a run write here; `folder` is for files.
    pub fn sets(self, setup: &Setup, folder: &std::path::Path) -> Vec<String> {
        match self {
            Place::Stdout => vec!["sink.stdout={}".to_owned()],
            Place::Sqlite => vec![format!("sink.sqlite.path={}", file(folder).display())],
            Place::MongoDb => {
                vec![format!("sink.mongodb.uri={}", setup.mongodb), format!("sink.mongodb.database={DATABASE}")]
            }
        }
    }

    /// Empties it, before the run.
    pub fn clear(self, setup: &Setup) {
        if let Place::MongoDb = self {
            let client = Client::with_uri_str(&setup.mongodb).expect("a uri");
            client.database(DATABASE).drop().run().expect("an empty database");
        }
    }

    /// Somebody who looks into it while `running` writes.
    pub fn observer(self, setup: &Setup, folder: &std::path::Path, running: &mut Running) -> Observer {
        match self {
            Place::Stdout => Observer::lines(running),
            Place::Sqlite => Observer::Sqlite(file(folder), None),
            Place::MongoDb => {
                let client = Client::with_uri_str(&setup.mongodb).expect("a uri");
                Observer::MongoDb(client.database(DATABASE).collection("faturamento_tempo_real"))
            }
        }
    }
}

fn file(folder: &std::path::Path) -> PathBuf {
    folder.join("sales.db")
}

/// Who looks into a sink.
pub enum Observer {
    /// Gets each document's category from a thread that reads the lines.
    Lines(Receiver<String>),
    /// Asks the file, once the run has made it.
    Sqlite(PathBuf, Option<rusqlite::Connection>),
    /// Asks the server.
    MongoDb(Collection<Document>),
}

impl Observer {
    fn lines(running: &mut Running) -> Observer {
        let lines = BufReader::new(running.output().expect("piped")).lines();
        let (sender, categories) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let document: Value = serde_json::from_str(&line).expect("a document");
                let _ = sender.send(document["categoria"].as_str().expect("a category").to_owned());
            }
        });
        Observer::Lines(categories)
    }

    /// Which categories are visible; of sinks that have to be asked, only those `under_way`.
    pub fn look(&mut self, under_way: &[String]) -> Vec<String> {
        match self {
            Observer::Lines(categories) => {
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
}

/// Which of `categories` have a row. A table that is not there yet, or locked, is an error.
fn ask(connection: &rusqlite::Connection, categories: &[String]) -> rusqlite::Result<Vec<String>> {
    let places = vec!["?"; categories.len()].join(",");
    let mut statement =
        connection.prepare(&format!("SELECT categoria FROM black_friday WHERE categoria IN ({places})"))?;
    statement.query_map(params_from_iter(categories), |row| row.get(0))?.collect()
}
