//! What to run, and how.

use std::sync::Arc;

use super::cluster::Cluster;
use super::handle::Handle;
use super::outcome::Outcome;
use super::session::Session;
use super::watcher::Watcher;
use crate::failure::Failure;
use mare_checkpoint::Manifest;
use mare_dataflow::Plan;
use mare_engine::announcement::Reason;
use mare_sink::Claim;

/// How long a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Until it is asked to stop.
    Endless,
    /// Until every partition is read to the end that it has at start.
    UntilEnd,
}

/// From what a run begins, where the user has a choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct BeginOptions {
    /// Begin without a checkpoint: read the topic from `source.kafka.start` on, and keep the documents.
    pub fresh: bool,
    /// Neither go on from a checkpoint nor take any.
    pub no_checkpoint: bool,
    /// Remove the documents that stand in the sink first, and begin without a checkpoint: for a corrected dataflow.
    pub overwrite: bool,
}

impl BeginOptions {
    /// Whether the run goes on from a checkpoint, if there is one.
    #[must_use]
    pub fn goes_on(self) -> bool {
        !(self.fresh || self.overwrite || self.no_checkpoint)
    }

    /// What such a run says to the sink, over the newest checkpoint that there is.
    #[must_use]
    pub fn claim(self, plan: &Plan, newest: Option<&Manifest>) -> Claim {
        let (anew, goes_on) = (self.fresh || self.overwrite, self.goes_on() && newest.is_some());
        let counts_again = !self.goes_on();
        Claim { overwrite: self.overwrite, anew, goes_on, counts_again, ..plan.claim(newest) }
    }

    /// The same for a run that goes on at once from one that has begun like this.
    #[must_use]
    pub fn again(self) -> Self {
        BeginOptions { fresh: false, overwrite: false, ..self }
    }
}

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The dataflow.
    pub plan: Arc<Plan>,
    /// The workers.
    pub cluster: Cluster,
    /// How long it lasts.
    pub mode: Mode,
    /// From what it begins.
    pub begin: BeginOptions,
}

impl Setup {
    /// `plan` on one worker, without end, going on from the newest checkpoint.
    #[must_use]
    pub fn new(plan: impl Into<Arc<Plan>>) -> Setup {
        let (cluster, mode, begin) = (Cluster::local(1), Mode::Endless, BeginOptions::default());
        Setup { plan: plan.into(), cluster, mode, begin }
    }

    /// The same on so many workers of this process.
    #[must_use]
    pub fn workers(self, workers: usize) -> Setup {
        Setup { cluster: Cluster::local(workers), ..self }
    }

    /// The same to the end that every partition has at start.
    #[must_use]
    pub fn until_end(self) -> Setup {
        Setup { mode: Mode::UntilEnd, ..self }
    }

    /// The same, beginning as these options say.
    #[must_use]
    pub fn beginning(self, begin: BeginOptions) -> Setup {
        Setup { begin, ..self }
    }

    /// Runs it until it ends or `handle` is stopped, while `watcher` looks on. Servers that are away are waited for;
    /// where new partitions are found, another run with all of them follows at once. Returns what the last run came to;
    /// `None` if it was asked to stop before it had begun.
    ///
    /// # Errors
    /// As [`Session::connect`] and [`Session::run`].
    pub fn run(mut self, handle: &Handle, watcher: &mut impl Watcher) -> Result<Option<Outcome>, Failure> {
        loop {
            let Some(mut session) = Session::connect(handle.control(), &self)? else { return Ok(None) };
            watcher.connected(&mut session);
            let outcome = session.run(|view| watcher.watch(&view))?;
            watcher.ended(&outcome);
            if outcome.reason != Some(Reason::Restart) {
                return Ok(Some(outcome));
            }
            self.begin = self.begin.again();
        }
    }
}
