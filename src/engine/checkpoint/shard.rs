//! The shard operator: reads what a worker's totals come to at a boundary, and writes that as a part.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::{Cursor, TraceReader};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;
use timely::scheduling::Activator;
use tracing::debug;

use super::errand::{Background, Errands, Outcome};
use super::handover::{Handover, SeenHandle};
use super::{Piece, Vault};
use crate::checkpoint::events::CheckpointFailed;
use crate::checkpoint::{Block, Encoded, Part, SeenIds, StoreError, TotalRow, TotalRows};
use crate::engine::announcement::{Announcement, Crossing, Crossings};
use crate::engine::boundary::Boundaries;
use crate::engine::clock::Clock;
use crate::engine::signals::Signals;
use crate::engine::totals::{Totals, newest};
use crate::engine::waker::waker;
use crate::metrics::events::Event;
use crate::record::Waker;
use crate::time::{Epoch, EventTime, Moment, Windows};
use crate::total::Key;
use mare_model::canary;
use smallvec::SmallVec;

/// How many keys are read at one activation: a pause of a few milliseconds.
const SLICE: usize = 2_000;

/// What the shard operator is made of, beside the trace.
pub struct Setting {
    /// Index of the worker.
    pub index: usize,
    /// Number of workers.
    pub peers: usize,
    /// The windows.
    pub windows: Windows,
    /// How many measures a total has.
    pub width: usize,
    /// Where to cut.
    pub boundaries: Boundaries,
    /// Where the parts go.
    pub vault: Arc<Vault>,
    /// Where they are written.
    pub background: Arc<dyn Background>,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
    /// What the worker's source hands over.
    pub handover: Rc<Handover>,
}

type Batch = <Totals as TraceReader>::Batch;

/// A piece of which the part is not durable yet.
struct Draft {
    epoch: Epoch,
    boundary: Epoch,
    /// This worker's crossing of the boundary.
    crossing: Crossing,
}

/// A cut that is being read, slice by slice.
struct Cut {
    draft: Draft,
    /// Windows that close at or before this are closed at the cut: every partition had promised so much.
    closed: EventTime,
    /// What is read; the trace goes on without it.
    batches: Vec<Batch>,
    /// The first key that has not been read; `None` once all are.
    from: Option<Key>,
    /// The ids that deduplication keeps, and how many of the last ones have been read.
    seen: Vec<SeenHandle>,
    seen_read: usize,
    /// What has been read, slice by slice: one piece of memory would have to move whenever it grows.
    encoded: Vec<Encoded>,
    /// How long the longest slice has kept the worker.
    pause: Duration,
}

/// Reads and writes a worker's shard, boundary by boundary.
struct Shard {
    setting: Setting,
    trace: Totals,
    /// Through where the trace has been sealed.
    upper: Antichain<Moment>,
    crossings: Crossings,
    /// The first boundary at which may be cut next; `None` until the run has begun.
    next: Option<Epoch>,
    /// At the last boundary that was cut or passed over; `None` behind the end.
    capability: Option<Capability<Moment>>,
    cut: Option<Cut>,
    /// The piece whose part is being written.
    writing: Option<Draft>,
    /// A piece whose part is durable, and whose letters may be on their way.
    written: Option<(Draft, Part)>,
    errands: Errands<Result<Part, StoreError>>,
    /// Schedules this operator again, for the next slice.
    activator: Activator,
}

