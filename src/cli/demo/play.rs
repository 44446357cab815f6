//! The demo as it goes on: sales are made, the table is drawn, and in the end everything that is on its way arrives.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::database::{Contents, Database, DemoReader};
use super::oracle::Oracle;
use super::state::{DemoPhase, DemoState, RateMeter};
use super::table::{DemoSheet, WINDOWS};
use crate::cli::produce::{ProduceJob, ProduceSummary};
use crate::cli::screen::Screen;
use crate::cli::{Failure, PerSecond, Stop};
use crate::engine::Run;
use crate::run::view::RunView;
use crate::time::EventTime;

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// For how long nothing may arrive while the engine is behind. It then ends all the same, and the verdict says what is
/// missing.
const STANDSTILL: Duration = Duration::from_secs(15);

/// Everything that goes on beside the engine.
pub struct Play<'a> {
    /// The sales to be made.
    pub job: ProduceJob,
    /// Asks for the end.
    pub stop: Stop,
    /// When to end in any case.
    pub duration: Option<Duration>,
    /// What the engine writes.
    pub database: &'a Database,
    /// Counts what the broker acknowledges.
    pub oracle: Arc<Mutex<Oracle>>,
    /// Where the table is drawn.
    pub screen: &'a mut Screen,
    /// When it all began.
    pub began: Instant,
    /// Opened when the engine has written something.
    reader: Option<DemoReader>,
    meter: RateMeter,
}

impl<'a> Play<'a> {
    /// A play that begins now.
    pub fn new(
        job: ProduceJob,
        stop: Stop,
        duration: Option<Duration>,
        database: &'a Database,
        oracle: Arc<Mutex<Oracle>>,
        screen: &'a mut Screen,
    ) -> Self {
        let began = Instant::now();
        Play { job, stop, duration, database, oracle, screen, began, reader: None, meter: RateMeter::default() }
    }

    /// Makes sales until the duration is over or a stop is asked, and ends the engine when it has read them all.
    ///
    /// # Errors
    /// If the sales cannot be produced, or the database cannot be read.
    pub fn run(mut self, view: &RunView<'_>) -> Result<ProduceSummary, Failure> {
        let (job, stop) = (self.job.clone(), self.stop.clone());
        let outcome = thread::scope(|scope| {
            let producing = scope.spawn(|| job.run(&stop));
            let watched = self.watch(view, &producing);
            stop.ask();
            let produced = producing.join().unwrap_or_else(|_| Err(Failure::new("the producer panicked")));
            watched.and(produced)
        });
        let outcome = outcome.and_then(|produced| {
            self.drain(view, produced.delivered())?;
            Ok(produced)
        });
        view.run.control.stop();
        while !view.ends_within(LOOK) {
            self.draw_if_due(view.run, DemoPhase::Draining)?;
        }
        outcome
    }

    /// Draws until the producer has ended, and tells it when to.
    fn watch(
        &mut self,
        view: &RunView<'_>,
        producing: &ScopedJoinHandle<'_, Result<ProduceSummary, Failure>>,
    ) -> Result<(), Failure> {
        while !producing.is_finished() {
            if self.duration.is_some_and(|duration| self.began.elapsed() >= duration) {
                self.stop.ask();
            }
            if view.ends_within(LOOK) {
                return Ok(()); // the engine has failed, and says why itself
            }
            self.draw_if_due(view.run, DemoPhase::Selling)?;
        }
        Ok(())
    }

    /// Draws until the engine has read all that was `delivered`.
    fn drain(&mut self, view: &RunView<'_>, delivered: u64) -> Result<(), Failure> {
        let read = || view.run.ledger.total().read;
        let (mut last, mut moved) = (read(), Instant::now());
        while last < delivered && moved.elapsed() < STANDSTILL && !view.ends_within(LOOK) {
            self.draw_if_due(view.run, DemoPhase::Draining)?;
            if read() > last {
                (last, moved) = (read(), Instant::now());
            }
        }
        Ok(())
    }

    fn draw_if_due(&mut self, run: &Run, phase: DemoPhase) -> Result<(), Failure> {
        if !self.screen.is_due() {
            return Ok(());
        }
        let contents = self.contents(run)?;
        let produced = self.oracle.lock().unwrap_or_else(PoisonError::into_inner).counts().read;
        let rate = self.meter.rate(Instant::now(), run.ledger.total().read);
        let state = state(run, phase, &contents, produced, rate, self.began.elapsed());
        if self.screen.draw(&frame(self.screen, run, &contents, &state)).is_err() {
            self.stop.ask(); // nobody reads any more
        }
        Ok(())
    }

    /// What is in the database: nothing before the engine has written, as there is no file yet.
    fn contents(&mut self, run: &Run) -> Result<Contents, Failure> {
        if self.reader.is_none() && run.sink.written() == 0 {
            return Ok(Contents::default());
        }
        let failed = |error| Failure::new(format!("cannot read {}: {error}", self.database.path().display()));
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => DemoReader::open(self.database).map_err(failed)?,
        };
        self.reader.insert(reader).contents(WINDOWS).map_err(failed)
    }
}

/// How far everybody is.
pub fn state(
    run: &Run,
    phase: DemoPhase,
    contents: &Contents,
    produced: u64,
    rate: PerSecond,
    elapsed: Duration,
) -> DemoState {
    let promises = || run.ledger.accounts().map(|(_, account)| account.promise());
    // An engine that has ended promises that nothing comes any more; what it has read is durable then.
    let frontier = promises().chain([run.gauges.frontier()]).min();
    DemoState {
        phase,
        rate,
        produced,
        tally: run.ledger.total(),
        documents: contents.documents,
        total: contents.total,
        written: run.sink.written(),
        newest: promises().max().unwrap_or(EventTime::MIN),
        frontier: frontier.unwrap_or(EventTime::MIN),
        elapsed,
    }
}

/// The table and the lines below it, the last of them empty.
pub fn frame(screen: &Screen, run: &Run, contents: &Contents, state: &DemoState) -> Vec<String> {
    let sheet = DemoSheet {
        documents: &contents.newest,
        windows: run.plan.view().windows,
        frontier: state.frontier,
        width: screen.width(),
        colours: screen.colours(),
    };
    sheet.lines().into_iter().chain(state.lines()).chain([String::new()]).collect()
}
