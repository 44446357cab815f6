//! `mare produce`: sends made-up sales to a topic, or records like those of any dataflow.
//!
//! Record `i` goes to partition `i mod partitions`; each thread, with a client of its own, owns some of the partitions
//! and keeps their order. So with a seed and a range of event times the log of every partition is the same for any
//! number of threads; by the wall clock all but the times is.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`SharesArgs`], [`AssortmentArgs`], [`LikeArgs`], [`Rate`] (`flags`): flags with rules of their own
//! * [`ProduceJob`] (`job`): what is to be produced; runs the threads and reports on them
//! * [`Codec`], [`Tuning`] (`tuning`): the client's properties
//! * `maker`: what makes the records
//! * `thread`: one thread: waits until a record is due, makes it, sends it
//! * `schedule`: when a record is due
//! * `delivery`: what the broker says of each record, and the line that shows it
//! * [`meter`]: the same for the metrics
//! * [`DeliveryTally`] (`tally`): counts by kind
//! * `report`: the rate line and the summary

mod delivery;
mod flags;
mod job;
mod maker;
pub mod meter;
mod report;
mod schedule;
mod tally;
mod thread;
mod tuning;

pub use delivery::DeliveryListener;
pub(in crate::cli) use flags::parse_time;
pub use flags::{AssortmentArgs, LikeArgs, Rate, SharesArgs};
pub use job::{ProduceJob, ProducedRecords, ProgressOutput, Throttle};
pub use report::ProduceSummary;
pub use tally::DeliveryTally;
pub use tuning::{Codec, Tuning};

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use rdkafka::message::BorrowedMessage;

use self::meter::DeliveryMeter;
use super::kafka_args::KafkaArgs;
use super::{Failure, Stop, stop_on_signals};
use crate::dataflow::Plan;
use crate::kafka_client::ClientOptions;
use crate::metrics;
use crate::sales::Spread;
use crate::serve::exporter;

/// The topic of sales.
const SALES: &str = "black-friday-sales";
/// Up to this rate, in records a second, a person can follow one line for each.
const READABLE_RATE: f64 = 20.0;

/// Send made-up sales to a Kafka topic, or records like those that any dataflow reads
///
/// A sale is {"id_pedido": UUID, "categoria": text, "valor": 10.00 to 5000.00, "timestamp": ISO-8601 in UTC without
/// offset}. With --like a record has what that file declares, each value of its type and written as the file says:
/// fields of groups have few values, keys of tables are those of the table, what a condition compares with is met, ids
/// never come again, and late is later than the file's windows take. It ends after --count records or with Ctrl-C, when
/// everything has been acknowledged by all replicas in sync.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// The topic, which must exist; black-friday-sales if it is not given, with --like the file's
    #[arg(long)]
    topic: Option<String>,
    #[command(flatten)]
    like: LikeArgs,
    /// Records a second over all partitions; 0 is as fast as the broker takes them
    #[arg(long, default_value = "2", value_name = "PER SECOND")]
    rate: Rate,
    /// End after this many records
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Makes the same records again; drawn and printed if it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Spread the event times evenly from here on instead of taking the wall clock (RFC 3339, or UTC without an offset)
    #[arg(long, requires = "to", requires = "count", value_name = "TIME", value_parser = flags::parse_time)]
    from: Option<Timestamp>,
    /// Where the spread event times end
    #[arg(long, requires = "from", value_name = "TIME", value_parser = flags::parse_time)]
    to: Option<Timestamp>,
    #[command(flatten)]
    assortment: AssortmentArgs,
    #[command(flatten)]
    shares: SharesArgs,
    #[command(flatten)]
    tuning: Tuning,
    /// Threads, each with a client of its own and some of the partitions; 1 up to 50,000 a second, else 3
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    threads: Option<u64>,
    /// Answer GET /metrics for Prometheus at this address, such as 127.0.0.1:4041: rate, latency, failures
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// Also answer who asks for the metrics of this host, such as the name of a container; may be repeated
    #[arg(long = "metrics-host", value_name = "NAME", requires = "metrics")]
    metrics_hosts: Vec<String>,
    /// Print a line for each record, at any rate and into a pipe, too; on a terminal that is so up to 20 a second
    #[arg(long, conflicts_with = "quiet")]
    print: bool,
    /// Print only the summary
    #[arg(long, short)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  mare produce                                       # two sales a second, until Ctrl-C
  mare produce --rate 1000 --late 1% --garbage 0.1%  # the hard cases, too
  mare produce --categories Gamer,Livros --values 10..99.90 --print
  mare produce --like dataflows/energy.toml --rate 100 --late 1%
  mare produce --rate 0 --count 2000000 --seed 42 \\
      --from 2025-11-28T00:00:00 --to 2025-11-29T00:00:00  # a day, as fast as it goes";

