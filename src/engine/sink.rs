//! The sink operator: changes go to the writer thread, and an epoch's capability stays here until it is durable.
//!
//! # What the frontier behind the sink means
//! A change arrives with the capabilities of the batch that it was read from. They are kept in `held` while its total is
//! pending, move with the batch when it is handed over, and are dropped when the batch's ticket is acknowledged. A pending
//! total that a newer one replaces is not lost: the newer one holds all of its events, and the older capability is still
//! held. So the frontier passes an epoch only when every total of it, or a more complete one, is durable.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::Operator;

use super::control::Control;
use super::{Change, Key};
use crate::sink::{Batch, Deliver};
use crate::source::{Positions, Waker};
use crate::time::Moment;

/// The sink of one worker. While the writer is busy, changes coalesce: only the newest total of a key is written.
struct Sink<D> {
    /// The writer thread; `None` once it has failed or everything is written.
    delivery: Option<D>,
    control: Arc<Control>,
    /// The newest totals that the writer does not have yet.
    pending: HashMap<Key, Change, FixedState>,
    /// What holds the frontier for `pending`.
    held: CapabilitySet<Moment>,
    /// The ticket of the batch with the writer, and what holds the frontier for it. There is one at a time: a batch that waited
    /// behind it would be written as it was, while what waits here coalesces.
    writing: Option<(u64, CapabilitySet<Moment>)>,
    next_ticket: u64,
}

/// Adds the sink of this worker. `open` starts its writer thread, given what wakes the operator.
///
/// The stream that it returns carries nothing; its frontier is the durable one.
pub fn sink<'s, D: Deliver + 'static>(
    changes: StreamVec<'s, Moment, Change>,
    open: impl FnOnce(Waker) -> D,
    control: Arc<Control>,
) -> StreamVec<'s, Moment, ()> {
    let scope = changes.scope();
    changes.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "sink", move |_, info| {
        let activator = scope.worker().sync_activator_for(info.address.to_vec());
        let waker: Waker = Arc::new(move || {
            let _ = activator.activate(); // a worker that has ended needs no waking
        });
        let mut sink = Sink::new(open(waker), control);
        move |(input, frontier), _output| {
            input.for_each(|capability, changes| {
                for capability in capability.retain_stamp(0).iter() {
                    sink.held.insert(capability.clone());
                }
                sink.pending.extend(changes.drain(..).map(|change| (change.key.clone(), change)));
            });
            sink.run(frontier.is_empty());
        }
    })
}

impl<D: Deliver> Sink<D> {
    fn new(delivery: D, control: Arc<Control>) -> Self {
        Sink {
            delivery: Some(delivery),
            control,
            pending: HashMap::default(),
            held: CapabilitySet::new(),
            writing: None,
            next_ticket: 0,
        }
    }

    /// Runs once. `ended` says that no change will come any more.
    fn run(&mut self, ended: bool) {
        self.acknowledge();
        self.send();
        if self.delivery.is_none() {
            self.pending.clear();
            self.held = CapabilitySet::new();
            self.writing = None;
        } else if ended && self.pending.is_empty() && self.writing.is_none() {
            self.delivery = None;
        }
    }

    /// Releases what the writer has made durable.
    fn acknowledge(&mut self) {
        let Some(delivery) = &mut self.delivery else { return };
        let outcomes = delivery.outcomes().into_iter().collect::<Result<Vec<_>, _>>();
        match outcomes {
            Ok(tickets) => {
                self.writing.take_if(|(ticket, _)| tickets.contains(ticket));
            }
            Err(error) => {
                self.control.fail(error.to_string());
                self.delivery = None;
            }
        }
    }

    /// Hands what is pending to the writer, if it has room.
    fn send(&mut self) {
        let Some(delivery) = &self.delivery else { return };
        if self.pending.is_empty() || self.writing.is_some() {
            return;
        }
        let batch = Batch {
            ticket: self.next_ticket,
            changes: self.pending.drain().map(|(_, change)| change).collect(),
            shows: Positions::new(),
        };
        match delivery.try_send(batch) {
            Ok(()) => {
                self.writing = Some((self.next_ticket, std::mem::take(&mut self.held)));
                self.next_ticket += 1;
            }
            Err(batch) => self.pending.extend(batch.changes.into_iter().map(|change| (change.key.clone(), change))),
        }
    }
}
