//! Whether the sink is still that of a run, and what the run is told if it is not. Pure.

use super::{ControlDocument, FencingToken, SinkName, owner, rising};
use crate::SinkError;
use mare_model::canary;
use mare_model::position::Positions;

/// Whether `found` is still the control document of the run of `token`, which has seen it showing `shown`, or less. An
/// older copy shows less.
#[must_use]
pub fn is_own(found: &ControlDocument, token: &FencingToken, shown: &Positions) -> bool {
    let is_same = found.generation == token.generation && token.is_of(found);
    canary!(Generation, is_same && rising(&found.shown, shown).is_empty(), without: true)
}

/// What is said to the run of `token` when the control document is no longer its own; `found` stands there now.
#[cold]
#[must_use]
pub fn superseded(token: &FencingToken, found: Option<&ControlDocument>, place: SinkName<'_>) -> SinkError {
    let (name, mine) = (place.name, token.generation);
    match found {
        Some(found) if found.generation <= mine && token.is_of(found) => SinkError::refused(
            format_args!(
                "{name}: an older control document was put back while this run (generation {}) wrote there, and documents \
                 may be missing",
                mine.0
            ),
            owner::REMEDY,
        ),
        Some(ControlDocument { generation, who, since, .. }) => SinkError::superseded(format_args!(
            "{name}: another run (generation {}, {who}, since {since}) has taken over; this one (generation {}) stops. \
             Nothing is lost: its documents stand, and the other run goes on",
            generation.0, mine.0
        )),
        None => SinkError::refused(
            format_args!(
                "{name}: the control document of this run (generation {}) is gone, and with it perhaps the documents",
                mine.0
            ),
            owner::REMEDY,
        ),
    }
}
