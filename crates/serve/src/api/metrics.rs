//! `GET /metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::problem::Refusal;
use crate::service::ServeState;
use mare_metrics as metrics;

/// Metrics of this process, in Prometheus's text format
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String, content_type = "text/plain"), Refusal))]
pub async fn metrics(State(service): State<Arc<ServeState>>) -> impl IntoResponse {
    let current = service.current();
    let sample = || current.iter().for_each(|current| mare_engine::metrics::sample(&current.whole));
    ([(CONTENT_TYPE, metrics::MEDIA_TYPE)], metrics::render(sample))
}
