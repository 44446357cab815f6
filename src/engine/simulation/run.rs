//! The lives of a scenario, one behind the other, and the world that outlives them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::chance::Chance;
use super::clock::SimClock;
use super::judge::differences;
use super::life::{Ended, Living};
use super::scenario::{Scenario, TAIL};
use super::server::Server;
use super::topic::Topic;
use super::trace::{Event, Trace};
use crate::dataflow::Plan;
use crate::engine::tests::oracle::{Expected, expect, payload};

/// The most milliseconds that go by at once, and by which the ingest clock steps back.
const MAX_PASS_MS: usize = 20;
const MAX_STEP_BACK_MS: usize = 50;

/// What there is beside the engine.
pub struct World {
    pub scenario: Scenario,
    pub plan: Arc<Plan>,
    pub expected: Expected,
    pub chance: Chance,
    pub trace: Trace,
    pub clock: Arc<SimClock>,
    pub topic: Topic,
    pub server: Rc<RefCell<Server>>,
}

/// What a run was like.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The same for every run of the seed.
    pub trace: u64,
    /// How each of its lives has ended.
    pub ends: Vec<Ended>,
    /// Workers of each of its lives.
    pub workers: Vec<usize>,
    /// Events that came late.
    pub late: u64,
    /// Acknowledgements and requests that were lost.
    pub lost: usize,
    pub away: usize,
}

/// How strictly a run is judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Whether totals may not fall even when a later life shows other events than an earlier one.
    pub totals_across_lives: bool,
    /// Whether whatever happens is printed.
    pub tell: bool,
}

/// Runs `seed`.
///
/// # Errors
/// What was wrong.
pub fn run(seed: u64, rules: Rules) -> Result<Report, String> {
    let world = World::new(seed, rules);
    let mut ends = Vec::new();
    for life in &world.scenario.lives {
        world.server.borrow_mut().reader.totals_may_fall = !(ends.is_empty() || rules.totals_across_lives);
        let end = Living::begin(&world, life).live()?;
        ends.push(end);
        if end == Ended::Complete {
            break;
        }
    }
    world.judge(&ends)?;
    Ok(world.report(ends))
}

impl World {
    fn new(seed: u64, rules: Rules) -> World {
        let (chance, trace) = (Chance::of(seed), Trace::new(rules.tell));
        let scenario = Scenario::draw(&chance);
        let payloads = scenario.log.iter().map(|partition| partition.iter().map(payload).collect());
        let server = Server::new(scenario.odds, chance.clone(), trace.clone());
        World {
            plan: Arc::new(scenario.plan.clone()),
            expected: expect(&scenario.log),
            topic: Topic::new(payloads, TAIL),
            server: Rc::new(RefCell::new(server)),
            clock: Arc::new(SimClock::new()),
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

    /// Whether the documents are the oracle's, now and when the last request of a life that is long gone has come.
    fn judge(&self, ends: &[Ended]) -> Result<(), String> {
        if ends.last() != Some(&Ended::Complete) {
            return Err(format!("the last life did not read everything: {ends:?}"));
        }
        for when in ["at the end", "behind the last late request"] {
            let mut server = self.server.borrow_mut();
            let wrong = differences(server.documents(), &self.expected.documents);
            if !wrong.is_empty() {
                return Err(format!("documents are wrong {when}: {wrong:?}"));
            }
            server.drain();
            server.fault.take().map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    fn report(&self, ends: Vec<Ended>) -> Report {
        let server = self.server.borrow();
        Report {
            trace: self.trace.hash(),
            workers: self.scenario.lives.iter().take(ends.len()).map(|life| life.workers).collect(),
            ends,
            late: self.expected.accounts.iter().map(|account| account.1).sum(),
            lost: server.lost,
            away: server.away,
        }
    }
}
