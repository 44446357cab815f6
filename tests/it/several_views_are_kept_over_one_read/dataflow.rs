//! A dataflow with several views, run by the built binary, and the same with one of them alone.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Database};
use nix::sys::signal::Signal;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Finished, Mare};
use crate::support::mongodb::{documents, fresh_database, mongodb};
use crate::support::{unique, wait};

/// A view: its name, and the rest of its table.
pub type View = (&'static str, &'static str);

/// The flagship's.
pub const PER_MINUTE: View = (
    "per_minute",
    r#"
window = { tumbling = "1m", lateness = "2m", start = "janela_inicio", end = "janela_fim" }
group_by = ["categoria"]
faturamento_total = "sum(valor)"
volume_vendas = "count(id_pedido)"
"#,
);
/// Large sales by the day of a zone; the sales are on both sides of its midnight.
pub const PER_DAY: View = (
    "large_per_day",
    r#"
where = "valor > 150"
window = { tumbling = "day", zone = "America/Sao_Paulo" }
group_by = ["categoria"]
sales = "count()"
largest = "max(valor)"
mean = "avg(valor, 4)"
"#,
);
/// Windows that overlap.
pub const HOPPING: View = (
    "hopping",
    r#"
window = { hopping = "10m", every = "3m", lateness = "1m" }
group_by = ["categoria"]
sales = "count()"
value = "sum(valor)"
"#,
);
/// One that wants nothing that is ever produced.
pub const NOTHING: View = (
    "never",
    r#"
where = "valor < -1000000"
window = { tumbling = "5m" }
sales = "count()"
"#,
);

/// What makes sales hard.
const HARD: [&str; 8] = ["--late", "2%", "--out-of-order", "10%", "--duplicates", "1%", "--garbage", "1%"];
/// An hour around midnight in São Paulo.
const HOUR: [&str; 4] = ["--from", "2025-11-28T02:30:00Z", "--to", "2025-11-28T03:30:00Z"];

/// The views over a topic.
#[derive(Clone)]
pub struct Sales {
    pub topic: String,
    views: Vec<View>,
    /// What is put in front of the views.
    pub head: String,
    /// The table of the sink.
    sink: String,
    pub uri: String,
    pub database: String,
    /// The file, its database if it has one, its checkpoints.
    folder: Arc<TempDir>,
}

impl Sales {
    /// These views of a topic, in a fresh database of the shared server.
    pub fn new(topic: &Topic, views: &[View]) -> Sales {
        Sales::into(mongodb(), topic, views)
    }

    /// These views of a topic, in a fresh database.
    pub fn into(uri: &str, topic: &Topic, views: &[View]) -> Sales {
        let (database, folder) = (fresh_database(), Arc::new(tempfile::tempdir().expect("a folder")));
        let sink = format!("[sink.mongodb]\nuri = \"{uri}\"\ndatabase = \"{database}\"\ncollection = \"none\"");
        let (topic, uri, views) = (topic.name.clone(), uri.to_owned(), views.to_vec());
        Sales { topic, views, head: String::new(), sink, uri, database, folder }
    }

    /// The same into tables of a file.
    pub fn in_a_file(self) -> Sales {
        let sink = format!("[sink.sqlite]\npath = \"{}\"", self.file().display());
        Sales { sink, ..self }
    }

    /// The same with something more in front of the views.
    pub fn with(self, head: &str) -> Sales {
        Sales { head: format!("{}\n{head}\n", self.head), ..self }
    }

