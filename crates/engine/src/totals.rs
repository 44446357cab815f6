//! The arrangement `totals`: every open window and group with its exact totals.
//!
//! Each partial becomes a row `at (epoch, close - 1)`, which a merge of batches forgets when its window is closed. In
//! differential's words there is a second update at `(epoch, close)` that takes the first one back: compaction would
//! bring the two to one moment, where they cancel. Here it need not be written down, for it follows from the row.
//!
//! # Reading, and why closed windows leave by themselves
//! 1. Adding up the rows of a key gives its newest total: all that has been put in so far.
//! 2. Compaction advances the epoch of a row to the frontier's, and leaves its event coordinate at `close - 1`: it
//!    takes the meet over the frontier's elements, which is that while one of them has `event <= close - 1`. Rows of
//!    one epoch are added up, and the sum of a key's rows stays the same.
//! 3. Once every element has `event >= close`, no row for the key can come (the capability to send one is gone), and
//!    whoever reads holds the frontier back for as long as it wants the key. Then a merge leaves its rows out. The key
//!    is gone from memory.
//! 4. All rows of a key are of one window, so they pass from 2 to 3 together. Of two batches one may have been merged
//!    since and the other not; but by 3 nobody reads the key any more, so nobody finds a part of its total.
//! 5. A row is left out whatever it has come to. So a measure needs no inverse: a maximum or a sketch leaves as a sum
//!    does. Sessions alone are taken back before they close, by a row of as many events less; then the sum of the rows
//!    has no events, and a row of none is no row, whatever it has measured.
//! 6. A window without an end closes at the last time there is, which no event has and no frontier passes while there
//!    is anything to read. Its rows are never forgotten.

use std::rc::Rc;

use differential_dataflow::operators::arrange::{Arranged, TraceAgent, arrangement::arrange_core};
use differential_dataflow::trace::implementations::spine_fueled::Spine;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;

use super::arrangement::{ParcelBatcher, RowKey, RowSum, TotalsBatch, TotalsCursor};
use super::partials::Parcel;
use super::sessions::sessions;
use super::signals::Signals;
use mare_model::time::{Epoch, Moment};
use mare_model::total::Total;
use mare_model::view::View;

/// The trace of the arrangement.
pub type TotalsTrace = TraceAgent<Spine<Rc<TotalsBatch>>>;

/// Brings each parcel to its worker and arranges what is in it; `signals` hears how far the log has been taken in with
/// it.
pub fn totals<'s>(
    parcels: StreamVec<'s, Moment, Parcel>,
    views: Rc<[View]>,
    signals: Rc<Signals>,
) -> Arranged<'s, TotalsTrace> {
    let parcels = match views.iter().any(|view| view.windows.are_sessions()) {
        true => sessions(parcels, Rc::clone(&views)),
        false => parcels,
    };
    let route = Exchange::new(|parcel: &Parcel| parcel.destination);
    arrange_core(parcels, route, "totals", |_, _| ParcelBatcher::new(views, signals))
}

/// Passes `key` of `view` at `cursor`, and returns its total as of `boundary`: of the epochs before it. `None` if there
/// is none.
pub fn newest(cursor: &mut TotalsCursor<'_>, key: &RowKey<'_>, view: &View, boundary: Epoch) -> Option<Total> {
    let mut sum = RowSum::default();
    cursor.pass(key, |row| {
        if row.epoch < boundary {
            sum.add(row, view);
        }
    });
    sum.total(view)
}
