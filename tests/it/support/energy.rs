//! The dataflow of energy readings over a topic of its own, into a table of SQLite.

use rusqlite::{Connection, OpenFlags, Row};
use tempfile::TempDir;

use super::kafka::{Topic, kafka, record};

/// A reading: the partition, the time, the site and how many Wh.
pub type EnergyReading<'a> = (i32, i64, &'a str, i64);

/// The dataflow with some settings over those of its file.
pub struct EnergyFlow {
    topic: Topic,
    folder: TempDir,
    settings: Vec<String>,
}

impl EnergyFlow {
    /// Over a new topic, whose name begins so.
    pub fn new(topic: &str, settings: &[&str]) -> EnergyFlow {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let (topic, folder) = (Topic::create(kafka(), topic, 3), tempfile::tempdir().expect("a folder"));
        EnergyFlow { topic, folder, settings }
    }

    /// The words of a command on it.
    pub fn words(&self, name: &[&str], more: &[&str]) -> Vec<String> {
        let places = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.topic.name),
            format!("checkpoint.path={}", self.folder.path().display()),
            format!("sink.sqlite.path={}", self.folder.path().join("energy.db").display()),
        ];
        let set = places.into_iter().chain(self.settings.iter().cloned());
        let set = set.flat_map(|setting| ["--set".to_owned(), setting]);
        let words = name.iter().chain(&["dataflows/energy.toml"]).map(|word| (*word).to_owned());
        words.chain(set).chain(more.iter().map(|word| (*word).to_owned())).collect()
    }

    /// Sends readings.
    pub fn produce<'a>(&self, readings: impl IntoIterator<Item = EnergyReading<'a>>) {
        let payload = |(partition, at, site, wh): EnergyReading<'_>| {
            let payload = format!(
                r#"{{"meter":{{"site":"{site}"}},"tariff":1,"read_at":{at},"reading":{{"wh":{wh},"cost":0.001}}}}"#
            );
            (partition, at, payload)
        };
        let payloads: Vec<_> = readings.into_iter().map(payload).collect();
        let records = payloads.iter().map(|(partition, at, payload)| record(*partition, *at, Some(payload.as_bytes())));
        self.topic.produce(records);
    }

    /// These columns of the documents that there are.
    pub fn documents<D, C>(&self, columns: &str, document: impl Fn(&Row<'_>) -> rusqlite::Result<D>) -> C
    where
        C: FromIterator<D>,
    {
        let file = self.folder.path().join("energy.db");
        let database =
            Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the run's database");
        let mut query = database.prepare(&format!("SELECT {columns} FROM energy_use")).expect("these columns");
        let rows = query.query_map([], |row| document(row)).expect("rows");
        rows.map(|row| row.expect("typed as declared")).collect()
    }

    /// Changes the document of this id behind the back of whoever writes there.
    pub fn change(&self, statement: &str, id: &str) {
        let database = Connection::open(self.folder.path().join("energy.db")).expect("the run's database");
        assert_eq!(database.execute(statement, [id]).expect("a change"), 1, "{id}");
    }
}

/// An instant as a column has it, in milliseconds.
pub fn instant(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}
