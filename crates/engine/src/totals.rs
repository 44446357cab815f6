//! The arrangement `totals`: every open window and group with its exact totals.
//!
//! Each partial becomes two updates: `insert at (epoch, close - 1)` and `retire at (epoch, close)`, which takes it
//! back.
//!
//! # Reading, and why closed windows leave by themselves
//! 1. Accumulating a key's updates with `event < close` gives its newest total: all inserts so far, no retire.
//! 2. While the compaction frontier has an element with `event <= close - 1`, compaction leaves the event coordinate of
//!    the key's inserts at `close - 1`: it takes the meet over the frontier's elements, which is the smallest. So 1
//!    holds.
//! 3. Once every element has `event >= close`, no insert for the key can come (the capability to send one is gone), and
//!    compaction moves inserts and retires to the same moments, where they cancel. The key is gone from memory.
//! 4. All inserts of a key have one event coordinate, so they pass from 2 to 3 together: a reader finds the whole total
//!    or nothing, never a part of it.
//! 5. A retire takes back the count and leaves the measures alone, and a total without events is zero whatever it
//!    measured. An insert and its retire are of one epoch, so by 3 they are moved to one moment, where their counts
//!    cancel exactly. What is added up on the way there may hold measures that fit no count; but then a retire is in
//!    it, so its event coordinate is `close` or later, and by 1 nobody reads it. So a measure needs no inverse: a
//!    maximum or a sketch would retire as a sum does.
//! 6. A window without an end closes at the last time there is, which no event has and no frontier passes while there
//!    is anything to read. Its inserts stand one before that, by 1 and 2 they are read as others are, and they are
//!    never retired.

use std::rc::Rc;

use differential_dataflow::difference::Semigroup;
use differential_dataflow::operators::arrange::{Arranged, TraceAgent, arrangement::arrange_core};
use differential_dataflow::trace::Cursor;
use differential_dataflow::trace::implementations::{KeyBatcher, KeySpine};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Operator;

use super::partials::Parcel;
use super::sessions::sessions;
use super::signals::Signals;
use mare_model::canary;
use mare_model::time::{Epoch, EventTime, Moment};
use mare_model::total::{Key, Total};
use mare_model::view::View;

/// The trace of the arrangement: keys without values, totals as differences.
pub type TotalsTrace = TraceAgent<KeySpine<Key, Moment, Total>>;

/// One update of the arrangement.
pub type Update = ((Key, ()), Moment, Total);

/// Brings each parcel to its worker and arranges what is in it; `signals` hears how far the log has been taken in with
/// it.
pub fn totals<'s>(
    parcels: StreamVec<'s, Moment, Parcel>,
    views: Rc<[View]>,
    signals: Rc<Signals>,
) -> Arranged<'s, TotalsTrace> {
    if views.iter().any(|view| view.windows.are_sessions()) {
        return arranged(sessions(parcels, views, signals));
    }
    let route = Exchange::new(|parcel: &Parcel| parcel.destination);
    let updates = parcels.unary::<CapacityContainerBuilder<Vec<Update>>, _, _, _>(route, "updates", |_, _| {
        move |input, output| {
            input.for_each(|capability, parcels| {
                let mut session = output.session(&capability);
                for parcel in parcels.drain(..) {
                    signals.take(&parcel.positions);
                    updates(&parcel, &views).for_each(|update| session.give(update));
                }
            });
        }
    });
    arranged(updates)
}

fn arranged(updates: StreamVec<'_, Moment, Update>) -> Arranged<'_, TotalsTrace> {
    arrange_core::<_, _, KeyBatcher<_, _, _>, KeySpine<_, _, _>>(updates, Pipeline, "totals", KeyBatcher::new)
}

/// Insert and retire of each row.
pub fn updates<'a>(parcel: &'a Parcel, views: &'a [View]) -> impl Iterator<Item = Update> + 'a {
    let view = &views[usize::from(parcel.view.0)];
    parcel.partials.totals(parcel.view, &view.measures).flat_map(move |(key, total)| {
        let close = view.windows.close(key.window);
        inserted(key, total, close, parcel.epoch)
    })
}

/// Insert and retire of what is added to the total of a key, whose window closes at `close`.
pub fn inserted(key: Key, total: Total, close: EventTime, epoch: Epoch) -> impl Iterator<Item = Update> {
    let insert = Moment { epoch, event: EventTime(close.0 - 1) };
    let retire = Moment { epoch, event: close };
    let retired = canary!(Retire, total.retired(), without: Total::default());
    // What never closes need not be taken back.
    let retire = (close < EventTime::MAX).then(|| ((key.clone(), ()), retire, retired));
    [((key, ()), insert, total)].into_iter().chain(retire)
}

/// What takes a key out whose inserts have come to `total`, and its retires with them: nothing of it is left.
pub fn withdrawn(key: Key, total: &Total, close: EventTime, epoch: Epoch) -> [Update; 2] {
    let [insert, retire] = [EventTime(close.0 - 1), close].map(|event| Moment { epoch, event });
    let (out, back) = (total.retired(), Total { n: total.n, ..Total::default() });
    [((key.clone(), ()), insert, out), ((key, ()), retire, back)]
}

/// The total of the key at `cursor`, whose window closes at `close`, as of `boundary`: of the epochs before it. `None`
/// if there is none.
pub fn newest<C>(cursor: &mut C, storage: &C::Storage, close: EventTime, boundary: Epoch) -> Option<Total>
where
    C: for<'a> Cursor<TimeGat<'a> = &'a Moment, DiffGat<'a> = &'a Total>,
{
    let mut newest = Total::default();
    cursor.map_times(storage, |moment, total| {
        if moment.event < close && moment.epoch < boundary {
            newest.plus_equals(total);
        }
    });
    (newest.n != 0).then_some(newest)
}