    /// Other views, over what stands there.
    pub fn of(&self, views: &[View]) -> Sales {
        Sales { views: views.to_vec(), ..self.clone() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("views.db")
    }

    /// Where the documents of a view go.
    fn place(&self, view: &str) -> String {
        if self.views.len() == 1 { format!("{view}_alone") } else { view.to_owned() }
    }

    /// The text of the file.
    fn text(&self) -> String {
        let name = if self.views.len() == 1 { format!("alone-{}", self.views[0].0) } else { "views".to_owned() };
        let source = format!("[source.kafka]\nbrokers = \"{}\"\ntopic = \"{}\"", kafka(), self.topic);
        let event = "[event]\ntime = \"timestamp\"\nzone = \"UTC\"";
        let fields = "[event.fields]\nid_pedido = \"string\"\ncategoria = \"string\"\nvalor = \"decimal(2)\"";
        let checkpoint = format!("[checkpoint]\npath = \"{}\"\nevery = \"100ms\"", self.folder.path().display());
        let view =
            |(name, rest): &View| format!("[[totals]]\nname = \"{name}\"\ninto = \"{}\"{rest}\n", self.place(name));
        let views: String = self.views.iter().map(view).collect();
        let (head, sink) = (&self.head, &self.sink);
        format!("name = \"{name}\"\n{source}\n{event}\n{fields}\n{sink}\n{checkpoint}\n{head}\n{views}")
    }

    /// The command line of a command, and `more`.
    pub fn command(&self, name: &str, more: &[&str]) -> Vec<String> {
        let file = self.folder.path().join(format!("{}.toml", unique("views")));
        fs::write(&file, self.text()).expect("a dataflow file");
        [name, &file.display().to_string()].iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    pub fn mare(&self, name: &str, more: &[&str]) -> Finished {
        Mare::run(self.command(name, more))
    }

    pub fn spawn(&self, more: &[&str]) -> Mare {
        Mare::spawn(self.command("run", more))
    }

    /// Runs to the end of the topic, which must succeed.
    pub fn run_until_end(&self, more: &[&str]) -> Finished {
        self.mare("run", &[&["--until-end"], more].concat()).success()
    }

    /// The documents of a view, each as a text.
    pub fn documents(&self, view: &str) -> Vec<String> {
        if self.sink.starts_with("[sink.mongodb]") {
            return self.found(view).iter().map(ToString::to_string).collect();
        }
        let file = Connection::open_with_flags(self.file(), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
        let mut all = file.prepare(&format!("SELECT * FROM {}", self.place(view))).expect("a table");
        let columns = all.column_count();
        let text = |row: &Row<'_>| -> rusqlite::Result<String> {
            let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        };
        let rows = all.query_map([], text).expect("rows").collect::<Result<Vec<_>, _>>();
        let mut rows = rows.expect("typed as declared");
        rows.sort_unstable();
        rows
    }

    /// The documents of a view in MongoDB.
    pub fn found(&self, view: &str) -> Vec<Document> {
        documents(&self.uri, &self.database, &self.place(view))
    }

    pub fn client(&self) -> Database {
        Client::with_uri_str(&self.uri).expect("a client").database(&self.database)
    }

    /// Forgets what stands there of a view: its documents, and if it is said so what is known of them.
    pub fn lose(&self, view: &str, and_control: bool) {
        self.client().collection::<Document>(&self.place(view)).delete_many(doc! {}).run().expect("emptied");
        if and_control {
            self.client().collection::<Document>(&self.place(view)).drop().run().expect("dropped");
            let control = self.client().collection::<Document>("mare_control");
            let gone = control.delete_one(doc! { "_id": view }).run().expect("deleted");
            assert_eq!(gone.deleted_count, 1, "{:?}", control.find(doc! {}).run().map(Iterator::collect::<Vec<_>>));
        }
    }

    /// Waits until more documents than `seen` stand in a view, while `run` goes on; returns how many.
    pub fn wait_for_more(&self, run: &mut Mare, view: &str, seen: usize) -> usize {
        wait::until(BOUND, "more documents", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let now = self.found(view).len();
            if now > seen { Ok(now) } else { Err(format!("still {now}:\n{}", run.output())) }
        })
    }

    /// Waits until a checkpoint has read hundreds of records, while `run` goes on.
    pub fn wait_for_checkpoint(&self, run: &mut Mare) {
        let show = self.command("show", &["--format", "json"]);
        wait::until(BOUND, "a checkpoint", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let shown = Mare::run(std::iter::once("checkpoint".to_owned()).chain(show.iter().cloned()));
            let shown: Value = serde_json::from_str(&shown.stdout).map_err(|_| shown.output())?;
            let partitions = shown["partitions"].as_array().ok_or("no partitions")?;
            let read: u64 = partitions.iter().filter_map(|of| of["read"].as_u64()).sum();
            if read > 500 { Ok(()) } else { Err(format!("only {read} read")) }
        });
    }

