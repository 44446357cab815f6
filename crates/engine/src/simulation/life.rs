//! One life of a cluster, turn by turn.

use std::rc::Rc;
use std::sync::Arc;

use timely::worker::Worker;

use super::clock::SimClock;
use super::cluster::{Links, cluster};
use super::connection::SimDelivery;
use super::ends::Ended;
use super::jobs::Jobs;
use super::letters::Letters;
use super::run::World;
use super::scenario::{End, Life, Origin, TAIL};
use super::trace::Event;
use crate::announcement::Beginning;
use crate::checkpoint::Checkpointer;
use crate::clock::Clock;
use crate::graph::GraphSetup;
use crate::intake::Intake;
use crate::run::LAST_STEPS;
use crate::source::Opened;
use crate::{Control, Gauges, Ledger, Peer};
use mare_checkpoint::Partitions;
use mare_model::position::{Offset, Partition};

/// More turns than any life needs to read and write everything.
const MAX_TURNS: usize = 400_000;
/// How often it is seen whether everything is written, in turns.
const LOOK_TURNS: usize = 16;
/// How many of a hundred turns that a zombie may have wake it.
const WAKING_PERCENT: usize = 3;

/// How many of a hundred turns the brokers are asked in, where anything hangs on that.
const ASKING_PERCENT: usize = 25;

/// A cluster that lives.
pub struct Living<'w> {
    pub(super) world: &'w World,
    pub(super) id: usize,
    pub(super) life: &'w Life,
    pub(super) workers: Vec<Worker>,
    pub(super) links: Links,
    /// One for all workers, or one for each.
    pub(super) processes: Vec<Process>,
    pub(super) clock: Arc<SimClock>,
    pub(super) checkpointer: Option<Arc<Checkpointer>>,
    pub(super) jobs: Arc<Jobs>,
    pub(super) letters: Letters,
    /// How far the partitions had been read before.
    pub(super) from: Vec<usize>,
    /// How many steps each worker has made since its process was told to end as if it were killed.
    last_steps: Vec<usize>,
    /// How many records of the tail have been let come in this life.
    raised: usize,
    /// Whether it has been asked to stop.
    pub(super) asked: bool,
    /// Whether it is paused.
    is_asleep: bool,
}

/// What the workers of a process share.
pub struct Process {
    pub control: Arc<Control>,
    pub gauges: Arc<Gauges>,
    pub ledger: Arc<Ledger>,
}

impl Process {
    fn new(life: &Life, views: usize) -> Process {
        let partitions = (0..life.partitions).map(|partition| Partition(partition as i32));
        let accounts = partitions.map(|partition| (partition, Offset(0), Offset(0)));
        let ledger = Arc::new(Ledger::with_views(accounts, views));
        Process { control: Control::new(), gauges: Gauges::new(), ledger }
    }
}

