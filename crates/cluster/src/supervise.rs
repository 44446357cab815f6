//! Keeps the processes of a cluster running on this machine: does what [`decide`](super::decide) decides.

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use thiserror::Error;
use tracing::{info, warn};

use super::crew::{Children, Crew, Recipe};
use super::decide::{EndCause, Facts, LastStraw, MEMORY, Policy, Stopping, SupervisionDecision};
use super::monitor::Monitor;
use mare_engine::Control;

/// Time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(50);
/// A supervisor that was itself stopped or starved for longer has heard no beats, whoever sent them.
const ABSENCE: Duration = Duration::from_secs(2);

/// Why a cluster has ended.
#[derive(Debug, Error)]
pub enum SuperviseError {
    /// The system does not let us start processes, or watch them.
    #[error("cannot start or watch the processes: {0}")]
    System(#[from] io::Error),
    /// It has been started often enough.
    #[error("{cause}, {because}")]
    GaveUp {
        /// How its last life ended.
        cause: EndCause,
        /// Why it was the last.
        because: LastStraw,
    },
}

/// Supervises one cluster.
pub struct Supervisor<'a> {
    /// How its processes are started.
    pub recipe: Recipe,
    /// What it puts up with.
    pub policy: Policy,
    /// Takes their beats.
    pub monitor: Monitor,
    /// The living ones.
    pub children: Children,
    /// Says when the cluster is to stop.
    pub control: &'a Control,
}

/// What outlasts a life of the cluster.
#[derive(Default)]
struct Past {
    /// When it was started again, oldest first, as far as that is remembered.
    restarts: Vec<Instant>,
    has_been_up: bool,
}

impl Supervisor<'_> {
    /// Runs the cluster, one life after the other, until all of its processes end in good order.
    ///
    /// # Errors
    /// If they fail too often, or cannot be started.
    pub fn run(&self) -> Result<(), SuperviseError> {
        let mut past = Past::default();
        loop {
            let crew = Crew::start(&self.recipe, past.has_been_up, &self.children)?;
            match self.live(crew, &mut past)? {
                Some(pause) if self.control.stops_within(pause) => return Ok(()),
                Some(_) => past.restarts.push(Instant::now()),
                None => return Ok(()),
            }
        }
    }

    /// One life: until there is a reason to kill all, with the pause after it, or all have ended.
    fn live(&self, mut crew: Crew, past: &mut Past) -> Result<Option<Duration>, SuperviseError> {
        let (mut stopping, mut is_up) = (Stopping::No, false);
        loop {
            self.listen(&mut crew)?;
            if !is_up && crew.is_up() {
                info!("the cluster is up: {} processes", self.recipe.processes);
                (is_up, past.has_been_up) = (true, true);
            }
            if stopping == Stopping::No && self.control.is_stopping() {
                stopping = Stopping::Asked;
            }
            match self.policy.decide(&past.facts(&crew, stopping)) {
                SupervisionDecision::Wait => {}
                SupervisionDecision::Stop => {
                    crew.stop();
                    stopping = Stopping::Told;
                }
                SupervisionDecision::RestartAll { after, cause } => {
                    drop(crew);
                    let pause = after.as_secs_f64();
                    warn!("{cause}; all are stopped, and started again from the last checkpoint in {pause} s");
                    return Ok(Some(after));
                }
                SupervisionDecision::GiveUp { cause, because } => {
                    return Err(SuperviseError::GaveUp { cause, because });
                }
                SupervisionDecision::Done => return Ok(None),
            }
        }
    }

    /// Takes the beats of a short time, then looks who has ended.
    fn listen(&self, crew: &mut Crew) -> Result<(), SuperviseError> {
        let begin = Instant::now();
        loop {
            match self.monitor.beats.recv_timeout(LOOK.saturating_sub(begin.elapsed())) {
                Ok(beat) => crew.take(&beat),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("nobody listens for heartbeats").into());
                }
            }
        }
        if begin.elapsed() > ABSENCE {
            crew.excuse();
        }
        Ok(crew.look()?)
    }
}

impl Past {
    /// What is known now. Old restarts are forgotten.
    fn facts(&mut self, crew: &Crew, stopping: Stopping) -> Facts {
        self.restarts.retain(|at| at.elapsed() < MEMORY);
        Facts { children: crew.facts(), stopping, restarts: self.restarts.len(), has_been_up: self.has_been_up }
    }
}