impl Args {
    /// Produces until the count is reached or Ctrl-C.
    ///
    /// # Errors
    /// If the topic is missing, the credentials are refused, flags contradict each other, or records were not
    /// delivered.
    pub fn run(self) -> Result<(), Failure> {
        let stop = stop_on_signals()?;
        let (metrics, hosts) = (self.metrics, self.metrics_hosts.clone());
        if metrics.is_some() {
            metrics::install();
        }
        let job = self.job(&stop)?; // from here on the metrics are there
        if let Some(address) = metrics {
            let refused = |error| Failure::new(format!("cannot answer for metrics at {address}: {error}"));
            let address = exporter::listen(address, &hosts, || metrics::render(|| ())).map_err(refused)?;
            tracing::info!("metrics at http://{address}/metrics");
        }
        let summary = job.run(&stop)?;
        report::print(&summary);
        summary.verdict()
    }

    /// The job that the flags describe. Whoever reads its lines and goes, as `head` does, asks `stop` to end it.
    fn job(self, stop: &Stop) -> Result<ProduceJob, Failure> {
        let output = self.output();
        let stop = stop.clone();
        let show = move |record: &BorrowedMessage<'_>, kind| {
            if !delivery::show(record, kind) {
                stop.ask();
            }
        };
        let meter = self.metrics.map(|_| DeliveryMeter::begin());
        let plan = self.like.plan()?.map(Arc::new);
        let kafka =
            plan.as_ref().map_or_else(|| self.kafka.options(), |plan| self.kafka.over(ClientOptions::of(&plan.source)));
        Ok(ProduceJob {
            config: self.tuning.client_config(&kafka, self.rate),
            topic: topic(self.topic, plan.as_deref()),
            rate: self.rate,
            count: self.count,
            seed: self.seed.unwrap_or_else(rand::random),
            spread: spread(self.from.zip(self.to), self.count)?,
            stamped: false,
            shares: plan.as_deref().map_or_else(|| self.shares.of_sales(), |plan| self.shares.of_likeness(plan))?,
            records: match plan {
                Some(plan) => ProducedRecords::Like(plan),
                None => ProducedRecords::Sales(self.assortment.assortment()),
            },
            threads: self.threads,
            output,
            listener: (output == ProgressOutput::Start).then(|| Arc::new(show) as DeliveryListener),
            room: None,
            meter,
        })
    }

    /// What is printed along the way: one line for each record where that is asked for, or a person reads along and can
    /// follow.
    fn output(&self) -> ProgressOutput {
        let readable = self.rate.per_second().is_some_and(|rate| rate <= READABLE_RATE);
        match (self.quiet, self.print || (readable && std::io::stdout().is_terminal())) {
            (true, _) => ProgressOutput::Nothing,
            (false, true) => ProgressOutput::Start,
            (false, false) => ProgressOutput::Rate,
        }
    }
}

/// The topic that is named, or that of the dataflow, or the flagship's.
fn topic(named: Option<String>, plan: Option<&Plan>) -> String {
    named.unwrap_or_else(|| plan.map_or_else(|| SALES.to_owned(), |plan| plan.source.describe().name.clone()))
}

/// The base times of a backfill.
fn spread(range: Option<(Timestamp, Timestamp)>, count: Option<u64>) -> Result<Option<Spread>, Failure> {
    range.map(|(from, to)| Spread::new(from, to, count.unwrap_or(0)).map_err(Failure::new)).transpose()
}
