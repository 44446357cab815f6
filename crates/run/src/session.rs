//! A run from connecting to summing up.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tracing::{info, warn};

use super::alerting::{Alerting, Running};
use super::begin::{Begun, begin};
use super::brokers::Brokers;
use super::cluster::Cluster;
use super::endpoints::OuterEndpoints;
use super::outcome::Outcome;
use super::questions;
use super::reminder::Reminder;
use super::setup::{Mode, Setup};
use super::view::RunView;
use crate::failure::Failure;
use mare_checkpoint::{Loss, Manifest, Repository};
use mare_dataflow::Plan;
use mare_engine::announcement::Beginning;
use mare_engine::checkpoint::Checkpointer;
use mare_engine::{self as engine, Control, Gauges, Ledger, Run};
use mare_letters::{self as letters, Fail, Letters};
use mare_metrics as metrics;
use mare_model::extent::{HeldBack, Span};
use mare_model::fault::{Domain, Fault};
use mare_model::position::LogId;
use mare_sink::{self as sink, SinkStatus};
use mare_source::{Health, Survey};

/// A run that is connected to its source and has not begun.
pub struct Session {
    /// What its workers and watchers share.
    pub run: Run,
    /// How long it lasts.
    pub mode: Mode,
    /// Its workers.
    pub cluster: Cluster,
    /// How many partitions the topic has; this process reads those in the ledger.
    pub partitions: usize,
    /// With what it begins, as far as this process decides that.
    pub beginning: Beginning,
    /// Its alerts, for each view.
    pub alerts: Vec<Alerting>,
    survey: Box<dyn Survey>,
    /// Its letters, if it sends any.
    letters: Option<Arc<Letters>>,
    /// What the topic is.
    log: LogId,
    /// What is not read because a transaction is open.
    held: Vec<HeldBack>,
    outer: OuterEndpoints,
}

impl Session {
    /// Finds out with what the run begins, and asks the source what there is to read; waits for servers that are away.
    /// The run ends when `control` says so. `None` if it is asked to stop meanwhile.
    ///
    /// # Errors
    /// If there are no workers, the topic is missing, credentials are wrong, librdkafka refuses a property, or
    /// checkpoints, documents and topic do not belong together.
    pub fn connect(control: Arc<Control>, setup: &Setup) -> Result<Option<Session>, Failure> {
        let Setup { plan, cluster, mode, begin: options } = setup;
        if cluster.peers() == 0 {
            return Err(Failure::new("a run needs at least one worker"));
        }
        metrics::install();
        let survey = plan.source.survey(&plan.name, Arc::new(Health::default()))?;
        // Before the claim, which stops the run that is there: a run that could not do its work must not.
        if questions::patient(plan, &cluster.listens(), &*survey, &control)?.is_none() {
            return Ok(None);
        }
        let Some(letters) = letters(plan, &control)? else { return Ok(None) };
        let brokers = Brokers { plan, survey: &*survey, control: &control };
        let Some(begun) = begin(*options, cluster.leads(), brokers)? else { return Ok(None) };
        note_losses(survey.health(), begun.repository.as_ref());
        let Some(held) = held_back(*mode, brokers)? else { return Ok(None) };
        let all = &begun.log.spans;
        let mine = |span: &&Span| cluster.places().any(|place| place.owns(span.partition));
        let mine: Vec<Span> = all.iter().filter(mine).copied().collect();
        let alerts = if cluster.leads() {
            Alerting::all(plan, &mine, options.overwrite, &control)?
        } else {
            Some(plan.outputs.iter().map(|_| Alerting::none()).collect())
        };
        let Some(alerts) = alerts else { return Ok(None) };
        let known = mine.iter().map(|span| (span.partition, span.first, span.until.unwrap_or(span.first)));
        let ledger = Arc::new(Ledger::with_views(known, plan.outputs.len()));
        let until = |span: Span| Span { until: span.until.filter(|_| *mode == Mode::UntilEnd), ..span };
        let spans = mine.into_iter().map(until).collect();
        let checkpointer = checkpointer(plan, &begun, survey.health());
        let (plan, health) = (Arc::clone(plan), Arc::clone(survey.health()));
        let outer = OuterEndpoints { plan: Arc::clone(&plan), health, spans };
        let (gauges, sink) = (Gauges::new(), Arc::new(SinkStatus::default()));
        let outboxes = letters.as_ref().map_or_else(letters::none, Letters::outboxes);
        let run = Run { plan, control, gauges, ledger, sink, checkpointer, outboxes, observer: None };
        let (cluster, mode, beginning) = (cluster.clone(), *mode, begun.beginning);
        let (partitions, log) = (all.len(), begun.log.id);
        Ok(Some(Session { run, mode, cluster, partitions, beginning, alerts, survey, letters, log, held, outer }))
    }

