//! What an intake does with each event of a record, and with what is none: for each view, and where it is sent.

use tracing::warn;

use super::fold::{Fold, Refused};
use crate::combine::Combine;
use crate::ledger::Ledger;
use mare_decode::{Filter, Reject, Row};
use mare_letters::{Letter, Outbox};
use mare_model::record::Record;

/// Which letters of a record have been sent: it goes to each of the two topics once.
#[derive(Default)]
pub(super) struct Sent {
    late: bool,
    dead: bool,
}

/// An event in hand.
pub(super) struct Event<'e, 'r> {
    pub row: &'e Row<'r>,
    /// The path of the array that it is an element of, and its place there, if it is one.
    pub element: Option<(&'e str, usize)>,
    /// Whether it takes back what others have added.
    pub cancels: bool,
}

impl<'e, 'r> Event<'e, 'r> {
    /// That of a record.
    #[inline]
    pub fn of(row: &'e Row<'r>) -> Event<'e, 'r> {
        Event { row, element: None, cancels: false }
    }

    /// What is wrong with it.
    #[cold]
    fn reject(&self, reject: Reject) -> Reject {
        match self.element {
            Some((array, place)) => reject.of_element(array, place),
            None => reject,
        }
    }
}

/// Takes an event of a record in, for each view.
#[inline(always)]
pub(super) fn fold_in(
    folds: &mut [Fold],
    (combine, outbox): (&mut Combine, &mut dyn Outbox),
    (at, record): (usize, Record<'_>),
    event: &Event<'_, '_>,
    sent: &mut Sent,
) {
    let row = event.row;
    for fold in folds {
        let taken =
            if event.cancels { fold.cancel(at, row, &record, combine) } else { fold.take(at, row, &record, combine) };
        match taken {
            Ok(()) => {}
            Err(late @ (Refused::Late(_) | Refused::Unmatched)) => {
                let letter = late.letter(record, fold.windows(), row.time);
                fold.late(at, row.time, &letter);
                if !std::mem::replace(&mut sent.late, true) {
                    outbox.send(letter);
                }
            }
            Err(Refused::Dead(reject)) => {
                let reject = event.reject(reject);
                let letter = Letter::dead(record, &reject);
                report(&fold.ledger, record, &reject);
                fold.dead(at, &reject, &letter);
                if !std::mem::replace(&mut sent.dead, true) {
                    outbox.send(letter);
                }
            }
        }
    }
}

/// Whether an event takes back what others have added, by the condition for it, if there is one.
#[inline]
pub(super) fn cancels(cancellation: Option<&Filter>, row: &Row<'_>) -> Result<bool, Reject> {
    if cancellation.is_none() { Ok(false) } else { Filter::wants(cancellation, row) }
}

/// Accounts for what is no event in a record, whatever is made of events, and sends the record where such go.
pub(super) fn refuse(
    folds: &mut [Fold],
    outbox: &mut dyn Outbox,
    (at, record): (usize, Record<'_>),
    reject: &Reject,
    sent: &mut Sent,
) {
    let letter = Letter::dead(record, reject);
    folds.first().into_iter().for_each(|fold| report(&fold.ledger, record, reject));
    folds.iter_mut().for_each(|fold| fold.dead(at, reject, &letter));
    if !std::mem::replace(&mut sent.dead, true) {
        outbox.send(letter);
    }
}

/// Logs the first dead letter of its reason.
#[cold]
fn report(ledger: &Ledger, record: Record<'_>, reject: &Reject) {
    if ledger.is_first(reject) {
        let Record { partition, offset, .. } = record;
        warn!(%partition, %offset, reason = reject.reason(), "dead letter (the first of its reason): {reject}");
    }
}
