//! Timely's own flags: workers, processes, hostfile.

use std::path::PathBuf;

use tracing::warn;

use crate::cli::Failure;
use crate::cluster::address::{Address, is_public};
use crate::cluster::mesh::Mesh;
use crate::doctor::ports::Listening;
use crate::run::cluster::{self, Cluster};

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
        Ok(if self.processes == 1 { Cluster::local(self.workers) } else { Cluster::of(self.mesh()?) })
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

    /// Where this machine listens for the processes of the cluster: with a hostfile for that of `-p`, without one for
    /// all of them; nowhere if there is one process.
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
            Ok(Listening { addresses, who: cluster::PROCESS })
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
    use crate::engine::Peer;

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
        let listens: Vec<_> = cluster.listens().into_iter().map(|listening| listening.addresses).collect();
        assert_eq!(listens, [vec![([127, 0, 0, 2], 2101).into()]]);
        let places: Vec<_> = cluster.places().collect();
        assert_eq!(places, [Peer { index: 2, peers: 4 }, Peer { index: 3, peers: 4 }]);
        let exposed = of(0).expect_err("all interfaces").to_string();
        assert!(exposed.contains(":2: `0.0.0.0:2101` would listen on all interfaces"), "{exposed}");
        let short = flags(1, 3, 0, Some(file.path().to_owned())).check().expect_err("too short").to_string();
        assert!(short.contains("names 2 of 3"), "{short}");
    }
}
