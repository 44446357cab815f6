//! The source operator: a worker's partitions of the log become parcels of combined partials, epoch by epoch.
//!
//! The operator has no input. It is scheduled by its log when records arrive, by itself when an epoch or a boundary is
//! due, by an announcement that it should follow, and by the durable frontier when it has waited for that; else it
//! sleeps.
//!
//! # A cut at a boundary is consistent
//! *Claim*: the partitions in a worker's crossing of boundary `B` are taken in exactly as far as the worker has sent in
//! epochs before `B`.
//!
//! 1. The worker sends in the epoch of its capability only, which never falls; so what it sends before it passes `B`
//!    has an epoch before `B`, and what it sends later has not.
//! 2. Before it passes `B` it seals what it has in hand ([`Source::move_to`]), so nothing that is taken in stays
//!    behind.
//! 3. It announces the crossing between the two. Until its capability moves nothing else is read.
//!
//! So the totals of all epochs before `B`, on all workers, are those of exactly the records before the positions in the
//! crossings of `B`; and the smallest promise of a worker then is in the crossing too.
//!
//! # The end
//! A source that has read everything, or is asked to stop, moves to [`Epoch::END`] and keeps its promise: if it let go,
//! the frontier would say that windows are certain into which the next run still counts events. It lets go once
//! everything of everybody is durable. So the end is a boundary like any other.
//!
//! A run that fails, or is asked to stop while its sink is silent, breaks off instead: no source moves any more, so no
//! frontier passes what is not durable, and the graph is dropped where it stands. One that is asked to stop while it
//! restores goes on with that first.
//!
//! # Layout
//! * `mod`: the operator and its stages
//! * `epochs`: sealing, following, crossing: what moves the capability
//! * `heartbeats`: what is promised for silent partitions
//! * `outputs`: the two outputs and their capabilities
//! * `reading`: what is read when, and what the pace makes of it

mod epochs;
mod heartbeats;
mod outputs;
mod reading;

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::{Scope, StreamVec};
use timely::scheduling::Activator;

use self::heartbeats::Heartbeats;
use self::outputs::{Capabilities, Outputs};
use super::announcement::{Addressed, Announcement, Beginning, Reason};
use super::boundary::Boundaries;
use super::checkpoint::handover::Handover;
use super::clock::Clock;
use super::control::Control;
use super::gauges::Gauges;
use super::intake::Intake;
use super::pace::Pace;
use super::partials::Parcel;
use super::signals::Signals;
use super::waker::{Rest, waker};
use mare_checkpoint::{Block, SeenIds, SeenOrders};
use mare_letters::LetterMark;
use mare_model::fault::Fault;
use mare_model::record::Waker;
use mare_model::schema::IdlePlan;
use mare_model::time::{Epoch, Moment};
use mare_sink::Deliver;
use mare_source::Log;

/// What the parts of a checkpoint hold, block by block.
pub type RestoredBlocks = Box<dyn Iterator<Item = Result<Block, Fault>>>;

/// What a source reads from, once it is known with what the run begins.
pub struct Opened<L> {
    /// The worker's partitions, from where the run goes on.
    pub log: L,
    /// What takes their records in.
    pub intake: Intake,
    /// What the checkpoint holds from which the run goes on.
    pub rows: RestoredBlocks,
    /// Writes to the journal of silent partitions; nothing if the dataflow waits for all.
    pub journal: Option<Box<dyn Deliver>>,
}

/// Opens the worker's view of the log; the waker is called from any thread when records arrive.
pub type LogOpener<L> = Box<dyn FnOnce(&Beginning, Waker) -> Opened<L>>;

/// What a source is made of, beside its log.
pub struct SourceSetup {
    /// Index of the worker.
    pub index: usize,
    /// How many there are in the cluster.
    pub peers: usize,
    /// When partitions are silent, if any ever are.
    pub idle: Option<IdlePlan>,
    /// When epochs are sealed.
    pub pace: Pace,
    /// How many epochs may be on their way to the sink.
    pub max_in_flight: usize,
    /// Where checkpoints cut.
    pub boundaries: Boundaries,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
    /// What the worker hands to whoever takes its share of checkpoints.
    pub handover: Rc<Handover>,
    /// The process's control.
    pub control: Arc<Control>,
    /// The process's gauges.
    pub gauges: Arc<Gauges>,
    /// With what the run begins, if this worker is the one to say so.
    pub beginning: Option<Beginning>,
}

