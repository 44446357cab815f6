//! `GET /health/live` and `GET /health/ready`, for whoever starts processes and sends them requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;

/// That the process runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alive {
    /// Always true.
    pub alive: bool,
}

/// Whether the run is of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether it is: none of the reasons below is given.
    pub ready: bool,
    /// Why it is not.
    pub reasons: Vec<String>,
}

/// Whether the process runs
#[utoipa::path(get, path = "/health/live", security(()), responses((status = 200, body = Alive), Refusal))]
pub async fn live(RawQuery(query): RawQuery) -> Result<Json<Alive>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    Ok(Json(Alive { alive: true }))
}

/// Whether the run shows what it should: it has caught up with what readers had seen, and reaches Kafka and the sink
#[utoipa::path(
    get,
    path = "/health/ready",
    security(()),
    responses(
        (status = 200, body = Readiness),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Readiness, description = "It does not; the body says why"),
    ),
)]
pub async fn ready(State(service): State<Arc<ServeState>>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let reasons = service.not_ready();
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(Readiness { ready: reasons.is_empty(), reasons })).into_response())
}

impl ServeState {
    /// Why the run is of no use at the moment; nothing if it is.
    #[must_use]
    pub fn not_ready(&self) -> Vec<String> {
        let Some(current) = self.current() else { return vec!["not connected to Kafka and the sink yet".to_owned()] };
        let (control, gauges, sink) = (&current.run.control, &current.run.gauges, &current.run.sink);
        let facts = [
            (control.failure().is_some(), "the run has failed"),
            (control.is_stopping(), "the run is about to end"),
            (!gauges.has_caught_up(self.place.workers), "not caught up yet with what the documents show"),
            (sink.is_away(), "the sink does not answer"),
            (current.health.is_away(), "Kafka does not answer"),
        ];
        facts.into_iter().filter(|(is_so, _)| *is_so).map(|(_, why)| why.to_owned()).collect()
    }
}
