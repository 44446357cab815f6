//! The flagship dataflow between a topic and a database, run by the built binary.

use std::collections::BTreeMap;
use std::sync::Arc;

use mongodb::bson::Document;
use tempfile::TempDir;

use super::kafka::{Topic, kafka};
use super::mare::{BOUND, Finished, Mare};
use super::mongodb::{documents, fresh_database, mongodb};
use super::oracle::{Oracle, assert_same, differences};
use super::wait;

/// Where the flagship reads and writes.
#[derive(Clone, Debug)]
pub struct Flagship {
    /// Bootstrap servers.
    pub brokers: String,
    /// The topic's name.
    pub topic: String,
    /// The database server.
    pub uri: String,
    /// The database's name.
    pub database: String,
    /// Where its checkpoints are; gone with the last clone.
    pub checkpoints: Arc<TempDir>,
    /// For partitions that came later, when the newest window closed that was certain without them.
    pub since: BTreeMap<i32, i64>,
}

impl Flagship {
    /// From a topic of the shared broker to a fresh database of the shared server.
    pub fn shared(topic: &Topic) -> Flagship {
        Flagship::between(kafka(), &topic.name, mongodb())
    }

    /// From a topic to a fresh database.
    pub fn between(brokers: &str, topic: &str, uri: &str) -> Flagship {
        let [brokers, topic, uri] = [brokers, topic, uri].map(str::to_owned);
        Flagship {
            brokers,
            topic,
            uri,
            database: fresh_database(),
            checkpoints: fresh_folder(),
            since: BTreeMap::new(),
        }
    }

    /// The same topic, into another database that is fresh, from the start.
    pub fn with_fresh_database(&self) -> Flagship {
        Flagship { database: fresh_database(), checkpoints: fresh_folder(), ..self.clone() }
    }

    /// The command line of a run, and `more`.
    pub fn arguments(&self, more: &[&str]) -> Vec<String> {
        self.command("run", more)
    }

    /// The command line of a command on this dataflow, and `more`.
    pub fn command(&self, name: &str, more: &[&str]) -> Vec<String> {
        let set = [
            format!("source.kafka.brokers={}", self.brokers),
            format!("source.kafka.topic={}", self.topic),
            format!("sink.mongodb.uri={}", self.uri),
            format!("sink.mongodb.database={}", self.database),
            format!("checkpoint.path={}", self.checkpoints.path().display()),
        ];
        let start = [name, "dataflows/black_friday.toml"].map(str::to_owned);
        let set = set.into_iter().flat_map(|pair| ["--set".to_owned(), pair]);
        start.into_iter().chain(set).chain(more.iter().map(|argument| (*argument).to_owned())).collect()
    }

    /// Runs to the end of the topic, which must succeed.
    pub fn run_until_end(&self, more: &[&str]) -> Finished {
        Mare::run(self.arguments(&[&["--until-end"], more].concat())).success()
    }

    /// Starts an endless run.
    pub fn spawn(&self, more: &[&str]) -> Mare {
        Mare::spawn(self.arguments(more))
    }

    /// What the collection holds.
    pub fn documents(&self) -> Vec<Document> {
        documents(&self.uri, &self.database, "faturamento_tempo_real")
    }

    /// What the documents must be, now.
    pub fn oracle(&self) -> Oracle {
        Oracle::since(&self.since).reading(&self.brokers, &self.topic)
    }

    /// # Panics
    /// If the documents are not what the topic leads to.
    pub fn assert_exact(&self, what: &str) {
        assert_same(&self.documents(), &self.oracle(), what);
    }