    /// How this process sees the brokers.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        self.survey.health()
    }

    /// Runs to the end, while `watch` looks on from another thread, and has to [look](RunView::look_ahead) now and
    /// then.
    ///
    /// # Errors
    /// Why the run failed.
    pub fn run(self, watch: impl FnOnce(RunView<'_>) + Send) -> Result<Outcome, Failure> {
        let began = Instant::now();
        let Session { run, mode, cluster, partitions, beginning, alerts, survey, letters, log, held, outer } = self;
        let Some(fabric) = cluster.connect(&run.control)? else {
            info!("stopped before all processes of the cluster were there: nothing was read");
            return Ok(Outcome::of(&run, began.elapsed()));
        };
        let workers = run.start(fabric, beginning, outer).map_err(Failure::new)?;
        engine::metrics::follow(&run);
        let plan = Arc::clone(&run.plan);
        let watched = sink::watch_collection(move || plan.reader());
        let (end, ended) = mpsc::channel();
        let started = alerts.into_iter().zip(Ledger::of_views(&run.ledger));
        let started = started.map(|(alerts, ledger)| alerts.start(&run, ledger, survey.health()));
        let alerts: Vec<_> = started
            .map(|started| started.map_err(|error| run.control.fail(Fault::new(Domain::Machine, error))))
            .collect();
        thread::scope(|scope| {
            let (run, survey, log, letters) = (&run, &*survey, &log, letters.as_deref());
            scope.spawn(move || watch(RunView::new((run, mode, letters), (survey, log, partitions), &ended)));
            let _fallen = workers.join(); // a worker that panics fails the run
            drop(end);
        });
        alerts.into_iter().flatten().for_each(Running::end);
        drop(watched); // whoever has the sink open keeps it from being left in order
        run.plan.outputs.iter().for_each(|output| output.sink.close());
        survey.health().wait_for_closing();
        match run.control.failure() {
            Some(fault) => Err(fault.clone().into()),
            None => Ok(Outcome::of(&run, began.elapsed()).without(&held, &run.plan)),
        }
    }
}

/// Has it be noted beside the checkpoints, for whoever starts next, when the log turns out to have lost what it held.
fn note_losses(health: &Arc<Health>, repository: Option<&Repository>) {
    let Some(repository) = repository.cloned() else { return };
    health.on_loss(move |why| {
        if let Err(error) = repository.note_loss(&Loss::new(why, Timestamp::now())) {
            warn!("whoever starts next will not be told that records are lost: {error}");
        }
    });
}

/// What a run to the end of the topic does not read, because a transaction is open; it is said at once.
fn held_back(mode: Mode, brokers: Brokers<'_>) -> Result<Option<Vec<HeldBack>>, Failure> {
    let held = if mode == Mode::UntilEnd { brokers.held_back()? } else { Some(Vec::new()) };
    let log = brokers.plan.source.describe().name;
    held.iter().flatten().for_each(|held| warn!("{}", held.describe(&log)));
    Ok(held)
}

/// Where the checkpoints of a run go, if it takes any.
fn checkpointer(plan: &Plan, begun: &Begun, health: &Arc<Health>) -> Option<Arc<Checkpointer>> {
    let (repository, keep) = (begun.repository.clone()?, plan.checkpoint.as_ref()?.keep);
    let show = plan.source.progress(&plan.name, Arc::clone(health));
    let told = move |manifest: &Manifest| {
        show(manifest.partitions.iter().map(|(partition, state)| (*partition, state.position)).collect());
    };
    Some(Arc::new(Checkpointer::new(repository, begun.author.clone(), keep, told)))
}

/// Asks until there is an answer, or the run is asked to stop.
pub(super) fn ask<T>(
    health: &Health,
    control: &Control,
    question: impl Fn() -> Result<T, Fault>,
) -> Result<Option<T>, Failure> {
    let mut delays = ExponentialBuilder::new().with_max_delay(Duration::from_secs(5)).without_max_times().build();
    let mut still = Reminder::default();
    loop {
        match question() {
            Ok(answer) => return Ok(Some(answer)),
            Err(fault) if fault.is_passing() => health.lost(&fault.to_string()),
            Err(fault) => return Err(fault.into()),
        }
        if let Some(absence) = health.absence() {
            still.remind(&format!("Kafka at {}", health.brokers()), &absence);
        }
        if control.stops_within(delays.next().unwrap_or_default()) {
            return control.failure().map_or(Ok(None), |fault| Err(fault.clone().into()));
        }
    }
}

/// The letters of a run, if it sends any, when their topics are known to be there. `None` if it is asked to stop
/// meanwhile.
fn letters(plan: &Plan, control: &Arc<Control>) -> Result<Option<Option<Arc<Letters>>>, Failure> {
    let fail: Fail = {
        let control = Arc::clone(control);
        Arc::new(move |fault| control.fail(fault))
    };
    let Some(letters) = Letters::new(plan.letters(), &fail)? else { return Ok(Some(None)) };
    if ask(letters.health(), control, || letters.check())?.is_none() {
        return Ok(None);
    }
    letters.health().answered();
    Ok(Some(Some(letters)))
}
