//! The database of a run: documents that outlive every life, and requests that are on their way to it. Those of each
//! view stand in a collection of their own, with a control document of their own, as `ViewWriters` writes them; all of
//! them are claimed between two turns, and lost or put back together.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::chance::Chance;
use super::connection::{Connection, Fails, Request};
use super::oracles::Oracles;
use super::reader::{Document, Reader};
use super::scenario::{Odds, Scenario};
use super::trace::{Event, Trace};
use mare_dataflow::Plan;
use mare_model::position::Positions;
use mare_model::record::Waker;
use mare_model::time::EventTime;
use mare_model::total::{Change, Key};
use mare_model::view::ViewId;
use mare_mongodb::simulated::{Line, Operated, SimulatedDatabase, SimulatedSink};
use mare_sink::figures::Figures;
use mare_sink::{Batch, Claim, FencingToken, SinkError, Standing, ViewWriters, Writer, deliver, fence};

/// The database, and everything between it and the workers: the writers of a sink, which are real, and what a server
/// does with their commands, operation by operation.
pub struct Server {
    /// One for each view.
    sinks: Vec<SimulatedSink>,
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
    /// How often the journal has become another one.
    pub heartbeats: usize,
    oracle: Rc<Oracles>,
    odds: Odds,
    pub(super) chance: Chance,
    pub(super) trace: Trace,
}

/// A life, as the database knows it.
pub struct Client {
    /// One for each view.
    tokens: Vec<FencingToken>,
    /// What readers had seen of any view when the life began.
    shown: Positions,
    /// How far the life has read each partition.
    positions: Box<dyn Fn() -> Vec<usize>>,
    /// Whether it has tried to write when it was superseded.
    pub stale: bool,
    /// Whether a write of it was refused.
    pub refused: bool,
}

