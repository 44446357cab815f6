//! What is to be produced, the threads that do it, and the report on them.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;

use super::delivery::{Deliveries, DeliveryListener};
use super::maker::RecordMaker;
use super::meter::DeliveryMeter;
use super::report::{ProduceSummary, RateLine};
use super::schedule::Schedule;
use super::thread::{ProducerThread, Product, indices};
use super::{DeliveryTally, Rate};
use crate::cli::{Failure, Stop};
use crate::dataflow::Plan;
use crate::kafka_client::{Contact, Link};
use crate::sales::{Assortment, BaseTimes, Shares, Spread};

/// More threads than this gain nothing: the broker is busy.
const LANES_MAX: u64 = 3;
/// Up to this rate, in records a second, one thread keeps pace easily.
const LANE_RATE: f64 = 50_000.0;
/// How often the rate is printed.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// What is printed along the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressOutput {
    /// Nothing.
    Nothing,
    /// The rate, every second.
    Rate,
    /// What begins; the listener prints the rest.
    Start,
}

/// Whether record `index` may be made now. One that may not is asked about again a few milliseconds later.
pub type Throttle = Arc<dyn Fn(u64) -> bool + Send + Sync>;

/// What the records of a job are.
#[derive(Clone, Debug)]
pub enum ProducedRecords {
    /// Sales of this assortment.
    Sales(Assortment),
    /// Records like those that this dataflow reads.
    Like(Arc<Plan>),
}

/// What is to be produced.
#[derive(Clone)]
pub struct ProduceJob {
    /// The configuration of each thread's client.
    pub config: ClientConfig,
    /// The topic.
    pub topic: String,
    /// Records a second over all partitions.
    pub rate: Rate,
    /// How many records, or no end.
    pub count: Option<u64>,
    /// The seed of the records.
    pub seed: u64,
    /// What the event times are spread over; else they follow the wall clock.
    pub spread: Option<Spread>,
    /// Whether the records' own timestamps are base times too, as if the spread were now; else they are the wall
    /// clock's, so that a backfill is not older than what a topic keeps.
    pub stamped: bool,
    /// What is not a record on time.
    pub shares: Shares,
    /// What the records are.
    pub records: ProducedRecords,
    /// How many threads; by the rate if none is given.
    pub threads: Option<u64>,
    /// What is printed along the way.
    pub output: ProgressOutput,
    /// What is done with each record once it is delivered.
    pub listener: Option<DeliveryListener>,
    /// What holds records back beside the rate, if anything does.
    pub room: Option<Throttle>,
    /// Tells the metrics of each record; nobody is told without.
    pub meter: Option<DeliveryMeter>,
}

impl ProduceJob {
    /// Produces until the count is reached or `stop` is asked, and until everything is delivered. Waits for brokers
    /// that are away, at the start and later.
    ///
    /// # Errors
    /// If the topic is missing, the credentials are refused, or flags contradict each other.
    pub fn run(&self, stop: &Stop) -> Result<ProduceSummary, Failure> {
        let link = Link::of(&self.config);
        let partitions = Contact::new(&self.config, link.clone(), None, stop.clone())?.partitions(&self.topic)?;
        let maker = RecordMaker::of(&self.records, self.seed, self.shares, partitions)?;
        let start = Instant::now();
        let mut threads = Vec::new();
        for _ in 0..self.threads(partitions) {
            let tally = Arc::new(DeliveryTally::default());
            let (listener, meter) = (self.listener.clone(), self.meter.clone());
            let deliveries = Deliveries { link: link.clone(), tally: tally.clone(), listener, meter };
            let times = self.spread.map_or_else(|| BaseTimes::wall(partitions), BaseTimes::Spread);
            threads.push((
                tally,
                ProducerThread::new(
                    self,
                    deliveries,
                    Product { maker: maker.clone(), partitions, times },
                    Schedule::new(start, self.rate),
                    stop,
                )?,
            ));
        }
        self.announce(partitions, threads.len());
        let tallies = self.run_threads(threads, partitions, stop)?;
        Ok(ProduceSummary { topic: self.topic.clone(), partitions, seed: self.seed, elapsed: start.elapsed(), tallies })
    }

    /// How many threads work: no more than there are partitions.
    fn threads(&self, partitions: u64) -> u64 {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let wanted = match (self.threads, self.rate.per_second()) {
            (Some(threads), _) => threads,
            (None, Some(rate)) if rate <= LANE_RATE => 1,
            (None, _) => LANES_MAX.min(cores),
        };
        wanted.clamp(1, partitions.max(1))
    }

    /// Says what begins.
    fn announce(&self, partitions: u64, threads: usize) {
        if self.output != ProgressOutput::Nothing {
            let brokers = self.config.get("bootstrap.servers").unwrap_or_default();
            let ProduceJob { topic, seed, .. } = self;
            tracing::info!(
                "producing to {topic} at {brokers}: partitions {partitions}, threads {threads}, seed {seed}"
            );
        }
    }

