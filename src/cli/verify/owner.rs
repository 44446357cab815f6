//! Whether the sink holds what the newest checkpoint has counted, as far as the sink says: where records are gone from the topic,
//! documents cannot be recomputed, and this is all that can be known of them.

use tracing::warn;

use crate::checkpoint::{Manifest, Repository, State, StoreError};
use crate::cli::Failure;
use crate::dataflow::Plan;
use crate::sink;

/// Holds the newest checkpoint of `plan` against its sink. Without one there is nothing to hold against it.
///
/// # Errors
/// If documents are missing that the checkpoint has counted.
pub fn check(plan: &Plan) -> Result<(), Failure> {
    let newest = newest(plan).unwrap_or_else(|why| {
        warn!("the checkpoints cannot be read, so nothing is known of what they have counted: {why}");
        None
    });
    Ok(sink::belongs(plan, &sink::claim::of(plan, newest.as_ref()))?)
}

/// The newest checkpoint that can be read. It is read before the sink, which is never behind it.
fn newest(plan: &Plan) -> Result<Option<Manifest>, StoreError> {
    let Some(settings) = &plan.checkpoint else { return Ok(None) };
    let listed = Repository::open(settings, &plan.name)?.list()?;
    let whole = listed.into_iter().find_map(|listed| match listed.state {
        State::Whole(manifest) => Some(*manifest),
        State::Broken(_) | State::Unfinished => None,
    });
    Ok(whole)
}
