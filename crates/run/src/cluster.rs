//! The workers of a run, and the processes that they are in.

use timely::CommunicationConfig;

use crate::failure::Failure;
use mare_cluster::mesh::Mesh;
use mare_doctor::ports::Listening;
use mare_engine::{Control, Fabric, Peer};

/// Who listens at the address of a process.
pub const PROCESS: &str = "a process of the cluster";

/// The workers of this process, and how they are connected with those of others.
#[derive(Clone, Debug)]
pub struct Cluster {
    workers: usize,
    process: usize,
    /// How it is connected with the other processes, if there are any.
    mesh: Option<Mesh>,
}

impl Cluster {
    /// One process of `workers` workers, one at least.
    #[must_use]
    pub fn local(workers: usize) -> Self {
        Cluster { workers, process: 0, mesh: None }
    }

    /// A process of several, which are connected like this. Such a process has to end when anything in it panics:
    /// timely answers a lost connection with a panic on a thread of its own, and the workers would wait for the lost
    /// process for ever.
    #[must_use]
    pub fn of(mesh: Mesh) -> Self {
        Cluster { workers: mesh.workers, process: mesh.me, mesh: Some(mesh) }
    }

    /// The places of this process's workers.
    pub fn places(&self) -> impl Iterator<Item = Peer> {
        let peers = self.peers();
        (self.process * self.workers..(self.process + 1) * self.workers).map(move |index| Peer { index, peers })
    }

    /// Index of this process.
    #[must_use]
    pub fn process(&self) -> usize {
        self.process
    }

    /// Number of processes.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.mesh.as_ref().map_or(1, |mesh| mesh.addresses.len())
    }

    /// Workers of this process.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Where this process listens for the others, if there are any.
    #[must_use]
    pub fn listens(&self) -> Vec<Listening> {
        let addresses = self.mesh.iter().map(|mesh| mesh.listen.clone());
        addresses.map(|addresses| Listening { addresses, who: PROCESS }).collect()
    }

    /// Whether this process decides with what the run begins: the one that has the first worker.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.process == 0
    }

    /// Workers of the whole cluster.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.workers * self.processes()
    }

    /// Connects the workers with each other, and with those of the other processes once these are there; `None` if the
    /// run is asked to stop meanwhile.
    ///
    /// # Errors
    /// If the processes cannot be connected.
    pub fn connect(&self, control: &Control) -> Result<Option<Fabric>, Failure> {
        let local = match (&self.mesh, self.workers) {
            (Some(mesh), _) => return mesh.connect(control).map_err(Failure::new),
            (None, 1) => CommunicationConfig::Thread,
            (None, workers) => CommunicationConfig::Process(workers),
        };
        local.try_build().map(Some).map_err(Failure::new)
    }
}