    /// Runs the threads, and reports on them until the last has ended. One that fails stops the others.
    fn run_threads(
        &self,
        threads: Vec<(Arc<DeliveryTally>, ProducerThread<'_>)>,
        partitions: u64,
        stop: &Stop,
    ) -> Result<Vec<Arc<DeliveryTally>>, Failure> {
        let number = threads.len() as u64;
        let (tallies, threads): (Vec<_>, Vec<_>) = threads.into_iter().unzip();
        let (ended, ends) = mpsc::channel();
        let mut rate = (self.output == ProgressOutput::Rate).then(|| RateLine::new(self.count));
        thread::scope(|scope| {
            for (thread, work) in (0..).zip(threads) {
                let ended = ended.clone();
                let records = indices(thread, number, partitions, self.count);
                // The receiver lives until every thread has ended.
                scope.spawn(move || ended.send(work.run(records)));
            }
            drop(ended);
            watch(&ends, stop, || {
                if let Some(rate) = &mut rate {
                    rate.print(tallies.iter().map(|tally| tally.total()).sum());
                }
            })
        })?;
        Ok(tallies)
    }
}

/// Calls `report` every second until all threads have ended; the first failure asks the others to stop, and is
/// returned.
fn watch(ends: &mpsc::Receiver<Result<(), Failure>>, stop: &Stop, mut report: impl FnMut()) -> Result<(), Failure> {
    let mut outcome = Ok(());
    let mut next = Instant::now() + REPORT_EVERY;
    loop {
        match ends.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                stop.ask();
                outcome = outcome.and(Err(failure));
            }
            Err(RecvTimeoutError::Timeout) => {
                report();
                next += REPORT_EVERY;
            }
            Err(RecvTimeoutError::Disconnected) => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use jiff::Timestamp;
    use rdkafka::consumer::{BaseConsumer, Consumer};
    use rdkafka::mocking::MockCluster;
    use rdkafka::{Message, Offset, TopicPartitionList};

    use super::*;
    use crate::cli::produce::Tuning;
    use crate::kafka_client::ClientOptions;

    /// Nine sales over nine seconds, from one second after the Unix epoch on: librdkafka takes 0 for "now".
    fn nine_sales(brokers: String) -> ProduceJob {
        let kafka = ClientOptions { brokers, properties: Vec::new() };
        let rate: Rate = "0".parse().expect("a rate");
        let [from, to] = [1, 10].map(|second| Timestamp::from_second(second).expect("a time"));
        ProduceJob {
            config: Tuning::default().client_config(&kafka, rate),
            topic: "sales".to_owned(),
            rate,
            count: Some(9),
            seed: 1,
            spread: Some(Spread::new(from, to, 9).expect("a range")),
            stamped: true,
            shares: Shares::default(),
            records: ProducedRecords::Sales(Assortment::default()),
            threads: Some(1),
            output: ProgressOutput::Nothing,
            listener: None,
            room: None,
            meter: None,
        }
    }

    /// The seconds of the timestamps of the first nine records that are found, sorted.
    fn seconds(brokers: &str) -> Vec<i64> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("group.id", "test");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut all = TopicPartitionList::new();
        for partition in 0..3 {
            all.add_partition_offset("sales", partition, Offset::Offset(0)).expect("a partition");
        }
        consumer.assign(&all).expect("assigned");
        let polled = std::iter::from_fn(|| consumer.poll(Duration::from_secs(20)));
        let records = polled.take(9).map(|record| record.expect("a record"));
        let mut seconds: Vec<i64> =
            records.filter_map(|record| Some(record.timestamp().to_millis()? / 1_000)).collect();
        seconds.sort_unstable();
        seconds
    }

    #[test]
    fn stamped_records_carry_their_base_times_and_each_waits_for_room() {
        let cluster = MockCluster::new(1).expect("a broker");
        cluster.create_topic("sales", 3, 1).expect("a topic");
        let (asked, heard) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (asking, hearing) = (Arc::clone(&asked), Arc::clone(&heard));
        // Every second question is answered by yes, so each record asks twice.
        let room: Throttle = Arc::new(move |_index| asking.fetch_add(1, Ordering::Relaxed) % 2 == 1);
        let listener: DeliveryListener = Arc::new(move |_record, _kind| {
            hearing.fetch_add(1, Ordering::Relaxed);
        });
        let job = ProduceJob { listener: Some(listener), room: Some(room), ..nine_sales(cluster.bootstrap_servers()) };

        let summary = job.run(&Stop::default()).expect("produced");
        let counts = (summary.delivered(), heard.load(Ordering::Relaxed), asked.load(Ordering::Relaxed));
        assert_eq!(counts, (9, 9, 18), "delivered, heard of, and questions for room");
        assert_eq!(seconds(&cluster.bootstrap_servers()), (1..10).collect::<Vec<i64>>());
    }
}
