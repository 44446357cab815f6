//! Which request goes where. What is served and what the OpenAPI document says come from the same declarations.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::{Json, Router, middleware};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{alerts, day, explain, groups, health, history, letters, metrics, status, stream, top, totals};
use super::auth::{self, Guard};
use super::dashboard;
use super::deadline::{self, ANSWER};
use super::problem::{Problem, Refusal};
use super::service::ServeState;

/// What is common to all routes.
#[derive(OpenApi)]
#[openapi(info(
    title = "Maré",
    description = "Windowed totals, level with a Kafka topic: what a run shows over HTTP. Numbers are exact; times are ISO-8601 \
                   in UTC. What is wrong with a request is said as problem JSON (RFC 9457). Unknown parameters are refused.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Base;

/// The routes of `service`, for whoever `guard` lets through.
pub fn routes(service: Arc<ServeState>, guard: Guard) -> Router {
    let (router, _document) = documented().split_for_parts();
    router
        .merge(dashboard::assets())
        .fallback(|uri: Uri| async move { missing(&uri) })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "everything here is only read: use GET")
        })
        .layer(middleware::from_fn_with_state(ANSWER, deadline::keep))
        .layer(middleware::from_fn_with_state(guard, auth::check))
        .with_state(service)
}

/// The routes that the OpenAPI document describes.
fn documented() -> OpenApiRouter<Arc<ServeState>> {
    let mut document = Base::openapi();
    let mut components = document.components.take().unwrap_or_default();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    document.components = Some(components);
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    OpenApiRouter::with_openapi(document)
        .routes(routes!(dashboard::page))
        .routes(routes!(openapi))
        .routes(routes!(totals::totals))
        .routes(routes!(top::top))
        .routes(routes!(groups::groups))
        .routes(routes!(day::day))
        .routes(routes!(stream::stream))
        .routes(routes!(explain::explain))
        .routes(routes!(status::status))
        .routes(routes!(history::history))
        .routes(routes!(letters::letters))
        .routes(routes!(alerts::alerts))
        .routes(routes!(metrics::metrics))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

/// This document
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Object), Refusal))]
async fn openapi() -> Json<Document> {
    Json(documented().into_openapi())
}

/// Nothing is there.
fn missing(uri: &Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {}; /openapi.json says what there is", uri.path()))
}
