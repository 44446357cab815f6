//! The changes operator: for each key in a newly sealed batch, its newest total; and where asked, its final one. Of
//! sessions it gives the final one alone, and before that no more than that there is something: so that an epoch of
//! theirs, too, becomes durable by a batch, in which the sink asks whether the run is still the one that owns it. One
//! that is not would never learn it otherwise, as long as no session closes, and leave checkpoints of events that the
//! journal of its successor has made late.
//!
//! # A final total is followed by no change
//! 1. A window is taken for closed when every element of the input frontier has `event >= close`. Then no capability is
//!    left with which a source could send an insert for it, and every insert that was sent is in a sealed batch.
//! 2. The final totals are read before the trace is allowed to compact the window away, and sent with capabilities held
//!    at the frontier before, so behind the sink the frontier passes only when they are durable.
//! 3. Sources that end keep their promise ([`super::source`]), so an end closes nothing. The promise of a partition is
//!    a function of its log, so a run that goes on from an earlier cut finds the same windows closed by the same
//!    records.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::TraceReader;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

use super::arrangement::{RowKey, TotalsCursor};
use super::signals::Signals;
use super::totals::{TotalsTrace, newest};
use mare_model::canary;
use mare_model::time::{Epoch, EventTime, Moment};
use mare_model::total::Change;
use mare_model::view::{View, ViewId};

type TraceBatch = <TotalsTrace as TraceReader>::Batch;

/// What the changes operator is made of, beside the trace.
pub struct ChangesSetup {
    /// The views. Those with a field for it are sent final totals, when their windows close.
    pub views: Rc<[View]>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
    /// Where the number of updates in the arrangement of this worker is shown.
    pub updates: Arc<AtomicU64>,
}

/// Reads newest totals through the trace, and lets the trace compact what nobody will read any more.
struct Changes {
    trace: TotalsTrace,
    setup: ChangesSetup,
    /// Through where the trace has been sealed.
    upper: Antichain<Moment>,
    /// Batches sealed since the last read.
    batches: Vec<TraceBatch>,
    /// What the totals of these batches may be sent with.
    capabilities: CapabilitySet<Moment>,
    /// What final totals may be sent with: always at the input frontier as of the last activation; nothing without
    /// finals.
    closing: CapabilitySet<Moment>,
    /// Windows that close at or before this have been sent as final.
    closed: EventTime,
}

/// The newest total of each key that a sealed batch touches: one lookup for each key and seal, never one for each
/// event. With finals, also the total of each key whose window closes.
pub fn changes<'s>(arranged: Arranged<'s, TotalsTrace>, setup: ChangesSetup) -> StreamVec<'s, Moment, Change> {
    let trace = arranged.trace;
    arranged.stream.unary_frontier::<CapacityContainerBuilder<Vec<_>>, _, _, _>(Pipeline, "changes", |capability, _| {
        let closing = if setup.finals() { CapabilitySet::from_elem(capability) } else { CapabilitySet::new() };
        let mut changes = Changes::new(trace, setup, closing);
        move |(input, frontier), output| {
            input.for_each(|capability, spans| {
                for capability in capability.retain_stamp(0).iter() {
                    changes.capabilities.insert(capability.clone());
                }
                for span in spans.drain(..) {
                    changes.upper.clone_from(span.upper());
                    changes.batches.extend(span.inner);
                }
            });
            if !changes.batches.is_empty() {
                let capabilities = std::mem::take(&mut changes.capabilities);
                let mut session = output.session(&capabilities);
                changes.read(|change| session.give(change));
            }
            changes.trace.advance_upper(&mut changes.upper);
            if let Some(through) = changes.closes(frontier.frontier()) {
                let capabilities = changes.closing.clone();
                let mut session = output.session(&capabilities);
                changes.close(through, |change| session.give(change));
            }
            changes.compact(frontier.frontier());
        }
    })
}

