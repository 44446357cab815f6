//! Timely's own flags: workers, processes, hostfile.

use std::path::PathBuf;

use timely::CommunicationConfig;
use tracing::warn;

use crate::cli::Failure;
use crate::engine::Place;

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
}

/// A cluster that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    workers: usize,
    process: usize,
    /// Addresses of all processes, by index; one process needs none.
    addresses: Vec<String>,
}

impl ClusterArgs {
    /// Checks that the flags fit together, and warns of more workers than processors.
    ///
    /// # Errors
    /// If they do not, or the hostfile is unreadable or too short.
    pub fn check(self) -> Result<Cluster, Failure> {
        if self.workers == 0 || self.processes == 0 {
            return Err(Failure::new("a cluster needs at least one process (-n) with one worker (-w)"));
        }
        if self.process >= self.processes {
            let (index, count) = (self.process, self.processes);
            return Err(Failure::new(format!(
                "-p {index} is not one of {count} processes; they count from 0 to {}",
                count - 1
            )));
        }
        warn_of_many(self.workers);
        let addresses = if self.processes == 1 { Vec::new() } else { self.addresses()? };
        Ok(Cluster { workers: self.workers, process: self.process, addresses })
    }

    fn addresses(&self) -> Result<Vec<String>, Failure> {
        let Some(file) = &self.hostfile else {
            return Ok((0..self.processes).map(|index| format!("localhost:{}", 2101 + index)).collect());
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("cannot read the hostfile {}: {error}", file.display())))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let addresses: Vec<String> = lines.take(self.processes).map(str::to_owned).collect();
        if addresses.len() < self.processes {
            let (found, wanted) = (addresses.len(), self.processes);
            let file = file.display();
            return Err(Failure::new(format!(
                "{file} names {found} of {wanted} processes; add a line host:port for each"
            )));
        }
        Ok(addresses)
    }
}

impl Cluster {
    /// One process of `workers` workers.
    #[must_use]
    pub fn local(workers: usize) -> Self {
        Cluster { workers, process: 0, addresses: Vec::new() }
    }

    /// The places of this process's workers.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let peers = self.peers();
        (self.process * self.workers..(self.process + 1) * self.workers).map(move |index| Place { index, peers })
    }

    /// Whether this process decides with what the run begins: the one that has the first worker.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.process == 0
    }

    /// Workers of the whole cluster.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.workers * self.addresses.len().max(1)
    }

    /// For people: `3 workers`, or `3 workers, process 1 of 2`.
    #[must_use]
    pub fn describe(&self) -> String {
        let workers = if self.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", self.workers) };
        match self.addresses.len() {
            0 => workers,
            processes => format!("{workers}, process {} of {processes}", self.process),
        }
    }

    /// What timely starts.
    #[must_use]
    pub fn communication(&self) -> CommunicationConfig {
        match (self.addresses.len(), self.workers) {
            (0, 1) => CommunicationConfig::Thread,
            (0, workers) => CommunicationConfig::Process(workers),
            (_, threads) => CommunicationConfig::Cluster {
                threads,
                process: self.process,
                addresses: self.addresses.clone(),
                report: false,
                zerocopy: false,
            },
        }
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
        ClusterArgs { workers, processes, process, hostfile }
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
        std::fs::write(file.path(), "# mine\n10.0.0.1:2101\n\n10.0.0.2:2101\n").expect("written");
        let cluster = flags(2, 2, 1, Some(file.path().to_owned())).check().expect("fits");
        assert_eq!(cluster.addresses, ["10.0.0.1:2101", "10.0.0.2:2101"]);
        let places: Vec<_> = cluster.places().collect();
        assert_eq!(places, [Place { index: 2, peers: 4 }, Place { index: 3, peers: 4 }]);
        let short = flags(1, 3, 0, Some(file.path().to_owned())).check().expect_err("too short").to_string();
        assert!(short.contains("names 2 of 3"), "{short}");
    }
}
