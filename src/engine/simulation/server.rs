//! The database of a run: documents that outlive every life, and requests that are on their way to it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;

use super::canary::Canary;
use super::chance::Chance;
use super::connection::{Connection, Request};
use super::oracle::Oracle;
use super::reader::{Document, Reader};
use super::scenario::Odds;
use super::trace::{Event, Trace};
use crate::engine::{Change, Key};
use crate::sink::fence::{self, Control, Decision, Place, Stands};
use crate::sink::{Batch, Claim, SinkError, Standing, Token};
use crate::source::Positions;
use crate::time::EventTime;

/// The database as messages name it.
const PLACE: Place<'_> = Place { name: "memory", key: "sink" };

/// The database, and everything between it and the workers.
pub struct Server {
    documents: BTreeMap<Key, Document>,
    /// The control document: the newest generation, and what its batches and those before show.
    control: Option<Control>,
    /// A copy of both, that somebody may put back.
    backup: (BTreeMap<Key, Document>, Option<Control>),
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
    token: Token,
    /// Through where windows are closed by what the life has read.
    closed: Box<dyn Fn() -> EventTime>,
    /// Whether it has tried to write when it was superseded.
    pub stale: bool,
    /// Whether a write of it was refused.
    pub refused: bool,
}

impl Server {
    /// An empty database.
    pub fn new(oracle: Rc<Oracle>, odds: Odds, chance: Chance, trace: Trace) -> Server {
        Server {
            documents: BTreeMap::new(),
            control: None,
            backup: (BTreeMap::new(), None),
            requests: Vec::new(),
            connections: Vec::new(),
            clients: BTreeMap::new(),
            finals: BTreeSet::new(),
            reader: Reader::default(),
            fault: None,
            lost: 0,
            away: 0,
            oracle,
            odds,
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
        let stands = if self.documents.is_empty() { Stands::Nothing } else { Stands::Documents };
        let decision = match fence::decide(self.control.as_ref(), stands, claim, PLACE) {
            Err(_) if Canary::Owner.is_off() => Decision::Keep,
            decision => decision?,
        };
        let next = Control::next(self.control.as_ref(), claim, decision, Timestamp::UNIX_EPOCH);
        self.control = Some(next.clone());
        let standing = next.standing(decision);
        let (token, closed) = (standing.token(), Box::new(closed));
        self.clients.insert(life, Client { token, closed, stale: false, refused: false });
        Ok(standing)
    }

    /// Whether a checkpoint that knows this id is of what stands there now.
    pub fn is_of(&self, id: Option<&str>) -> bool {
        self.control.as_ref().is_some_and(|control| control.id.as_deref() == id)
    }

    /// What is shown.
    pub fn shown(&self) -> Positions {
        self.control.as_ref().map(|control| control.shown.clone()).unwrap_or_default()
    }

    /// Somebody makes a copy.
    pub fn back_up(&mut self) {
        self.backup = (self.documents.clone(), self.control.clone());
    }

    /// Everything is lost, or the copy is put in its place; whoever wrote there tries again. Readers know that.
    pub fn lose(&mut self, all: bool) {
        (self.documents, self.control) = if all { (BTreeMap::new(), None) } else { self.backup.clone() };
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
        if request.fails_at == Some(request.left()) {
            self.fail(index);
        } else if !request.is_shown {
            self.show(index);
        } else if let Some(change) = request.rest.pop() {
            let connection = request.connection;
            self.write(connection, change);
        } else {
            let Request { connection, batch, .. } = self.requests.swap_remove(index);
            self.trace.note(&Event::Done(connection, true));
            self.connections[connection].tell(Ok(batch.ticket));
        }
    }

    /// Raises the control document to what a request shows, or refuses the request.
    fn show(&mut self, index: usize) {
        let connection = self.requests[index].connection;
        let client = self.clients.get_mut(&self.connections[connection].life).expect("it has claimed");
        let is_own = |control: &Control| fence::is_own(control, &client.token, &Positions::new());
        client.stale |= !self.control.as_ref().is_some_and(is_own);
        if client.stale && !Canary::Generation.is_off() {
            return self.refuse_request(index);
        }
        let request = &mut self.requests[index];
        request.is_shown = true;
        if let Some(control) = &mut self.control {
            fence::raise(&mut control.shown, &request.batch.shows);
        }
        let shows: Vec<_> = (0..self.oracle.ends().len()).map(|at| position(&request.batch.shows, at)).collect();
        for change in &request.batch.changes {
            let shown = self.oracle.total(&change.key, &shows);
            if change.total.n > shown.n || !self.oracle.allows(&change.key, &change.total, &shows) {
                let fault = format!("{change:?} is written with positions {shows:?}, which come to {shown:?}");
                self.fault.get_or_insert(fault);
            }
        }
    }

    /// The guarded upsert.
    fn write(&mut self, connection: usize, change: Change) {
        let Change { key, total, is_final } = change;
        let stands = self.documents.get(&key).is_some_and(|standing| {
            standing.total.n > total.n || standing.total.n == total.n && (standing.is_final || !is_final)
        });
        if stands && !Canary::Guard.is_off() {
            return;
        }
        self.trace.note(&Event::Wrote(connection, key.clone(), total.n, total.measures.iter().sum(), is_final));
        self.documents.insert(key, Document { total, is_final });
        if let Err(fault) = self.reader.poll(&self.documents) {
            self.fault.get_or_insert(fault);
        }
    }

    /// Refuses a request of `life`, if it has one, and whatever else it may want.
    pub fn refuse(&mut self, life: usize) -> bool {
        let connections = &self.connections;
        let waits = self.requests.iter().position(|request| connections[request.connection].life == life);
        waits.into_iter().for_each(|index| self.refuse_request(index));
        waits.is_some()
    }

    fn refuse_request(&mut self, index: usize) {
        let Request { connection, .. } = self.requests.swap_remove(index);
        let Connection { life, .. } = self.connections[connection];
        self.clients.get_mut(&life).expect("it has claimed").refused = true;
        self.connections[connection].tell(Err(SinkError::refused("refused", "mend it")));
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

    /// Ends an attempt whose outcome nobody will hear of. The sender tries again, if it is still there.
    fn fail(&mut self, index: usize) {
        let Request { connection, rest, .. } = &self.requests[index];
        self.trace.note(&if rest.is_empty() { Event::Done(*connection, false) } else { Event::Away(*connection) });
        *(if rest.is_empty() { &mut self.lost } else { &mut self.away }) += 1;
        if self.connections[*connection].is_open() {
            self.attempt(index);
        } else {
            self.requests.swap_remove(index);
        }
    }

    /// Begins another attempt.
    fn attempt(&mut self, index: usize) {
        let request = &mut self.requests[index];
        request.is_shown = false;
        request.rest.clone_from(&request.batch.changes);
        self.chance.shuffle(&mut request.rest);
        let fails = self.chance.percent(self.odds.attempts_failing_percent);
        request.fails_at = fails.then(|| self.chance.pick(&[0, self.chance.within(0..=request.left())]));
    }

    /// Judges what a worker sends, and puts it on its way.
    pub(super) fn send(&mut self, connection: usize, batch: Batch) {
        for change in &batch.changes {
            if let Err(fault) = self.judge(self.connections[connection].life, change) {
                self.fault.get_or_insert(fault);
            }
        }
        self.trace.note(&Event::Sent(connection, batch.changes.len()));
        self.requests.push(Request { connection, batch, is_shown: false, rest: Vec::new(), fails_at: None });
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
    let position = positions.get(&crate::source::Partition(index as i32));
    position.map_or(0, |offset| offset.0 as usize)
}