impl<'w> Living<'w> {
    /// A cluster that has not made a step.
    ///
    /// # Errors
    /// If it finds another checkpoint than there is.
    pub fn begin(world: &'w World, id: usize, life: &'w Life) -> Result<Living<'w>, String> {
        world.trace.note(&Event::Born(life.workers));
        if life.bounded {
            world.topic.raise(TAIL);
        }
        let process = |_| Process::new(life, world.plan.outputs.len());
        let processes: Vec<_> = (0..if life.apart { life.workers } else { 1 }).map(process).collect();
        let beginning = world.beginning(id, life, &processes)?;
        let (workers, links) = cluster(life.workers);
        let restored = beginning.restored.as_ref();
        let before = |at: usize| restored.and_then(|restored| restored.partitions.get(&Partition(at as i32)));
        let mut living = Living {
            world,
            id,
            life,
            workers,
            links,
            processes,
            clock: Arc::new(world.clock.of(id)),
            checkpointer: (life.origin != Origin::Without).then(|| world.checkpoints.checkpointer(&beginning)),
            jobs: Arc::default(),
            letters: Letters::new(&world.delivered),
            from: (0..life.partitions).map(|at| before(at).map_or(0, |state| state.position.0 as usize)).collect(),
            last_steps: vec![0; life.workers],
            raised: 0,
            asked: false,
            is_asleep: true,
        };
        (0..life.workers).for_each(|index| living.build(index, &beginning));
        Ok(living)
    }

    /// Builds the graph of one worker.
    fn build(&mut self, index: usize, beginning: &Beginning) {
        let (world, id, life) = (self.world, self.id, self.life.clone());
        let process = &self.processes[index % self.processes.len()];
        let parts = GraphSetup {
            plan: Arc::clone(&world.plan),
            control: Arc::clone(&process.control),
            gauges: Arc::clone(&process.gauges),
            workers: 1,
            clock: self.clock.clone(),
            beginning: (index == 0).then(|| beginning.clone()),
            checkpointer: self.checkpointer.clone(),
            background: self.jobs.clone(),
            observer: None,
        };
        let (plan, ledger, topic) = (Arc::clone(&world.plan), Arc::clone(&process.ledger), world.topic.clone());
        let place = Peer { index, peers: life.workers };
        let (max_batch, chance) = (world.scenario.odds.max_batch, world.chance.clone());
        let (server, letters, checkpointer) =
            (Rc::clone(&world.server), self.letters.clone(), self.checkpointer.clone());
        let journals = Rc::clone(&server);
        parts.build(
            &mut self.workers[index],
            move |beginning, waker| {
                let (none, outbox) = (Partitions::new(), letters.outbox(Arc::clone(&waker)));
                let restored = beginning.restored.as_ref().map_or(&none, |restored| &restored.partitions);
                let journal = plan.idle.map(|_| -> Box<dyn mare_sink::Deliver> {
                    Box::new(SimDelivery::connect(&journals, id, waker.clone()))
                });
                let log = topic.open(place, (id, &life), restored, (max_batch, &chance), waker);
                let intake = Intake::new(&plan, &mare_source::Log::owned(&log), restored, place.peers, ledger, outbox);
                let intake = intake.with_journal(&beginning.journal);
                let rows = checkpointer
                    .zip(beginning.restored.as_ref())
                    .map(|(checkpointer, restored)| checkpointer.rows(restored));
                Opened { log, intake, rows: rows.unwrap_or_else(|| Box::new(std::iter::empty())), journal }
            },
            move |_beginning, waker| SimDelivery::connect(&server, id, waker),
        );
    }

    /// Lives until the end, beside `zombies`, and judges it.
    ///
    /// # Errors
    /// What was wrong.
    pub fn live(&mut self, zombies: &mut Vec<Living<'w>>) -> Result<Ended, String> {
        for turn in 0..MAX_TURNS {
            self.world.fault()?;
            if self.is_over() {
                return self.end();
            }
            match self.life.end {
                End::Crash(at) if turn == at => return self.crash(),
                End::Pause(at) if turn == at => return Ok(Ended::Paused),
                End::Stop(at) if turn == at && !self.asked => self.stop(),
                End::Refused(at) if turn >= at => self.world.refuse_once(self.id),
                _ => {}
            }
            if turn % LOOK_TURNS == 0 && !self.asked && !self.life.bounded && self.is_written() {
                self.rest()?;
            }
            self.turn(zombies)?;
        }
        Err(self.gets_nowhere())
    }

    /// Whether the last dataflow has ended.
    pub(super) fn is_over(&self) -> bool {
        !self.workers.iter().any(Worker::has_dataflows)
    }

    /// What is known of a life that does not end.
    pub(super) fn gets_nowhere(&self) -> String {
        let running = self.workers.iter().map(Worker::has_dataflows).collect::<Vec<_>>();
        let stopping = self.processes.iter().map(|process| process.control.is_stopping()).collect::<Vec<_>>();
        let (limits, positions, life) = (self.world.topic.limits(), self.positions(), self.life);
        let unread = if positions[..] == limits[..positions.len()] { "" } else { " and did not read everything" };
        format!(
            "it gets nowhere{unread}: {life:?}, read {positions:?} of {limits:?}, running {running:?}, stopping {stopping:?}"
        )
    }

    /// All that may come is read and written: lets more come, or stops if there is none.
    fn rest(&mut self) -> Result<(), String> {
        let held = self.settle()?;
        if self.life.end == End::Finish && self.world.topic.raise(1) {
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
    fn turn(&mut self, zombies: &mut Vec<Living<'w>>) -> Result<(), String> {
        let World { chance, scenario, .. } = self.world;
        match chance.weighted(&scenario.odds.turn) {
            1 => self.world.arrive(),
            2 => self.world.server.borrow_mut().proceed(),
            4 => self.world.pass(),
            7 if !zombies.is_empty() => {
                let zombie = chance.within(0..=zombies.len() - 1);
                if zombies[zombie].haunt()? {
                    zombies.remove(zombie);
                }
            }
            own => self.act(own)?,
        }
        Ok(())
    }

    /// Lets one thing happen that is of this life alone.
    pub(super) fn act(&mut self, what: usize) -> Result<(), String> {
        let World { chance, scenario, .. } = self.world;
        if self.world.plan.idle.is_some() && chance.percent(ASKING_PERCENT) {
            self.ask();
        }
        match what {
            3 => {
                let (link, held) =
                    (chance.within(0..=self.links.len() - 1), chance.percent(scenario.odds.held_percent));
                self.links.hold(link, held);
                self.world.trace.note(&Event::Held(link, held));
            }
            5 => self.work(false)?,
            6 => match chance.within(0..=4) {
                0 => self.letters.hold(),
                1 => self.letters.fill(),
                _ => self.letters.deliver(),
            },
            _ => self.step(chance.within(0..=self.workers.len() - 1)),
        }
        Ok(())
    }

    /// Asks the brokers how far the partitions reach.
    pub(super) fn ask(&self) {
        let now = self.clock.now();
        for (partition, account) in self.processes.iter().flat_map(|process| process.ledger.accounts()) {
            account.asked(now, self.world.topic.arrived(partition.0 as usize));
        }
    }

    /// Does one of the jobs that wait; `is_dying` if the process dies meanwhile.
    pub(super) fn work(&self, is_dying: bool) -> Result<(), String> {
        let World { chance, scenario, checkpoints, .. } = self.world;
        let Some(job) = self.jobs.take(chance) else { return Ok(()) };
        self.world.trace.note(&Event::Worked(is_dying));
        if is_dying {
            checkpoints.run_dying(job, chance);
        } else {
            checkpoints.run(job, chance, scenario.odds.jobs_failing_percent);
        }
        self.world.judge_checkpoints()
    }

    /// A zombie has a turn; whether it has come to its end.
    fn haunt(&mut self) -> Result<bool, String> {
        let chance = &self.world.chance;
        if self.is_asleep {
            self.is_asleep = !chance.percent(WAKING_PERCENT);
            return Ok(false);
        }
        self.act(chance.pick(&[0, 0, 0, 0, 0, 0, 3, 5, 6]))?;
        if self.is_over() {
            self.end_zombie()?;
        }
        Ok(self.is_over())
    }

    /// Lets worker `index` make a step, or drops its graph when it has made the last ones of a run that was aborted.
    pub(super) fn step(&mut self, index: usize) {
        self.world.trace.note(&Event::Stepped(self.id, index));
        let worker = &mut self.workers[index];
        if self.processes[index % self.processes.len()].control.is_aborted() {
            self.last_steps[index] += 1;
            if self.last_steps[index] > LAST_STEPS {
                worker.installed_dataflows().into_iter().for_each(|dataflow| worker.drop_dataflow(dataflow));
            }
        }
        worker.step();
    }

    /// Asks any process to stop, for good or to go on at once; the others hear of it.
    pub(super) fn stop(&mut self) {
        let chance = &self.world.chance;
        self.asked = true;
        self.world.trace.note(&Event::Asked);
        let control = &self.processes[chance.within(0..=self.processes.len() - 1)].control;
        if chance.percent(50) { control.restart() } else { control.stop() }
    }
}