impl ChangesSetup {
    /// Whether any view has final totals.
    fn finals(&self) -> bool {
        self.views.iter().any(View::has_finals)
    }

    /// The views with their ids, in the order of the keys.
    fn numbered(&self) -> impl Iterator<Item = (ViewId, &View)> {
        (0..).map(ViewId).zip(&*self.views)
    }
}

impl Changes {
    fn new(trace: TotalsTrace, setup: ChangesSetup, closing: CapabilitySet<Moment>) -> Self {
        let (upper, batches) = (Antichain::from_elem(Moment::default()), Vec::new());
        let (capabilities, closed) = (CapabilitySet::new(), EventTime::MIN);
        Changes { trace, setup, upper, batches, capabilities, closing, closed }
    }

    /// Gives the newest total of each key that the batches have rows of. What a checkpoint brought back is a row too,
    /// but its documents stand already. Of sessions that are open it gives no more than that there are some.
    fn read(&mut self, mut give: impl FnMut(Change)) {
        let batches = std::mem::take(&mut self.batches);
        let Some(all) = self.trace.batches_through(self.upper.borrow()) else { return };
        let written = self.setup.signals.written_before();
        for (id, view) in self.setup.numbered() {
            let (mut touched, mut totals) = (TotalsCursor::new(&batches, id), TotalsCursor::new(&all, id));
            let mut has_sessions = false;
            while let Some(key) = touched.key() {
                let mut is_new = false;
                touched.pass(&key, |row| is_new |= written.is_none_or(|written| row.epoch > written));
                if is_new && view.windows.are_sessions() {
                    has_sessions = canary!(Unwritten, true, without: false);
                } else if is_new {
                    totals.seek(&key);
                    let newest = newest(&mut totals, &key, view, Epoch::END);
                    newest.into_iter().for_each(|total| give(Change { key: key.owned(id), total, is_final: false }));
                }
            }
            has_sessions.then(|| give(Change::of_nothing(id)));
        }
    }

    /// Through where windows are closed, if it is further than before and there are finals.
    ///
    /// When every source has ended, what they have promised closes windows as ever. They let go of it when they know
    /// this operator to be at the end, and that closes nothing.
    fn closes(&self, frontier: AntichainRef<'_, Moment>) -> Option<EventTime> {
        let was_over = self.closing.iter().all(|capability| capability.time().epoch == Epoch::END);
        let through = frontier.iter().map(|moment| moment.event).min()?;
        (self.setup.finals() && !was_over && through > self.closed).then_some(through)
    }

    /// Gives the total of each key whose window closes through `through` and has not been given as final.
    fn close(&mut self, through: EventTime, mut give: impl FnMut(Change)) {
        let before = std::mem::replace(&mut self.closed, through);
        let Some(all) = self.trace.batches_through(self.upper.borrow()) else { return };
        for (id, view) in self.setup.numbered().filter(|(_, view)| view.has_finals()) {
            let mut totals = TotalsCursor::new(&all, id);
            totals.seek(&RowKey::new(view.windows.closing(EventTime(before.0.saturating_add(1))), b""));
            while let Some(key) = totals.key().filter(|key| view.windows.close(key.window) <= through) {
                let newest = newest(&mut totals, &key, view, Epoch::END);
                newest.into_iter().for_each(|total| give(Change { key: key.owned(id), total, is_final: true }));
            }
        }
    }

    /// Lets the trace forget distinctions before `frontier`, and shows its size.
    fn compact(&mut self, frontier: AntichainRef<'_, Moment>) {
        if self.setup.finals() {
            self.closing.downgrade(frontier.iter());
        }
        self.trace.set_logical_compaction(frontier);
        self.trace.set_physical_compaction(self.upper.borrow());
        let mut updates = 0;
        self.trace.map_spans(|span| updates += span.inner.as_ref().map_or(0, |batch| batch.len()));
        self.setup.updates.store(updates as u64, Relaxed);
    }
}
