//! The graph of one worker, operator by operator.

use std::sync::Arc;

use timely::worker::Worker;

use super::clock::Clock;
use super::control::Control;
use super::intake::Intake;
use super::ledger::Ledger;
use super::pace::Pace;
use super::signals::Signals;
use super::{changes, follow, sink, source, totals};
use crate::dataflow::Plan;
use crate::letters::Outboxes;
use crate::sink::Deliver;
use crate::source::{Log, Waker};
use crate::time::Moment;

/// What a worker's graph is built from.
pub struct Parts {
    /// What to run.
    pub plan: Arc<Plan>,
    /// The process's control.
    pub control: Arc<Control>,
    /// The process's accounts.
    pub ledger: Arc<Ledger>,
    /// Opens the worker's outbox.
    pub outboxes: Outboxes,
    /// The process's clock.
    pub clock: Arc<dyn Clock>,
}

impl Parts {
    /// Builds the graph of `worker`. `log` opens the worker's partitions and `delivery` starts its writer thread, each
    /// given what wakes the operator that uses it.
    pub fn build<L: Log + 'static, D: Deliver + 'static>(
        self,
        worker: &mut Worker,
        log: impl FnOnce(Waker) -> L,
        delivery: impl FnOnce(Waker) -> D,
    ) {
        let Parts { plan, control, ledger, outboxes, clock } = self;
        let (peers, signals) = (worker.peers(), Signals::new());
        worker.dataflow::<Moment, _, _>(|scope| {
            let open = |waker: Waker| {
                let outbox = outboxes(Arc::clone(&waker));
                let log = log(waker);
                let intake = Intake::new(&plan, log.open(), peers, ledger, outbox);
                (log, intake)
            };
            let pace = Pace::new(plan.epochs);
            let (parcels, announcements) =
                source::source(scope, open, (pace, clock), plan.epochs.in_flight, signals.clone(), control.clone());
            follow::follow(announcements, signals.clone(), control.clone());
            let totals = totals::totals(parcels, plan.window);
            let changes = changes::changes(totals, plan.window, control.gauge());
            let written = sink::sink(changes, delivery, control.clone());
            follow::durable(written, signals, control);
        });
    }
}
