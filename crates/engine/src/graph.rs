//! The graph of one worker, operator by operator.

use std::rc::Rc;
use std::sync::Arc;

use timely::worker::Worker;

use super::announcement::Beginning;
use super::boundary::Boundaries;
use super::checkpoint::handover::Handover;
use super::checkpoint::{Background, Checkpointer, commit, parts};
use super::clock::Clock;
use super::control::Control;
use super::gauges::Gauges;
use super::pace::Pace;
use super::signals::Signals;
use super::sink::Observer;
use super::source::Opened;
use super::{changes, follow, sink, source, totals};
use mare_dataflow::Plan;
use mare_model::record::Waker;
use mare_model::time::Moment;
use mare_model::view::View;
use mare_sink::Deliver;
use mare_source::Log;

/// What a worker's graph is built from.
pub struct GraphSetup {
    /// What to run.
    pub plan: Arc<Plan>,
    /// The process's control.
    pub control: Arc<Control>,
    /// Where it shows how far it has come.
    pub gauges: Arc<Gauges>,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
    /// How many workers the process has.
    pub workers: usize,
    /// With what the run begins, for the one worker that says so.
    pub beginning: Option<Beginning>,
    /// Where checkpoints go, if any are taken.
    pub checkpointer: Option<Arc<Checkpointer>>,
    /// Where they are written.
    pub background: Arc<dyn Background>,
    /// Who watches what becomes durable, if anybody.
    pub observer: Option<Arc<dyn Observer>>,
}

impl GraphSetup {
    /// Builds the graph of `worker`. Once it is known with what the run begins, `log` opens the worker's partitions and
    /// `delivery` starts its writer, each given what wakes the operator that uses it.
    pub fn build<L: Log + 'static, D: Deliver + 'static>(
        self,
        worker: &mut Worker,
        log: impl FnOnce(&Beginning, Waker) -> Opened<L> + 'static,
        delivery: impl FnOnce(&Beginning, Waker) -> D + 'static,
    ) {
        let (signals, handover) = (Signals::new(), Handover::new());
        let views: Rc<[View]> = self.plan.outputs.iter().map(|output| output.view.clone()).collect();
        let source = self.source(worker, &signals, &handover);
        let cuts = self.cuts(worker, &signals, handover, &views);
        let GraphSetup { control, gauges, observer, .. } = self;
        let changes =
            changes::ChangesSetup { views: views.clone(), signals: signals.clone(), updates: gauges.updates() };
        let sink = sink::SinkSetup {
            views: views.clone(),
            signals: signals.clone(),
            control: control.clone(),
            gauges: gauges.clone(),
            observer,
        };
        worker.dataflow::<Moment, _, _>(|scope| {
            let (parcels, announcements) = source::source(scope, Box::new(log), source);
            let announcements = follow::follow(announcements, signals.clone(), control);
            let totals = totals::totals(parcels, views, signals.clone());
            let cuts = cuts.map(|(parts, commit)| (parts::parts(&totals, announcements.clone(), parts), commit));
            let changes = changes::changes(totals, changes);
            let open = |waker| -> sink::StartWriter<D> { Box::new(|beginning| delivery(beginning, waker)) };
            let written = sink::sink(changes, announcements, open, sink);
            if let Some((parts, commit)) = cuts {
                commit::commit(parts, written.clone(), commit);
            }
            follow::durable(written, signals, gauges);
        });
    }

    /// Where checkpoints cut.
    fn boundaries(&self) -> Boundaries {
        match (&self.plan.checkpoint, &self.checkpointer) {
            (Some(checkpoint), Some(_)) => Boundaries::every(checkpoint.every),
            _ => Boundaries::none(),
        }
    }

    fn source(&self, worker: &Worker, signals: &Rc<Signals>, handover: &Rc<Handover>) -> source::SourceSetup {
        source::SourceSetup {
            index: worker.index(),
            peers: worker.peers(),
            idle: self.plan.idle,
            pace: Pace::new(self.plan.epochs, self.workers),
            max_in_flight: self.plan.epochs.in_flight,
            boundaries: self.boundaries(),
            clock: self.clock.clone(),
            signals: signals.clone(),
            handover: handover.clone(),
            control: self.control.clone(),
            gauges: self.gauges.clone(),
            beginning: self.beginning.clone(),
        }
    }

    /// What takes checkpoints, if any are taken.
    fn cuts(
        &self,
        worker: &Worker,
        signals: &Rc<Signals>,
        handover: Rc<Handover>,
        views: &Rc<[View]>,
    ) -> Option<(parts::PartsSetup, commit::CommitSetup)> {
        let (checkpointer, peers) = (self.checkpointer.clone()?, worker.peers());
        let parts = parts::PartsSetup {
            index: worker.index(),
            peers,
            views: views.clone(),
            boundaries: self.boundaries(),
            checkpointer: checkpointer.clone(),
            background: self.background.clone(),
            clock: self.clock.clone(),
            signals: signals.clone(),
            handover,
        };
        let commit =
            commit::CommitSetup { peers, checkpointer, background: self.background.clone(), signals: signals.clone() };
        Some((parts, commit))
    }
}
