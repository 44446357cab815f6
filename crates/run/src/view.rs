//! What somebody who watches a run may look at, and what is asked of the brokers meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::continuity::{Continuity, LogLook};
use super::leaving::Leaving;
use super::setup::Mode;
use super::warnings::Warnings;
use mare_checkpoint::positions::GonePartition;
use mare_engine::{Ledger, Run};
use mare_letters::Letters;
use mare_metrics::Absence;
use mare_model::extent::Ends;
use mare_model::fault::{Domain, Fault};
use mare_model::position::{LogId, Partition};
use mare_source::{Health, Survey};

/// Time between two looks at what nobody else looks at.
pub const LOOK: Duration = Duration::from_secs(2);
/// For how many looks in a row a topic may be missing: a broker that has just started may not know of it yet.
const LOOKS: u32 = 3;
/// How long a transaction may hold records back before that is said: most are over in milliseconds.
const OPEN: Duration = Duration::from_secs(10);

/// What somebody who watches a run may look at.
pub struct RunView<'a> {
    /// What the workers share.
    pub run: &'a Run,
    /// How long it lasts.
    pub mode: Mode,
    /// How many partitions the topic had at start.
    partitions: usize,
    /// What the topic was at start.
    log: &'a LogId,
    survey: &'a dyn Survey,
    ended: &'a Receiver<()>,
    /// Since when open transactions hold records back, and whether that was said.
    held: RefCell<BTreeMap<Partition, (Instant, bool)>>,
    /// Whether the log stays the same.
    continuity: RefCell<Continuity>,
    /// For how many looks in a row brokers have answered that the topic may not be read any more.
    missing: Cell<u32>,
    /// What has been said of each view.
    warnings: RefCell<Vec<Warnings>>,
    /// Its letters, if it sends any.
    letters: Option<&'a Letters>,
    /// What its end waits for, and how much was read at the last look.
    leaving: RefCell<(Leaving, u64)>,
}

impl<'a> RunView<'a> {
    /// A view of `run`, which sends `letters`, reads `partitions` of what `survey` asks about, as it was known by
    /// `log`, and has ended when `ended` says so.
    pub(super) fn new(
        (run, mode, letters): (&'a Run, Mode, Option<&'a Letters>),
        (survey, log, partitions): (&'a dyn Survey, &'a LogId, usize),
        ended: &'a Receiver<()>,
    ) -> Self {
        let (held, continuity) = (RefCell::default(), RefCell::default());
        let warnings = run.plan.outputs.iter().map(|_| Warnings::new(run.plan.event.max_ahead_ms));
        let warnings = RefCell::new(warnings.collect());
        let (missing, leaving) = (Cell::new(0), RefCell::default());
        RunView { run, mode, partitions, log, survey, ended, held, continuity, missing, warnings, letters, leaving }
    }

    /// Waits until the run has ended, at most for `interval`, and returns whether it has.
    #[must_use]
    pub fn ends_within(&self, interval: Duration) -> bool {
        !matches!(self.ended.recv_timeout(interval), Err(mpsc::RecvTimeoutError::Timeout))
    }

    /// Looks on until the run has ended.
    pub fn look_on(&self) {
        while !self.ends_within(LOOK) {
            self.look_ahead();
        }
        self.look_back();
    }

    /// What does not answer at the moment, and for how long: `Kafka at localhost:9092`, `the sink`.
    #[must_use]
    pub fn away(&self) -> Vec<(String, Absence)> {
        let health = self.survey.health();
        let kafka = health.absence().map(|absence| (format!("Kafka at {}", health.brokers()), absence));
        let sink = self.run.sink.absence().map(|absence| ("the sink".to_owned(), absence));
        kafka.into_iter().chain(sink).collect()
    }

    /// Asks the brokers how far each partition reaches, and says so when they stop answering and when they do again;
    /// and whether the topic is the one that it was, with the records that were read. Warns of what somebody should
    /// hear of. To be called every few seconds.
    pub fn look_ahead(&self) {
        self.look_at_letters();
        match self.look() {
            Ok(()) => self.missing.set(0),
            Err(fault) => self.unanswered(&fault),
        }
        self.look_back();
    }

