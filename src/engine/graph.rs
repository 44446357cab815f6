//! The graph of one worker, operator by operator.

use std::sync::Arc;

use timely::dataflow::operators::vec::Broadcast;
use timely::worker::Worker;

use super::announcement::Beginning;
use super::boundary::Boundaries;
use super::checkpoint::{Background, Vault, commit, shard};
use super::clock::Clock;
use super::control::Control;
use super::pace::Pace;
use super::signals::Signals;
use super::source::Opened;
use super::{changes, follow, sink, source, totals};
use crate::dataflow::Plan;
use crate::sink::Deliver;
use crate::source::{Log, Waker};
use crate::time::Moment;

/// What a worker's graph is built from.
pub struct Parts {
    /// What to run.
    pub plan: Arc<Plan>,
    /// The process's control.
    pub control: Arc<Control>,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
    /// With what the run begins, for the one worker that says so.
    pub beginning: Option<Beginning>,
    /// Where checkpoints go, if any are taken.
    pub vault: Option<Arc<Vault>>,
    /// Where they are written.
    pub background: Arc<dyn Background>,
}

impl Parts {
    /// Builds the graph of `worker`. Once it is known with what the run begins, `log` opens the worker's partitions and
    /// `delivery` starts its writer, each given what wakes the operator that uses it.
    pub fn build<L: Log + 'static, D: Deliver + 'static>(
        self,
        worker: &mut Worker,
        log: impl FnOnce(&Beginning, Waker) -> Opened<L> + 'static,
        delivery: impl FnOnce(&Beginning, Waker) -> D + 'static,
    ) {
        let Parts { plan, control, clock, beginning, vault, background } = self;
        let (index, peers, signals, windows) = (worker.index(), worker.peers(), Signals::new(), plan.window);
        let boundaries = match (&plan.checkpoint, &vault) {
            (Some(checkpoint), Some(_)) => Boundaries::every(checkpoint.every),
            _ => Boundaries::none(),
        };
        let source = source::Setting {
            index,
            pace: Pace::new(plan.epochs),
            max_in_flight: plan.epochs.in_flight,
            boundaries,
            clock: clock.clone(),
            signals: signals.clone(),
            control: control.clone(),
            beginning,
        };
        let changes = changes::Setting {
            windows,
            finals: plan.window_names.is_final.is_some(),
            signals: signals.clone(),
            updates: control.gauge(),
        };
        let sink = sink::Setting { windows, signals: signals.clone(), control: control.clone() };
        worker.dataflow::<Moment, _, _>(|scope| {
            let (parcels, announcements) = source::source(scope, Box::new(log), source);
            let announcements = announcements.broadcast();
            follow::follow(announcements.clone(), signals.clone(), control.clone());
            let totals = totals::totals(parcels, windows, signals.clone());
            let cuts = vault.map(|vault| {
                let width = plan.totals.measures.len();
                let shard = shard::Setting {
                    index,
                    peers,
                    windows,
                    width,
                    boundaries,
                    vault: vault.clone(),
                    background: background.clone(),
                    clock,
                    signals: signals.clone(),
                };
                let commit = commit::Setting { peers, vault, background, signals: signals.clone() };
                (shard::shard(&totals, announcements.clone(), shard), commit)
            });
            let changes = changes::changes(totals, changes);
            let open = |waker| -> sink::Open<D> { Box::new(|beginning| delivery(beginning, waker)) };
            let written = sink::sink(changes, announcements, open, sink);
            if let Some((pieces, commit)) = cuts {
                commit::commit(pieces, written.clone(), commit);
            }
            follow::durable(written, signals, control);
        });
    }
}
