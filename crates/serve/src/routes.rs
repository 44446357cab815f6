//! Which request goes where. What is served and what the OpenAPI document says come from the same declarations.

use std::sync::Arc;

use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode, Uri};
use axum::routing::{MethodRouter, get};
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

/// The routes of the first view of `services`, and below `/views/NAME/` those of each that has a name, for whoever
/// `guard` lets through.
pub fn routes(services: &[Arc<ServeState>], guard: Guard) -> Router {
    let mut router = Router::new();
    if let Some(first) = services.first() {
        router = router.merge(of_view(first)).route("/", page(first));
    }
    for service in services {
        for name in service.plan.names() {
            let (below, with_slash) = (format!("/views/{name}"), format!("{name}/"));
            router = router
                .route(&below, get(move || async move { redirect(&with_slash) }))
                .route(&format!("{below}/"), page(service))
                .nest(&below, of_view(service));
        }
    }
    router
        .fallback(|uri: Uri| async move { missing(&uri) })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "everything here is only read: use GET")
        })
        .layer(middleware::from_fn_with_state(ANSWER, deadline::keep))
        .layer(middleware::from_fn_with_state(guard, auth::check))
}

/// All but the page of a view.
fn of_view(service: &Arc<ServeState>) -> Router {
    let (router, _document) = answers(Base::openapi()).split_for_parts();
    router.merge(dashboard::assets()).with_state(Arc::clone(service))
}

/// The page of a view. Its addresses are relative, so it stands behind a slash.
fn page(service: &Arc<ServeState>) -> MethodRouter {
    get(dashboard::page).with_state(Arc::clone(service))
}

/// Leads to an address relative to the one that was asked for, wherever a proxy has put that.
fn redirect(to: &str) -> (StatusCode, [(HeaderName, String); 1]) {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to.to_owned())])
}

/// The routes that the OpenAPI document describes.
fn documented() -> OpenApiRouter<Arc<ServeState>> {
    let mut document = Base::openapi();
    let mut components = document.components.take().unwrap_or_default();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    document.components = Some(components);
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    answers(document).routes(routes!(dashboard::page))
}

/// All of them but the page.
fn answers(document: Document) -> OpenApiRouter<Arc<ServeState>> {
    OpenApiRouter::with_openapi(document)
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
