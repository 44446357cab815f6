//! Whether the sink holds what the newest checkpoint has counted, and of this log, as far as the sink says: where
//! records are gone from the topic, documents cannot be recomputed, and this is all that can be known of them.

use std::sync::Arc;

use tracing::warn;

use crate::checkpoint::{CheckpointState, Manifest, Repository, StoreError};
use crate::cli::Failure;
use crate::dataflow::Plan;
use crate::fault::Fault;
use crate::position::LogId;
use crate::sink::Claim;
use crate::source::Health;

/// Holds the newest checkpoint of `plan` against its sink. Without one there is nothing to hold against it.
///
/// # Errors
/// If documents are missing that the checkpoint has counted, or those that stand there are of another log.
pub fn check(plan: &Plan) -> Result<(), Failure> {
    let newest = newest(plan).unwrap_or_else(|why| {
        warn!("the checkpoints cannot be read, so nothing is known of what they have counted: {why}");
        None
    });
    let claim = Claim { log: log(plan).unwrap_or_default(), ..plan.claim(newest.as_ref()) };
    Ok(plan.sink().belongs(&plan.layout(), &claim)?)
}

/// By what the topic is known that `plan` reads now.
///
/// # Errors
/// If the brokers do not tell it, which others say.
fn log(plan: &Plan) -> Result<LogId, Fault> {
    let health = Arc::new(Health::default());
    health.answered(); // the brokers have been greeted, so the question may take its time
    plan.source.survey(&plan.name, health)?.id()
}

/// The newest checkpoint that can be read. It is read before the sink, which is never behind it.
fn newest(plan: &Plan) -> Result<Option<Manifest>, StoreError> {
    let Some(settings) = &plan.checkpoint else { return Ok(None) };
    let listed = Repository::open(settings, &plan.name)?.list()?;
    let whole = listed.into_iter().find_map(|listed| match listed.state {
        CheckpointState::Whole(manifest) => Some(*manifest),
        CheckpointState::Broken(_) | CheckpointState::Unfinished => None,
    });
    Ok(whole)
}
