//! One value, and which event had it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::units;
use crate::datum::Datum;
use crate::position::{Offset, Partition};
use crate::time::EventTime;

/// What tells a record from all others of its log, and so its event, in the order in which they are first and last.
///
/// Where the elements of an array are events, those of one record have one witness: the order in which they are taken
/// in, which is that of the array, says which is earlier (`first`, `last`). No merge ever meets two of them in two
/// places: they have one time, so they are of one window, or pane, of a view, and they are taken in one behind the
/// other in one epoch; so all that are of one group are folded into one and the same row before anything is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Witness {
    /// Its event time.
    pub time: EventTime,
    /// The partition of its record.
    pub partition: Partition,
    /// The offset of its record.
    pub offset: Offset,
}

/// A value and the event that had it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// The event.
    witness: Witness,
    /// Its value.
    value: SightedValue,
}

/// A value of a field, kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum SightedValue {
    /// A number in units of its field, a time in milliseconds, or a truth value as 0 or 1.
    Units(i128),
    /// A text.
    Text(CompactString),
}

impl Sighting {
    /// That of a value which is there.
    pub(super) fn of(value: Datum<'_>, witness: Witness) -> Sighting {
        let value = match value {
            Datum::Text(text) => SightedValue::Text(text.into()),
            value => SightedValue::Units(units(value).unwrap_or_default()),
        };
        Sighting { witness, value }
    }

    /// The value, if it is no text.
    pub(super) fn units(&self) -> Option<i128> {
        match &self.value {
            SightedValue::Units(units) => Some(*units),
            SightedValue::Text(_) => None,
        }
    }

    /// The value, if it is a text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            SightedValue::Units(_) => None,
            SightedValue::Text(text) => Some(text),
        }
    }
}

/// Takes a value in, and keeps that of the first event. Of one record the first that is taken in is the first.
pub(super) fn first(kept: &mut Option<Sighting>, value: Datum<'_>, witness: Witness) {
    if kept.as_ref().is_none_or(|kept| witness < kept.witness) {
        *kept = Some(Sighting::of(value, witness));
    }
}

/// Takes a value in, and keeps that of the last event. Of one record the last that is taken in is the last.
pub(super) fn last(kept: &mut Option<Sighting>, value: Datum<'_>, witness: Witness) {
    if kept.as_ref().is_none_or(|kept| witness >= kept.witness) {
        *kept = Some(Sighting::of(value, witness));
    }
}

/// Keeps the one that is earlier.
pub(super) fn earlier(kept: &mut Option<Sighting>, other: Sighting) {
    if kept.as_ref().is_none_or(|kept| other < *kept) {
        *kept = Some(other);
    }
}

/// Keeps the one that is later.
pub(super) fn later(kept: &mut Option<Sighting>, other: Sighting) {
    if kept.as_ref().is_none_or(|kept| other > *kept) {
        *kept = Some(other);
    }
}
