//! One process's share of a run: its workers, each with the graph.

use std::any::Any;
use std::sync::Arc;

use timely::WorkerConfig;
use timely::communication::{AllocatorBuilder, WorkerGuards};

use super::clock::SystemClock;
use super::control::Control;
use super::graph::Parts;
use super::ledger::Ledger;
use crate::dataflow::Plan;
use crate::sink::{Delivery, SinkError, SinkStatus, Writer};
use crate::source::{Log, SourceError, Waker};

/// The index of a worker among all workers of the cluster, and their number; both live as long as the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the worker.
    pub index: usize,
    /// Number of workers of the cluster.
    pub peers: usize,
}

impl Place {
    /// Whether this worker owns `partition`: worker `p mod W` owns partition `p`.
    #[must_use]
    pub fn owns(self, partition: crate::source::Partition) -> bool {
        usize::try_from(partition.0).is_ok_and(|partition| partition % self.peers == self.index)
    }
}

/// What connects the workers of this process with each other and with those of the other processes: one builder for each
/// worker, and what ends the connections when it is dropped. It is used up by one run.
pub type Fabric = (Vec<AllocatorBuilder>, Box<dyn Any + Send>);

/// What one process of a run shares between its workers and whoever watches.
#[derive(Clone)]
pub struct Run {
    /// What to run.
    pub plan: Arc<Plan>,
    /// Stops the run, and knows why it failed.
    pub control: Arc<Control>,
    /// The accounts of the partitions that this process reads.
    pub ledger: Arc<Ledger>,
    /// What the writers of this process have done.
    pub sink: Arc<SinkStatus>,
}

impl Run {
    /// Starts the workers of this process and returns at once; the guards join them.
    ///
    /// `log` opens the partitions that a worker owns, `writer` its connection to the sink; the latter is called on the
    /// worker's writer thread, and again for as long as it answers [`SinkError::Away`].
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start<L: Log + 'static>(
        &self,
        (builders, guard): Fabric,
        log: impl Fn(Place, Waker) -> Result<L, SourceError> + Send + Sync + 'static,
        writer: impl Fn() -> Result<Box<dyn Writer>, SinkError> + Clone + Send + Sync + 'static,
    ) -> Result<WorkerGuards<()>, String> {
        let run = self.clone();
        timely::execute::execute_from(builders, guard, worker_config(), move |worker| {
            let place = Place { index: worker.index(), peers: worker.peers() };
            let Run { plan, control, ledger, sink } = run.clone();
            let writer = writer.clone();
            Parts { plan, control, ledger, clock: SystemClock::shared() }.build(
                worker,
                |waker| log(place, waker),
                |waker| Delivery::spawn(writer, move || waker(), sink),
            );
        })
    }
}

/// Without idle merging, updates that cancel each other would stay for as long as the traffic is quiet.
fn worker_config() -> WorkerConfig {
    let mut config = WorkerConfig::default();
    let effort = differential_dataflow::Config::default().idle_merge_effort(Some(1000));
    differential_dataflow::configure(&mut config, &effort);
    config
}
