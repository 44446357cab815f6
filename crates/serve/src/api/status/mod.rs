//! `GET /api/v1/status`: how far everything is.
//!
//! # Layout
//! * [`Status`]: the answer
//! * [`dataflow`]: what runs, so that a page can be built from it
//! * [`progress`]: partitions, frontier, sink, checkpoints
//! * [`operators`]: the graph with rates on its arrows

pub mod dataflow;
pub mod operators;
pub mod progress;

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use self::dataflow::Dataflow;
use self::operators::Operator;
use self::progress::{Account, Away, Checkpoint, Frontier, Memory, Partition, Resumed, Sink};
use crate::history::Look;
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::rates::RunCounts;
use crate::service::{Current, ServeState};
use mare_engine::Run;

/// How far everything is, as this process knows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Status {
    /// Version of the program.
    pub version: &'static str,
    /// When the process began.
    pub started: String,
    /// The clock of the process.
    pub now: String,
    /// What the run does.
    pub phase: Phase,
    /// Why it has failed, if it has.
    pub failure: Option<String>,
    /// Which run of the dataflow over its sink it is; null if that is not known, or the sink does not count them.
    pub generation: Option<u64>,
    /// Which process this is.
    pub process: Process,
    /// What runs.
    pub dataflow: Dataflow,
    /// The durable frontier.
    pub frontier: Frontier,
    /// Records read, a second, over the last seconds.
    pub events_per_second: f64,
    /// Epochs that its workers have sealed and that are not durable yet, of all of them together; each may have
    /// `epochs.in_flight`.
    pub epochs_in_flight: u64,
    /// Where it goes on, if it goes on from a checkpoint.
    pub resumed: Option<Resumed>,
    /// What became of the records that this process has read since it began.
    pub account: Account,
    /// The partitions that this process reads.
    pub partitions: Vec<Partition>,
    /// Whether the brokers answer.
    pub kafka_reachable: bool,
    /// Since when they do not, and why; null if they do, or nobody has asked yet.
    pub kafka_away: Option<Away>,
    /// What its writers have done.
    pub sink: Sink,
    /// Time between two checkpoints, in milliseconds; null if it takes none.
    pub checkpoint_every_ms: Option<u64>,
    /// The newest checkpoint that this process has completed in this run; null if there is none yet.
    pub checkpoint: Option<Checkpoint>,
    /// How many alerts this process has found since it began.
    pub alerts_found: u64,
    /// What is in memory of the newest windows.
    pub memory: Memory,
    /// The graph: what comes from what, and how much of it.
    pub operators: Vec<Operator>,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It connects to its servers.
    Connecting,
    /// It reads again what the documents show already, and writes nothing yet.
    CatchingUp,
    /// It reads and writes.
    Running,
    /// It ends in good order, or another one with more partitions follows.
    Stopping,
    /// It has failed.
    Failed,
}

/// Which process this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Process {
    /// Its index, from 0 on.
    pub index: usize,
    /// How many processes the run has. Of several, each tells of the partitions that it reads and the documents that it
    /// writes.
    pub processes: usize,
    /// Workers of this process.
    pub workers: usize,
    /// Where the processes answer, by index; empty if nobody has said so, or there is one.
    pub peers: Vec<String>,
}

/// How far everything is
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = Status), Refusal))]
pub async fn status(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Status>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    Ok(Json(service.status()))
}

/// Time between two checkpoints of `run`, in milliseconds, if it takes any.
fn every_ms(run: &Run) -> Option<u64> {
    let settings = run.plan.checkpoint.as_ref().filter(|_| run.checkpointer.is_some())?;
    u64::try_from(settings.every.as_millis()).ok()
}

impl ServeState {
    /// How far everything is.
    #[must_use]
    pub fn status(&self) -> Status {
        let current = self.current();
        let (current, place) = (current.as_deref(), &self.place);
        let run = current.map(|current| &current.run);
        let counts = run.map(RunCounts::of).unwrap_or_default();
        let failure = run.and_then(|run| run.control.failure());
        Status {
            version: env!("CARGO_PKG_VERSION"),
            started: self.started.to_string(),
            now: Timestamp::now().to_string(),
            phase: self.phase(current),
            failure: failure.map(ToString::to_string),
            generation: run.and_then(|run| run.gauges.generation()),
            process: Process {
                index: place.index,
                processes: place.processes,
                workers: place.workers,
                peers: place.peers.clone(),
            },
            dataflow: Dataflow::of(&self.plan, &self.layout),
            frontier: Frontier::of(run.map(|run| &*run.gauges), self.plan.view().windows, self.frontier()),
            events_per_second: self.rates.per_second(|counts| counts.read),
            epochs_in_flight: run.map_or(0, |run| run.gauges.epochs_in_flight() as u64),
            resumed: run.and_then(Resumed::of),
            account: run.map(|run| Account::of(&run.ledger.total())).unwrap_or_default(),
            partitions: run.map(|run| run.ledger.accounts().map(Partition::of).collect()).unwrap_or_default(),
            kafka_reachable: current.is_some_and(|current| !current.health.is_away()),
            kafka_away: current.and_then(|current| current.health.absence()).as_ref().map(Away::of),
            sink: run.map(|run| Sink::of(&run.sink)).unwrap_or_default(),
            checkpoint_every_ms: run.and_then(every_ms),
            checkpoint: run.and_then(|run| run.checkpointer.as_ref()?.newest()).map(|newest| Checkpoint::of(&newest)),
            alerts_found: current.map_or(0, |current| current.alerts.found()),
            memory: Memory::of(&self.live.snapshot()),
            operators: operators::operators(counts, run, &self.rates),
        }
    }

    /// What is to be seen of a run at the moment.
    #[must_use]
    pub fn look(&self, current: &Current) -> Look {
        let (gauges, windows) = (&current.run.gauges, self.plan.view().windows);
        let Frontier { behind_s, unwritten_s, .. } = Frontier::of(Some(gauges), windows, self.frontier());
        Look::at(&current.run, behind_s, unwritten_s, current.health.is_away() || current.run.sink.is_away())
    }

    fn phase(&self, current: Option<&Current>) -> Phase {
        let Some(Run { control, gauges, .. }) = current.map(|current| &current.run) else { return Phase::Connecting };
        match control.failure() {
            Some(_) => Phase::Failed,
            None if control.is_stopping() => Phase::Stopping,
            None if gauges.has_caught_up(self.place.workers) => Phase::Running,
            None => Phase::CatchingUp,
        }
    }
}
