//! `mare demo`: everything on one machine, with nothing installed, and a check of itself at the end.
//!
//! Sales are made up and produced, through the client and the settings of `mare produce`, to a broker inside this
//! process; the engine reads them from there by the shipped flagship dataflow, and writes into an SQLite file. The
//! table shows what is in that file. At the end everything that is on its way arrives, and the file is compared with a
//! recount.
//!
//! # Layout
//! * [`Args`]: the flags, and the order of things
//! * [`flags`]: flags with rules of their own; the event times of the sales
//! * [`broker`]: the embedded broker, and how much may wait in it
//! * [`database`]: the SQLite file, and what is in it
//! * [`play`]: the demo as it goes on
//! * [`table`], [`state`]: what is seen of it
//! * [`oracle`], [`verdict`]: the recount, and whether it agrees
//! * [`amount`]: revenue and number of sales

mod amount;
mod broker;
mod database;
mod flags;
mod oracle;
mod play;
mod state;
mod table;
mod verdict;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::Message;

use self::amount::DemoDocuments;
use self::broker::{BACKLOG_RECORDS, Broker, CONSUMER, PARTITIONS, PRODUCER};
use self::database::{Contents, Database, TABLE};
use self::flags::{DemoSharesArgs, Speed};
use self::oracle::Oracle;
use self::play::Play;
use self::state::DemoPhase;
use self::table::WINDOWS;
use super::http::{self, HttpArgs};
use super::produce::{DeliveryListener, ProduceJob, ProducedRecords, ProgressOutput, Rate, Throttle, Tuning};
use super::run::{banner, panics, summary};
use super::screen::Screen;
use super::when::parse_duration;
use super::{Failure, PerSecond, Stop, logging, on_signals};
use crate::dataflow::{self, Overrides, Plan};
use crate::engine::{Control, Ledger, Run};
use crate::kafka_client::ClientOptions;
use crate::position::Partition;
use crate::run::{Session, Setup};
use crate::sales::Assortment;
use crate::serve::Server;
use crate::sink::sqlite::SqliteSink;
use crate::source::Source;

/// The dataflow that is shipped.
const DATAFLOW: &str = include_str!("../../../dataflows/black_friday.toml");

/// Show everything on this machine, with nothing installed: sales, a broker, the engine, a database, a live table
///
/// The broker (Kafka's protocol, three partitions) runs inside this process and the database is an SQLite file, both
/// empty at the start and gone at the end; the engine and its dataflow are those of `mare run
/// dataflows/black_friday.toml`. It ends with Ctrl-C or after --duration, when every sale has arrived, and checks that
/// none is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Sales a second; 0 is as fast as they are read
    #[arg(long, default_value = "500", value_name = "PER SECOND")]
    rate: Rate,
    /// End after this time, such as 30s or 5m; without it, with Ctrl-C
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Workers of the engine
    #[arg(short, long, default_value_t = 3, value_name = "NUM", value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// How many times as fast as the clock event time runs; flat out, as if 100,000 sales a second were made
    #[arg(long, default_value = "10", value_name = "TIMES")]
    speed: Speed,
    /// Makes the same sales again; drawn and printed if it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Keep the database in this SQLite file, which must not exist; without it, a temporary one is removed at the end
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
    #[command(flatten)]
    shares: DemoSharesArgs,
    #[command(flatten)]
    http: HttpArgs,
}

const EXAMPLES: &str = "\
Examples:
  mare demo                                    # 500 sales a second, until Ctrl-C
  mare demo --rate 0 --duration 30s            # as fast as it goes
  mare demo --late 10% --database sales.db     # many late sales, and a database to look into afterwards";

impl Args {
    /// Runs the demo to its end, and checks it.
    ///
    /// # Errors
    /// If the broker, the engine or the database fails, or if not every sale is accounted for.
    pub fn run(self) -> Result<(), Failure> {
        let database = Database::new(self.database.as_deref())?;
        let shown = self.http.clone().listen_anyway()?;
        let stop = stop_on_signals(&database)?;
        let mut plan = plan(&database)?;
        let Source::Kafka(source) = &mut plan.source;
        let broker = Broker::start(&source.topic)?;
        source.brokers = broker.address();
        source.properties.push((CONSUMER.0.to_owned(), CONSUMER.1.to_owned()));
        let windows = plan.view().windows;
        let oracle = Arc::new(Mutex::new(Oracle::new(windows.length_ms_max(), windows.lateness_ms)));
        let setup = Setup::new(plan).workers(self.workers.into());
        let server = shown.map(|shown| shown.serve(&setup.plan, &setup.cluster)).transpose()?;
        let Some(mut session) = Session::connect(Control::new(), &setup)? else {
            return Ok(());
        };
        let job = self.job(&session.run, &oracle)?;
        self.introduce(&mut session, server.as_ref(), &job);
        let run = session.run.clone();

        let mut screen = Screen::new();
        let play = Play::new(job, stop, self.duration, &database, Arc::clone(&oracle), &mut screen);
        let (began, mut played) = (play.began, None);
        panics::end_on_panic();
        let outcome = session.run(|view| played = Some(play.run(&view)))?;
        let produced = played.unwrap_or_else(|| Err(Failure::new("the demo was not played")))?;

        drop(server); // it has the database open, which is to become one plain file
        let documents = database.settle()?;
        show_end(screen, &run, &documents, produced.delivered(), began.elapsed());
        print(format_args!("{produced}\n{}", summary::lines(&outcome).join("\n")));
        produced.verdict()?;
        let oracle = oracle.lock().unwrap_or_else(PoisonError::into_inner);
        print(verdict::verdict(&oracle, &run.ledger.total(), &documents)?);
        Ok(())
    }

