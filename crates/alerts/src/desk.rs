//! Alerts on their way: recorded first, then sent to each target, and marked when they have arrived.
//!
//! # Why none is lost, and few come twice
//! 1. An alert is recorded as pending for each of its targets before anybody hears of it. One that is recorded already
//!    is not new and not sent: not by a replay, not by a second run.
//! 2. It stays pending for a target until that has taken it. What is pending when a run begins is sent by that run.
//! 3. So an alert comes twice to a target only if the run ends between its arrival and the mark, or the store does not
//!    answer then. The `id` is the same, so that the receiver can tell.
//!
//! How far evaluation has come is noted after the alerts: what is evaluated again is known by its ids.

use std::collections::HashMap;
use std::collections::hash_map::Entry::Vacant;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::{debug, warn};

use super::recent::Recent;
use super::target::{Courier, DeliveryReport, DeliveryStatus};
use crate::events::{AlertFailed, AlertFound, AlertTaken, AlertsWaiting};
use mare_metrics::events::InternalEvent;
use mare_model::time::EventTime;
use mare_sink::SinkError;
use mare_sink::alerts::{AlertEntry, AlertState, AlertStore, Target};

/// How many alerts are with one target at most; more wait in the store.
const IN_FLIGHT_MAX: usize = 500;

/// What is known of one target.
struct TargetQueue {
    courier: Box<dyn Courier>,
    /// The ids of the alerts that the courier has, and when each was found.
    in_flight: HashMap<String, Timestamp>,
    /// Whether the store may have pending alerts that the courier has not been given.
    is_behind: bool,
}

/// Sends alerts, and remembers that.
pub struct Desk {
    store: Box<dyn AlertStore>,
    queues: Vec<TargetQueue>,
    outcomes: Receiver<DeliveryReport>,
    /// What could not be marked yet because the store was away.
    unmarked: Vec<(Target, String, AlertState)>,
    recent: Arc<Recent>,
}

impl Desk {
    /// A desk with those couriers, which report to `outcomes`. `before` is what was found before this run, newest
    /// first.
    #[must_use]
    pub fn new(
        store: Box<dyn AlertStore>,
        before: Vec<AlertEntry>,
        couriers: Vec<Box<dyn Courier>>,
        outcomes: Receiver<DeliveryReport>,
    ) -> Desk {
        let recent = Arc::new(Recent::default());
        recent.load(before);
        let queue = |courier| TargetQueue { courier, in_flight: HashMap::new(), is_behind: true };
        let queues = couriers.into_iter().map(queue).collect();
        Desk { store, queues, outcomes, unmarked: Vec::new(), recent }
    }

    /// The newest alerts.
    #[must_use]
    pub fn recent(&self) -> &Arc<Recent> {
        &self.recent
    }