impl Server {
    /// An empty database.
    pub fn new(scenario: &Scenario, oracle: Rc<Oracles>, chance: Chance, trace: Trace) -> Server {
        Server {
            sinks: SimulatedSink::all(scenario.plan.views().iter().map(Plan::layout), scenario.knows_bulk),
            documents: BTreeMap::new(),
            backup: Default::default(),
            requests: Vec::new(),
            connections: Vec::new(),
            clients: BTreeMap::new(),
            finals: BTreeSet::new(),
            reader: Reader::of(&scenario.plan),
            fault: None,
            lost: 0,
            away: 0,
            heartbeats: 0,
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

    /// Life `life` claims the database, with one claim for each view.
    ///
    /// # Errors
    /// If what stands there is not what its checkpoint expects.
    pub fn claim(
        &mut self,
        life: usize,
        claims: &[Claim],
        positions: impl Fn() -> Vec<usize> + 'static,
    ) -> Result<Vec<Standing>, SinkError> {
        let claimed = self.sinks.iter().zip(claims).map(|(sink, claim)| sink.claim(claim));
        let standings: Vec<_> = claimed.collect::<Result<_, _>>()?;
        self.hear_journal();
        let (tokens, positions) = (standings.iter().map(Standing::token).collect(), Box::new(positions));
        let mut shown = Positions::new();
        standings.iter().for_each(|standing| drop(fence::raise(&mut shown, &standing.shown)));
        self.clients.insert(life, Client { tokens, shown, positions, stale: false, refused: false });
        Ok(standings)
    }

    /// A worker of `life` connects; the index of its connection.
    pub(super) fn connect(&mut self, life: usize, waker: Waker) -> usize {
        self.connections.push(Connection::new(life, self.sinks[0].line(), waker));
        self.connections.len() - 1
    }

    /// Whether a checkpoint that knows this id is of what stands there now.
    pub fn is_of(&self, id: Option<&str>) -> bool {
        self.sinks[0].control().is_some_and(|control| control.id.as_deref() == id)
    }

    /// What is shown beside the documents of a view.
    pub fn shown(&self, ViewId(view): ViewId) -> Positions {
        self.sinks[usize::from(view)].control().map(|control| control.shown).unwrap_or_default()
    }

    /// What must come of the log is by what the journal says now.
    fn hear_journal(&mut self) {
        let journal = self.sinks[0].control().map(|control| control.journal).unwrap_or_default();
        if self.oracle.hear(journal) {
            self.heartbeats += 1;
        }
    }

    /// Whether no other life has claimed the database since this one.
    pub fn is_newest(&self, life: usize) -> bool {
        let token = self.clients.get(&life).and_then(|client| client.tokens.first());
        self.sinks[0]
            .control()
            .zip(token)
            .is_some_and(|(control, token)| (control.generation, &control.id) == (token.generation, &token.id))
    }

    /// Whether no other run has claimed the database since this one.
    pub fn is_newest_run(&self, (id, generation): &(Option<String>, u64)) -> bool {
        self.sinks[0].control().is_some_and(|control| (control.generation.0, &control.id) == (*generation, id))
    }

    /// Somebody makes a copy.
    pub fn back_up(&mut self) {
        self.backup = (self.sinks[0].copy(), self.documents.clone());
    }

    /// Everything is lost, or the copy is put in its place; whoever wrote there tries again. Readers know that.
    pub fn lose(&mut self, all: bool) {
        let (copy, documents) = if all { Default::default() } else { self.backup.clone() };
        self.sinks[0].put(copy); // one server has all of them
        self.hear_journal();
        self.documents = documents;
        self.reader.forget();
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
        let line = &self.connections[connection].line;
        let view = self.sinks.iter().position(|sink| sink.is_written(line)).unwrap_or_default();
        match self.sinks[view].operate(line) {
            Some(Operated::Raised) => {
                self.judge_shown(index);
                self.hear_journal();
            }
            Some(Operated::Written(figures)) => self.note_written(connection, ViewId(view as u16), figures),
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
            None => open(&self.sinks, line, &self.clients[&*life].tokens),
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
        // All of them are claimed at once, and lost at once.
        let is_own = self.sinks.iter().zip(&client.tokens).all(|(sink, token)| {
            sink.control().is_some_and(|control| (control.generation, &control.id) == (token.generation, &token.id))
        });
        client.stale |= !is_own;
    }

    /// Judges what a request is about to write by what it shows.
    fn judge_shown(&mut self, index: usize) {
        let Batch { changes, shows, .. } = &self.requests[index].batch;
        let shows: Vec<_> = (0..self.oracle.ends().len()).map(|at| position(shows, at)).collect();
        for change in changes {
            let oracle = self.oracle.view(change.key.view);
            let shown = oracle.total(&change.key, &shows);
            if change.total.n > shown.n || !oracle.allows(&change.key, &change.total, &shows) {
                let fault = format!("{change:?} is written with positions {shows:?}, which come to {shown:?}");
                self.fault.get_or_insert(fault);
            }
        }
    }

    /// Notes what stands there now, and lets the reader look.
    fn note_written(&mut self, connection: usize, view: ViewId, Figures { key, n, is_final, numbers, texts }: Figures) {
        let key = Key { view, ..key };
        self.trace.note(&Event::Wrote(connection, key.clone(), n, numbers[0].unwrap_or_default(), is_final));
        self.documents.insert(
            key,
            Document {
                n,
                numbers,
                texts: texts.iter().map(|text| text.as_ref().map(ToString::to_string)).collect(),
                is_final,
            },
        );
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

    /// What comes before a life has read all that readers have seen is of a window that is closed to its view. A final
    /// change is of a closed window, says what can ever be said, and is the last of its key in a life.
    fn judge(&mut self, life: usize, change: &Change) -> Result<(), String> {
        let last = (life, change.key.clone());
        if self.finals.contains(&last) {
            return Err(format!("{change:?} came behind a final change"));
        }
        let (Client { positions, shown, .. }, oracle) = (&self.clients[&life], self.oracle.view(change.key.view));
        let positions = positions();
        let closed = oracle.closed(&positions);
        let is_closed = oracle.close(change.key.window) <= closed;
        let is_silent = (0..positions.len()).any(|at| position(shown, at) > positions[at]);
        // Where a partition is new and unread, windows are closed by what the others had promised before.
        if is_silent && !is_closed && closed > EventTime::MIN {
            return Err(format!("{change:?} came in the silence, and windows are closed through {closed:?}"));
        }
        if oracle.has_sessions() && !change.is_final {
            return Err(format!("{change:?} is of a session, and not final"));
        }
        // One that another run has taken over from need not know of the heartbeats of that: it is refused.
        if change.is_final && (self.heartbeats == 0 || self.is_newest(life)) {
            if !is_closed {
                return Err(format!("{change:?} is final, and windows are closed through {closed:?}"));
            }
            let must = oracle.total(&change.key, &oracle.ends());
            if change.total != must {
                return Err(format!("{change:?} is final, and not {must:?}"));
            }
            self.finals.insert(last);
        }
        Ok(())
    }
}

/// The writer of a run at the other end of `line`, as a plan of so many views has it.
fn open(sinks: &[SimulatedSink], line: &Line, tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
    let opened = sinks.iter().zip(tokens).map(|(sink, token)| sink.open(line, token.clone()));
    let mut writers = opened.collect::<Result<Vec<_>, _>>()?;
    Ok(if writers.len() > 1 { Box::new(ViewWriters::new(writers)) } else { writers.remove(0) })
}

/// How far `positions` has partition `index`.
pub fn position(positions: &Positions, index: usize) -> usize {
    let position = positions.get(&mare_model::position::Partition(index as i32));
    position.map_or(0, |offset| offset.0 as usize)
}
