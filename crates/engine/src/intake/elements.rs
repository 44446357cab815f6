//! Records whose events are the elements of an array: each is judged as the event of a record is, one behind the other.
//!
//! *Claim*: none of them makes another one late, and so it does not matter which of them is evidence of their time.
//!
//! All have one time `t`. The promise behind the first that is counted or filtered is what it was, or at most `t`: with
//! k as `event.confirm` it is a k-th largest of times of which `t` is one, if it has grown at all. A window that has
//! `t` ends behind it, and closes there or later. So `close(w) > t`, and a `w` that was open before the record is open
//! for each of its events. That the record confirms its time once is seen to by the [promise](crate::promise).
//!
//! A record without elements is *filtered*: one event that nobody wants, and evidence of its time.

use super::Intake;
use super::event::{Event, Sent, fold_in, refuse};
use mare_decode::Element;
use mare_model::record::Record;

impl Intake {
    /// Takes in the elements of the array of a record of the partition at `at`.
    #[inline(never)]
    pub(super) fn take_elements(&mut self, at: usize, record: Record<'_>) {
        let Intake { decoder, max_ahead, places_tell, folds, combine, outbox, .. } = self;
        let (outbox, mut sent) = (&mut **outbox, Sent::default());
        let opened = decoder.elements(&record);
        let opened = opened.and_then(|it| max_ahead.check(it.time, record.timestamp_ms).map(|()| it));
        let mut elements = match opened {
            Ok(elements) => elements,
            Err(reject) => return refuse(folds, outbox, (at, record), &reject, &mut sent),
        };
        if elements.is_empty() {
            let time = elements.time;
            return folds.iter_mut().for_each(|fold| fold.pass(at, time, &record));
        }
        while let Some(Element { place, array, row }) = elements.next() {
            if *places_tell {
                folds.iter_mut().for_each(|fold| fold.stands_at(at, place));
            }
            match row {
                Ok(row) => {
                    let event = Event { element: Some((array, place)), ..Event::of(&row) };
                    fold_in(folds, (combine, outbox), (at, record), &event, &mut sent);
                }
                Err(reject) => refuse(folds, outbox, (at, record), &reject, &mut sent),
            }
        }
    }
}