    /// The sales to be made: never so far ahead of the engine that the broker would drop any.
    fn job(&self, run: &Run, oracle: &Arc<Mutex<Oracle>>) -> Result<ProduceJob, Failure> {
        let Source::Kafka(source) = &run.plan.source;
        let linger = (PRODUCER.0.to_owned(), PRODUCER.1.to_owned());
        let kafka = ClientOptions { brokers: source.brokers.clone(), properties: vec![linger] };
        Ok(ProduceJob {
            config: Tuning::default().client_config(&kafka, self.rate),
            topic: source.topic.clone(),
            rate: self.rate,
            count: None,
            seed: self.seed.unwrap_or_else(|| rand::random::<u32>().into()),
            spread: Some(self.speed.spread(self.rate)?),
            stamped: true,
            shares: self.shares.shares()?,
            records: ProducedRecords::Sales(Assortment::default()),
            threads: Some(1),
            output: ProgressOutput::Nothing,
            listener: Some(recount(Arc::clone(oracle))),
            room: Some(room(Arc::clone(&run.ledger))),
            meter: None,
        })
    }

    /// Says what is connected to what.
    fn introduce(&self, session: &mut Session, server: Option<&Server>, job: &ProduceJob) {
        banner::print(session);
        let rate = self.rate.per_second().map_or("as many as are read".to_owned(), |rate| format!("{rate} a second"));
        let times = self.speed.times();
        logging::say(format!("  sales   {rate}, event time {times} times as fast as the clock, seed {}", job.seed));
        http::show(server, session);
        logging::say(format!("  file    {}\n", if self.database.is_some() { "kept" } else { "removed at the end" }));
    }
}

/// The shipped dataflow, with the database as its sink. The environment has no say in it.
fn plan(database: &Database) -> Result<Plan, Failure> {
    let plan = dataflow::parse(DATAFLOW, "dataflows/black_friday.toml", &Overrides::default(), &|_| None);
    let mut plan = plan.map_err(|invalid| Failure::report(invalid.render(console::colors_enabled_stderr())))?;
    plan.checkpoint = None; // the broker goes with the demo, and so does what could be read again
    plan.outputs[0].sink = SqliteSink { path: database.path().to_owned(), table: TABLE.to_owned() }.into();
    Ok(plan)
}

/// The table as it is in the end.
fn show_end(mut screen: Screen, run: &Run, documents: &DemoDocuments, produced: u64, elapsed: Duration) {
    let contents = Contents::of(documents, WINDOWS);
    let rate = PerSecond::of(run.ledger.total().read, elapsed);
    let state = play::state(run, DemoPhase::Done, &contents, produced, rate, elapsed);
    let _gone = screen.draw(&play::frame(&screen, run, &contents, &state));
}

/// Counts each delivered record.
fn recount(oracle: Arc<Mutex<Oracle>>) -> DeliveryListener {
    Arc::new(move |record, kind| {
        let mut oracle = oracle.lock().unwrap_or_else(PoisonError::into_inner);
        oracle.take(record.partition(), kind, record.payload());
    })
}

/// There is room for a record if not too many of its partition wait to be read.
fn room(ledger: Arc<Ledger>) -> Throttle {
    Arc::new(move |index| {
        let partition = i32::try_from(index % PARTITIONS).map(Partition).ok();
        let read = partition.and_then(|partition| ledger.account(partition)).map_or(0, |account| account.position().0);
        index / PARTITIONS < u64::try_from(read).unwrap_or(0) + BACKLOG_RECORDS
    })
}

/// The first Ctrl-C ends the sales; a second one ends the process at once, and leaves nothing behind either.
fn stop_on_signals(database: &Database) -> Result<Stop, Failure> {
    let stop = Stop::default();
    let (asked, folder) = (stop.clone(), database.folder().map(PathBuf::from));
    let leave = move || {
        let _shown = console::Term::stdout().show_cursor();
        if let Some(folder) = &folder {
            let _removed = std::fs::remove_dir_all(folder);
        }
    };
    on_signals(move || asked.ask(), leave)?;
    Ok(stop)
}

/// Prints on standard output; that nobody reads it is no error.
fn print(text: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Offset;
    use crate::time::{Assigner, EventTime};

    #[test]
    fn the_shipped_dataflow_writes_into_the_database() {
        let database = Database::new(None).expect("a folder");
        let plan = plan(&database).expect("the shipped dataflow is right");
        let sink: &SqliteSink = plan.sink().downcast_ref().expect("a table");
        assert_eq!(sink.path, database.path());
        let epochs = Assigner::Tumbling { size_ms: 60_000, offset_ms: 0 };
        assert_eq!(plan.view().windows.assigner, epochs, "the windows that the oracle knows");
    }

    #[test]
    fn there_is_room_until_too_many_records_of_a_partition_wait() {
        let partitions = (0..3).map(|partition| (Partition(partition), Offset(0), Offset(0)));
        let ledger = Arc::new(Ledger::new(partitions));
        let room = room(Arc::clone(&ledger));
        let first_without = PARTITIONS * BACKLOG_RECORDS;
        assert!(room(0) && room(first_without - 1) && !room(first_without));
        let account = ledger.account(Partition(0)).expect("an account");
        account.post(&crate::checkpoint::Tally::default(), Offset(1), EventTime(0));
        assert!(room(first_without) && !room(first_without + 1), "partition 0 was read, partition 1 was not");
    }
}
