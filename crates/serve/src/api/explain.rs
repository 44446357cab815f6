//! `GET /api/v1/explain`: where the numbers of one document come from, as `mare explain` says it.
//!
//! It reads the topic from its beginning, beside the run. So there is one at a time, of a topic that is not too long,
//! for a few seconds; whoever wants more asks `mare explain`, elsewhere.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_dataflow::Plan;
use mare_model::fault::{Domain, Fault};
use mare_sink::Reader;
use mare_sink::document::FieldOrigin;
use mare_verify::VerifyError;
use mare_verify::explain::{DocumentKey, explain as ask, json};
use mare_verify::windows::window;

/// The most records that are read through for one answer.
const LONGEST: u64 = 5_000_000;
/// How long they may be read.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a broker may take to answer what can be done without.
const HASTE: Duration = Duration::from_secs(1);

/// Where the numbers of one document come from: its partitions and offsets, the largest contributions, late events. It
/// reads the topic from its beginning: one at a time, a topic of at most 5,000,000 records, for at most 8 s
#[utoipa::path(
    get,
    path = "/api/v1/explain",
    params(
        ("window" = String, Query, format = DateTime, description = "A time in its window; where windows overlap, its start; where they grow, a time of its last step; of a session any time in it"),
        ("group" = String, Query, description = "Its group: the canonical text, or `field=value`, `field?` where it is null, once for each of its fields; left out where there are no groups"),
    ),
    responses((status = 200, body = Object, description = "As `mare explain --format json` prints it"), Refusal),
)]
pub async fn explain(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let target = target(&Params::parse(query.as_deref(), &["window", "group"])?, &service)?;
    let permit = Arc::clone(&service.explaining).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("another document is being explained: ask again"))?;
    let plan = Arc::clone(&service.plan);
    let asked = service.readers.ask(move |reader| {
        let answer = answer(&plan, reader, &target);
        drop(permit); // not before the topic is left alone, even if nobody waits for the answer any more
        Ok(answer)
    });
    let answer =
        asked.await?.ok_or_else(|| Problem::bad("standard output keeps no documents that could be explained"))?;
    Ok(([(CONTENT_TYPE, "application/json")], answer.map_err(Problem::unavailable)?))
}

/// Which document is meant.
fn target(params: &Params, service: &ServeState) -> Result<DocumentKey, Problem> {
    let time = params.time("window")?;
    let time =
        time.ok_or_else(|| Problem::bad("window is missing: give a time in it, such as 2025-11-28T12:00:00Z"))?;
    let is_grouped = service.layout.fields().iter().any(|field| matches!(field.origin, FieldOrigin::Group(_)));
    let group = params.group(&service.layout)?;
    if group.is_none() && is_grouped {
        return Err(Problem::bad("group is missing: a document is of one group"));
    }
    Ok(DocumentKey { slot: window(&service.plan, time.0), group: group.unwrap_or_default().into() })
}

/// The explanation as JSON, or why there is none.
fn answer(plan: &Plan, reader: &mut dyn Reader, target: &DocumentKey) -> Result<String, Fault> {
    let (began, mut records) = (Instant::now(), 0);
    let mut progress = |_read, length| {
        records = length;
        if length > LONGEST || began.elapsed() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    match ask(plan, reader, target, HASTE, &mut |_| {}, &mut progress) {
        Ok(explanation) => Ok(json(plan, &explanation)),
        Err(VerifyError::BrokenOff) => Err(Fault::new(
            Domain::Log,
            format!("the topic has {records} records, too many to be read through beside the run: ask `mare explain`"),
        )),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::fixture::Site;
    use mare_dataflow::fixture::documents as fixture;

    async fn refused(site: &Site, query: &str) -> (StatusCode, String) {
        let (status, body) = site.get(&format!("/api/v1/explain{query}")).await;
        (status, body["detail"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn it_takes_a_window_a_group_and_a_sink_that_keeps_documents() {
        let site = Site::new(fixture::sales(), Vec::new());
        for (query, why) in [
            ("", "window is missing"),
            ("?window=noon&group=a", "is not a time"),
            ("?window=2025-11-28T12:00:00Z", "group is missing"),
            ("?window=2025-11-28T12:00:00Z&group=a%7Cb", "1 values here"),
        ] {
            let (status, detail) = refused(&site, query).await;
            assert!(status == StatusCode::BAD_REQUEST && detail.contains(why), "{query}: {status} {detail}");
        }
        let unreadable = Site::unreadable(fixture::sales());
        let (status, detail) = refused(&unreadable, "?window=2025-11-28T12:00:00Z&group=a").await;
        assert!(status == StatusCode::BAD_REQUEST && detail.contains("standard output"), "{status} {detail}");
    }

    #[tokio::test]
    async fn one_document_is_explained_at_a_time() {
        let site = Site::new(fixture::sales(), Vec::new());
        let _other = Arc::clone(&site.service.explaining).try_acquire_owned().expect("room");
        let (status, detail) = refused(&site, "?window=2025-11-28T12:00:00Z&group=a").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && detail.contains("ask again"), "{status} {detail}");
    }
}
