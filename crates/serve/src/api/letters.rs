//! `GET /api/v1/letters`: samples of the records that no total has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::calendar;
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_engine::samples::Sample;

/// Samples, by reason, the newest of each first: at most 20 of one reason, of what this process has read since it
/// began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Letters {
    /// The samples.
    pub letters: Vec<Letter>,
    /// How many records this process has read since it began that no total has, duplicates aside.
    pub of: u64,
    /// Whether there are more of them than these.
    pub cut: bool,
}

/// A record that no total has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Letter {
    /// Why, in one word: `late`, or the reason of a dead letter.
    #[schema(example = "not_json")]
    pub reason: &'static str,
    /// Why, in a sentence.
    pub detail: String,
    /// Where it is.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// The log's own timestamp of it.
    pub timestamp: Option<String>,
    /// Size of its payload in bytes; null for a tombstone.
    pub size: Option<u64>,
    /// The first 200 bytes of its payload; what is not text in it is replaced.
    pub beginning: String,
}

/// Samples of late events and dead letters, with the reason
#[utoipa::path(get, path = "/api/v1/letters", responses((status = 200, body = Letters), Refusal))]
pub async fn letters(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Letters>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let current = service.current();
    let samples = current.as_ref().and_then(|current| current.run.ledger.samples().map(|samples| samples.all()));
    let tally = current.map(|current| current.run.ledger.total()).unwrap_or_default();
    let letters: Vec<_> = samples.unwrap_or_default().into_iter().map(letter).collect();
    let of = (tally.late + tally.dead_total()).max(letters.len() as u64);
    Ok(Json(Letters { cut: of > letters.len() as u64, letters, of }))
}

fn letter(sample: Sample) -> Letter {
    Letter {
        reason: sample.reason,
        detail: sample.detail,
        partition: sample.partition.0,
        offset: sample.offset.0,
        timestamp: sample.timestamp.and_then(calendar),
        size: sample.size.map(|size| size as u64),
        beginning: sample.beginning,
    }
}
