//! The source operator: a worker's partitions of the log become parcels of combined partials, epoch by epoch.
//!
//! The operator has no input. It is scheduled by its log when records arrive, by itself when an epoch is due, by an
//! announcement that it should follow, and by the durable frontier when it has waited for that; else it sleeps.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::{OutputBuilder, OutputBuilderSession};
use timely::dataflow::{Scope, StreamVec};
use timely::scheduling::Activator;

use super::clock::Clock;
use super::control::Control;
use super::intake::Intake;
use super::pace::{Hand, Pace, Step};
use super::partials::Parcel;
use super::signals::{Announcement, Signals};
use crate::source::{Log, Polled, Waker};
use crate::time::{Epoch, Moment};

type Out<'a, D> = OutputBuilderSession<'a, Moment, CapacityContainerBuilder<Vec<D>>>;

/// The capabilities of a source, one for each output. Both are always at the same moment.
struct Capabilities {
    parcels: Capability<Moment>,
    announcements: Capability<Moment>,
}

/// The source of one worker.
///
/// It holds a capability at `(epoch, promise)`: `epoch` is the one in which it will next send, `promise` the smallest
/// promise of its open partitions at the last seal.
struct Source<L> {
    log: L,
    intake: Intake,
    pace: Pace,
    clock: Arc<dyn Clock>,
    signals: Rc<Signals>,
    control: Arc<Control>,
    /// Schedules this operator again, now or later.
    activator: Activator,
    /// `None` once the worker has nothing more to send.
    capabilities: Option<Capabilities>,
    /// Epochs sent that are not known to be durable, oldest first.
    in_flight: VecDeque<Epoch>,
    max_in_flight: usize,
}

/// Adds the source of this worker to `scope`.
///
/// `open` makes the worker's view of the log, given what wakes the operator from any thread. Returns the parcels, each
/// to be exchanged to its destination, and the announcements, to be broadcast.
pub fn source<'s, L: Log + 'static>(
    scope: Scope<'s, Moment>,
    open: impl FnOnce(Waker) -> (L, Intake),
    (pace, clock): (Pace, Arc<dyn Clock>),
    max_in_flight: usize,
    signals: Rc<Signals>,
    control: Arc<Control>,
) -> (StreamVec<'s, Moment, Parcel>, StreamVec<'s, Moment, Announcement>) {
    let mut builder = OperatorBuilder::new("source".into(), scope);
    let address = builder.operator_info().address;
    let (parcels, parcel_stream) = builder.new_output::<Vec<Parcel>>();
    let (announcements, announcement_stream) = builder.new_output::<Vec<Announcement>>();
    let mut parcels = OutputBuilder::from(parcels);
    let mut announcements = OutputBuilder::from(announcements);

    let sync = scope.worker().sync_activator_for(address.to_vec());
    let waker: Waker = Arc::new(move || {
        let _ = sync.activate(); // a worker that has ended needs no waking
    });
    let pulse = control.wake_with(Arc::clone(&waker));
    signals.wake(scope.activator_for(Rc::clone(&address)));
    let activator = scope.activator_for(address);
    let (log, intake) = open(waker);

    builder.build(move |mut capabilities| {
        let announcing = capabilities.pop().expect("one capability for each output");
        let sending = capabilities.pop().expect("one capability for each output");
        let capabilities = Some(Capabilities { parcels: sending, announcements: announcing });
        let in_flight = VecDeque::new();
        let mut source =
            Source { log, intake, pace, clock, signals, control, activator, capabilities, in_flight, max_in_flight };
        move |_frontiers| {
            pulse.beat();
            source.run(&mut parcels.activate(), &mut announcements.activate());
        }
    });
    (parcel_stream, announcement_stream)
}

impl<L: Log> Source<L> {
    /// Runs once: reads a batch, and seals the epoch if it is due.
    fn run(&mut self, parcels: &mut Out<'_, Parcel>, announcements: &mut Out<'_, Announcement>) {
        if self.capabilities.is_none() {
            return;
        }
        if self.control.is_stopping() {
            return self.stop(parcels, announcements);
        }
        self.follow();
        if self.is_ahead() {
            return; // the signal of a durable epoch schedules us again
        }
        match self.read() {
            Ok(polled) => self.proceed(polled, parcels, announcements),
            Err(error) => {
                self.control.fail(error.to_string());
                self.stop(parcels, announcements);
            }
        }
    }

