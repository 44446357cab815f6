//! One life of a cluster, turn by turn.

use std::sync::Arc;

use timely::worker::Worker;

use super::cluster::{Links, cluster};
use super::run::World;
use super::scenario::{End, Life, TAIL};
use super::server::SimDelivery;
use super::trace::Event;
use crate::engine::graph::Parts;
use crate::engine::{Control, Ledger, Place};
use crate::source::Offset;

/// More turns than any life needs to read and write everything.
const MAX_TURNS: usize = 400_000;
/// How often it is seen whether everything is written, in turns.
const LOOK_TURNS: usize = 16;

/// How a life has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All is read and written.
    Complete,
    /// In good order, by whoever asked for that.
    Stopped,
    /// By a write that the sink refused.
    Refused,
    /// By a crash.
    Crashed,
}

/// A cluster that lives.
pub struct Living<'w> {
    pub(super) world: &'w World,
    pub(super) life: &'w Life,
    pub(super) workers: Vec<Worker>,
    pub(super) links: Links,
    /// One for all workers, or one for each.
    pub(super) processes: Vec<Process>,
    /// The connections of the workers.
    connections: Vec<usize>,
    /// How many records of the tail have been let come in this life.
    raised: usize,
    /// Whether it has been asked to stop, and whether the sink has refused a write.
    asked: bool,
    refused: bool,
}

/// What the workers of a process share.
pub struct Process {
    pub control: Arc<Control>,
    pub ledger: Arc<Ledger>,
}

impl Process {
    fn new(world: &World) -> Process {
        let partitions = world.topic.partitions().map(|partition| (partition, Offset(0), Offset(0)));
        Process { control: Control::new(), ledger: Arc::new(Ledger::new(partitions)) }
    }
}

