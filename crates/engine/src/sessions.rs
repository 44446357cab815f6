//! Sessions: runs of the events of a group, none of which comes a gap or more behind the one before it.
//!
//! Where one begins and ends is said by its events alone, so what a source sends are *fragments*: what some events of a
//! group come to that are in one session for certain, with the times that they touch, from the first of them to a gap
//! behind the last. All fragments of a group go to one worker. Here those that meet are put together, and what comes
//! of it goes into the arrangement ([`super::totals`]) by the time at which the session closes, as the totals of other
//! windows do: a session that grows is taken out and put in anew. So it is read, kept in checkpoints and forgotten as
//! they are, and its document is written when it closes, once ([`super::changes`]).
//!
//! # No event that is not late touches a session that is closed
//! 1. A session that ends at `e` closes at `e + gap + lateness` ([`Windows::close`](mare_model::time::Windows::close)).
//! 2. An event at `t` touches it only if `t < e`. It is late iff `t + gap + lateness <= promise[p]`: before the session
//!    closes by 1. So one that is not late was read when its own partition had promised less than the session closes
//!    at, and it was sent with a capability whose event coordinate is less than that (claim 3 of [`super::intake`]).
//! 3. Such a capability is part of every frontier until its fragment is here, and stays here with it until it is put
//!    together. So when the frontier behind this operator has reached the close of a session, there is no event any
//!    more that touches it: not on its way, not waiting here, and not to be read but as a late one.
//!
//! # Each is written once, and whole
//! 4. By 3 a session that is closed is never taken out again, and all of its fragments are in the total: what
//!    [`super::changes`] gives then is whole. No other session of the group meets it, for it would have been put
//!    together with it: so its start names it for ever.
//! 5. Whether an event is late is a function of its partition's log and journal, and which sessions the others form
//!    does not depend on their order: two of them are in one session iff a chain of events leads from one to the other,
//!    each less than a gap from the next. So each run over the log writes the same document with the same `n`, and by
//!    the guard of the sink that changes nothing where it stands.
//!
//! # A cut is exact
//! 6. Fragments are put together epoch by epoch, each when it is complete, and what that changes is of that epoch. So
//!    what stands in the arrangement as of a boundary is what the epochs before it come to, and nothing else: of two
//!    workers one may be epochs ahead of the other.
//! 7. A session is taken out by a row of as many events less, at the event time at which it was put in: claims 2 to 5
//!    of [`super::totals`] hold. Its key does not come back, for sessions only grow. The capability of the fragment
//!    suffices by 2, for what it meets closes behind what it touches alone.

use std::collections::BTreeMap;
use std::rc::Rc;

use compact_str::CompactString;
use differential_dataflow::difference::Semigroup;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::Operator;
use timely::progress::frontier::AntichainRef;

use super::partials::{Parcel, Partials};
use mare_model::canary;
use mare_model::time::{Epoch, EventTime, Moment, Window};
use mare_model::total::{Key, Total};
use mare_model::view::{View, ViewId};

/// Brings each parcel to its worker, and puts what changes in the place of the fragments of sessions, when their epoch
/// is complete.
pub fn sessions<'s>(parcels: StreamVec<'s, Moment, Parcel>, views: Rc<[View]>) -> StreamVec<'s, Moment, Parcel> {
    let route = Exchange::new(|parcel: &Parcel| parcel.destination);
    parcels.unary_frontier::<CapacityContainerBuilder<Vec<Parcel>>, _, _, _>(route, "sessions", |_, _| {
        let (mut sessions, mut waiting) = (Sessions::new(Rc::clone(&views)), Waiting::default());
        move |(input, frontier), output| {
            input.for_each(|capability, parcels| {
                let held = capability.retain_stamp(0);
                for parcel in parcels.drain(..) {
                    if views[usize::from(parcel.view.0)].windows.are_sessions() {
                        waiting.take(&held, parcel);
                    } else {
                        output.session(&held).give(parcel);
                    }
                }
            });
            while let Some(EpochParcels { held, parcels }) = waiting.complete(frontier.frontier()) {
                let mut session = output.session(&held);
                parcels.into_iter().for_each(|parcel| session.give(sessions.put(parcel)));
            }
            sessions.close(waiting.through(frontier.frontier()));
        }
    })
}

/// What waits for its epoch to be complete.
#[derive(Default)]
struct Waiting(BTreeMap<Epoch, EpochParcels>);