    /// Waits until the database holds more than `seen` sales, while `run` goes on, and returns how many it holds.
    ///
    /// # Panics
    /// If the run ends or it takes longer than [`BOUND`].
    pub fn wait_for_more(&self, run: &mut Mare, seen: i64) -> i64 {
        wait::until(BOUND, "more sales in the database", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let now = self.visible();
            if now > seen { Ok(now) } else { Err(format!("still {now} sales\n{}", run.output())) }
        })
    }

    /// Kills a server and starts it again, twice, each time with more sales in the database than before. `run` goes on,
    /// and says of each time that the server is away, in words that hold `away`, and that it is back.
    ///
    /// # Panics
    /// If the run ends or something takes longer than [`BOUND`].
    pub fn kill_twice<S>(&self, run: &mut Mare, server: &mut S, [kill, restart]: [fn(&mut S); 2], away: &str) {
        let mut seen = 0;
        for times in 1..=2 {
            seen = self.wait_for_more(run, seen);
            kill(server);
            run.wait_for_lines(times, away);
            restart(server);
            run.wait_for_lines(times, "is back after");
        }
    }

    /// # Panics
    /// If there is an amount that is not positive: readers might then rightly see a total fall.
    pub fn assert_positive(&self) {
        let least = self.oracle().least;
        assert!(least.is_some_and(|least| least > 0), "amounts are positive: the least is {least:?}");
    }

    /// How many sales the documents hold.
    pub fn visible(&self) -> i64 {
        self.documents().iter().map(|document| document.get_i64("volume_vendas").expect("a count")).sum()
    }

    /// Waits until the documents are what the topic leads to by now, while `run` goes on.
    ///
    /// # Panics
    /// If the run ends or it takes longer than [`BOUND`].
    pub fn wait_until_exact(&self, run: &mut Mare) {
        let oracle = self.oracle();
        wait::until(BOUND, "documents that equal the oracle's", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let differences = differences(&self.documents(), &oracle);
            match differences.len() {
                0 => Ok(()),
                count => Err(format!("{count} differ:\n{}\n{}", differences.join("\n"), run.output())),
            }
        });
    }
}

/// A folder that is gone with its last owner.
fn fresh_folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().expect("a folder"))
}

/// Produces `count` seeded sales over an hour, with all that makes them hard, to a topic of open brokers.
pub fn produce_hour(brokers: &str, topic: &str, seed: u32, count: u32) {
    produce_with(brokers, topic, seed, count, &HARD);
}

/// Produces `count` seeded sales over an hour, with these shares, to a topic of open brokers.
pub fn produce_with(brokers: &str, topic: &str, seed: u32, count: u32, shares: &[&str]) {
    let (seed, count) = (seed.to_string(), count.to_string());
    let fixed = ["--rate", "0", "--from", "2025-11-28T12:00:00Z", "--to", "2025-11-28T13:00:00Z"];
    let drawn = ["--seed", seed.as_str(), "--count", count.as_str()];
    Mare::run(produce(brokers, topic, &[&fixed[..], &drawn[..], shares].concat())).success();
}

/// Starts producing `count` sales at `rate` a second by the wall clock, with all that makes them hard.
pub fn produce_live(brokers: &str, topic: &str, rate: u32, count: u32) -> Mare {
    let (rate, count) = (rate.to_string(), count.to_string());
    let drawn = ["--rate", rate.as_str(), "--count", count.as_str(), "--seed", "11"];
    Mare::spawn(produce(brokers, topic, &[&drawn[..], &HARD[..]].concat()))
}

/// Starts producing `count` sales at `rate` a second whose times are those of one hour, so that windows close all the
/// time.
pub fn produce_flood(brokers: &str, topic: &str, seed: u32, rate: u32, count: u32) -> Mare {
    produce_flood_of(12, brokers, topic, seed, rate, count)
}

/// The same of the hour that begins at `hour` o'clock.
pub fn produce_flood_of(hour: u32, brokers: &str, topic: &str, seed: u32, rate: u32, count: u32) -> Mare {
    let [seed, rate, count] = [seed, rate, count].map(|number| number.to_string());
    let [from, to] = [hour, hour + 1].map(|hour| format!("2025-11-28T{hour:02}:00:00Z"));
    let fixed = ["--from", from.as_str(), "--to", to.as_str()];
    let drawn = ["--rate", rate.as_str(), "--count", count.as_str(), "--seed", seed.as_str()];
    Mare::spawn(produce(brokers, topic, &[&fixed[..], &drawn[..], &HARD[..]].concat()))
}

/// Late, unordered, repeated and broken sales.
const HARD: [&str; 8] = ["--late", "2%", "--out-of-order", "10%", "--duplicates", "1%", "--garbage", "1%"];

fn produce<'a>(brokers: &'a str, topic: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["produce", "--brokers", brokers, "--topic", topic], more].concat()
}
