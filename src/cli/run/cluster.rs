//! Timely's own flags: workers, processes, hostfile.

use std::path::PathBuf;

use timely::CommunicationConfig;
use tracing::warn;

use crate::cli::Failure;
use crate::cluster::address::{Address, is_public};
use crate::cluster::mesh::Mesh;
use crate::doctor::ports::Listening;
use crate::engine::{Control, Fabric, Place};
use crate::serve;

/// How many workers in how many processes, and where those are.
#[derive(Debug, clap::Args)]
pub struct ClusterArgs {
    /// Workers of this process
    #[arg(short = 'w', long, value_name = "NUM", default_value_t = 1)]
    workers: usize,
    /// Processes of the cluster
    #[arg(short = 'n', long, value_name = "NUM", default_value_t = 1)]
    processes: usize,
    /// Which of the processes this is, from 0 on
    #[arg(short = 'p', long, value_name = "IDX", default_value_t = 0)]
    process: usize,
    /// Text file with a line `host:port` for each process; without it, ports from 2101 on of localhost
    #[arg(short = 'h', long, value_name = "FILE")]
    hostfile: Option<PathBuf>,
    /// Let the own line of the hostfile mean all interfaces, such as 0.0.0.0:2101: only behind a firewall
    #[arg(long)]
    listen_on_all_interfaces: bool,
}

/// A cluster that can be started.
#[derive(Clone, Debug)]
pub struct Cluster {
    workers: usize,
    process: usize,
    /// How it is connected with the other processes, if there are any.
    mesh: Option<Mesh>,
}

impl ClusterArgs {
    /// Checks that the flags fit together, and warns of more workers than processors.
    ///
    /// # Errors
    /// If they do not, or the hostfile is unreadable or too short.
    pub fn check(self) -> Result<Cluster, Failure> {
        self.check_numbers()?;
        if self.process >= self.processes {
            let (index, count) = (self.process, self.processes);
            return Err(Failure::new(format!(
                "-p {index} is not one of {count} processes; they count from 0 to {}",
                count - 1
            )));
        }
        warn_of_many(self.workers);
        let mesh = if self.processes == 1 { None } else { Some(self.mesh()?) };
        Ok(Cluster { workers: self.workers, process: self.process, mesh })
    }

    /// Refuses a cluster of nothing.
    ///
    /// # Errors
    /// If there are no processes, or no workers.
    pub fn check_numbers(&self) -> Result<(), Failure> {
        if self.workers == 0 || self.processes == 0 {
            return Err(Failure::new("a cluster needs at least one process (-n) with one worker (-w)"));
        }
        Ok(())
    }

    /// Workers of all processes.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.workers.saturating_mul(self.processes)
    }

    /// Where this machine listens for the processes of the cluster: with a hostfile for that of `-p`, without one for all of
    /// them; nowhere if there is one process.
    ///
    /// # Errors
    /// If the hostfile is unreadable or too short, or its line may not be listened on.
    pub fn listens(&self) -> Result<Vec<Listening>, Failure> {
        if self.processes < 2 {
            return Ok(Vec::new());
        }
        let addresses = self.addresses()?;
        let (skipped, taken) = if self.hostfile.is_some() { (self.process, 1) } else { (0, addresses.len()) };
        let listens = addresses.iter().skip(skipped).take(taken).map(|address| {
            let addresses = address.listen(self.listen_on_all_interfaces).map_err(Failure::new)?;
            Ok(Listening { addresses, who: "a process of the cluster" })
        });
        listens.collect()
    }

    /// The own address has to be known by now; those of the others may become known as they start.
    fn mesh(&self) -> Result<Mesh, Failure> {
        let (me, workers, addresses) = (self.process, self.workers, self.addresses()?);
        let own = addresses.get(me).map(|own| own.listen(self.listen_on_all_interfaces)).transpose();
        let listen = own.map_err(Failure::new)?.unwrap_or_default();
        if let Some(public) = listen.iter().find(|address| is_public(address.ip())) {
            warn!("{public} is a public address, and connections between processes have no password: keep others out");
        }
        Ok(Mesh { me, workers, addresses, listen })
    }

    fn addresses(&self) -> Result<Vec<Address>, Failure> {
        let Some(file) = &self.hostfile else {
            return Ok((2101..).take(self.processes).map(Address::local).collect());
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("cannot read the hostfile {}: {error}", file.display())))?;
        Address::read(&file.display().to_string(), &text, self.processes).map_err(Failure::new)
    }
}

