//! The database of a run: documents that outlive every life, and requests that are on their way to it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::chance::Chance;
use super::connection::{Connection, Fails, Request};
use super::oracle::Oracle;
use super::reader::{Document, Reader};
use super::scenario::{Odds, Scenario};
use super::trace::{Event, Trace};
use mare_model::position::Positions;
use mare_model::record::Waker;
use mare_model::time::EventTime;
use mare_model::total::{Change, Key};
use mare_mongodb::simulated::{Operated, SimulatedDatabase, SimulatedSink};
use mare_sink::figures::Figures;
use mare_sink::{Batch, Claim, FencingToken, SinkError, Standing, deliver};

/// The database, and everything between it and the workers: the writers of a sink, which are real, and what a server
/// does with their commands, operation by operation.
pub struct Server {
    sink: SimulatedSink,
    /// The documents that stand there, as a reader of the sink reads them.
    documents: BTreeMap<Key, Document>,
    /// A copy of everything, that somebody may put back.
    backup: (SimulatedDatabase, BTreeMap<Key, Document>),
    pub(super) requests: Vec<Request>,
    /// One for each worker of each life.
    pub(super) connections: Vec<Connection>,
    /// The lives that have claimed the database.
    pub(super) clients: BTreeMap<usize, Client>,
    /// What a final change has come of, and in which life.
    finals: BTreeSet<(usize, Key)>,
    pub reader: Reader,
    /// The first thing that was wrong.
    pub fault: Option<String>,
    /// Acknowledgements that were lost behind a whole batch, and requests that were lost before.
    pub lost: usize,
    pub away: usize,
    oracle: Rc<Oracle>,
    odds: Odds,
    pub(super) chance: Chance,
    pub(super) trace: Trace,
}

/// A life, as the database knows it.
pub struct Client {
    token: FencingToken,
    /// Through where windows are closed by what the life has read.
    closed: Box<dyn Fn() -> EventTime>,
    /// Whether it has tried to write when it was superseded.
    pub stale: bool,
    /// Whether a write of it was refused.
    pub refused: bool,
}

impl Server {
    /// An empty database.
    pub fn new(scenario: &Scenario, oracle: Rc<Oracle>, chance: Chance, trace: Trace) -> Server {
        Server {
            sink: SimulatedSink::of(scenario.plan.layout()),
            documents: BTreeMap::new(),
            backup: Default::default(),
            requests: Vec::new(),
            connections: Vec::new(),
            clients: BTreeMap::new(),
            finals: BTreeSet::new(),
            reader: Reader::default(),
            fault: None,
            lost: 0,
            away: 0,
            oracle,
            odds: scenario.odds,
            chance,
            trace,
        }
    }

    /// What anybody can read.
    pub fn documents(&self) -> &BTreeMap<Key, Document> {
        &self.documents
    }

    /// Life `life` claims the database.
    ///
    /// # Errors
    /// If what stands there is not what its checkpoint expects.
    pub fn claim(
        &mut self,
        life: usize,
        claim: &Claim,
        closed: impl Fn() -> EventTime + 'static,
    ) -> Result<Standing, SinkError> {
        let standing = self.sink.claim(claim)?;
        let (token, closed) = (standing.token(), Box::new(closed));
        self.clients.insert(life, Client { token, closed, stale: false, refused: false });
        Ok(standing)
    }

    /// A worker of `life` connects; the index of its connection.
    pub(super) fn connect(&mut self, life: usize, waker: Waker) -> usize {
        self.connections.push(Connection::new(life, self.sink.line(), waker));
        self.connections.len() - 1
    }

    /// Whether a checkpoint that knows this id is of what stands there now.
    pub fn is_of(&self, id: Option<&str>) -> bool {
        self.sink.control().is_some_and(|control| control.id.as_deref() == id)
    }

    /// What is shown.
    pub fn shown(&self) -> Positions {
        self.sink.control().map(|control| control.shown).unwrap_or_default()
    }

