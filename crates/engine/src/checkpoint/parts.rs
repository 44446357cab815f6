//! The parts operator: reads what a worker's totals come to at a boundary, and writes that as a part.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::TraceReader;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;
use timely::scheduling::Activator;
use tracing::debug;

use super::background::{Background, JobOutcome, Jobs};
use super::handover::Handover;
use super::{Checkpointer, DurablePart};
use crate::announcement::{Announcement, Crossing, Crossings};
use crate::arrangement::{RowKey, TotalsCursor};
use crate::boundary::Boundaries;
use crate::clock::Clock;
use crate::intake::{KnownSnapshot, SeenOf};
use crate::signals::Signals;
use crate::totals::{TotalsTrace, newest};
use crate::waker::waker;
use mare_checkpoint::events::CheckpointFailed;
use mare_checkpoint::{Block, Encoded, Part, SeenIds, SeenOrders, SessionRows, StoreError, TotalRow, TotalRows};
use mare_metrics::events::InternalEvent;
use mare_model::canary;
use mare_model::record::Waker;
use mare_model::time::{Epoch, EventTime, Moment};
use mare_model::total::Key;
use mare_model::view::{View, ViewId};
use smallvec::SmallVec;

/// How many keys are read at one activation: a pause of a few milliseconds.
const SLICE: usize = 2_000;

/// What the parts operator is made of, beside the trace.
pub struct PartsSetup {
    /// Index of the worker.
    pub index: usize,
    /// Number of workers.
    pub peers: usize,
    /// The views.
    pub views: Rc<[View]>,
    /// Where to cut.
    pub boundaries: Boundaries,
    /// Where the parts go.
    pub checkpointer: Arc<Checkpointer>,
    /// Where they are written.
    pub background: Arc<dyn Background>,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
    /// What the worker's source hands over.
    pub handover: Rc<Handover>,
}

type TraceBatch = <TotalsTrace as TraceReader>::Batch;

/// A part that is not durable yet.
struct PendingPart {
    epoch: Epoch,
    boundary: Epoch,
    /// This worker's crossing of the boundary.
    crossing: Crossing,
}

/// The reading of a cut, slice by slice, so that the worker does other work in between.
struct Scan {
    pending: PendingPart,
    /// Windows that close at or before this are closed at the cut: every partition had promised so much.
    closed: EventTime,
    /// What is read; the trace goes on without it.
    batches: Vec<TraceBatch>,
    /// The first key that has not been read; `None` once all are.
    from: Option<Key>,
    /// What is kept by id, and how much of the last has been read.
    seen: Vec<SeenOf>,
    seen_read: usize,
    /// What has been read, slice by slice: one stretch of memory would have to move whenever it grows.
    encoded: Vec<Encoded>,
    /// How long the longest slice has kept the worker.
    pause: Duration,
}

/// Reads what a worker's totals come to and writes it, boundary by boundary.
struct Parts {
    setup: PartsSetup,
    trace: TotalsTrace,
    /// Through where the trace has been sealed.
    upper: Antichain<Moment>,
    crossings: Crossings,
    /// The first boundary at which may be cut next; `None` until the run has begun.
    next: Option<Epoch>,
    /// At the last boundary that was cut or passed over; `None` behind the end.
    capability: Option<Capability<Moment>>,
    scan: Option<Scan>,
    /// The part that is being written.
    writing: Option<PendingPart>,
    /// A part that is durable, and the letters before it may be on their way.
    written: Option<(PendingPart, Part)>,
    jobs: Jobs<Result<Part, StoreError>>,
    /// Schedules this operator again, for the next slice.
    activator: Activator,
}

/// Cuts the arrangement of this worker at boundaries. The parts that it sends are durable.
pub fn parts<'s>(
    arranged: &Arranged<'s, TotalsTrace>,
    announcements: StreamVec<'s, Moment, Announcement>,
    setup: PartsSetup,
) -> StreamVec<'s, Moment, DurablePart> {
    let (stream, trace, scope) = (arranged.stream.clone(), arranged.trace.clone(), arranged.stream.scope());
    stream.binary_frontier::<_, CapacityContainerBuilder<Vec<_>>, _, _, _, _>(
        announcements,
        Pipeline,
        Pipeline,
        "parts",
        move |capability, info| {
            let waker = waker(scope, &info.address);
            let activator = scope.activator_for(Rc::clone(&info.address));
            setup.handover.wake(activator.clone());
            let mut parts = Parts::new(setup, trace, capability, waker, activator);
            move |(spans, sealed), (announcements, announced), output| {
                spans.for_each(|_, spans| spans.drain(..).for_each(|span| parts.upper.clone_from(span.upper())));
                announcements.for_each(|_, news| news.drain(..).for_each(|news| parts.hear(news)));
                if let Some((capability, part)) = parts.run([sealed.frontier(), announced.frontier()]) {
                    output.session(&capability).give(part);
                }
            }
        },
    )
}

