//! The way that each golden run goes.

use std::collections::BTreeMap;
use std::fs;

use mare_reference::{Counts, Event, Model, Total};
use mongodb::bson::{Bson, Document};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::golden::Golden;
use crate::support::kafka::{Topic, kafka};
use crate::support::leash::leash;
use crate::support::mare::{BOUND, Finished, Mare};
use crate::support::mongodb::{documents, fresh_database, mongodb};
use crate::support::oracle::read;
use crate::support::{ports, wait};

const SEED: u64 = 61;
/// How many records are made in each step, and how many steps there are.
const RECORDS: usize = 1_200;
const STEPS: usize = 5;
/// How many partitions the topic has.
const PARTITIONS: i32 = 3;
/// Where the documents go.
const COLLECTION: &str = "golden";

/// For each window, by its start, and group, what the known totals are.
type Totals = BTreeMap<(i64, String), Vec<Option<i128>>>;

/// A dataflow between a topic and a database of its own.
struct GoldenRun {
    golden: &'static Golden,
    topic: Topic,
    database: String,
    folder: TempDir,
}

impl Golden {
    /// Makes the golden run.
    ///
    /// # Panics
    /// If anything that comes of it is not as the model and the auditor have it.
    pub fn assert_exact(&'static self) {
        let folder = tempfile::tempdir().expect("a folder");
        let topic = Topic::create(kafka(), "golden", PARTITIONS);
        let run = GoldenRun { golden: self, topic, database: fresh_database(), folder };
        run.produce(0);
        run.killed_at_a_checkpoint();
        for (step, workers) in [(1, "1"), (2, "3"), (3, "2")] {
            if step == 2 {
                run.produce(1); // a producer sends again what was read before the last checkpoint
            }
            run.produce(step);
            run.mare("run", &["-w", workers, "--until-end"]).success();
            run.assert_as_the_model(&format!("with {workers} workers"));
        }
        run.produce(4);
        run.as_two_processes();
        run.assert_as_the_model("as two processes");
        run.assert_audited();
    }
}

impl Golden {
    /// From the start of the window of a time to its close.
    fn open_ms(&self, time_ms: i64) -> i64 {
        let rules = (self.rules)();
        let start_ms = *rules.starts_ms(time_ms).first().expect("a window");
        rules.close_ms(start_ms) - start_ms
    }
}

impl GoldenRun {
    fn words(&self, command: &str, more: &[&str]) -> Vec<String> {
        let set = [
            format!("source.kafka.brokers={}", kafka()),
            format!("source.kafka.topic={}", self.topic.name),
            format!("sink.mongodb.uri={}", mongodb()),
            format!("sink.mongodb.database={}", self.database),
            format!("sink.mongodb.collection={COLLECTION}"),
            format!("checkpoint.path={}", self.folder.path().display()),
        ];
        let file = format!("dataflows/{}.toml", self.golden.file);
        let begin = if command == "produce" { vec!["produce", "--like", &file] } else { vec![command, &file] };
        let set = set.into_iter().flat_map(|pair| ["--set".to_owned(), pair]);
        let more = more.iter().map(|word| (*word).to_owned());
        begin.into_iter().map(str::to_owned).chain(set).chain(more).collect()
    }

    fn mare(&self, command: &str, more: &[&str]) -> Finished {
        Mare::run(self.words(command, more))
    }

    /// Makes the records of a step, whose event times are behind those of the step before. They are made for a longer
    /// lateness than the run has, so that those out of order lie on both sides of the close of their windows.
    fn produce(&self, step: usize) {
        let [from, to] =
            self.golden.times.map(|time| time.parse::<jiff::Timestamp>().expect("a time").as_millisecond());
        let at = |step: usize| {
            let ms = from + (to - from) * step as i64 / STEPS as i64;
            jiff::Timestamp::from_millisecond(ms).expect("a time").to_string()
        };
        let [seed, count] = [SEED + step as u64, RECORDS as u64].map(|number| number.to_string());
        let lateness = format!("window.lateness={}ms", self.golden.open_ms(from));
        let made = ["--rate", "0", "--late", "3%", "--out-of-order", "25%", "--garbage", "3%", "--quiet"];
        let of_step = ["--seed", &seed, "--count", &count, "--from", &at(step), "--to", &at(step + 1)];
        self.mare("produce", &[&made[..], &of_step, &["--set", &lateness]].concat()).success();
    }

