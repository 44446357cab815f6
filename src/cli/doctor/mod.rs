//! `mare doctor`: what would go wrong, and the remedy.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`report`]: what is printed

pub mod report;

use std::net::{SocketAddr, ToSocketAddrs};

use clap::ArgAction;
use console::Term;

use super::hang::columns;
use super::logging::hold;
use super::output::{Printed, json, print};
use super::run::cluster::ClusterArgs;
use super::{DataflowArgs, Failure};
use crate::checks::Verdict;
use crate::doctor::ports::Listening;
use crate::doctor::{Wishes, examine};

/// Arguments of `mare doctor`.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    after_help = "Nothing is changed anywhere. The exit code is 1 if a check failed; docs/doctor.md has them all.\n\n\
                  Example:\n  mare doctor dataflows/black_friday.toml -w 3"
)]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Check that the run may serve its pages there, such as 127.0.0.1:4040
    #[arg(long, value_name = "ADDR", value_parser = address)]
    http: Option<Addresses>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

impl Args {
    /// Examines everything that a run would meet.
    ///
    /// # Errors
    /// If the dataflow is refused, or a check failed.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        self.cluster.check_numbers()?;
        let mut listens = self.cluster.listens()?;
        listens.extend(self.http.map(|addresses| Listening { addresses, who: "--http" }));
        let wishes = Wishes { workers: self.cluster.peers(), listens };
        let held = hold();
        let findings = examine(&plan, &wishes);
        if std::env::var_os("RUST_LOG").is_none() {
            let _said_by_the_findings = held.take();
        }
        drop(held);
        match self.format {
            Printed::Table => {
                print(report::text(&findings, console::colors_enabled(), columns(&Term::stdout())));
            }
            Printed::Json => json(report::json(&plan.name, &findings)),
        }
        match findings.iter().filter(|finding| finding.verdict == Verdict::Failed).count() {
            0 => Ok(()),
            failed => Err(Failure::new(format!("{failed} of {} checks failed", findings.len()))),
        }
    }
}

/// What the name of an address means.
type Addresses = Vec<SocketAddr>;

/// An address to listen on, or a port of this machine.
fn address(text: &str) -> Result<Addresses, String> {
    if let Ok(port) = text.parse() {
        return Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]);
    }
    let resolved = text.to_socket_addrs().map_err(|error| format!("{error}; write it as 127.0.0.1:4040"))?;
    Ok(resolved.collect())
}
