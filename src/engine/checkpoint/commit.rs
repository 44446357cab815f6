//! The commit operator: makes a checkpoint of parts, once all of them and every document of the cut are durable.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::Operator;
use timely::progress::frontier::AntichainRef;

use super::errand::{Background, Errands, Outcome};
use super::{Piece, Vault};
use crate::checkpoint::{Manifest, Partitions, StoreError};
use crate::engine::signals::Signals;
#[cfg(test)]
use crate::engine::simulation::canary::Canary;
use crate::metrics::events::Event;
use crate::metrics::events::checkpoint::{CheckpointFailed, CheckpointTaken};
use crate::source::Waker;
use crate::time::{Epoch, Moment};

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
    /// Keeps the graph alive while a checkpoint may still be made.
    capability: Option<Capability<Moment>>,
    errands: Errands<Result<Manifest, StoreError>>,
    /// Whether one has been made in this run.
    is_first: bool,
}

/// Makes a checkpoint of the pieces of one boundary. `written` carries nothing; its frontier is the durable one.
///
/// The stream that it returns carries nothing either; it ends when no checkpoint is on its way.
pub fn commit<'s>(
    pieces: StreamVec<'s, Moment, Piece>,
    written: StreamVec<'s, Moment, ()>,
    setting: Setting,
) -> StreamVec<'s, Moment, ()> {
    let scope = pieces.scope();
    pieces.binary_frontier::<_, CapacityContainerBuilder<Vec<()>>, _, _, _, _>(
        written,
        Exchange::new(|_: &Piece| 0),
        Pipeline,
        "commit",
        move |capability, info| {
            let sync = scope.worker().sync_activator_for(info.address.to_vec());
            let waker: Waker = Arc::new(move || {
                let _ = sync.activate(); // a worker that has ended needs no waking
            });
            let mut commit = Commit::new(setting, capability, waker);
            move |(pieces, told), (written, durable), _output| {
                written.for_each(|_, nothing| nothing.clear());
                pieces.for_each(|_, pieces| pieces.drain(..).for_each(|piece| commit.take(piece)));
                commit.run(complete(told.frontier()), complete(durable.frontier()));
            }
        },
    )
}

/// The smallest epoch of a frontier.
fn complete(frontier: AntichainRef<'_, Moment>) -> Epoch {
    frontier.iter().map(|moment| moment.epoch).min().unwrap_or(Epoch::END)
}

impl Commit {
    fn new(setting: Setting, capability: Capability<Moment>, waker: Waker) -> Self {
        let errands = Errands::new(Arc::clone(&setting.background), waker);
        Commit { setting, pieces: BTreeMap::new(), capability: Some(capability), errands, is_first: true }
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
        #[cfg(test)]
        let durable = if Canary::Durable.is_off() { Epoch::END } else { durable };
        let peers = self.setting.peers;
        let ready = self.pieces.range(..=durable).filter(|(_, pieces)| pieces.len() == peers);
        let Some(boundary) = ready.map(|(boundary, _)| *boundary).next_back() else { return };
        let Some(pieces) = self.pieces.remove(&boundary) else { return };
        self.pieces.retain(|other, _| *other > boundary);
        let Some(epoch) = pieces.first().map(|piece| piece.epoch) else { return };
        let mut partitions = self.missing();
        let mut parts = Vec::new();
        for piece in pieces {
            partitions.extend(piece.partitions);
            parts.push(piece.part);
        }
        let vault = Arc::clone(&self.setting.vault);
        self.errands.send(move || vault.commit(epoch, partitions, parts));
    }

    /// The partitions of the restored checkpoint, so that one that is missing now keeps its state.
    fn missing(&self) -> Partitions {
        let beginning = self.setting.signals.beginning();
        let restored = beginning.and_then(|beginning| Some(beginning.restored.as_ref()?.partitions.clone()));
        restored.unwrap_or_default()
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
