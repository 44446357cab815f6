//! `mare run`: runs a dataflow, for ever or to the end of the topic.
//!
//! # Layout
//! * [`cluster`]: timely's own flags
//! * [`questions`]: what it asks before it claims anything
//! * [`begin`]: with what a run begins: a checkpoint, a generation
//! * [`brokers`]: what it asks the brokers before it begins; [`losses`]: what it does when records are gone
//! * [`ends`]: its outer ends
//! * [`session`]: connects, runs, and sums up; the demo uses it too
//! * [`alerting`]: its alerts
//! * [`reminder`]: saying again that somebody is away
//! * [`interrupt`]: what Ctrl-C does
//! * [`view`]: what somebody who watches it may look at; [`continuity`]: whether the log stays the same meanwhile
//! * [`banner`], [`watch`], [`summary`]: what a person sees before, during and after

pub mod alerting;
pub(super) mod banner;
pub mod begin;
pub mod brokers;
pub mod cluster;
mod continuity;
pub mod ends;
mod interrupt;
pub mod losses;
pub mod questions;
mod reminder;
pub mod session;
mod summary;
pub mod view;
mod warnings;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use clap::ArgAction;

use self::begin::BeginArgs;
use self::cluster::ClusterArgs;
use self::interrupt::Interrupt;
use self::session::{Mode, Session, Setup};
use crate::cli::http::{self, HttpArgs};
use crate::cli::{DataflowArgs, Failure, logging};
use crate::cluster::heart;
use crate::doctor::ports::Listening;
use crate::engine::announcement::Reason;

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
        questions::once(&self.dataflow.load()?, self.begin, &listens)
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
        let server = shown.map(|shown| shown.serve(&plan, cluster.place())).transpose()?;
        let mut setup = Setup { plan, cluster, mode, begin: self.begin };
        let interrupt = Interrupt::on_signals()?;
        heart::beat_for(interrupt.vitality()).map_err(Failure::new)?;
        loop {
            let Some(mut session) = Session::connect(interrupt.control(), &setup)? else {
                logging::say("stopped before all servers answered: nothing was read");
                return Ok(());
            };
            banner::print(&session);
            http::show(server.as_ref(), &mut session);
            let (summary, reason) = session.run(watch::watch)?;
            summary.print();
            if reason == Some(Reason::Abandoned) {
                logging::say(
                    "stopped before it had caught up with what the documents show: the next run takes it in again",
                );
            }
            if reason != Some(Reason::Restart) {
                return Ok(());
            }
            setup.begin = setup.begin.again();
        }
    }
}
