//! A run from connecting to summing up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use timely::communication::WorkerGuards;
use tracing::info;

use super::cluster::Cluster;
use super::summary::Summary;
use crate::cli::{Failure, on_signals};
use crate::cluster::heart;
use crate::dataflow::{KafkaSource, Plan, Source};
use crate::engine::{Control, Ledger, Place, Run};
use crate::sink::{self, SinkStatus};
use crate::source::kafka::{Health, KafkaLog, Span, Topic, Unanswered};
use crate::source::{Partition, Waker};

/// How timely begins what it says when a connection between processes breaks.
const LOST_PEER: &str = "timely communication error: ";

/// How long a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Until it is asked to stop.
    Endless,
    /// Until every partition is read to the end that it has at start.
    UntilEnd,
}

/// A run that is connected to its source and has not begun.
pub struct Session {
    /// What its workers and watchers share.
    pub run: Run,
    /// How long it lasts.
    pub mode: Mode,
    /// Its workers.
    pub cluster: Cluster,
    /// How many partitions the topic has; this process reads those in the ledger.
    pub partitions: usize,
    topic: Topic,
    spans: Vec<Span>,
}

/// What somebody who watches a run may look at.
pub struct View<'a> {
    /// What the workers share.
    pub run: &'a Run,
    /// How long it lasts.
    pub mode: Mode,
    topic: &'a Topic,
    ended: &'a Receiver<()>,
}

impl Session {
    /// Asks the source what there is to read; waits for brokers that are away. `None` if the run is asked to stop meanwhile.
    ///
    /// # Errors
    /// If the topic is missing, the credentials are wrong, or librdkafka refuses a property.
    pub fn connect(plan: Plan, cluster: Cluster, mode: Mode) -> Result<Option<Session>, Failure> {
        let control = Control::new();
        heart::beat_for(&control).map_err(Failure::new)?;
        stop_on_signals(&control)?;
        Session::connect_under(control, plan, cluster, mode)
    }

    /// As [`Session::connect`], but Ctrl-C is the caller's concern: the run ends when `control` says so.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub fn connect_under(
        control: Arc<Control>,
        plan: Plan,
        cluster: Cluster,
        mode: Mode,
    ) -> Result<Option<Session>, Failure> {
        let Source::Kafka(source) = &plan.source;
        let topic = Topic::new(source, &plan.name, Arc::new(Health::default()))?;
        let Some(all) = ask(&topic, &control)? else { return Ok(None) };
        let mine = |span: &&Span| cluster.places().any(|place| place.owns(span.partition));
        let mine: Vec<Span> = all.iter().filter(mine).copied().collect();
        let known = mine.iter().map(|span| (span.partition, span.start, span.until.unwrap_or(span.start)));
        let ledger = Arc::new(Ledger::new(known));
        let until = |span: Span| Span { until: span.until.filter(|_| mode == Mode::UntilEnd), ..span };
        let spans = mine.into_iter().map(until).collect();
        let run = Run { plan: Arc::new(plan), control, ledger, sink: Arc::new(SinkStatus::default()) };
        Ok(Some(Session { run, mode, cluster, partitions: all.len(), topic, spans }))
    }

    /// Runs to the end, while `watch` looks on from another thread.
    ///
    /// # Errors
    /// Why the run failed.
    pub fn run(self, watch: impl FnOnce(View<'_>) + Send) -> Result<Summary, Failure> {
        end_on_panic();
        let began = Instant::now();
        let Some(workers) = self.start()? else {
            info!("stopped before all processes of the cluster were there: nothing was read");
            return Ok(Summary::of(&self.run, began.elapsed()));
        };
        let (end, ended) = mpsc::channel();
        let (run, mode, topic) = (&self.run, self.mode, &self.topic);
        thread::scope(|scope| {
            scope.spawn(move || watch(View { run, mode, topic, ended: &ended }));
            drop((workers, end)); // dropping the guards joins the workers
        });
        topic.health().wait_for_closing();
        match self.run.control.failure() {
            Some(failure) => Err(Failure::new(failure)),
            None => Ok(Summary::of(&self.run, began.elapsed())),
        }
    }

    /// Starts the workers; `None` if the run is asked to stop before the other processes are there.
    fn start(&self) -> Result<Option<WorkerGuards<()>>, Failure> {
        let Some(fabric) = self.cluster.connect(&self.run.control)? else { return Ok(None) };
        let Source::Kafka(source) = &self.run.plan.source;
        let log = open_log(source.clone(), self.run.plan.name.clone(), &self.spans, Arc::clone(self.topic.health()));
        let plan = Arc::clone(&self.run.plan);
        let writer = move || sink::open(&plan);
        self.run.start(fabric, log, writer).map(Some).map_err(Failure::new)
    }
}