/// Cuts the arrangement of this worker at boundaries. The pieces that it sends are durable.
pub fn shard<'s>(
    arranged: &Arranged<'s, Totals>,
    announcements: StreamVec<'s, Moment, Announcement>,
    setting: Setting,
) -> StreamVec<'s, Moment, Piece> {
    let (stream, trace, scope) = (arranged.stream.clone(), arranged.trace.clone(), arranged.stream.scope());
    stream.binary_frontier::<_, CapacityContainerBuilder<Vec<_>>, _, _, _, _>(
        announcements,
        Pipeline,
        Pipeline,
        "shard",
        move |capability, info| {
            let waker = waker(scope, &info.address);
            let activator = scope.activator_for(Rc::clone(&info.address));
            setting.handover.wake(activator.clone());
            let mut shard = Shard::new(setting, trace, capability, waker, activator);
            move |(spans, sealed), (announcements, announced), output| {
                spans.for_each(|_, spans| spans.drain(..).for_each(|span| shard.upper.clone_from(span.upper())));
                announcements.for_each(|_, news| news.drain(..).for_each(|news| shard.hear(news)));
                if let Some((capability, piece)) = shard.run([sealed.frontier(), announced.frontier()]) {
                    output.session(&capability).give(piece);
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

impl Shard {
    fn new(
        setting: Setting,
        trace: Totals,
        capability: Capability<Moment>,
        waker: Waker,
        activator: Activator,
    ) -> Self {
        let errands = Errands::new(Arc::clone(&setting.background), waker);
        let (upper, crossings) = (Antichain::from_elem(Moment::default()), Crossings::default());
        Shard {
            setting,
            trace,
            upper,
            crossings,
            next: None,
            capability: Some(capability),
            cut: None,
            writing: None,
            written: None,
            errands,
            activator,
        }
    }

    fn hear(&mut self, announcement: Announcement) {
        match announcement {
            // What lies between the restored checkpoint and now holds nothing new.
            Announcement::Began(beginning) => {
                let now = self.setting.clock.epoch().max(beginning.after);
                self.next = Some(self.setting.boundaries.after(now));
            }
            Announcement::Crossed(crossing) => self.crossings.insert(crossing),
            Announcement::Sealed { .. } | Announcement::Stopping(_) => {}
        }
    }

    /// Runs once, at the frontiers of the arrangement and of the announcements. Returns a piece that has become durable.
    fn run(&mut self, frontiers: [AntichainRef<'_, Moment>; 2]) -> Option<(Capability<Moment>, Piece)> {
        if !self.is_busy() {
            self.begin(reached(frontiers));
        }
        self.read();
        let piece = self.finish();
        self.hold(frontiers);
        piece
    }

    /// Whether a cut is on its way.
    fn is_busy(&self) -> bool {
        self.cut.is_some() || self.writing.is_some() || self.written.is_some()
    }

    /// Begins a cut, if a boundary is passed on all workers.
    fn begin(&mut self, through: Epoch) {
        let (Some(next), true) = (self.next, self.capability.is_some()) else { return };
        let Some(boundary) = self.setting.boundaries.choose(next, through) else { return };
        match self.draft(boundary) {
            Some(draft) => {
                let closed = self.crossings.of(boundary).map(|crossing| crossing.promise).min();
                let batches = self.trace.batches_through(AntichainRef::new(&[])).unwrap_or_default();
                let (first, seen) = (Key::first(), self.setting.handover.seen(draft.crossing.to));
                let closed = closed.unwrap_or(EventTime::MIN);
                let (from, seen_read, encoded) = (Some(first), 0, Vec::new());
                let pause = Duration::ZERO;
                self.cut = Some(Cut { draft, closed, batches, from, seen, seen_read, encoded, pause });
            }
            None => self.pass(boundary),
        }
        self.next = Some(self.setting.boundaries.after(boundary));
    }

    /// The piece at `boundary`; `None` if a worker has passed it without a crossing, because it had not begun to read.
    fn draft(&self, boundary: Epoch) -> Option<Draft> {
        let crossings: Vec<_> = self.crossings.of(boundary).collect();
        let own = crossings.iter().find(|crossing| crossing.worker == self.setting.index)?;
        let last = crossings.iter().map(|crossing| crossing.from).max()?;
        let epoch = if boundary == Epoch::END { last.next() } else { boundary };
        (crossings.len() == self.setting.peers).then(|| Draft { epoch, boundary, crossing: (*own).clone() })
    }

    /// Reads a slice of the cut, and has the part written behind the last one.
    fn read(&mut self) {
        let Some(cut) = &mut self.cut else { return };
        let (begin, more) = (self.setting.clock.now(), cut.read(&self.setting));
        cut.pause = cut.pause.max(self.setting.clock.now().duration_since(begin));
        if more {
            return self.activator.activate();
        }
        let Some(Cut { draft, encoded, pause, .. }) = self.cut.take() else { return };
        let bytes: usize = encoded.iter().map(Encoded::len).sum();
        debug!("worker {} cut epoch {}: {bytes} bytes, longest pause {pause:.1?}", self.setting.index, draft.epoch.0);
        let (vault, epoch, index) = (Arc::clone(&self.setting.vault), draft.epoch, self.setting.index);
        let generation = self.setting.signals.beginning().map_or(0, |beginning| beginning.generation);
        self.errands.send(move || vault.write(epoch, generation, u32::try_from(index).unwrap_or(u32::MAX), &encoded));
        self.writing = Some(draft);
    }

    /// Takes note of a part that is durable, or never will be. Its piece is told of once the letters before it are delivered.
    fn finish(&mut self) -> Option<(Capability<Moment>, Piece)> {
        if let Some(outcome) = self.errands.outcome() {
            let draft = self.writing.take()?;
            match outcome {
                Outcome::Done(Ok(part)) => self.written = Some((draft, part)),
                Outcome::Done(Err(error)) => self.give_up(draft.boundary, &error),
                Outcome::Dropped => self.give_up(draft.boundary, &"no thread to write it"),
            }
        }
        let is_delivered = |boundary| canary!(Letters, self.setting.handover.is_delivered(boundary), without: true);
        let (draft, part) = self.written.take_if(|(draft, _)| is_delivered(draft.crossing.to))?;
        let (capability, Draft { epoch, boundary, crossing }) = (self.capability.clone()?, draft);
        self.pass(boundary);
        Some((capability, Piece { epoch, boundary, partitions: crossing.partitions, part }))
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

impl Cut {
    /// Reads a slice; whether there is more.
    fn read(&mut self, setting: &Setting) -> bool {
        match self.from.take() {
            Some(from) => self.read_totals(&from, setting),
            None => self.read_seen(),
        }
        self.from.is_some() || !self.seen.is_empty()
    }

    /// Reads totals, from a key on.
    fn read_totals(&mut self, from: &Key, setting: &Setting) {
        let mut totals = TotalRows::new(setting.width);
        let boundary = canary!(Cut, self.draft.boundary, without: Epoch::END);
        let (mut cursor, batches) = cursor_list(self.batches.clone());
        cursor.seek_key(&batches, from);
        for read in 0.. {
            let Some(key) = cursor.get_key(&batches) else { break };
            if read == SLICE {
                self.from = Some(key.clone());
                break;
            }
            let (key, close) = (key.clone(), setting.windows.close(key.window));
            if close > self.closed
                && let Some(total) = newest(&mut cursor, &batches, close, boundary)
            {
                let (start, group) = (key.window.start, &*key.group);
                let units: SmallVec<[i128; 1]> = total.cells.as_slice().iter().map(|cell| cell.units()).collect();
                totals.push(TotalRow { start, group, n: total.n, measures: &units });
            }
            cursor.step_key(&batches);
        }
        if !totals.is_empty() {
            self.push(&Block::Totals(totals));
        }
    }

    /// Reads ids of the last partition and window.
    fn read_seen(&mut self) {
        let Some((partition, window, snapshot)) = self.seen.last() else { return };
        let through = (self.seen_read + SLICE).min(snapshot.len());
        let mut ids = Vec::with_capacity(through - self.seen_read);
        snapshot.visit(self.seen_read..through, |id| ids.push(id.to_owned()));
        let block = Block::Ids(SeenIds { partition: *partition, start: window.start, ids });
        self.seen_read = through;
        if through == snapshot.len() {
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
