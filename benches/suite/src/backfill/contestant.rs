//! Who reads the topic: started, measured, and what it did checked.

use std::path::Path;
use std::process::Stdio;

use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::{Usage, succeed};
use mare_bench_support::{scratch, servers};
use mare_test_support::mongodb::{documents, drop_database};
use mare_test_support::oracle::{Oracle, assert_same};

use super::bare;
use crate::documents::{COLLECTION, of_sqlite};

/// The database that the runs into MongoDB write to.
const DATABASE: &str = "mare_bench_backfill";

/// What there is to read, and with what.
pub struct Setup {
    mare: Mare,
    /// What is in the topic.
    pub sales: Sales,
    /// What the documents must be.
    oracle: Oracle,
}

/// Who reads the topic.
#[derive(Clone, Copy)]
pub enum Contestant {
    /// librdkafka alone.
    Bare,
    /// `mare run` into SQLite.
    Sqlite,
    /// `mare run` into MongoDB.
    MongoDb,
}

impl Contestant {
    /// All of them; the one that the others are compared with first.
    pub const ALL: [Contestant; 3] = [Contestant::Bare, Contestant::Sqlite, Contestant::MongoDb];

    /// What the table says.
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Bare => "bare client",
            Contestant::Sqlite => "into SQLite",
            Contestant::MongoDb => "into MongoDB",
        }
    }

    /// Runs once, into an empty sink.
    ///
    /// # Panics
    /// If it fails, or its documents are not exactly what the oracle says.
    pub fn measure(self, setup: &Setup) -> Usage {
        match self {
            Contestant::Bare => setup.bare(),
            Contestant::Sqlite => setup.sqlite(),
            Contestant::MongoDb => setup.mongodb(),
        }
    }
}

impl Setup {
    /// Sees to it that the servers run and the sales are there.
    pub fn prepare(binary: &Path, sales: Sales) -> Setup {
        let mare = Mare::new(binary);
        servers::mongodb();
        sales.ensure(&mare);
        println!("asking the oracle");
        let oracle = Oracle::read(&mare.brokers, &sales.topic());
        Setup { mare, sales, oracle }
    }

    fn bare(&self) -> Usage {
        let mut seen = scratch::file();
        let mut command = bare::command(&self.mare.brokers, &self.sales.topic(), self.sales.partitions);
        let usage = succeed(command.stdout(Stdio::from(seen.as_file_mut().try_clone().expect("the file twice"))));
        let seen = std::fs::read_to_string(seen.path()).expect("how many records it read");
        assert_eq!(seen.trim().parse(), Ok(self.sales.count), "the bare client reads each record once");
        usage
    }

    fn sqlite(&self) -> Usage {
        let folder = scratch::folder();
        let path = folder.path().join("sales.db");
        let usage = self.mare(vec![format!("sink.sqlite.path={}", path.display())]);
        assert_same(&of_sqlite(&path), &self.oracle, "SQLite");
        usage
    }

    fn mongodb(&self) -> Usage {
        let uri = servers::mongodb();
        drop_database(uri, DATABASE);
        let usage = self.mare(vec![format!("sink.mongodb.uri={uri}"), format!("sink.mongodb.database={DATABASE}")]);
        assert_same(&documents(uri, DATABASE, COLLECTION), &self.oracle, "MongoDB");
        drop_database(uri, DATABASE);
        usage
    }

    /// A run to the end of the topic, into the sink that `sets` say.
    fn mare(&self, sets: Vec<String>) -> Usage {
        let run = FlagshipRun { topic: &self.sales.topic(), workers: self.sales.partitions, sets };
        succeed(self.mare.run(&run).arg("--until-end"))
    }
}
