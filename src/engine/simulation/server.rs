//! The database of a run: documents that outlive every life, and requests that are on their way to it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::canary::Canary;
use super::chance::Chance;
use super::reader::Reader;
use super::scenario::Odds;
use super::trace::{Event, Trace};
use crate::engine::{Change, Key, Total};
use crate::sink::deliver::Outcome;
use crate::sink::{Batch, Deliver, SinkError};
use crate::source::Waker;

/// The database, and everything between it and the workers.
pub struct Server {
    documents: BTreeMap<Key, Total>,
    requests: Vec<Request>,
    /// One for each worker of each life.
    connections: Vec<Connection>,
    /// Keys of which a final change has come in this life.
    finals: BTreeSet<Key>,
    pub reader: Reader,
    /// The first thing that was wrong.
    pub fault: Option<String>,
    /// Acknowledgements that were lost behind a whole batch, and requests that were lost before.
    pub lost: usize,
    pub away: usize,
    odds: Odds,
    chance: Chance,
    trace: Trace,
}

/// A worker's connection, as long as its life.
struct Connection {
    /// What the worker has not been told yet.
    outcomes: Vec<Outcome>,
    /// `None` once it is gone.
    waker: Option<Waker>,
}

/// A batch on its way, in one attempt or more.
struct Request {
    connection: usize,
    ticket: u64,
    changes: Vec<Change>,
    /// What the server will take in this attempt, the next one last.
    rest: Vec<Change>,
    /// The attempt fails when so many are left.
    fails_at: Option<usize>,
}

impl Server {
    /// An empty database.
    pub fn new(odds: Odds, chance: Chance, trace: Trace) -> Server {
        Server {
            documents: BTreeMap::new(),
            requests: Vec::new(),
            connections: Vec::new(),
            finals: BTreeSet::new(),
            reader: Reader::default(),
            fault: None,
            lost: 0,
            away: 0,
            odds,
            chance,
            trace,
        }
    }

    /// What anybody can read.
    pub fn documents(&self) -> &BTreeMap<Key, Total> {
        &self.documents
    }

    /// Takes one more document of any request, or ends its attempt.
    pub fn proceed(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let index = self.chance.within(0..=self.requests.len() - 1);
        let request = &mut self.requests[index];
        if request.fails_at == Some(request.rest.len()) {
            self.fail(index);
        } else if let Some(change) = request.rest.pop() {
            let connection = request.connection;
            self.write(connection, change);
        } else {
            let Request { connection, ticket, .. } = self.requests.swap_remove(index);
            self.trace.note(&Event::Done(connection, true));
            self.connections[connection].tell(Ok(ticket));
        }
    }

    /// Refuses the request of `connection`, if it has one, and whatever else it may want.
    pub fn refuse(&mut self, connection: usize) -> bool {
        let waits = self.requests.iter().position(|request| request.connection == connection);
        if let Some(index) = waits {
            self.requests.swap_remove(index);
            self.connections[connection].tell(Err(SinkError::Refused("refused".into())));
            self.trace.note(&Event::Refused(connection));
        }
        waits.is_some()
    }

    /// Every connection breaks. What was on its way is lost, or still comes.
    pub fn disconnect(&mut self) {
        self.connections.iter_mut().for_each(|connection| connection.waker = None);
        let chance = &self.chance;
        self.requests.retain(|_| chance.percent(50));
        self.finals.clear();
    }

    /// Takes whatever is still on its way.
    pub fn drain(&mut self) {
        while !self.requests.is_empty() {
            self.proceed();
        }
    }

    /// The guarded upsert.
    fn write(&mut self, connection: usize, change: Change) {
        let Change { key, total, .. } = change;
        let stands = self.documents.get(&key).is_some_and(|standing| standing.n >= total.n);
        if stands && !Canary::Guard.is_off() {
            return;
        }
        self.trace.note(&Event::Wrote(connection, key.clone(), total.n, total.measures.iter().sum()));
        self.documents.insert(key, total);
        if let Err(fault) = self.reader.poll(&self.documents) {
            self.fault.get_or_insert(fault);
        }
    }

    /// Ends an attempt whose outcome nobody will hear of. The sender tries again, if it is still there.
    fn fail(&mut self, index: usize) {
        let Request { connection, rest, .. } = &self.requests[index];
        self.trace.note(&if rest.is_empty() { Event::Done(*connection, false) } else { Event::Away(*connection) });
        *(if rest.is_empty() { &mut self.lost } else { &mut self.away }) += 1;
        if self.connections[*connection].waker.is_some() {
            self.attempt(index);
        } else {
            self.requests.swap_remove(index);
        }
    }

    /// Begins another attempt.
    fn attempt(&mut self, index: usize) {
        let Request { changes, rest, fails_at, .. } = &mut self.requests[index];
        rest.clone_from(changes);
        self.chance.shuffle(rest);
        let fails = self.chance.percent(self.odds.attempts_failing_percent);
        *fails_at = fails.then(|| self.chance.pick(&[0, self.chance.within(0..=changes.len())]));
    }

    /// Judges what a worker sends, and puts it on its way.
    fn send(&mut self, connection: usize, batch: Batch) {
        for change in &batch.changes {
            if self.finals.contains(&change.key) {
                self.fault.get_or_insert(format!("{change:?} came behind a final change"));
            }
        }
        let finals = batch.changes.iter().filter(|change| change.is_final);
        self.finals.extend(finals.map(|change| change.key.clone()));
        self.trace.note(&Event::Sent(connection, batch.changes.len()));
        let Batch { ticket, changes, .. } = batch;
        self.requests.push(Request { connection, ticket, changes, rest: Vec::new(), fails_at: None });
        self.attempt(self.requests.len() - 1);
    }
}

impl Connection {
    /// Tells the worker `outcome`, if it is still there.
    fn tell(&mut self, outcome: Outcome) {
        if let Some(wake) = &self.waker {
            self.outcomes.push(outcome);
            wake();
        }
    }
}

/// A worker's end of a connection.
pub struct SimDelivery {
    server: Rc<RefCell<Server>>,
    connection: usize,
}

impl SimDelivery {
    /// Connects a worker.
    pub fn connect(server: &Rc<RefCell<Server>>, waker: Waker) -> SimDelivery {
        let connections = &mut server.borrow_mut().connections;
        connections.push(Connection { outcomes: Vec::new(), waker: Some(waker) });
        SimDelivery { server: Rc::clone(server), connection: connections.len() - 1 }
    }

    /// Which connection it is.
    pub fn connection(&self) -> usize {
        self.connection
    }
}

impl Deliver for SimDelivery {
    fn try_send(&self, batch: Batch) -> Result<(), Batch> {
        let mut server = self.server.borrow_mut();
        if server.requests.iter().any(|request| request.connection == self.connection) {
            return Err(batch);
        }
        server.send(self.connection, batch);
        Ok(())
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.server.borrow_mut().connections[self.connection].outcomes)
    }
}