    /// Moves on to the epoch that others have announced; events in hand move along, they have been sent to nobody.
    fn follow(&mut self) {
        let follow = self.signals.follow();
        if let Some(capabilities) = &mut self.capabilities {
            let Moment { epoch, event } = *capabilities.parcels.time();
            if follow > epoch {
                capabilities.downgrade(Moment { epoch: follow, event });
            }
        }
    }

    /// Whether as many epochs are on their way to the sink as may be: the backpressure.
    fn is_ahead(&mut self) -> bool {
        while self.in_flight.front().is_some_and(|epoch| self.signals.is_durable(*epoch)) {
            self.in_flight.pop_front();
        }
        self.in_flight.len() >= self.max_in_flight
    }

    fn read(&mut self) -> Result<Polled, crate::source::SourceError> {
        let intake = &mut self.intake;
        let polled = self.log.poll(&mut |record| intake.take(record));
        self.intake.post();
        polled
    }

    /// Does what the pace of the worker asks for after a read.
    fn proceed(&mut self, polled: Polled, parcels: &mut Out<'_, Parcel>, announcements: &mut Out<'_, Announcement>) {
        let ended = self.log.open().is_empty();
        let drained = polled == Polled::Drained;
        let hand = Hand { any: self.intake.any(), full: self.intake.is_full(), drained };
        match self.pace.step(self.clock.now(), hand) {
            Step::Seal => self.seal(parcels, announcements),
            _ if ended && hand.any => self.seal(parcels, announcements),
            Step::Wait(rest) => self.clock.wake(&self.activator, rest),
            Step::Collect => {}
            Step::Park => self.settle(),
        }
        if ended {
            self.capabilities = None;
        } else if !drained {
            self.activator.activate();
        }
    }

    /// Sends what is in hand in an epoch of its own, announces that, and moves on.
    fn seal(&mut self, parcels: &mut Out<'_, Parcel>, announcements: &mut Out<'_, Announcement>) {
        let promise = self.intake.promise(self.log.open());
        let Some(capabilities) = &mut self.capabilities else { return };
        let Moment { epoch, event } = *capabilities.parcels.time();
        let epoch = epoch.max(self.clock.epoch());
        capabilities.downgrade(Moment { epoch, event });
        let mut parcels = parcels.session(&capabilities.parcels);
        self.intake.seal(epoch).into_iter().for_each(|parcel| parcels.give(parcel));
        announcements.session(&capabilities.announcements).give(Announcement::Sealed(epoch));
        drop(parcels);
        capabilities.downgrade(Moment { epoch: epoch.next(), event: promise });
        self.pace.sealed(self.clock.now());
        self.in_flight.push_back(epoch);
    }

    /// With nothing in hand the promise may have moved all the same: a partition has ended.
    fn settle(&mut self) {
        let event = self.intake.promise(self.log.open());
        if let Some(capabilities) = &mut self.capabilities {
            let epoch = capabilities.parcels.time().epoch;
            capabilities.downgrade(Moment { epoch, event });
        }
    }

    /// Seals what is in hand and ends, here and everywhere.
    fn stop(&mut self, parcels: &mut Out<'_, Parcel>, announcements: &mut Out<'_, Announcement>) {
        if self.intake.any() {
            self.seal(parcels, announcements);
        }
        if let Some(capabilities) = self.capabilities.take() {
            let failed = self.control.failure().is_some();
            announcements.session(&capabilities.announcements).give(Announcement::Stopping { failed });
        }
    }
}

impl Capabilities {
    /// Lowers both to `moment`, which must not lie before them.
    fn downgrade(&mut self, moment: Moment) {
        if moment != *self.parcels.time() {
            self.parcels.downgrade(&moment);
            self.announcements.downgrade(&moment);
        }
    }
}
