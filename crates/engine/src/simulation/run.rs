//! The lives of a scenario, one behind the other, and the world that outlives them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::chance::Chance;
use super::checkpoints::{Checkpoints, Found};
use super::clock::SimClock;
use super::ends::Ended;
use super::letters::Delivered;
use super::life::Living;
use super::oracle::{Fate, Slot};
use super::oracles::Oracles;
use super::reader::Document;
use super::report::Report;
use super::scenario::{Damage, Life, Mishap, Scenario, TAIL};
use super::server::{Server, position};
use super::topic::Topic;
use super::trace::{Event, Trace};
use crate::announcement::Restored;
use mare_checkpoint::Recovered;
use mare_dataflow::Plan;
use mare_model::position::Positions;
use mare_model::time::EventTime;
use mare_model::total::Key;

/// The most milliseconds that go by at once, and by which the ingest clock steps back.
const MAX_PASS_MS: usize = 20;
const MAX_STEP_BACK_MS: usize = 50;
/// How often the last life may be tried again that did not come to its end through no fault of its own.
const MAX_LIVES_MORE: usize = 5;

/// What there is beside the engine.
pub struct World {
    pub scenario: Scenario,
    pub plan: Arc<Plan>,
    pub oracle: Rc<Oracles>,
    pub chance: Chance,
    pub trace: Trace,
    pub clock: SimClock,
    pub topic: Topic,
    pub server: Rc<RefCell<Server>>,
    pub checkpoints: Checkpoints,
    pub delivered: Delivered,
    pub report: RefCell<Report>,
    /// For each generation of what stands there, through where windows had left the checkpoint that it goes on from. A
    /// partition that is new may have promised less.
    pub floors: RefCell<BTreeMap<(Option<String>, u64), EventTime>>,
    /// The life whose write the sink has refused for no reason, so that it refuses only one.
    refused: Cell<Option<usize>>,
}

/// Runs `seed`; with `tell`, whatever happens is printed.
///
/// # Errors
/// What was wrong.
pub fn run(seed: u64, tell: bool) -> Result<Report, String> {
    let world = World::new(seed, tell);
    let lives = &world.scenario.lives;
    let last = std::iter::repeat_n(&lives[lives.len() - 1], MAX_LIVES_MORE);
    let mut zombies = Vec::new();
    for (id, life) in lives.iter().chain(last).enumerate() {
        world.damage(life);
        world.befall(life, !zombies.is_empty());
        let mut living = Living::begin(&world, id, life)?;
        let end = living.live(&mut zombies).map_err(|why| format!("life {id}: {why}"))?;
        world.report.borrow_mut().ends.push(end);
        match end {
            Ended::Paused => {
                world.checkpoints.is_haunted.set(true);
                zombies.push(living);
            }
            Ended::Complete if id + 1 >= lives.len() => break,
            _ => {}
        }
    }
    world.judge("at the end")?;
    zombies.iter_mut().try_for_each(Living::exorcise)?;
    world.server.borrow_mut().drain();
    world.fault()?;
    world.judge("behind the last late request")?;
    let mut report = world.report.into_inner();
    report.trace = world.trace.hash();
    let server = world.server.borrow();
    (report.lost, report.away) = (server.lost, server.away);
    report.heartbeats = server.heartbeats;
    report.late_by_silence = world.oracle.all(Fate::Late) != report.late;
    Ok(report)
}

impl World {
    fn new(seed: u64, tell: bool) -> World {
        let chance = Chance::of(seed);
        World::of(Scenario::draw(&chance), chance, tell)
    }

    /// That of a scenario.
    pub fn of(scenario: Scenario, chance: Chance, tell: bool) -> World {
        let trace = Trace::new(tell);
        let lane = |lane: &Vec<Slot>| lane.iter().map(Slot::payload).collect();
        let payloads = scenario.log.iter().map(lane);
        let oracle = Rc::new(Oracles::of(&scenario.log, &scenario.plan));
        let server = Server::new(&scenario, Rc::clone(&oracle), chance.clone(), trace.clone());
        World {
            plan: Arc::new(scenario.plan.clone()),
            topic: Topic::new(payloads, TAIL),
            server: Rc::new(RefCell::new(server)),
            clock: SimClock::new(),
            checkpoints: Checkpoints::new(&scenario.plan),
            delivered: Delivered::default(),
            report: RefCell::new(Report::of(&oracle, &scenario)),
            floors: RefCell::default(),
            refused: Cell::new(None),
            oracle,
            scenario,
            chance,
            trace,
        }
    }

    /// Lets records arrive in some partition.
    pub fn arrive(&self) {
        let Scenario { log, odds, .. } = &self.scenario;
        let (partition, records) = (self.chance.within(0..=log.len() - 1), self.chance.within(1..=odds.arrivals));
        if odds.in_turn && !self.topic.is_full_before(partition) {
            return;
        }
        if let Some(arrived) = self.topic.arrive(partition, records) {
            self.trace.note(&Event::Arrived(partition, arrived));
        }
    }