impl<'w> Living<'w> {
    /// A cluster that has not made a step.
    pub fn begin(world: &'w World, life: &'w Life) -> Living<'w> {
        world.trace.note(&Event::Born(life.workers));
        if life.bounded {
            world.topic.raise(TAIL);
        }
        let (workers, links) = cluster(life.workers);
        let processes = (0..if life.apart { life.workers } else { 1 }).map(|_| Process::new(world)).collect();
        let connections = Vec::new();
        let (raised, asked, refused) = (0, false, false);
        let mut living = Living { world, life, workers, links, processes, connections, raised, asked, refused };
        (0..life.workers).for_each(|index| living.build(index));
        living
    }

    /// Builds the graph of one worker.
    fn build(&mut self, index: usize) {
        let (world, life, chance) = (self.world, self.life, &self.world.chance);
        let process = &self.processes[index % self.processes.len()];
        let parts = Parts {
            plan: Arc::clone(&world.plan),
            control: Arc::clone(&process.control),
            clock: world.clock.clone(),
            beginning: (index == 0).then(Beginning::default),
            vault: None,
            background: Arc::new(Threads),
        };
        let (plan, ledger, topic) = (Arc::clone(&world.plan), Arc::clone(&process.ledger), world.topic.clone());
        let place = Place { index, peers: life.workers };
        let (life, max_batch, chance) = (life.clone(), world.scenario.odds.max_batch, chance.clone());
        let server = Rc::clone(&world.server);
        parts.build(
            &mut self.workers[index],
            move |_beginning, waker| {
                let log = topic.open(place, &life, max_batch, &chance, waker);
                let intake = Intake::new(&plan, &log.owned(), &Partitions::new(), place.peers, ledger);
                Opened { log, intake, rows: Box::new(std::iter::empty()) }
            },
            move |_beginning, waker| SimDelivery::connect(&server, index, waker),
        );
    }

    /// Lives until the end, and judges it.
    ///
    /// # Errors
    /// What was wrong.
    pub fn live(mut self) -> Result<Ended, String> {
        for turn in 0..MAX_TURNS {
            if let Some(fault) = self.world.server.borrow_mut().fault.take() {
                return Err(fault);
            }
            if !self.workers.iter().any(Worker::has_dataflows) {
                return self.end();
            }
            if self.is_struck(turn) {
                return self.crash();
            }
            if turn % LOOK_TURNS == 0 && !self.asked && !self.life.bounded && self.is_written() {
                self.rest()?;
            }
            self.turn();
        }
        let running = self.workers.iter().map(Worker::has_dataflows).collect::<Vec<_>>();
        let stopping = self.processes.iter().map(|process| process.control.is_stopping()).collect::<Vec<_>>();
        let (limits, positions, life) = (self.world.topic.limits(), self.positions(), self.life);
        Err(format!(
            "it gets nowhere: {life:?}, read {positions:?} of {limits:?}, running {running:?}, stopping {stopping:?}"
        ))
    }

    /// Whether it crashes before this turn; other ends that are due begin.
    fn is_struck(&mut self, turn: usize) -> bool {
        match self.life.end {
            End::Crash(at) if turn == at => return true,
            End::Stop(at) if turn == at && !self.asked => self.stop(),
            End::Refused(at) if turn >= at && !self.refused => {
                let mut server = self.world.server.borrow_mut();
                self.refused = self.connections[..self.speakers()].iter().any(|connection| server.refuse(*connection));
            }
            _ => {}
        }
        false
    }

    /// All that may come is read and written: lets more come, or stops if there is none.
    fn rest(&mut self) -> Result<(), String> {
        let held = self.settle();
        if self.world.topic.raise(1) {
            self.raised += 1;
        } else {
            if self.raised == TAIL {
                self.judge_held(held)?;
            }
            self.stop();
        }
        Ok(())
    }

    /// Lets one thing happen.
    fn turn(&mut self) {
        let World { chance, scenario, .. } = self.world;
        match chance.weighted(&scenario.odds.turn) {
            0 => self.step(chance.within(0..=self.workers.len() - 1)),
            1 => self.world.arrive(),
            2 => self.world.server.borrow_mut().proceed(),
            3 => {
                let (link, held) =
                    (chance.within(0..=self.links.len() - 1), chance.percent(scenario.odds.held_percent));
                self.links.hold(link, held);
                self.world.trace.note(&Event::Held(link, held));
            }
            _ => self.world.pass(),
        }
    }

    /// Lets worker `index` make a step.
    pub(super) fn step(&mut self, index: usize) {
        self.world.trace.note(&Event::Stepped(index));
        self.workers[index].step();
    }

    /// Asks any process to stop; the others hear of it.
    fn stop(&mut self) {
        self.asked = true;
        self.world.trace.note(&Event::Asked);
        let asked = self.world.chance.within(0..=self.speakers() - 1);
        self.processes[asked % self.processes.len()].control.stop();
    }

    /// How many workers, the first ones, can make the others hear that they end: a process that reads no partition has no
    /// capability to announce it with, so nobody asks it to stop, and its sink refuses nothing.
    fn speakers(&self) -> usize {
        if self.life.apart { self.life.workers.min(self.world.scenario.log.len()) } else { self.life.workers }
    }

    /// Everything is gone between two instructions. What a worker had not sent yet nobody will see.
    fn crash(self) -> Result<Ended, String> {
        self.world.trace.note(&Event::Crashed);
        self.world.server.borrow_mut().disconnect();
        self.world.clock.forget();
        self.judge_accounts()?;
        Ok(Ended::Crashed)
    }

    /// The last dataflow has ended.
    fn end(self) -> Result<Ended, String> {
        self.world.server.borrow_mut().disconnect();
        self.judge_accounts()?;
        let failure = self.processes.iter().find_map(|process| process.control.failure());
        match (failure, self.refused) {
            (Some(_), true) => return Ok(Ended::Refused),
            (None, false) => {}
            (failure, refused) => return Err(format!("failure {failure:?} although refused is {refused}")),
        }
        self.judge_written()?;
        Ok(if self.is_read() { Ended::Complete } else { Ended::Stopped })
    }
}