    /// What `fault` kept a look from. Brokers that say that there is no such topic any more have answered, and that
    /// ends the run.
    fn unanswered(&self, fault: &Fault) {
        let missing = match self.survey.partitions() {
            Err(missing) if !missing.is_passing() => missing,
            Err(_) | Ok(_) => {
                self.missing.set(0);
                if fault.is_passing() {
                    self.survey.health().lost(&fault.to_string());
                }
                return;
            }
        };
        self.missing.set(self.missing.get() + 1);
        if self.missing.get() >= LOOKS && !self.run.control.is_stopping() {
            self.run.control.fail(missing.within("while it was read"));
        }
    }

    /// Warns of what somebody should hear of: to be called once more when the run has ended.
    pub fn look_back(&self) {
        let mut warnings = self.warnings.borrow_mut();
        let views = warnings.iter_mut().zip(Ledger::of_views(&self.run.ledger));
        views.for_each(|(warnings, ledger)| warnings.look(&ledger));
    }

    /// Says what the end of the run waits for.
    fn look_at_letters(&self) {
        let Some(letters) = self.letters else { return };
        let (mut leaving, read) = (self.leaving.borrow_mut(), self.run.ledger.total().read);
        let has_read_all = self.mode == Mode::UntilEnd && leaving.1 == read;
        leaving.1 = read;
        let is_ending = self.run.control.is_stopping() || has_read_all;
        for words in leaving.0.look(is_ending && !self.run.control.is_aborted(), &letters.pending()) {
            warn!("{words}");
        }
    }

    fn look(&self) -> Result<(), Fault> {
        let accounts = || self.run.ledger.accounts();
        let read = accounts().map(|(partition, account)| (partition, account.state())).collect();
        let failures = self.survey.health().failures();
        let mut spans = Vec::new();
        for (partition, account) in accounts() {
            let asked = Instant::now();
            let ends = self.survey.ends(partition)?;
            account.reaches(ends.stable, ends.log);
            account.asked(asked, ends.log);
            self.note(partition, ends);
            spans.push(ends.span(partition));
        }
        self.look_for_another(&self.survey.id()?);
        self.look_for_loss(LogLook { read, failures, spans: &spans })?;
        self.look_for_partitions(self.survey.partitions()?.len());
        Ok(())
    }

    /// Says, once, that a transaction that does not end holds records back.
    fn note(&self, partition: Partition, ends: Ends) {
        let mut held = self.held.borrow_mut();
        let Some(back) = ends.held_back(partition) else {
            held.remove(&partition);
            return;
        };
        let (since, is_said) = held.entry(partition).or_insert((Instant::now(), false));
        if since.elapsed() >= OPEN && !std::mem::replace(is_said, true) {
            warn!("{}", back.describe(&self.run.plan.source.describe().name));
        }
    }

    /// Ends the run if the topic is another one than at start: its offsets mean other records.
    fn look_for_another(&self, now: &LogId) {
        if let Some(difference) = mare_checkpoint::positions::difference(self.log, now)
            && !self.run.control.is_stopping()
        {
            self.lose(format!("topic {}: {difference} while it was read", self.run.plan.source.describe().name));
        }
    }

    /// Ends the run if the log no longer has what was read of it.
    fn look_for_loss(&self, seen: LogLook<'_>) -> Result<(), Fault> {
        if self.run.control.is_stopping() {
            return Ok(());
        }
        let (plan, log) = (&self.run.plan, self.run.plan.source.describe());
        // Connections that fail for the question's own client say nothing of those that read.
        let ask = |read: &[_]| plan.source.cut_short(&plan.name, &Health::elsewhere(&log.server), read);
        if let Some(GonePartition { partition, what, .. }) = self.continuity.borrow_mut().look(seen, ask)?.first() {
            self.lose(format!("{}[{partition}]: {what}", log.name));
        }
        Ok(())
    }

    /// Ends the run because records are gone, and leaves a note of it for the next.
    fn lose(&self, why: String) {
        self.survey.health().loses(&why);
        self.run.control.fail(Fault::new(Domain::Log, why));
    }

    /// Has the run go on with partitions that it does not know: a checkpoint is taken, and a run with all of them
    /// begins.
    fn look_for_partitions(&self, found: usize) {
        if self.mode == Mode::Endless && found > self.partitions && !self.run.control.is_stopping() {
            let known = self.partitions;
            info!("the topic has {found} partitions now, not {known}: going on with all of them");
            self.run.control.restart();
        }
    }
}
