//! The commit operator: makes a checkpoint of parts, once all of them and every document of the cut are durable.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;

use super::background::{Background, JobOutcome, Jobs};
use super::{Checkpointer, DurablePart};
use crate::signals::Signals;
use crate::waker::waker;
use mare_checkpoint::events::{CheckpointFailed, CheckpointTaken};
use mare_checkpoint::manifest::Content;
use mare_checkpoint::{Manifest, Partitions, StoreError};
use mare_metrics::events::InternalEvent;
use mare_model::canary;
use mare_model::position::Positions;
use mare_model::record::Waker;
use mare_model::time::{Epoch, Moment};
use mare_sink::fence;

/// What the commit operator is made of.
pub struct CommitSetup {
    /// Number of workers, and so of parts.
    pub peers: usize,
    /// Where the manifest goes.
    pub checkpointer: Arc<Checkpointer>,
    /// Where it is written.
    pub background: Arc<dyn Background>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
}

/// Makes checkpoints; at work on the first worker, idle on the others.
struct Commit {
    setup: CommitSetup,
    /// Parts by boundary, of boundaries at which no checkpoint has been made yet.
    parts: BTreeMap<Epoch, Vec<DurablePart>>,
    /// The positions that the sink's control document holds at least.
    shown: Positions,
    /// Keeps the graph alive while a checkpoint may still be made.
    capability: Option<Capability<Moment>>,
    jobs: Jobs<Result<Manifest, StoreError>>,
    /// Whether one has been made in this run.
    is_first: bool,
}

/// Makes a checkpoint of the parts of one boundary. `written` carries what the sink's control document has been raised
/// to; its frontier is the durable one, so what has come when a boundary is durable is what the documents of the cut
/// needed at least.
///
/// The stream that it returns carries nothing either; it ends when no checkpoint is on its way.
pub fn commit<'s>(
    parts: StreamVec<'s, Moment, DurablePart>,
    written: StreamVec<'s, Moment, Positions>,
    setup: CommitSetup,
) -> StreamVec<'s, Moment, ()> {
    let scope = parts.scope();
    parts.binary_frontier::<_, CapacityContainerBuilder<Vec<()>>, _, _, _, _>(
        written,
        Exchange::new(|_: &DurablePart| 0),
        Exchange::new(|_: &Positions| 0),
        "commit",
        move |capability, info| {
            let mut commit = Commit::new(setup, capability, waker(scope, &info.address));
            move |(parts, told), (written, durable), _output| {
                written.for_each(|_, shown| shown.drain(..).for_each(|shown| commit.shows(&shown)));
                parts.for_each(|_, parts| parts.drain(..).for_each(|part| commit.take(part)));
                commit.run(Epoch::reached(told.frontier()), Epoch::reached(durable.frontier()));
            }
        },
    )
}

impl Commit {
    fn new(setup: CommitSetup, capability: Capability<Moment>, waker: Waker) -> Self {
        let jobs = Jobs::new(Arc::clone(&setup.background), waker);
        let (parts, shown) = (BTreeMap::new(), Positions::new());
        Commit { setup, parts, shown, capability: Some(capability), jobs, is_first: true }
    }

    /// Notes what the sink's control document has been raised to.
    fn shows(&mut self, shown: &Positions) {
        fence::raise(&mut self.shown, shown);
    }

    fn take(&mut self, part: DurablePart) {
        self.parts.entry(part.boundary).or_default().push(part);
    }

    /// Runs once. No more parts come of boundaries up to `told`; all documents of the epochs before `durable` are
    /// durable.
    fn run(&mut self, told: Epoch, durable: Epoch) {
        if let Some(outcome) = self.jobs.outcome() {
            self.report(outcome);
        }
        let peers = self.setup.peers;
        self.parts.retain(|boundary, parts| parts.len() == peers || *boundary > told);
        if !self.jobs.is_busy() {
            self.begin(durable);
        }
        if told == Epoch::END && self.parts.is_empty() && !self.jobs.is_busy() {
            self.capability = None;
        }
    }

    /// Makes a checkpoint of the newest boundary that is ready, and forgets those before it.
    fn begin(&mut self, durable: Epoch) {
        let through = canary!(Durable, durable, without: Epoch::END);
        let peers = self.setup.peers;
        let ready = self.parts.range(..=through).filter(|(_, parts)| parts.len() == peers);
        let Some(boundary) = ready.map(|(boundary, _)| *boundary).next_back() else { return };
        let Some(parts) = self.parts.remove(&boundary) else { return };
        self.parts.retain(|other, _| *other > boundary);
        let Some(epoch) = parts.first().map(|part| part.epoch) else { return };
        let mut content = Content { shown: self.shown(), partitions: self.missing(), parts: Vec::new() };
        for part in parts {
            content.partitions.extend(part.partitions);
            content.parts.push(part.part);
        }
        let checkpointer = Arc::clone(&self.setup.checkpointer);
        self.jobs.send(move || checkpointer.commit(epoch, content));
    }

    /// The partitions of the restored checkpoint, so that one that is missing now keeps its state.
    fn missing(&self) -> Partitions {
        let beginning = self.setup.signals.beginning();
        let restored = beginning.and_then(|beginning| Some(beginning.restored.as_ref()?.partitions.clone()));
        restored.unwrap_or_default()
    }

    /// What the control document of each view holds at least: what it held when the run began, raised by what has been
    /// acknowledged since.
    fn shown(&self) -> Positions {
        let mut shown = self.setup.signals.beginning().map(|beginning| beginning.held()).unwrap_or_default();
        fence::raise(&mut shown, &self.shown);
        shown
    }

    fn report(&mut self, outcome: JobOutcome<Result<Manifest, StoreError>>) {
        match outcome {
            JobOutcome::Done(Ok(manifest)) => {
                let is_first = std::mem::replace(&mut self.is_first, false);
                CheckpointTaken { manifest: &manifest, is_first }.emit();
            }
            JobOutcome::Done(Err(error)) => CheckpointFailed { why: &error }.emit(),
            JobOutcome::Dropped => CheckpointFailed { why: &"no thread to write it" }.emit(),
        }
    }
}