    /// To whom new alerts go.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        self.queues.iter().map(|queue| queue.courier.target()).collect()
    }

    /// Records alerts, and sends those that are new; then notes how far evaluation has come, if it has.
    ///
    /// # Errors
    /// If the store does not answer. The same may be taken again.
    pub fn take(&mut self, entries: &[AlertEntry], next: Option<EventTime>) -> Result<(), SinkError> {
        let is_new = if entries.is_empty() { Vec::new() } else { self.store.record(entries)? };
        for (entry, is_new) in entries.iter().zip(is_new) {
            if is_new {
                AlertFound { entry }.emit();
                if entry.held_until().is_none() {
                    self.recent.add(entry);
                }
                self.send(entry);
            } else {
                // Recorded by an attempt whose answer was lost, perhaps: then it is still to be sent.
                self.queues.iter_mut().for_each(|queue| queue.is_behind = true);
            }
        }
        next.map_or(Ok(()), |next| self.store.move_to(Some(next)))
    }

    fn send(&mut self, entry: &AlertEntry) {
        for queue in &mut self.queues {
            if entry.state(queue.courier.target()) == Some(&AlertState::Pending) {
                queue.send(entry);
            }
        }
    }

    /// Gives each target that has nothing more to do what is pending for it.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn catch_up(&mut self) -> Result<(), SinkError> {
        self.mark_all()?;
        for queue in self.queues.iter_mut().filter(|queue| queue.is_behind && queue.in_flight.is_empty()) {
            let pending = self.store.pending(queue.courier.target(), IN_FLIGHT_MAX)?;
            queue.is_behind = pending.len() == IN_FLIGHT_MAX;
            pending.iter().for_each(|entry| queue.send(entry));
        }
        Ok(())
    }

    /// Waits for news from the targets, at most for `wait`, and notes all that there are.
    pub fn settle(&mut self, wait: Duration) {
        self.tell();
        match self.outcomes.recv_timeout(wait) {
            Ok(outcome) => self.note(outcome),
            Err(RecvTimeoutError::Timeout) => return,
            Err(RecvTimeoutError::Disconnected) => return std::thread::sleep(wait), // nobody is left to have news
        }
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.note(outcome);
        }
    }

    /// Tells how many alerts each target has not taken yet.
    fn tell(&self) {
        for queue in &self.queues {
            AlertsWaiting { target: queue.courier.target(), count: queue.in_flight.len() }.emit();
        }
    }

    /// Waits until everything has arrived, or nothing more will until `end`, notes it, and says what has not.
    pub fn drain(&mut self, end: Instant) {
        loop {
            if let Err(error) = self.catch_up() {
                return warn!("alerts that were sent may be sent again: {error}");
            }
            let is_busy = |queue: &TargetQueue| !queue.in_flight.is_empty() && !queue.courier.is_away();
            if !self.queues.iter().any(is_busy) || Instant::now() >= end {
                break;
            }
            self.settle(Duration::from_millis(20));
        }
        for queue in self.queues.iter().filter(|queue| queue.is_behind || !queue.in_flight.is_empty()) {
            let (count, more) = (queue.in_flight.len(), if queue.is_behind { " and more" } else { "" });
            let target = queue.courier.target().name();
            warn!(
                "the {target} has not taken {count}{more} of the alerts: they are pending, and the next run sends them"
            );
        }
    }

    fn note(&mut self, DeliveryReport { target, id, verdict }: DeliveryReport) {
        let Some(queue) = self.queues.iter_mut().find(|queue| queue.courier.target() == target) else { return };
        let (now, found) = (Timestamp::now(), queue.in_flight.remove(&id));
        let state = match verdict {
            DeliveryStatus::Sent => {
                let after = found.and_then(|found| Duration::try_from(now.duration_since(found)).ok());
                AlertTaken { target, id: &id, after: after.unwrap_or_default() }.emit();
                AlertState::Sent(now)
            }
            DeliveryStatus::Refused(why) => {
                AlertFailed { target, id: &id, why: &why, is_postponed: false }.emit();
                AlertState::Refused(why)
            }
            DeliveryStatus::Postponed(why) => {
                return AlertFailed { target, id: &id, why: &why, is_postponed: true }.emit();
            }
        };
        self.recent.mark(&id, target, &state);
        self.unmarked.push((target, id, state));
    }

    /// Marks what has arrived.
    fn mark_all(&mut self) -> Result<(), SinkError> {
        while let Some((target, id, state)) = self.unmarked.last() {
            self.store.mark(id, *target, state)?;
            debug!("alert {id}: {} {}", target.name(), state.text());
            self.unmarked.pop();
        }
        Ok(())
    }
}

impl TargetQueue {
    /// Gives an alert to the courier, if it has room and doesn't have it already.
    fn send(&mut self, entry: &AlertEntry) {
        if self.in_flight.len() >= IN_FLIGHT_MAX {
            self.is_behind = true;
        } else if let Vacant(place) = self.in_flight.entry(entry.alert.id.clone()) {
            place.insert(entry.found);
            self.courier.send(&entry.alert);
        }
    }
}