    /// Somebody makes a copy.
    pub fn back_up(&mut self) {
        self.backup = (self.sink.copy(), self.documents.clone());
    }

    /// Everything is lost, or the copy is put in its place; whoever wrote there tries again. Readers know that.
    pub fn lose(&mut self, all: bool) {
        let (copy, documents) = if all { Default::default() } else { self.backup.clone() };
        self.sink.put(copy);
        self.documents = documents;
        self.reader = Reader::default();
        (0..self.requests.len()).for_each(|index| self.attempt(index));
    }

    /// Lets one more thing happen to any request.
    pub fn proceed(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let index = self.chance.within(0..=self.requests.len() - 1);
        let request = &mut self.requests[index];
        if request.fails == Fails::Behind(request.steps) {
            return self.fail(index, false);
        }
        request.steps += 1;
        let connection = request.connection;
        self.note_stale(connection);
        match self.sink.operate(&self.connections[connection].line) {
            Some(Operated::Raised) => self.judge_shown(index),
            Some(Operated::Written(figures)) => self.note_written(connection, figures),
            Some(Operated::Nothing) | None => {}
        }
        if self.connections[connection].line.is_raising().is_none() {
            self.go_on(index);
        }
    }

    /// Lets the writer of a request go on, until it has sent something more or has come to its end.
    fn go_on(&mut self, index: usize) {
        let Request { connection, batch, fails, .. } = &self.requests[index];
        let Connection { life, line, writer, .. } = &mut self.connections[*connection];
        line.rewind();
        let opened = match writer.take() {
            Some(writer) => Ok(writer),
            None => self.sink.open(line, self.clients[&*life].token.clone()),
        };
        let (fails, outcome) =
            (*fails, opened.and_then(|opened| deliver::attempt(&mut **writer.insert(opened), batch)));
        match outcome {
            Ok(_) if fails == Fails::Answering => self.fail(index, true),
            Ok(_) => self.acknowledge(index),
            Err(SinkError::Away(_)) if line.is_raising().is_some() => line.order(|left| self.chance.shuffle(left)),
            Err(SinkError::Away(why)) => drop(self.fault.get_or_insert(format!("the server is away: {why}"))),
            Err(refused) => self.refuse_request(index, refused),
        }
    }

    /// Notes it if a writer is about to ask whether its run is the newest, and it is not any more.
    fn note_stale(&mut self, connection: usize) {
        let Connection { life, line, writer, .. } = &self.connections[connection];
        if writer.is_some() && line.is_raising() != Some(true) {
            return;
        }
        let client = self.clients.get_mut(life).expect("it has claimed");
        let control = self.sink.control();
        let is_own = control
            .is_some_and(|control| (control.generation, &control.id) == (client.token.generation, &client.token.id));
        client.stale |= !is_own;
    }

    /// Judges what a request is about to write by what it shows.
    fn judge_shown(&mut self, index: usize) {
        let Batch { changes, shows, .. } = &self.requests[index].batch;
        let shows: Vec<_> = (0..self.oracle.ends().len()).map(|at| position(shows, at)).collect();
        for change in changes {
            let shown = self.oracle.total(&change.key, &shows);
            if change.total.n > shown.n || !self.oracle.allows(&change.key, &change.total, &shows) {
                let fault = format!("{change:?} is written with positions {shows:?}, which come to {shown:?}");
                self.fault.get_or_insert(fault);
            }
        }
    }

    /// Notes what stands there now, and lets the reader look.
    fn note_written(&mut self, connection: usize, Figures { key, n, is_final, numbers }: Figures) {
        self.trace.note(&Event::Wrote(connection, key.clone(), n, numbers[0].unwrap_or_default(), is_final));
        self.documents.insert(key, Document { n, numbers, is_final });
        if let Err(fault) = self.reader.poll(&self.documents) {
            self.fault.get_or_insert(fault);
        }
    }

