//! One process's share of a run: its workers, each with the graph.

use std::any::Any;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use timely::WorkerConfig;
use timely::communication::{AllocatorBuilder, WorkerGuards};
use timely::worker::Worker;

use super::announcement::Beginning;
use super::checkpoint::{Checkpointer, Threads};
use super::clock::SystemClock;
use super::control::Control;
use super::gauges::Gauges;
use super::graph::GraphSetup;
use super::intake::Intake;
use super::ledger::Ledger;
use super::sink::Observer;
use super::source::{Opened, RestoredBlocks};
use mare_checkpoint::Partitions;
use mare_dataflow::Plan;
use mare_letters::Outboxes;
use mare_model::fault::{Domain, Fault};
use mare_model::record::Waker;
use mare_sink::{Deliver, Delivery, FencingToken, SinkError, SinkStatus, Writer};
use mare_source::Log;

/// A worker among its peers, all workers of the cluster: by it whoever opens a log knows which partitions are the
/// worker's own. It lives as long as the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Index of the worker.
    pub index: usize,
    /// Number of workers of the cluster.
    pub peers: usize,
}

impl Peer {
    /// Whether this worker owns `partition`: worker `p mod W` owns partition `p`.
    #[must_use]
    pub fn owns(self, partition: mare_model::position::Partition) -> bool {
        usize::try_from(partition.0).is_ok_and(|partition| partition % self.peers == self.index)
    }
}

/// What connects the workers of this process with each other and with those of the other processes: one builder for
/// each worker, and what ends the connections when it is dropped. It is used up by one run.
pub type Fabric = (Vec<AllocatorBuilder>, Box<dyn Any + Send>);

/// What one process of a run shares between its workers and whoever watches.
#[derive(Clone)]
pub struct Run {
    /// What to run.
    pub plan: Arc<Plan>,
    /// Stops the run, and knows why it failed.
    pub control: Arc<Control>,
    /// How far it has come.
    pub gauges: Arc<Gauges>,
    /// The accounts of the partitions that this process reads.
    pub ledger: Arc<Ledger>,
    /// What the writers of this process have done.
    pub sink: Arc<SinkStatus>,
    /// Where checkpoints go, if any are taken.
    pub checkpointer: Option<Arc<Checkpointer>>,
    /// Where the workers of this process leave their letters.
    pub outboxes: Outboxes,
    /// Who watches what the workers of this process make durable, if anybody.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Run {
    /// Starts the workers of this process and returns at once; the guards join them. `beginning` counts for the whole
    /// cluster and is taken from the process that has the first worker.
    ///
    /// `open` is called when it is known with what the run begins. A run that fails drops its graph where it stands; it
    /// fails, too, if a worker panics.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start<L: Log + 'static>(
        &self,
        (builders, guard): Fabric,
        beginning: Beginning,
        endpoints: impl Endpoints<L>,
    ) -> Result<WorkerGuards<()>, String> {
        // Behind a pointer, so that there is one graph in the binary, whatever the ends of its runs are.
        let (run, endpoints): (_, Arc<dyn Endpoints<L>>) = (self.clone(), Arc::new(endpoints));
        let workers = builders.len();
        timely::execute::execute_from(builders, guard, worker_config(), move |worker| {
            let _fallen = Fallen(Arc::clone(&run.control));
            run.build((worker, workers), &beginning, Arc::clone(&endpoints));
            run.drive(worker);
        })
    }

    /// Builds the graph of a worker, one of so many of this process.
    fn build<L: Log + 'static>(
        &self,
        (worker, workers): (&mut Worker, usize),
        beginning: &Beginning,
        endpoints: Arc<dyn Endpoints<L>>,
    ) {
        let peer = Peer { index: worker.index(), peers: worker.peers() };
        let Run { plan, control, gauges, ledger, sink, checkpointer, outboxes, observer } = self.clone();
        let beginning = (peer.index == 0).then(|| beginning.clone());
        let restored_from = checkpointer.clone();
        let (clock, background) = (SystemClock::shared(), Arc::new(Threads));
        let graph = GraphSetup {
            plan: plan.clone(),
            control,
            gauges,
            clock,
            workers,
            beginning,
            checkpointer,
            background,
            observer,
        };
        let (source, delivery) = (Arc::clone(&endpoints), endpoints);
        graph.build(
            worker,
            move |beginning, waker| {
                let outbox = outboxes(Arc::clone(&waker));
                let journal = plan.idle.map(|_| journal(source.clone(), beginning, Arc::clone(&waker)));
                let log = source.log(peer, beginning, waker);
                let none = Partitions::new();
                let restored = beginning.restored.as_ref().map_or(&none, |restored| &restored.partitions);
                ledger.begin(&log.owned(), &beginning.begins);
                let intake = Intake::new(&plan, &log.owned(), restored, peer.peers, ledger, outbox);
                let intake = intake.with_journal(&beginning.journal);
                Opened { log, intake, rows: rows(restored_from.as_deref(), beginning), journal }
            },
            move |beginning, waker| {
                let tokens = beginning.tokens();
                Delivery::spawn(move || delivery.writer(&tokens), move || waker(), sink)
            },
        );
    }

    /// Runs a worker to the end of its graph, or drops that when the run fails.
    fn drive(&self, worker: &mut Worker) {
        while worker.has_dataflows() {
            if self.control.is_aborted() {
                (0..LAST_STEPS).for_each(|_| {
                    worker.step();
                });
                worker.installed_dataflows().into_iter().for_each(|dataflow| worker.drop_dataflow(dataflow));
            } else {
                worker.step_or_park(None);
            }
        }
    }
}