/// Through where all of these are complete.
fn reached(frontiers: [AntichainRef<'_, Moment>; 2]) -> Epoch {
    let [one, other] = frontiers.map(Epoch::reached);
    one.min(other)
}

impl Parts {
    fn new(
        setup: PartsSetup,
        trace: TotalsTrace,
        capability: Capability<Moment>,
        waker: Waker,
        activator: Activator,
    ) -> Self {
        let jobs = Jobs::new(Arc::clone(&setup.background), waker);
        let (upper, crossings) = (Antichain::from_elem(Moment::default()), Crossings::default());
        Parts {
            setup,
            trace,
            upper,
            crossings,
            next: None,
            capability: Some(capability),
            scan: None,
            writing: None,
            written: None,
            jobs,
            activator,
        }
    }

    fn hear(&mut self, announcement: Announcement) {
        match announcement {
            // What lies between the restored checkpoint and now holds nothing new.
            Announcement::Began(beginning) => {
                let now = self.setup.clock.epoch().max(beginning.after);
                self.next = Some(self.setup.boundaries.after(now));
            }
            Announcement::Crossed(crossing) => self.crossings.insert(crossing),
            Announcement::Sealed { .. } | Announcement::Speaks { .. } | Announcement::Stopping(_) => {}
        }
    }

    /// Runs once, at the frontiers of the arrangement and of the announcements. Returns a part that has become durable.
    fn run(&mut self, frontiers: [AntichainRef<'_, Moment>; 2]) -> Option<(Capability<Moment>, DurablePart)> {
        if !self.is_busy() {
            self.begin(reached(frontiers));
        }
        self.read();
        let part = self.finish();
        self.hold(frontiers);
        part
    }

    /// Whether a cut is on its way.
    fn is_busy(&self) -> bool {
        self.scan.is_some() || self.writing.is_some() || self.written.is_some()
    }

    /// Begins a cut, if a boundary is passed on all workers.
    fn begin(&mut self, through: Epoch) {
        let (Some(next), true) = (self.next, self.capability.is_some()) else { return };
        let Some(boundary) = self.setup.boundaries.choose(next, through) else { return };
        match self.pending(boundary) {
            Some(pending) => {
                let closed = self.crossings.of(boundary).map(|crossing| crossing.promise).min();
                let batches = self.trace.batches_through(AntichainRef::new(&[])).unwrap_or_default();
                let (first, seen) = (Key::first(), self.setup.handover.seen(pending.crossing.to));
                let closed = closed.unwrap_or(EventTime::MIN);
                let (from, seen_read, encoded) = (Some(first), 0, Vec::new());
                let pause = Duration::ZERO;
                self.scan = Some(Scan { pending, closed, batches, from, seen, seen_read, encoded, pause });
            }
            None => self.pass(boundary),
        }
        self.next = Some(self.setup.boundaries.after(boundary));
    }

    /// The part at `boundary`; `None` if a worker has passed it without a crossing, because it had not begun to read.
    fn pending(&self, boundary: Epoch) -> Option<PendingPart> {
        let crossings: Vec<_> = self.crossings.of(boundary).collect();
        let own = crossings.iter().find(|crossing| crossing.worker == self.setup.index)?;
        let last = crossings.iter().map(|crossing| crossing.from).max()?;
        let epoch = if boundary == Epoch::END { last.next() } else { boundary };
        (crossings.len() == self.setup.peers).then(|| PendingPart { epoch, boundary, crossing: (*own).clone() })
    }

    /// Reads a slice of the cut, and has the part written behind the last one.
    fn read(&mut self) {
        let Some(scan) = &mut self.scan else { return };
        let (begin, more) = (self.setup.clock.now(), scan.read(&self.setup));
        scan.pause = scan.pause.max(self.setup.clock.now().duration_since(begin));
        if more {
            return self.activator.activate();
        }
        let Some(Scan { pending, encoded, pause, .. }) = self.scan.take() else { return };
        let bytes: usize = encoded.iter().map(Encoded::len).sum();
        debug!("worker {} cut epoch {}: {bytes} bytes, longest pause {pause:.1?}", self.setup.index, pending.epoch.0);
        let (checkpointer, epoch, index) = (Arc::clone(&self.setup.checkpointer), pending.epoch, self.setup.index);
        let generation = self.setup.signals.beginning().map_or(0, |beginning| beginning.generation);
        self.jobs
            .send(move || checkpointer.write(epoch, generation, u32::try_from(index).unwrap_or(u32::MAX), &encoded));
        self.writing = Some(pending);
    }

    /// Takes note of a part that is durable, or never will be. It is told of once the letters before it are delivered.
    fn finish(&mut self) -> Option<(Capability<Moment>, DurablePart)> {
        if let Some(outcome) = self.jobs.outcome() {
            let pending = self.writing.take()?;
            match outcome {
                JobOutcome::Done(Ok(part)) => self.written = Some((pending, part)),
                JobOutcome::Done(Err(error)) => self.give_up(pending.boundary, &error),
                JobOutcome::Dropped => self.give_up(pending.boundary, &"no thread to write it"),
            }
        }
        let is_delivered = |boundary| canary!(Letters, self.setup.handover.is_delivered(boundary), without: true);
        let (pending, part) = self.written.take_if(|(pending, _)| is_delivered(pending.crossing.to))?;
        let (capability, PendingPart { epoch, boundary, crossing }) = (self.capability.clone()?, pending);
        self.pass(boundary);
        Some((capability, DurablePart { epoch, boundary, partitions: crossing.partitions, part }))
    }

    fn give_up(&mut self, boundary: Epoch, why: &dyn std::fmt::Display) {
        CheckpointFailed { why }.emit();
        self.pass(boundary);
    }

    /// Has done with `boundary`.
    fn pass(&mut self, boundary: Epoch) {
        self.activator.activate();
        if boundary == Epoch::END {
            self.capability = None;
        } else if let Some(capability) = &mut self.capability {
            capability.downgrade(&Moment { epoch: boundary, event: EventTime::MIN });
        }
    }

    /// Lets the trace forget what no cut to come will tell apart: see STEP 2 of [`super`].
    fn hold(&mut self, frontiers: [AntichainRef<'_, Moment>; 2]) {
        self.trace.advance_upper(&mut self.upper);
        self.trace.set_physical_compaction(self.upper.borrow());
        let Some(next) = self.next else { return };
        if next == Epoch::END && (self.is_busy() || self.capability.is_none()) {
            return self.trace.set_logical_compaction(AntichainRef::new(&[]));
        }
        self.crossings.forget_before(next);
        let events = frontiers.iter().flat_map(|frontier| frontier.iter().map(|moment| moment.event));
        let event = events.min().unwrap_or(EventTime::MAX).min(self.crossings.promise());
        let epoch = canary!(Hold, reached(frontiers).min(next.previous()), without: Epoch::END);
        self.trace.set_logical_compaction(AntichainRef::new(&[Moment { epoch, event }]));
    }
}

impl Scan {
    /// Reads a slice; whether there is more.
    fn read(&mut self, setup: &PartsSetup) -> bool {
        match self.from.take() {
            Some(from) => self.read_totals(&from, setup),
            None => self.read_seen(setup),
        }
        self.from.is_some() || !self.seen.is_empty()
    }

    /// Reads totals of one view, from a key on.
    fn read_totals(&mut self, from: &Key, setup: &PartsSetup) {
        let id = from.view;
        let Some(view) = setup.views.get(usize::from(id.0)) else { return };
        let View { windows, measures, .. } = view;
        let (mut totals, mut ends) = (TotalRows::new(measures.len()), Vec::new());
        let boundary = canary!(Cut, self.pending.boundary, without: Epoch::END);
        let mut cursor = TotalsCursor::new(&self.batches, id);
        cursor.seek(&RowKey::of(from));
        for read in 0.. {
            let Some(key) = cursor.key() else {
                self.from = id.0.checked_add(1).map(|next| Key { view: ViewId(next), ..Key::first() });
                break;
            };
            if read == SLICE {
                self.from = Some(key.owned(id));
                break;
            }
            let Some(total) = newest(&mut cursor, &key, view, boundary) else { continue };
            if windows.close(key.window) > self.closed {
                let (slot, group) = (windows.slot(key.window), &*String::from_utf8_lossy(key.group));
                let units: SmallVec<[i128; 1]> = total.cells.as_slice().iter().map(|cell| cell.units()).collect();
                let (measures, summaries) = (&*units, total.cells.summaries());
                totals.push(TotalRow { slot, group, n: total.n, measures, summaries });
                if windows.are_sessions() {
                    ends.push(key.window.end);
                }
            }
        }
        if !ends.is_empty() {
            self.push(&Block::Sessions(id, SessionRows { rows: totals, ends }));
        } else if !totals.is_empty() {
            self.push(&Block::Totals(id, totals));
        }
    }

    /// Reads what is kept by id of the last partition and window.
    fn read_seen(&mut self, setup: &PartsSetup) {
        let Some((view, partition, window, snapshot)) = self.seen.last() else { return };
        let Some(View { windows, .. }) = setup.views.get(usize::from(view.0)) else { return };
        let (partition, slot, length) = (*partition, windows.slot(*window), snapshot.len());
        let through = (self.seen_read + SLICE).min(length);
        let block = match snapshot {
            KnownSnapshot::Ids(seen) => {
                let mut ids = Vec::with_capacity(through - self.seen_read);
                seen.visit(self.seen_read..through, |id| ids.push(id.to_owned()));
                Block::Ids(*view, SeenIds { partition, slot, ids })
            }
            KnownSnapshot::Orders(orders) => {
                let orders = orders.read(self.seen_read..through);
                Block::Orders(*view, SeenOrders { partition, slot, orders })
            }
        };
        self.seen_read = through;
        if through == length {
            self.seen.pop();
            self.seen_read = 0;
        }
        self.push(&block);
    }

    fn push(&mut self, block: &Block) {
        let mut encoded = Encoded::default();
        encoded.push(block);
        self.encoded.push(encoded);
    }
}
