//! The commit operator: makes a checkpoint of parts, once all of them and every document of the cut are durable.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;

use super::errand::{Background, Errands, Outcome};
use super::{Piece, Vault};
use crate::checkpoint::events::{CheckpointFailed, CheckpointTaken};
use crate::checkpoint::manifest::Content;
use crate::checkpoint::{Manifest, Partitions, StoreError};
use crate::engine::signals::Signals;
use crate::engine::waker::waker;
use crate::metrics::events::Event;
use crate::position::Positions;
use crate::record::Waker;
use crate::sink::fence;
use crate::time::{Epoch, Moment};
use mare_model::canary;

/// What the commit operator is made of.
pub struct Setting {
    /// Number of workers, and so of pieces.
    pub peers: usize,
    /// Where the manifest goes.
    pub vault: Arc<Vault>,
    /// Where it is written.
    pub background: Arc<dyn Background>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
}

/// Makes checkpoints; at work on the first worker, idle on the others.
struct Commit {
    setting: Setting,
    /// Pieces by boundary, of boundaries at which no checkpoint has been made yet.
    pieces: BTreeMap<Epoch, Vec<Piece>>,
    /// The positions that the sink's control document holds at least.
    shown: Positions,
    /// Keeps the graph alive while a checkpoint may still be made.
    capability: Option<Capability<Moment>>,
    errands: Errands<Result<Manifest, StoreError>>,
    /// Whether one has been made in this run.
    is_first: bool,
}

/// Makes a checkpoint of the pieces of one boundary. `written` carries what the sink's control document has been raised to; its
/// frontier is the durable one, so what has come when a boundary is durable is what the documents of the cut needed at least.
///
/// The stream that it returns carries nothing either; it ends when no checkpoint is on its way.
pub fn commit<'s>(
    pieces: StreamVec<'s, Moment, Piece>,
    written: StreamVec<'s, Moment, Positions>,
    setting: Setting,
) -> StreamVec<'s, Moment, ()> {
    let scope = pieces.scope();
    pieces.binary_frontier::<_, CapacityContainerBuilder<Vec<()>>, _, _, _, _>(
        written,
        Exchange::new(|_: &Piece| 0),
        Exchange::new(|_: &Positions| 0),
        "commit",
        move |capability, info| {
            let mut commit = Commit::new(setting, capability, waker(scope, &info.address));
            move |(pieces, told), (written, durable), _output| {
                written.for_each(|_, shown| shown.drain(..).for_each(|shown| commit.shows(&shown)));
                pieces.for_each(|_, pieces| pieces.drain(..).for_each(|piece| commit.take(piece)));
                commit.run(Epoch::reached(told.frontier()), Epoch::reached(durable.frontier()));
            }
        },
    )
}

impl Commit {
    fn new(setting: Setting, capability: Capability<Moment>, waker: Waker) -> Self {
        let errands = Errands::new(Arc::clone(&setting.background), waker);
        let (pieces, shown) = (BTreeMap::new(), Positions::new());
        Commit { setting, pieces, shown, capability: Some(capability), errands, is_first: true }
    }

    /// Notes what the sink's control document has been raised to.
    fn shows(&mut self, shown: &Positions) {
        fence::raise(&mut self.shown, shown);
    }

    fn take(&mut self, piece: Piece) {
        self.pieces.entry(piece.boundary).or_default().push(piece);
    }

    /// Runs once. No more pieces come of boundaries up to `told`; all documents of the epochs before `durable` are durable.
    fn run(&mut self, told: Epoch, durable: Epoch) {
        if let Some(outcome) = self.errands.outcome() {
            self.report(outcome);
        }
        let peers = self.setting.peers;
        self.pieces.retain(|boundary, pieces| pieces.len() == peers || *boundary > told);
        if !self.errands.is_busy() {
            self.begin(durable);
        }
        if told == Epoch::END && self.pieces.is_empty() && !self.errands.is_busy() {
            self.capability = None;
        }
    }

    /// Makes a checkpoint of the newest boundary that is ready, and forgets those before it.
    fn begin(&mut self, durable: Epoch) {
        let through = canary!(Durable, durable, without: Epoch::END);
        let peers = self.setting.peers;
        let ready = self.pieces.range(..=through).filter(|(_, pieces)| pieces.len() == peers);
        let Some(boundary) = ready.map(|(boundary, _)| *boundary).next_back() else { return };
        let Some(pieces) = self.pieces.remove(&boundary) else { return };
        self.pieces.retain(|other, _| *other > boundary);
        let Some(epoch) = pieces.first().map(|piece| piece.epoch) else { return };
        let mut content = Content { shown: self.shown(), partitions: self.missing(), parts: Vec::new() };
        for piece in pieces {
            content.partitions.extend(piece.partitions);
            content.parts.push(piece.part);
        }
        let vault = Arc::clone(&self.setting.vault);
        self.errands.send(move || vault.commit(epoch, content));
    }

    /// The partitions of the restored checkpoint, so that one that is missing now keeps its state.
    fn missing(&self) -> Partitions {
        let beginning = self.setting.signals.beginning();
        let restored = beginning.and_then(|beginning| Some(beginning.restored.as_ref()?.partitions.clone()));
        restored.unwrap_or_default()
    }

    /// What the control document holds at least: what it held when the run began, raised by what has been acknowledged since.
    fn shown(&self) -> Positions {
        let mut shown = self.setting.signals.beginning().map(|beginning| beginning.shown.clone()).unwrap_or_default();
        fence::raise(&mut shown, &self.shown);
        shown
    }

    fn report(&mut self, outcome: Outcome<Result<Manifest, StoreError>>) {
        match outcome {
            Outcome::Done(Ok(manifest)) => {
                let is_first = std::mem::replace(&mut self.is_first, false);
                CheckpointTaken { manifest: &manifest, is_first }.emit();
            }
            Outcome::Done(Err(error)) => CheckpointFailed { why: &error }.emit(),
            Outcome::Dropped => CheckpointFailed { why: &"no thread to write it" }.emit(),
        }
    }
}