/// How far a source has come in its life.
enum Stage<L> {
    /// Nobody has said yet with what the run begins.
    Waiting(LogOpener<L>, Waker),
    /// The totals of a checkpoint go out first.
    Restoring(Opened<L>),
    /// Reading the log.
    Reading(L, Intake),
    /// Nothing more will be sent. Of what has been read, letters may be on their way.
    Ended(Option<Intake>),
}

/// The source of one worker.
///
/// It holds a capability at `(epoch, promise)`: `epoch` is the one in which it will next send, `promise` the smallest
/// promise of its partitions at the last seal.
struct Source<L> {
    setup: SourceSetup,
    stage: Stage<L>,
    /// Schedules this operator again, now or later.
    activator: Activator,
    /// `None` once the worker has nothing more to send and everything is durable.
    capabilities: Option<Capabilities>,
    /// Epochs sent that are not known to be durable, oldest first, and when each was sealed.
    in_flight: VecDeque<(Epoch, Instant)>,
    /// Whether something was sealed since the last boundary, so that the next one is worth crossing in time.
    is_dirty: bool,
    /// By how much the ingest clock is moved, see [`Source::clock`].
    moved_ms: u64,
    /// The boundary for which a wake-up is on its way.
    alarm: Option<Epoch>,
    /// The round for which one is.
    tick: Option<Instant>,
    /// Whether nothing is to be done before that.
    rest: Rest,
    /// Whether this worker has taken in what readers had seen of its partitions when the run began, and everybody has
    /// been told: sinks are silent until they have heard that.
    has_caught_up: bool,
    /// The letters sent before each boundary that are not all delivered, oldest first.
    marks: VecDeque<(Epoch, LetterMark)>,
    /// Why the run is to end, as last announced.
    told: Option<Reason>,
    /// What is promised for silent partitions, if anything is.
    heartbeats: Option<Heartbeats>,
}

/// Adds the source of this worker to `scope`.
///
/// Returns the parcels, each to be exchanged to its destination, and the announcements, each to the worker that it is
/// for.
pub fn source<'s, L: Log + 'static>(
    scope: Scope<'s, Moment>,
    open: LogOpener<L>,
    setup: SourceSetup,
) -> (StreamVec<'s, Moment, Parcel>, StreamVec<'s, Moment, Addressed>) {
    let mut builder = OperatorBuilder::new("source".into(), scope);
    let address = builder.operator_info().address;
    let (parcels, parcel_stream) = builder.new_output::<Vec<Parcel>>();
    let (announcements, announcement_stream) = builder.new_output::<Vec<Addressed>>();
    let mut parcels = OutputBuilder::from(parcels);
    let mut announcements = OutputBuilder::from(announcements);

    let waker = waker(scope, &address);
    let pulse = setup.control.wake_with(Arc::clone(&waker));
    setup.signals.wake(scope.activator_for(Rc::clone(&address)));
    let activator = scope.activator_for(address);

    builder.build(move |capabilities| {
        let mut source = Source::new(setup, Stage::Waiting(open, waker), activator);
        source.capabilities = Capabilities::of(capabilities);
        move |_frontiers| {
            pulse.beat();
            let (mut parcels, mut announcements) = (parcels.activate(), announcements.activate());
            source.run(&mut Outputs { parcels: &mut parcels, announcements: &mut announcements });
        }
    });
    (parcel_stream, announcement_stream)
}

impl<L: Log> Source<L> {
    fn new(setup: SourceSetup, stage: Stage<L>, activator: Activator) -> Self {
        let in_flight = VecDeque::new();
        let (capabilities, alarm, tick) = (None, None, None);
        Source {
            setup,
            stage,
            activator,
            capabilities,
            in_flight,
            is_dirty: false,
            moved_ms: 0,
            alarm,
            tick,
            rest: Rest::default(),
            has_caught_up: false,
            marks: VecDeque::new(),
            told: None,
            heartbeats: None,
        }
    }

    /// Runs once.
    fn run(&mut self, out: &mut Outputs<'_, '_>) {
        if self.capabilities.is_none() {
            return;
        }
        if let Some(beginning) = self.setup.beginning.take() {
            self.announce(out, Announcement::Began(beginning));
        }
        match self.setup.control.reason() {
            Some(reason @ (Reason::Failed | Reason::Superseded | Reason::Abandoned)) => return self.abort(reason, out),
            Some(reason) if matches!(self.stage, Stage::Reading(..)) => return self.stop(reason, out),
            // Who reads nothing may be the only one that was asked. Who restores goes on with that first: without its
            // share of the totals, what others add to them would come to too little.
            Some(reason) => self.tell(reason, out),
            None => {}
        }
        self.rest.set(false);
        self.note_delivered();
        self.note_durable();
        match &self.stage {
            Stage::Waiting(..) => self.begin(),
            Stage::Restoring(_) => self.restore(out),
            Stage::Reading(..) => {
                self.advance(out);
                self.follow(out);
            }
            Stage::Ended(_) => self.leave(),
        }
    }

