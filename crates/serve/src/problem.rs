//! Why a request is not answered, as RFC 9457 wants it said: what a [`Fault`](mare_model::fault::Fault) is on the wire.

use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// The media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";
/// After how many seconds it makes sense to ask again.
const RETRY_AFTER_S: u16 = 5;

/// Why a request is not answered (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What the status code means, in words.
    pub title: &'static str,
    /// The status code.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong with this request, and what helps.
    pub detail: String,
}

/// How a request may be refused, for the OpenAPI document.
#[derive(IntoResponses)]
#[allow(dead_code)] // it only describes
pub enum Refusal {
    /// A parameter is unknown, given twice, or not of its type; the detail names it.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    /// The token is missing or wrong.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// There is no token, and the request is for a host that is not known, or from a page of one.
    #[response(status = 421, content_type = "application/problem+json")]
    MisdirectedRequest(#[to_schema] Problem),
    /// The sink or the run cannot answer at the moment.
    #[response(status = 503, content_type = "application/problem+json")]
    ServiceUnavailable(#[to_schema] Problem),
}

impl Problem {
    /// A problem with `status`.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl fmt::Display) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Problem { title, status: status.as_u16(), detail: detail.to_string() }
    }

    /// The request is at fault.
    #[must_use]
    pub fn bad(detail: impl fmt::Display) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Nobody can answer at the moment.
    #[must_use]
    pub fn unavailable(detail: impl fmt::Display) -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
            }
            StatusCode::UNAUTHORIZED => {
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mare\""));
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"mare\""));
            }
            _ => {}
        }
        response
    }
}
