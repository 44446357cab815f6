//! `GET /api/v1/alerts`: what the rules of the dataflow have found.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_alerts::{AlertEntry, AlertState as Way, Target};

/// Alerts on a page, if nobody says how many.
const DEFAULT_LIMIT: usize = 20;
/// The most alerts on a page: more are not in memory.
const MAX_LIMIT: usize = mare_alerts::recent::RECENT_MAX;

/// The newest alerts, newest first: those of this run and of runs before it. Those that a cool-down holds back are in
/// the sink alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alerts {
    /// The alerts.
    pub alerts: Vec<Shown>,
    /// How many are in memory, the newest of all; the sink has the others.
    pub of: u64,
    /// Whether there are more than these.
    pub cut: bool,
    /// Where they are answered if not here: the leading process finds them.
    pub peers: Vec<String>,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shown {
    /// The alert as receivers get it.
    #[schema(value_type = Object)]
    pub alert: mare_alerts::Alert,
    /// When it was found.
    pub found: String,
    /// Whether it was too old to be sent.
    pub is_old: bool,
    /// For each target that it goes to (`log`, `webhook`, `topic`): `pending`, `sent` and when, or `refused` and why.
    #[schema(value_type = Object)]
    pub targets: Map<String, Value>,
}

/// What the rules of the dataflow have found, newest first
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "How many at the most; 20 if it is not given")),
    responses((status = 200, body = Alerts), Refusal),
)]
pub async fn alerts(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Alerts>, Problem> {
    let limit = Params::parse(query.as_deref(), &["limit"])?.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let newest = service.current().map(|current| current.alerts.newest()).unwrap_or_default();
    let peers = service.place.peers.first().filter(|_| service.place.index > 0);
    let of = newest.len();
    Ok(Json(Alerts {
        of: of as u64,
        cut: of > limit || of >= MAX_LIMIT,
        alerts: newest.into_iter().take(limit).map(shown).collect(),
        peers: peers.into_iter().cloned().collect(),
    }))
}

fn shown(entry: AlertEntry) -> Shown {
    let state = |target: Target| Some((target.name().to_owned(), Value::String(entry.state(target).map(Way::text)?)));
    let targets = Target::ALL.into_iter().filter_map(state).collect();
    let is_old = entry.is_old();
    Shown { is_old, targets, found: entry.found.to_string(), alert: entry.alert }
}