    /// Runs until there is a checkpoint with documents, and is killed then.
    fn killed_at_a_checkpoint(&self) {
        let mut run = Mare::spawn(self.words("run", &["-w", "2", "--set", "checkpoint.every=100ms"]));
        wait::until(BOUND, "a checkpoint and documents", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let count = self.documents().len();
            if count > 0 && self.has_checkpoint() { Ok(()) } else { Err(format!("{count} documents")) }
        });
        run.end_by(Signal::SIGKILL);
    }

    fn has_checkpoint(&self) -> bool {
        let folders = |path| fs::read_dir(path).into_iter().flatten().map(|entry| entry.expect("an entry").path());
        folders(self.folder.path().to_owned()).flat_map(folders).any(|folder| folder.join("manifest.json").exists())
    }

    fn as_two_processes(&self) {
        let hosts = leash().folder("hosts").join("hosts.txt");
        fs::write(&hosts, format!("127.0.0.1:{}\n127.0.0.1:{}\n", ports::free(), ports::free())).expect("a hostfile");
        let hosts = hosts.display().to_string();
        let words = |index| self.words("run", &["--until-end", "-w", "2", "-n", "2", "-p", index, "-h", &hosts]);
        let processes = ["0", "1"].map(|index| Mare::spawn(words(index)));
        for process in processes {
            process.wait().success();
        }
    }

    fn documents(&self) -> Vec<Document> {
        documents(mongodb(), &self.database, COLLECTION)
    }

    /// What the model has for all records of the topic, and what became of them.
    fn model(&self) -> (Totals, Counts) {
        let mut model = Model::new((self.golden.rules)());
        for record in read(kafka(), &self.topic.name) {
            let said = (self.golden.said)(&record);
            let group = said.as_ref().map_or_else(String::new, |said| json!(said.group).to_string());
            model.take(
                record.partition,
                said.as_ref().map(|said| Event {
                    time_ms: said.time_ms,
                    group: &group,
                    id: &said.id,
                    amount: Some(said.amount),
                    is_wanted: said.is_wanted,
                    cancels: said.cancels,
                }),
            );
        }
        let known = |total: &Total| self.golden.totals.iter().map(|known| (known.of)(total)).collect();
        let totals = model.totals().iter().map(|(key, total)| (key.clone(), known(total)));
        let sessions = model.sessions().into_iter();
        let certain = sessions.filter(|(_, (end_ms, _))| model.is_certain(*end_ms, PARTITIONS));
        let totals = totals.chain(certain.map(|(key, (_, total))| (key, known(&total)))).collect();
        (totals, model.partitions().map(|partition| model.counts(partition)).sum())
    }

    /// What the documents have for the same.
    fn found(&self) -> Totals {
        let of = |document: Document| {
            let start = document.get_datetime(self.golden.start).expect("a start").timestamp_millis();
            let group: Vec<Value> = self.golden.group.iter().map(|field| plain(&document, field)).collect();
            let known = self.golden.totals.iter().map(|known| units(&document, known.field, known.scale));
            ((start, json!(group).to_string()), known.collect())
        };
        self.documents().into_iter().map(of).collect()
    }

    fn assert_as_the_model(&self, what: &str) {
        let (expected, counts) = self.model();
        let file = self.golden.file;
        assert_eq!(self.found(), expected, "{file} {what}, seed {SEED}, {counts:?}");
        let Counts { counted, late, dead, filtered, duplicate, .. } = counts;
        assert!(late > 0 && dead > 0 && counted > 50, "{file} {what}, seed {SEED}: {counts:?}");
        assert_eq!(filtered > 0, self.golden.is_choosy, "{file} {what}, seed {SEED}: {counts:?}");
        let dedups = (self.golden.rules)().dedups;
        assert_eq!(duplicate > 0, dedups, "{file} {what}, seed {SEED}: {counts:?}");
    }

    /// The auditor recomputes all totals, those that the model does not know with them.
    fn assert_audited(&self) {
        let verdict = self.mare("verify", &["--format", "json"]).success();
        let verdict: Value = serde_json::from_str(&verdict.stdout).expect("a verdict");
        let documents = self.documents().len();
        assert_eq!((&verdict["exact"], &verdict["equal"]), (&json!(true), &json!(documents)), "{verdict}");
    }
}

/// A value of a group.
fn plain(document: &Document, field: &str) -> Value {
    match document.get(field) {
        Some(Bson::String(text)) => json!(text),
        Some(Bson::Int64(number)) => json!(number),
        Some(Bson::Null) => Value::Null,
        other => panic!("{field}: {other:?}"),
    }
}

/// A number in units of so many digits behind the point; nothing of null.
fn units(document: &Document, field: &str, scale: i32) -> Option<i128> {
    match document.get(field) {
        Some(Bson::Double(number)) => Some((number * 10_f64.powi(scale)).round() as i128),
        Some(Bson::Int64(number)) => Some(i128::from(*number) * 10_i128.pow(scale.unsigned_abs())),
        Some(Bson::Null) => None,
        other => panic!("{field}: {other:?}"),
    }
}
