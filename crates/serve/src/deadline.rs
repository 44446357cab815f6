//! No answer takes longer than its connection lives: who asks for what takes too long is told so, instead of being cut
//! off.
//!
//! Sums are read until [`SUMMING`] and say that they are not complete if that was too short, and pages ask the sink
//! again for [`ASKING`], so that both are there in time. What waits for somebody else's sum before may come too late
//! all the same; asked again, it most often finds that sum.
//!
//! [`SUMMING`]: super::ask::SUMMING
//! [`ASKING`]: super::ask::ASKING

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::problem::Problem;

/// How long the beginning of an answer may take. That of a stream is there at once.
pub const ANSWER: Duration = Duration::from_secs(19);

/// Answers within `limit`, if only that there is no answer.
pub async fn keep(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let late = |_| {
        let detail = format!("no answer was found within {} s: ask again, or for less", limit.as_secs());
        Problem::unavailable(detail).into_response()
    };
    timeout(limit, next.run(request)).await.unwrap_or_else(late)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use axum::{Router, middleware};
    use tower::ServiceExt;

    use super::*;
    use crate::ask::{ASKING, SUMMING};
    use crate::connections::SILENCE;
    use crate::readers::PATIENCE;

    #[test]
    fn a_sum_is_there_before_its_connection_is_closed() {
        assert!(SUMMING < ANSWER, "it is read for {SUMMING:?}");
        assert!(ASKING + PATIENCE < ANSWER, "a page's last question may begin at {ASKING:?}, and take {PATIENCE:?}");
        assert!(ANSWER < SILENCE, "it is told at {ANSWER:?} that there is no answer");
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_told() {
        let routes = Router::new()
            .route("/slow", get(std::future::pending::<&str>))
            .route("/fast", get(|| async { "here" }))
            .layer(middleware::from_fn_with_state(Duration::from_millis(1), keep));
        for (path, status) in [("/slow", StatusCode::SERVICE_UNAVAILABLE), ("/fast", StatusCode::OK)] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            assert_eq!(routes.clone().oneshot(request).await.expect("an answer").status(), status, "{path}");
        }
    }
}
