//! `mare cluster`: runs a dataflow in several processes of this machine, and starts them again when one fails.
//!
//! # Layout
//! * [`passed`]: the flags of `mare run`, passed on

pub mod passed;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use self::passed::Passed;
use crate::cli::when::parse_duration;
use crate::cli::{Failure, logging, on_signals};
use crate::cluster::crew::{Children, Recipe};
use crate::cluster::decide::{LastStraw, Policy};
use crate::cluster::monitor::Monitor;
use crate::cluster::supervise::{SuperviseError, Supervisor};
use crate::engine::Control;

/// Arguments of `mare cluster`.
#[derive(Debug, clap::Args)]
#[group(id = "supervision")]
#[command(
    disable_help_flag = true,
    after_help = "A process that dies or hangs is started again together with all others, after a pause that doubles from \
                  0.5 s to 30 s. Restarts older than ten minutes are forgotten.\n\n\
                  Example:\n  mare cluster -n 3 -w 2 dataflows/black_friday.toml"
)]
pub struct Args {
    #[command(flatten)]
    passed: Passed,
    /// A process hangs when one of its workers has not run for so long
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration, help_heading = "Supervision")]
    heartbeat_timeout: Duration,
    /// Restarts within ten minutes, after which the cluster gives up
    #[arg(long, value_name = "NUM", default_value_t = 10, help_heading = "Supervision")]
    max_restarts: usize,
}

impl Args {
    /// Runs the cluster until it ends, is stopped, or fails too often.
    ///
    /// # Errors
    /// If the dataflow is refused, the processes cannot be started, or fail too often.
    pub fn run(self) -> Result<(), Failure> {
        let Passed { run, processes, mut arguments, at_first } = self.passed;
        if logging::is_json() {
            arguments.splice(..0, ["--log-format", "json"].map(Into::into));
        }
        run.check()?;
        let shown = addresses(run.shown_at(), processes)?;
        run.ask(&shown)?;
        let system = |error: std::io::Error| Failure::new(format!("cannot start a cluster: {error}"));
        let monitor = Monitor::listen().map_err(system)?;
        let folder = tempfile::Builder::new().prefix("mare-cluster-").tempdir().map_err(system)?;
        let program = std::env::current_exe().map_err(system)?;
        let (control, children) = (Control::new(), Children::default());
        let (stopping, killed, left) = (control.clone(), children.clone(), folder.path().to_owned());
        let ask = move || {
            tracing::info!("stopping all processes: what has been read is written first (again to kill them)");
            stopping.stop();
        };
        on_signals(ask, move || leave(&killed, &left))?;
        let policy = Policy { beat_timeout: self.heartbeat_timeout, restarts_max: self.max_restarts };
        let folder = folder.path().to_owned();
        let (monitor_at, logs_json) = (monitor.address, logging::is_json());
        let recipe = Recipe {
            program,
            arguments,
            at_first,
            processes,
            shown: told(&shown),
            monitor: monitor_at,
            folder,
            logs_json,
        };
        Supervisor { recipe, policy, monitor, children, control: &control }.run().map_err(failure)
    }
}

/// Where the processes are shown: one port behind the other, from `first` on.
fn addresses(first: Option<SocketAddr>, processes: usize) -> Result<Vec<SocketAddr>, Failure> {
    let Some(first) = first else { return Ok(Vec::new()) };
    let port = |index: usize| u16::try_from(index).ok().and_then(|index| first.port().checked_add(index));
    let address = |index| port(index).map(|port| SocketAddr::new(first.ip(), port));
    let addresses: Option<Vec<SocketAddr>> = (0..processes).map(address).collect();
    addresses.filter(|_| first.port() > 0).ok_or_else(|| {
        let failure = Failure::new(format!("--http {first} leaves no ports behind it for {processes} processes"));
        failure
            .remedy("name a port from 1 on that is followed by as many free ones as there are processes, such as 4040")
    })
}

/// What each process is told of them.
fn told(shown: &[SocketAddr]) -> Vec<Vec<OsString>> {
    let peers: Vec<String> = shown.iter().map(|address| format!("http://{address}")).collect();
    let told = |address: &SocketAddr| {
        ["--http", &address.to_string(), "--http-peers", &peers.join(",")].map(OsString::from).to_vec()
    };
    shown.iter().map(told).collect()
}

/// Leaves nothing behind.
fn leave(children: &Children, folder: &Path) {
    children.kill();
    let _gone = std::fs::remove_dir_all(folder); // the system's temporary folders are emptied now and then
}

fn failure(error: SuperviseError) -> Failure {
    match error {
        SuperviseError::GaveUp { because: LastStraw::Superseded, .. } => Failure::superseded(error),
        SuperviseError::GaveUp { .. } => {
            Failure::new(error).remedy("what the process said itself stands above, behind its number")
        }
        SuperviseError::System(_) => Failure::new(error),
    }
}