impl View<'_> {
    /// Waits until the run has ended, at most for `interval`, and returns whether it has.
    #[must_use]
    pub fn ends_within(&self, interval: Duration) -> bool {
        !matches!(self.ended.recv_timeout(interval), Err(mpsc::RecvTimeoutError::Timeout))
    }

    /// Asks the brokers how far each partition reaches, and says so when they stop answering and when they do again. To be
    /// called every few seconds.
    pub fn look_ahead(&self) {
        for (partition, account) in self.run.ledger.accounts() {
            match self.topic.end(partition) {
                Ok(end) => account.reaches(end),
                Err(Unanswered::Away(reason)) => return self.topic.health().lost(&reason),
                Err(Unanswered::Refused(_)) => return,
            }
        }
    }

    /// The positions of all partitions, for a rate.
    #[must_use]
    pub fn lags(&self) -> BTreeMap<Partition, u64> {
        self.run.ledger.accounts().map(|(partition, account)| (partition, account.lag())).collect()
    }
}

/// Opens the partitions of each worker.
fn open_log(
    source: KafkaSource,
    name: String,
    spans: &[Span],
    health: Arc<Health>,
) -> impl Fn(Place, Waker) -> Result<KafkaLog, crate::source::SourceError> + Send + Sync + 'static {
    let spans = spans.to_vec();
    move |place, waker| {
        let mine: Vec<Span> = spans.iter().filter(|span| place.owns(span.partition)).copied().collect();
        KafkaLog::open(&source, &name, &mine, Arc::clone(&health), &waker)
    }
}

/// Asks for the spans until there is an answer, or the run is asked to stop.
fn ask(topic: &Topic, control: &Control) -> Result<Option<Vec<Span>>, Failure> {
    let mut delays = ExponentialBuilder::new().with_max_delay(Duration::from_secs(5)).without_max_times().build();
    loop {
        match topic.spans() {
            Ok(spans) => return Ok(Some(spans)),
            Err(Unanswered::Refused(error)) => return Err(error.into()),
            Err(Unanswered::Away(reason)) => topic.health().lost(&reason),
        }
        if control.stops_within(delays.next().unwrap_or_default()) {
            return Ok(None);
        }
    }
}

/// The first Ctrl-C or SIGTERM ends the run in good order.
fn stop_on_signals(control: &Arc<Control>) -> Result<(), Failure> {
    let control = Arc::clone(control);
    let ask = move || {
        info!("stopping: what has been read is written first (again to stop at once)");
        control.stop();
    };
    on_signals(ask, || ())
}

/// A panic in a worker, or a lost connection between processes, which timely answers with one, ends the process: the
/// others of its kind would wait for the dead worker for ever.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        match message.and_then(|message| message.strip_prefix(LOST_PEER)) {
            Some(reason) => eprintln!(
                "error: lost the connection to another process of the cluster: {reason}\n help: it has ended or is out of \
                 reach; start all processes again, they go on from the last checkpoint"
            ),
            None => report(panic),
        }
        std::process::exit(101);
    }));
}