impl Cluster {
    /// One process of `workers` workers.
    #[must_use]
    pub fn local(workers: usize) -> Self {
        Cluster { workers, process: 0, mesh: None }
    }

    /// The places of this process's workers.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let peers = self.peers();
        (self.process * self.workers..(self.process + 1) * self.workers).map(move |index| Place { index, peers })
    }

    /// The place of this process, for whoever asks it.
    #[must_use]
    pub fn place(&self) -> serve::Place {
        let (index, processes, workers) = (self.process, self.processes(), self.workers);
        serve::Place { index, processes, workers, peers: Vec::new() }
    }

    /// Where this process listens for the others, if there are any.
    #[must_use]
    pub fn listens(&self) -> Vec<Listening> {
        let addresses = self.mesh.iter().map(|mesh| mesh.listen.clone());
        addresses.map(|addresses| Listening { addresses, who: "a process of the cluster" }).collect()
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

    /// For people: `3 workers`, or `3 workers, process 1 of 2`.
    #[must_use]
    pub fn describe(&self) -> String {
        let workers = if self.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", self.workers) };
        match self.processes() {
            1 => workers,
            processes => format!("{workers}, process {} of {processes}", self.process),
        }
    }

    fn processes(&self) -> usize {
        self.mesh.as_ref().map_or(1, |mesh| mesh.addresses.len())
    }

    /// Connects the workers with each other, and with those of the other processes once these are there; `None` if the run
    /// is asked to stop meanwhile.
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

/// Workers that have no processor of their own wait for each other's time slices at every epoch.
fn warn_of_many(workers: usize) {
    let processors = std::thread::available_parallelism().map_or(usize::MAX, usize::from);
    if workers > processors {
        warn!("{workers} workers on {processors} processors: expect less speed than with -w {processors}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(workers: usize, processes: usize, process: usize, hostfile: Option<PathBuf>) -> ClusterArgs {
        ClusterArgs { workers, processes, process, hostfile, listen_on_all_interfaces: false }
    }

    #[test]
    fn flags_that_do_not_fit_are_refused() {
        let message = |flags: ClusterArgs| flags.check().expect_err("refused").to_string();
        assert!(message(flags(0, 1, 0, None)).contains("at least one"));
        assert!(message(flags(1, 2, 2, None)).contains("count from 0 to 1"));
        assert!(message(flags(1, 2, 0, Some("/nowhere".into()))).contains("/nowhere"));
    }

    #[test]
    fn a_hostfile_names_the_processes() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "# mine\n0.0.0.0:2101\n\n127.0.0.2:2101\n").expect("written");
        let of = |process| flags(2, 2, process, Some(file.path().to_owned())).check();
        let cluster = of(1).expect("fits");
        assert_eq!(cluster.mesh.as_ref().map(|mesh| mesh.listen.clone()), Some(vec![([127, 0, 0, 2], 2101).into()]));
        let places: Vec<_> = cluster.places().collect();
        assert_eq!(places, [Place { index: 2, peers: 4 }, Place { index: 3, peers: 4 }]);
        let exposed = of(0).expect_err("all interfaces").to_string();
        assert!(exposed.contains(":2: `0.0.0.0:2101` would listen on all interfaces"), "{exposed}");
        let short = flags(1, 3, 0, Some(file.path().to_owned())).check().expect_err("too short").to_string();
        assert!(short.contains("names 2 of 3"), "{short}");
    }
}