/// The parcels of one epoch.
#[derive(Default)]
struct EpochParcels {
    /// What they came with.
    held: CapabilitySet<Moment>,
    parcels: Vec<Parcel>,
}

impl Waiting {
    fn take(&mut self, held: &CapabilitySet<Moment>, parcel: Parcel) {
        let epoch = self.0.entry(parcel.epoch).or_default();
        held.iter().for_each(|capability| epoch.held.insert(capability.clone()));
        epoch.parcels.push(parcel);
    }

    /// The first epoch, if it is complete.
    fn complete(&mut self, frontier: AntichainRef<'_, Moment>) -> Option<EpochParcels> {
        let first = self.0.first_entry()?;
        let reached = canary!(Order, Epoch::reached(frontier), without: Epoch::END);
        (*first.key() < reached).then(|| first.remove())
    }

    /// Through where sessions are closed: what comes and what waits may touch no earlier one.
    fn through(&self, frontier: AntichainRef<'_, Moment>) -> EventTime {
        let held = self.0.values().flat_map(|epoch| epoch.held.iter().map(|capability| capability.time().event));
        let coming = frontier.iter().map(|moment| moment.event);
        coming.chain(held).min().unwrap_or(EventTime::MAX)
    }
}

/// The open sessions of the groups of this worker.
struct Sessions {
    views: Rc<[View]>,
    /// What each has come to, in the order in which they close.
    open: BTreeMap<Key, Total>,
    /// Those of each group, the first of them first: no two of them meet.
    groups: HashMap<(ViewId, CompactString), SmallVec<[Window; 1]>, FixedState>,
}

impl Sessions {
    fn new(views: Rc<[View]>) -> Sessions {
        Sessions { views, open: BTreeMap::new(), groups: HashMap::default() }
    }

    /// Puts the fragments of a parcel to what is there, and puts what that changes in their place.
    fn put(&mut self, parcel: Parcel) -> Parcel {
        let views = Rc::clone(&self.views);
        let view = &views[usize::from(parcel.view.0)];
        let mut partials = Partials::new(view.measures.len());
        for (key, total) in parcel.partials.totals(parcel.view, &view.measures) {
            self.fold(key, total, &mut |key, total| partials.push_total(view, key, total));
        }
        Parcel { partials, ..parcel }
    }

    /// Puts one fragment to what is there, and gives what that puts to the total of a key or takes out of it.
    fn fold(&mut self, fragment: Key, total: Total, give: &mut impl FnMut(&Key, &Total)) {
        // STEP 1: the sessions that it meets, which become one with it.
        let Key { view, window: touched, group } = fragment;
        let others = self.groups.entry((view, group.clone())).or_default();
        let met = others.partition_point(|other| other.end <= touched.start)
            ..others.partition_point(|other| other.start < touched.end);
        let window = others[met.clone()]
            .iter()
            .fold(touched, |one, other| Window { start: one.start.min(other.start), end: one.end.max(other.end) });
        let at = met.start;
        let met: SmallVec<[Window; 1]> = others.drain(met).collect();
        others.insert(at, window);
        // STEP 2: those that are another now are taken out.
        let mut added = total;
        for other in met.into_iter().filter(|other| *other != window) {
            let key = Key { view, window: other, group: group.clone() };
            let Some(total) = self.open.remove(&key) else { continue };
            give(&key, &total.retired());
            added.plus_equals(&total);
        }
        // STEP 3: what comes of it is put in, or added to what stands.
        let key = Key { view, window, group };
        give(&key, &added);
        self.open.entry(key).or_default().plus_equals(&added);
    }

    /// Forgets the sessions that close at or before `through`: nothing touches them any more.
    fn close(&mut self, through: EventTime) {
        let views = Rc::clone(&self.views);
        for (id, view) in (0..).map(ViewId).zip(&*views).filter(|(_, view)| view.windows.are_sessions()) {
            let from = Key { view: id, window: Window::FIRST, group: CompactString::default() };
            while let Some((key, _)) = self.open.range(&from..).next()
                && key.view == id
                && view.windows.close(key.window) <= through
            {
                let key = key.clone();
                self.open.remove(&key);
                self.forget(key);
            }
        }
    }

    /// Forgets a session of a group, and the group with its last one.
    fn forget(&mut self, Key { view, window, group }: Key) {
        let of_group = (view, group);
        if let Some(others) = self.groups.get_mut(&of_group) {
            others.retain(|other| *other != window);
            if others.is_empty() {
                self.groups.remove(&of_group);
            }
        }
    }
}

#[cfg(test)]
mod tests;
