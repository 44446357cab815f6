//! A program that embeds Maré: it runs a dataflow from its plan, looks on, and ends it. The broker is inside the
//! process.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mare::dataflow::{Overrides, Plan, parse};
use mare::run::view::RunView;
use mare::run::{Handle, Outcome, Session, Setup, Watcher};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

/// How long a run may take to read a few records before a test fails. No test passes by a shorter time.
const PATIENCE: Duration = Duration::from_secs(60);

const DATAFLOW: &str = r#"
name = "clicks"
[source.kafka]
brokers = "nowhere:1"
topic = "clicks"
[event]
time = "at"
[window]
tumbling = "1m"
[totals]
count = "count()"
[sink.sqlite]
path = "nowhere.db"
"#;

/// A topic with six clicks in two minutes, three of them in each of two partitions, and a folder for what a run leaves.
struct World {
    cluster: MockCluster<'static, DefaultProducerContext>,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let cluster = MockCluster::new(1).expect("a broker");
        cluster.create_topic("clicks", 2, 1).expect("a topic");
        let mut config = ClientConfig::new();
        let producer: BaseProducer =
            config.set("bootstrap.servers", cluster.bootstrap_servers()).create().expect("a producer");
        for (partition, at) in [(0, "00:00"), (1, "00:10"), (0, "00:59"), (1, "00:40"), (0, "01:00"), (1, "01:59")] {
            let payload = format!(r#"{{"at": "2025-11-28T12:{at}Z"}}"#);
            let record = BaseRecord::<[u8], String>::to("clicks").partition(partition).payload(&payload);
            producer.send(record).map_err(|(error, _)| error).expect("room for a record");
        }
        producer.flush(PATIENCE).expect("delivered");
        World { cluster, folder: tempfile::tempdir().expect("a folder") }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("clicks.db")
    }

    fn plan(&self) -> Plan {
        let brokers = format!("source.kafka.brokers={}", self.cluster.bootstrap_servers());
        let database = format!("sink.sqlite.path={}", self.database().display());
        let checkpoints = format!("checkpoint.path={}", self.folder.path().join("checkpoints").display());
        let overrides = Overrides::new([brokers, database, checkpoints]);
        parse(DATAFLOW, "clicks.toml", &overrides, &|_| None).expect("a good dataflow")
    }
}

/// How many windows stand in a database, and how many clicks they have together.
fn documents(database: &Path) -> (i64, i64) {
    let open = rusqlite::Connection::open(database).expect("a database");
    open.query_row("SELECT count(*), sum(\"count\") FROM clicks", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("documents")
}

/// Ends a run once it has read everything.
struct Reader {
    handle: Handle,
    /// What it was told, in order.
    told: Vec<String>,
}

impl Watcher for Reader {
    fn connected(&mut self, session: &mut Session) {
        self.told.push(format!("{} partitions", session.partitions));
    }

    fn watch(&mut self, view: &RunView<'_>) {
        let began = Instant::now();
        while view.run.ledger.total().read < 6 && began.elapsed() < PATIENCE {
            if view.ends_within(Duration::from_millis(10)) {
                return;
            }
        }
        self.handle.stop();
        view.look_on();
    }

    fn ended(&mut self, outcome: &Outcome) {
        self.told.push(format!("{} read", outcome.total.read));
    }
}

#[test]
fn a_program_runs_a_dataflow_to_the_end_of_its_topic() {
    let world = World::new();
    let run = Setup::new(world.plan()).workers(2).until_end().run(&Handle::default(), &mut ());
    let outcome = run.unwrap_or_else(|failure| panic!("{failure}")).expect("nobody has stopped it");
    assert_eq!((outcome.total.read, outcome.total.counted, outcome.reason), (6, 6, None));
    assert_eq!(outcome.partitions.len(), 2);
    assert_eq!(documents(&world.database()), (2, 6));
}

#[test]
fn a_program_looks_on_and_ends_what_has_no_end() {
    let world = World::new();
    let handle = Handle::default();
    let mut reader = Reader { handle: handle.clone(), told: Vec::new() };
    let run = Setup::new(world.plan()).run(&handle, &mut reader);
    run.unwrap_or_else(|failure| panic!("{failure}")).expect("it had begun when it was stopped");
    assert_eq!(reader.told, ["2 partitions", "6 read"]);
    assert_eq!(documents(&world.database()), (2, 6), "what was read is written before it ends");
}

#[test]
fn what_cannot_run_is_refused_with_the_remedy() {
    let world = World::new();
    let none = Setup::new(world.plan()).workers(0).run(&Handle::default(), &mut ());
    assert!(none.is_err_and(|failure| failure.to_string().contains("at least one worker")));

    let mut plan = world.plan();
    let mare::source::Source::Kafka(source) = &mut plan.source;
    "sales".clone_into(&mut source.topic);
    let missing = Setup::new(plan).run(&Handle::default(), &mut ()).map(drop).expect_err("no such topic").to_string();
    assert!(missing.contains("sales") && missing.contains("mare topic create"), "{missing}");
}
