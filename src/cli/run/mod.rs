//! `mare run`: runs a dataflow, for ever or to the end of the topic.
//!
//! What runs it is [`crate::run`]: here are its flags, and what a person sees.
//!
//! # Layout
//! * [`Args`]: the flags, of which [`cluster`] are timely's own and [`begin_args`] those that say from what it begins
//! * [`terminal`]: who looks on for a person, with [`banner`], [`watch`], [`summary`]: what is seen before, during and
//!   after
//! * [`backlog`]: what a backlog leaves in memory
//! * [`interrupt`]: what Ctrl-C does; [`panics`]: what a panic does

mod backlog;
pub(super) mod banner;
pub mod begin_args;
pub mod cluster;
mod interrupt;
pub(super) mod panics;
pub(super) mod summary;
mod terminal;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use clap::ArgAction;

use self::begin_args::BeginArgs;
use self::cluster::ClusterArgs;
use self::terminal::Terminal;
use crate::cli::http::HttpArgs;
use crate::cli::{DataflowArgs, Failure, logging};
use crate::cluster::heart;
use crate::doctor::ports::Listening;
use crate::run::{Mode, Setup, questions};

/// Arguments of `mare run`.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    after_help = "Example:\n  mare run dataflows/black_friday.toml -w 3 --set source.kafka.brokers=kafka:9092"
)]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// Stop when every partition has reached the end that it has at start, with all results written
    #[arg(long)]
    until_end: bool,
    #[command(flatten)]
    begin: BeginArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    http: HttpArgs,
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

impl Args {
    /// Looks for mistakes, and connects to nothing.
    ///
    /// # Errors
    /// If the dataflow is refused, or there are no workers.
    pub fn check(&self) -> Result<(), Failure> {
        self.dataflow.load()?;
        self.cluster.check_numbers()
    }

    /// Asks, once, what each process of a cluster on this machine would ask, which are shown at `shown`.
    ///
    /// # Errors
    /// If the dataflow is refused, or a check has failed for which a run does not begin.
    pub fn ask(&self, shown: &[SocketAddr]) -> Result<(), Failure> {
        let shown = shown.iter().map(|address| Listening { addresses: vec![*address], who: "--http" });
        let listens: Vec<_> = self.cluster.listens()?.into_iter().chain(shown).collect();
        questions::once(&self.dataflow.load()?, self.begin.options(), &listens)
    }

    /// Where the run is shown over HTTP, if anywhere.
    #[must_use]
    pub fn shown_at(&self) -> Option<SocketAddr> {
        self.http.address()
    }

    /// Runs the dataflow.
    ///
    /// # Errors
    /// If the dataflow is refused, or the run fails.
    pub fn run(self) -> Result<(), Failure> {
        let plan = Arc::new(self.dataflow.load()?);
        let cluster = self.cluster.check()?;
        let mode = if self.until_end { Mode::UntilEnd } else { Mode::Endless };
        let shown = self.http.listen()?;
        let server = shown.map(|shown| shown.serve(&plan, &cluster)).transpose()?;
        let setup = Setup { plan, cluster, mode, begin: self.begin.options() };
        let handle = interrupt::stopped_by_signals()?;
        let of_the_moment = handle.clone();
        heart::beat_for(move || of_the_moment.vitality()).map_err(Failure::new)?;
        if setup.run(&handle, &mut Terminal { server: server.as_ref() })?.is_none() {
            logging::say("stopped before all servers answered: nothing was read");
        }
        Ok(())
    }
}