    /// Tells a worker that its batch is durable.
    fn acknowledge(&mut self, index: usize) {
        let Request { connection, batch, .. } = self.requests.swap_remove(index);
        self.trace.note(&Event::Done(connection, true));
        self.connections[connection].tell(Ok(batch.ticket));
    }

    /// Refuses a request of `life`, if it has one, and whatever else it may want.
    pub fn refuse(&mut self, life: usize) -> bool {
        let connections = &self.connections;
        let waits = self.requests.iter().position(|request| connections[request.connection].life == life);
        let refused = || SinkError::refused("refused", "mend it");
        waits.into_iter().for_each(|index| self.refuse_request(index, refused()));
        waits.is_some()
    }

    fn refuse_request(&mut self, index: usize, why: SinkError) {
        let Request { connection, .. } = self.requests.swap_remove(index);
        let Connection { life, .. } = self.connections[connection];
        self.clients.get_mut(&life).expect("it has claimed").refused = true;
        self.connections[connection].tell(Err(why));
        self.trace.note(&Event::Refused(connection));
    }

    /// Every connection of `life` breaks. What was on its way is lost, or still comes.
    pub fn disconnect(&mut self, life: usize) {
        self.connections.iter_mut().filter(|connection| connection.life == life).for_each(Connection::close);
        let Server { connections, chance, .. } = self;
        self.requests.retain(|request| connections[request.connection].life != life || chance.percent(50));
    }

    /// Takes whatever is still on its way.
    pub fn drain(&mut self) {
        while !self.requests.is_empty() {
            self.proceed();
        }
    }

    /// Ends an attempt whose outcome nobody will hear of, and that has done all of it or not. The sender tries again,
    /// if it is still there.
    fn fail(&mut self, index: usize, is_done: bool) {
        let connection = self.requests[index].connection;
        self.trace.note(&if is_done { Event::Done(connection, false) } else { Event::Away(connection) });
        *(if is_done { &mut self.lost } else { &mut self.away }) += 1;
        if self.connections[connection].is_open() {
            self.attempt(index);
        } else {
            self.requests.swap_remove(index);
        }
    }

    /// Begins another attempt.
    fn attempt(&mut self, index: usize) {
        let request = &mut self.requests[index];
        self.connections[request.connection].line.begin();
        request.steps = 0;
        let early = Fails::Behind(self.chance.within(0..=request.batch.changes.len() + 1));
        let fails = self.chance.percent(self.odds.attempts_failing_percent);
        request.fails = if fails { self.chance.pick(&[Fails::Answering, early]) } else { Fails::Never };
    }

    /// Judges what a worker sends, and puts it on its way.
    pub(super) fn send(&mut self, connection: usize, batch: Batch) {
        for change in &batch.changes {
            if let Err(fault) = self.judge(self.connections[connection].life, change) {
                self.fault.get_or_insert(fault);
            }
        }
        self.trace.note(&Event::Sent(connection, batch.changes.len()));
        self.requests.push(Request { connection, batch, steps: 0, fails: Fails::Never });
        self.attempt(self.requests.len() - 1);
    }

    /// A final change is of a closed window, says what can ever be said, and is the last of its key in a life.
    fn judge(&mut self, life: usize, change: &Change) -> Result<(), String> {
        let last = (life, change.key.clone());
        if self.finals.contains(&last) {
            return Err(format!("{change:?} came behind a final change"));
        }
        if change.is_final {
            let closed = (self.clients[&life].closed)();
            if super::oracle::close(change.key.window.start.0) > closed {
                return Err(format!("{change:?} is final, and windows are closed through {closed:?}"));
            }
            let must = self.oracle.total(&change.key, &self.oracle.ends());
            if change.total != must {
                return Err(format!("{change:?} is final, and not {must:?}"));
            }
            self.finals.insert(last);
        }
        Ok(())
    }
}

/// How far `positions` has partition `index`.
pub fn position(positions: &Positions, index: usize) -> usize {
    let position = positions.get(&mare_model::position::Partition(index as i32));
    position.map_or(0, |offset| offset.0 as usize)
}