    /// Holds every view against the topic, and against a dataflow of that view alone.
    pub fn assert_exact(&self, what: &str) {
        if !self.views.contains(&NOTHING) {
            self.mare("verify", &[]).success(); // which passes no view of which it has compared nothing
        }
        for view in self.views.iter().filter(|view| view.0 != NOTHING.0) {
            let alone = self.of(&[*view]);
            let accounts = alone.run_until_end(&["-w", "1"]);
            let (found, expected) = (self.documents(view.0), alone.documents(view.0));
            assert_eq!(found, expected, "{what}: {} as it is alone", view.0);
            assert!(!found.is_empty(), "{what}: {}", view.0);
            let said = self.mare("verify", &["--view", view.0, "--format", "json"]).success();
            let verdict: Value = serde_json::from_str(&said.stdout).expect("a verdict");
            assert_eq!((&verdict["exact"], &verdict["equal"]), (&true.into(), &found.len().into()), "{verdict}");
            for (name, label) in [("counted", "counted"), ("late", "late"), ("duplicate", "duplicates")] {
                let partitions = verdict["partitions"].as_array().expect("partitions").iter();
                let sum: u64 = partitions.map(|partition| partition[name].as_u64().expect("a count")).sum();
                assert_eq!(sum, accounts.summary(label), "{what}: {name} of {}", view.0);
            }
        }
    }
}

/// Produces `count` hard sales around midnight.
pub fn produce(topic: &Topic, seed: u32, count: u32) {
    Mare::run(producing(topic, seed, 0, count)).success();
}

/// Starts producing them at `rate` a second.
pub fn produce_at(rate: u32, topic: &Topic, seed: u32, count: u32) -> Mare {
    Mare::spawn(producing(topic, seed, rate, count))
}

fn producing(topic: &Topic, seed: u32, rate: u32, count: u32) -> Vec<String> {
    let [seed, rate, count] = [seed, rate, count].map(|number| number.to_string());
    let to = ["produce", "--brokers", kafka(), "--topic", topic.name.as_str()];
    let drawn = ["--seed", seed.as_str(), "--rate", rate.as_str(), "--count", count.as_str()];
    [&to[..], &drawn, &HOUR, &HARD].concat().iter().map(|word| (*word).to_owned()).collect()
}

/// The account of each view and partition in the summary of a run: view, partition and its numbers, read first, which
/// add up.
pub fn accounts(finished: &Finished) -> Vec<(String, u32, [u64; 6])> {
    let lines = finished.stderr.lines().filter_map(|line| line.strip_prefix("partition "));
    let account = |line: &str| {
        let (numbers, view) = line.rsplit_once(" (").expect("the name of a view");
        let (partition, numbers) = numbers.split_once(' ').expect("a partition");
        let of = |label: &str| {
            let words: Vec<_> = numbers.split_whitespace().collect();
            let place = words.iter().position(|word| *word == label);
            place.map_or(0, |place| words[place - 1].replace(',', "").parse::<u64>().expect("a number"))
        };
        let all = ["read", "counted", "filtered", "late", "duplicates", "dead"].map(of);
        assert_eq!(all[0], all[1..].iter().sum::<u64>(), "{line}");
        (view.trim_end_matches(')').to_owned(), partition.parse().expect("a partition"), all)
    };
    lines.map(account).collect()
}

/// SIGKILL.
pub fn kill(run: Mare) {
    run.end_by(Signal::SIGKILL);
}
