//! Who reads the topic: started, timed, and what it did checked.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mongodb::bson::Document;
use mongodb::sync::Client;

use crate::BARE;
use crate::support::mare;

/// The database that the runs into MongoDB write to.
const DATABASE: &str = "mare_bench_throughput";

/// What there is to read, and with what.
pub struct Setup {
    /// Bootstrap servers.
    pub brokers: String,
    /// The MongoDB server's uri.
    pub mongodb: String,
    /// The topic.
    pub topic: String,
    /// How many sales it holds.
    pub count: u64,
    /// How many workers a run has.
    pub workers: usize,
}

/// Who reads the topic.
#[derive(Clone, Copy)]
pub enum Contestant {
    /// librdkafka alone.
    Bare,
    /// `mare run` into MongoDB.
    MongoDb,
    /// `mare run` into SQLite.
    Sqlite,
}

impl Contestant {
    /// All of them; the one that the others are compared with first.
    pub const ALL: [Contestant; 3] = [Contestant::Bare, Contestant::MongoDb, Contestant::Sqlite];

    /// What the table says.
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Bare => "bare client, 3 threads",
            Contestant::MongoDb => "mare run into MongoDB",
            Contestant::Sqlite => "mare run into SQLite",
        }
    }

    /// Runs once, into an empty sink.
    ///
    /// # Panics
    /// If it fails, or has not seen each sale exactly once.
    pub fn time(self, setup: &Setup) -> Duration {
        let (elapsed, seen) = match self {
            Contestant::Bare => setup.bare(),
            Contestant::MongoDb => setup.mongodb(),
            Contestant::Sqlite => setup.sqlite(),
        };
        assert_eq!(seen, setup.count, "{}: each sale counts once", self.name());
        elapsed
    }
}

impl Setup {
    fn bare(&self) -> (Duration, u64) {
        let mut command = Command::new(std::env::current_exe().expect("this program's path"));
        command.env(BARE, &self.topic).env("MARE_BENCH_KAFKA", &self.brokers).stderr(Stdio::null());
        let start = Instant::now();
        let output = command.output().expect("the bare client runs");
        let elapsed = start.elapsed();
        let seen = String::from_utf8_lossy(&output.stdout).trim().parse().expect("how many records it read");
        (elapsed, seen)
    }

    fn mongodb(&self) -> (Duration, u64) {
        let client = Client::with_uri_str(&self.mongodb).expect("a uri");
        let database = client.database(DATABASE);
        database.drop().run().expect("an empty database");
        let elapsed =
            self.mare(&[format!("sink.mongodb.uri={}", self.mongodb), format!("sink.mongodb.database={DATABASE}")]);
        let documents = database.collection::<Document>("faturamento_tempo_real").find(Document::new()).run();
        let counts = documents.expect("the documents").map(|document| {
            let document = document.expect("a document");
            document.get_i64("volume_vendas").expect("a count").unsigned_abs()
        });
        (elapsed, counts.sum())
    }

    fn sqlite(&self) -> (Duration, u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sales.db");
        let elapsed = self.mare(&[format!("sink.sqlite.path={}", path.display())]);
        let database = rusqlite::Connection::open(&path).expect("the database");
        let sum = "SELECT sum(volume_vendas) FROM black_friday";
        let seen: i64 = database.query_row(sum, [], |row| row.get(0)).expect("the sum");
        (elapsed, seen.unsigned_abs())
    }

    /// How long a run to the end of the topic takes, into the sink that `sets` say.
    fn mare(&self, sets: &[String]) -> Duration {
        let mut command = mare::run(&self.brokers, &self.topic, self.workers, sets);
        let start = Instant::now();
        mare::succeed(command.arg("--until-end"));
        start.elapsed()
    }
}