/// Fails the run if its worker panics: the others of the process would wait for it for ever.
struct Fallen(Arc<Control>);

impl Drop for Fallen {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(Fault::new(Domain::Ours, "a worker has panicked, which is a defect of Maré"));
        }
    }
}

/// How often a worker of a run that has failed still runs, so that the other processes hear of it.
pub(super) const LAST_STEPS: usize = 16;

/// The endpoints of a run: the log and the sink. Shared by the workers of a process; [`Run::start`] asks it once a
/// worker.
pub trait Endpoints<L>: Send + Sync + 'static {
    /// Opens the partitions that a worker owns, from where the run begins.
    fn log(&self, peer: Peer, beginning: &Beginning, waker: Waker) -> Result<L, Fault>;

    /// Opens a connection to the sink for the run of `tokens`, one for each view. It is called on a writer thread, and
    /// again for as long as it answers [`SinkError::Away`].
    ///
    /// # Errors
    /// As for [`Writer::look`].
    fn writer(&self, tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError>;
}

/// What writes to the journal for a worker: a thread with a connection of its own, whose figures are not those of
/// documents.
fn journal<L: 'static>(endpoints: Arc<dyn Endpoints<L>>, beginning: &Beginning, waker: Waker) -> Box<dyn Deliver> {
    let tokens = beginning.tokens();
    Box::new(Delivery::spawn(move || endpoints.writer(&tokens), move || waker(), Arc::default()))
}

/// Without idle merging, updates that cancel each other would stay for as long as the traffic is quiet. Who has nothing
/// to do parks at once: what a worker waits for is a record or a server, not another worker that is about to answer.
pub(super) fn worker_config() -> WorkerConfig {
    let mut config = WorkerConfig::default().idle_spin(Duration::ZERO);
    let effort = differential_dataflow::Config::default().idle_merge_effort(Some(1000));
    differential_dataflow::configure(&mut config, &effort);
    config
}

/// The totals of the checkpoint with which the run begins, if it begins with one.
fn rows(checkpointer: Option<&Checkpointer>, beginning: &Beginning) -> RestoredBlocks {
    match (checkpointer, &beginning.restored) {
        (_, None) => Box::new(std::iter::empty()),
        (Some(checkpointer), Some(restored)) => checkpointer.rows(restored),
        (None, Some(_)) => Box::new(std::iter::once(Err(Fault::new(
            Domain::User,
            "the process that leads the cluster goes on from a checkpoint, and this one knows of none: give all processes \
             the same flags",
        )))),
    }
}