    /// Opens the log, once it is known from where.
    fn begin(&mut self) {
        let Some(beginning) = self.setup.signals.beginning() else { return };
        let Stage::Waiting(open, waker) = std::mem::replace(&mut self.stage, Stage::Ended(None)) else { return };
        let opened = open(&beginning, self.rest.respected(waker));
        if let (Some(restored), Some(capabilities)) = (&beginning.restored, &mut self.capabilities) {
            let event = capabilities.time().event;
            capabilities.downgrade(Moment { epoch: restored.epoch, event });
        }
        self.stage = Stage::Restoring(opened);
        self.activator.activate();
    }

    /// Sends a piece of the checkpoint's totals, in its epoch and before the capability is lowered to any promise: a
    /// row's window may be closed for the partitions of this worker and open for another's.
    fn restore(&mut self, out: &mut Outputs<'_, '_>) {
        let (Stage::Restoring(opened), Some(capabilities)) = (&mut self.stage, &self.capabilities) else { return };
        let epoch = capabilities.time().epoch;
        let row = opened.rows.next();
        match &row {
            Some(Ok(Block::Totals(view, totals))) => opened.intake.restore(*view, totals, self.setup.index),
            Some(Ok(Block::Sessions(view, sessions))) => {
                opened.intake.restore_sessions(*view, sessions, self.setup.index);
            }
            Some(Ok(Block::Ids(view, SeenIds { partition, slot, ids }))) => {
                opened.intake.restore_seen(*view, (*partition, *slot), ids.iter().map(String::as_str));
            }
            Some(Ok(Block::Orders(view, SeenOrders { partition, slot, orders }))) => {
                opened.intake.restore_orders(*view, (*partition, *slot), orders);
            }
            Some(Err(fault)) => self.setup.control.fail(fault.clone()),
            None => {}
        }
        if row.is_none() || opened.intake.is_full() {
            let (parcels, _) = opened.intake.seal(epoch);
            out.send(capabilities, parcels);
        }
        if row.is_none() {
            self.enter(out);
        }
        self.activator.activate();
    }

    /// Goes over from restoring to reading, and says from where.
    fn enter(&mut self, out: &mut Outputs<'_, '_>) {
        let beginning = self.setup.signals.beginning();
        let after = beginning.as_ref().map_or(Epoch(0), |beginning| beginning.after);
        if let Stage::Restoring(Opened { log, intake, journal, .. }) =
            std::mem::replace(&mut self.stage, Stage::Ended(None))
        {
            let positions = intake.positions();
            let (found, shown) = beginning.map(|found| (found.journal.len(), found.shown.clone())).unwrap_or_default();
            let found = (Heartbeats::room(found, self.setup.peers), shown);
            self.heartbeats = self.setup.idle.zip(journal).map(|(idle, journal)| Heartbeats::new(idle, journal, found));
            self.stage = Stage::Reading(log, intake);
            self.announce(out, Announcement::Sealed { worker: self.setup.index, epoch: after, positions });
            let now = self.setup.clock.epoch().max(self.setup.signals.follow());
            self.move_to(after.next().max(now), out);
        }
    }

    /// Seals what is in hand and ends, here and everywhere.
    fn stop(&mut self, reason: Reason, out: &mut Outputs<'_, '_>) {
        self.tell(reason, out);
        self.seal_any(out);
        self.end(out);
    }

    /// Announces that the run is to end, once for each reason.
    fn tell(&mut self, reason: Reason, out: &mut Outputs<'_, '_>) {
        if self.told.replace(reason) != Some(reason) {
            self.announce(out, Announcement::Stopping(reason));
        }
    }

    /// Says why the run breaks off. Nothing else is sent, sealed or let go: such a run ends as if it were killed, so
    /// that nobody takes for durable what is not.
    fn abort(&mut self, reason: Reason, out: &mut Outputs<'_, '_>) {
        self.tell(reason, out);
    }

    /// Lets go, once everything that anybody has sent is durable, and the worker's letters are delivered.
    fn leave(&mut self) {
        if self.setup.signals.is_over() && self.marks.is_empty() {
            self.capabilities = None;
        }
    }
}