    /// Lets time go by; seldom, the ingest clock steps back.
    pub fn pass(&self) {
        let milliseconds = self.chance.within(0..=MAX_PASS_MS);
        self.clock.pass(milliseconds);
        if self.chance.percent(2) {
            self.clock.step_back(self.chance.within(1..=MAX_STEP_BACK_MS));
        }
        self.trace.note(&Event::Passed(milliseconds));
    }

    /// What the database has found to be wrong.
    pub fn fault(&self) -> Result<(), String> {
        self.server.borrow_mut().fault.take().map_or(Ok(()), Err)
    }

    /// Refuses one write of a life, as soon as there is one.
    pub fn refuse_once(&self, life: usize) {
        if self.refused.get() != Some(life) && self.server.borrow_mut().refuse(life) {
            self.refused.set(Some(life));
        }
    }

    /// Damages checkpoints before a life.
    fn damage(&self, life: &Life) {
        if life.damage != Damage::None && self.checkpoints.damage(&self.chance, life.damage == Damage::All) {
            self.trace.note(&Event::Damaged);
        }
    }

    /// Lets something happen to the database before a life. An older copy has the id of what it is put in the place of,
    /// so a zombie that has taken no checkpoint yet might take one of what is not there any more: that is not decided.
    fn befall(&self, life: &Life, is_haunted: bool) {
        let mut server = self.server.borrow_mut();
        match life.mishap {
            Mishap::None => return,
            Mishap::Copied => return server.back_up(),
            Mishap::Older if is_haunted => return,
            Mishap::Older => server.lose(false),
            Mishap::Lost => server.lose(true),
        }
        self.report.borrow_mut().mishaps += 1;
        self.trace.note(&Event::Damaged);
    }

    /// The checkpoint from which a life goes on.
    pub fn recover(&self, fresh: bool) -> Result<Recovered, String> {
        let Found { recovered, is_anew } = self.checkpoints.recover(fresh)?;
        let mut report = self.report.borrow_mut();
        report.anew += usize::from(is_anew);
        report.fallbacks += usize::from(recovered.manifest.is_some() && !recovered.skipped.is_empty());
        Ok(recovered)
    }

    /// Notes with what a life begins.
    pub fn note_beginning(&self, life: &Life, restored: Option<&Restored>, shown: &Positions) {
        let mut report = self.report.borrow_mut();
        let from =
            restored.map(|restored| restored.partitions.iter().map(|(at, state)| (*at, state.position)).collect());
        let (from, partitions): (Positions, _) = (from.unwrap_or_default(), life.partitions);
        report.silences += usize::from((0..partitions).any(|at| position(shown, at) > position(&from, at)));
        if let Some(restored) = restored {
            let has_rows = restored.parts.iter().any(|part| part.rows > 0);
            report.restores += usize::from(has_rows);
            report.restored_views += usize::from(has_rows && self.plan.outputs.len() > 1);
            report.rescaled += usize::from(has_rows && restored.parts.len() != life.workers);
            report.grown += usize::from(restored.partitions.len() < partitions);
        }
        report.workers.push(life.workers);
    }

    /// Whether the documents are the oracle's, and nothing that they do not hold is lost.
    fn judge(&self, when: &str) -> Result<(), String> {
        if self.report.borrow().ends.last() != Some(&Ended::Complete) {
            return Err(format!("the last life did not read everything: {:?}", self.report.borrow().ends));
        }
        let ends = self.oracle.ends();
        let (server, expected) = (self.server.borrow(), self.oracle.documents(&ends));
        let standing = server.documents();
        let keys = standing.keys().chain(expected.keys());
        let must = |key: &Key| self.oracle.view(key.view).says(key);
        let says = |standing: &Document| (standing.numbers.to_vec(), standing.texts.clone());
        let closed = self.oracle.closed_before(&ends);
        // A session that only the last heartbeats close may be written, or not yet.
        let is_due = |key: &Key| !self.oracle.view(key.view).has_sessions() || self.oracle.close(key) <= closed;
        let wrong = keys.filter(|key| match standing.get(*key) {
            Some(standing) => Some(says(standing)) != must(key),
            None => is_due(key),
        });
        let wrong: Vec<_> = wrong.map(|key| (key, standing.get(key), expected.get(key))).take(5).collect();
        if !wrong.is_empty() {
            return Err(format!("documents are wrong {when}: {wrong:?}"));
        }
        let delivered = self.delivered.borrow();
        if let Some(letter) = self.oracle.letters(&ends).difference(&delivered).next() {
            return Err(format!("the letter of {letter:?} was never delivered"));
        }
        drop(server);
        self.judge_finals(&ends, closed).map_err(|why| format!("{when}, {why}"))
    }
}
