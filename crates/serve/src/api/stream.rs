//! `GET /api/v1/stream`: documents as they become durable, as server-sent events.
//!
//! A listener that is too slow, or was away for too long, is told to read everything again: it never holds the engine
//! up, and never misses anything without knowing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use compact_str::CompactString;
use futures_util::Stream;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::live::News;
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_sink::figures::Figures;

/// After which time a client connects again.
const RETRY: Duration = Duration::from_secs(2);
/// How often something is sent at least, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Documents as they become durable (server-sent events)
///
/// Events: `total` (data: one document, as in `totals`; a newer version of one `id` replaces the older), `status` every
/// second (data: as `status`), and `resync` (data: `{"reason"}`): documents were missed, read `totals` again. The last
/// `total` of a batch has an event id; a client that comes back with it in `Last-Event-ID` gets what it has missed, or
/// `resync`.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    params(
        ("group" = Option<Vec<String>>, Query, description = "One group: its canonical text, or `field=value`, `field?` where it is null, once for each of its fields"),
        ("Last-Event-ID" = Option<String>, Header, description = "The newest event id that the client has"),
    ),
    responses((status = 200, body = String, content_type = "text/event-stream"), Refusal),
)]
pub async fn stream(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let group = Params::parse(query.as_deref(), &["group"])?.group(&service.layout)?;
    let permit = Arc::clone(&service.listeners).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("too many listen already; ask again later"))?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let feed = Feed::new(service, group, last, permit);
    let events = futures_util::stream::unfold(feed, |mut feed| async move { Some((Ok(feed.next().await?), feed)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// What one listener has yet to hear.
struct Feed {
    service: Arc<ServeState>,
    /// Only documents of this group.
    group: Option<CompactString>,
    news: Receiver<Arc<News>>,
    status: watch::Receiver<Arc<str>>,
    closing: watch::Receiver<bool>,
    /// What goes before everything else.
    first: VecDeque<Event>,
    /// Batches to be told.
    batches: VecDeque<Arc<News>>,
    /// How many changes of the first of them are told.
    told: usize,
    /// The room that this listener takes.
    _permit: OwnedSemaphorePermit,
}

impl Feed {
    fn new(
        service: Arc<ServeState>,
        group: Option<CompactString>,
        last: Option<&str>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let after = last.map(|last| sequence(last, &service));
        let subscription = service.live.subscribe(after.flatten());
        let missed = if after == Some(None) { None } else { subscription.missed };
        let mut first = VecDeque::from([Event::default().retry(RETRY).comment("maré")]);
        if missed.is_none() {
            first.push_back(resync("what came behind Last-Event-ID is not kept any more"));
        }
        first.push_back(Event::default().event("status").data(service.status_json()));
        let (status, closing) = (service.status.subscribe(), service.closing.subscribe());
        let batches = missed.unwrap_or_default().into();
        Feed { service, group, news: subscription.news, status, closing, first, batches, told: 0, _permit: permit }
    }

    /// The next event; `None` when the server is about to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            if let Some(event) = self.first.pop_front().or_else(|| self.next_total()) {
                return Some(event);
            }
            tokio::select! {
                _ = self.closing.changed() => return None,
                news = self.news.recv() => match news {
                    Ok(news) => self.batches.push_back(news),
                    Err(RecvError::Lagged(_)) => return Some(resync("the listener was too slow")),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.status.changed() => {
                    let status = Arc::clone(&self.status.borrow_and_update());
                    return Some(Event::default().event("status").data(status));
                }
            }
        }
    }

    /// The next document of the batches at hand.
    fn next_total(&mut self) -> Option<Event> {
        while let Some(batch) = self.batches.front() {
            let changes = batch.changes.get(self.told..).unwrap_or_default();
            let wanted = |change: &Figures| self.group.as_ref().is_none_or(|group| *group == change.key.group);
            let Some(place) = changes.iter().position(wanted) else {
                (self.told, _) = (0, self.batches.pop_front());
                continue;
            };
            let (change, rest) = changes.get(place..).and_then(<[_]>::split_first)?;
            let is_last = !rest.iter().any(wanted);
            let id = is_last.then(|| format!("{}-{}", self.service.started.as_millisecond(), batch.sequence));
            let event = total(&self.service, change);
            self.told += place + 1;
            return Some(id.map_or(event.clone(), |id| event.id(id)));
        }
        None
    }
}

/// A document as an event.
fn total(service: &ServeState, change: &Figures) -> Event {
    let mut change = change.clone();
    if service.layout.final_field().is_none() {
        change.is_final = service.plan.view().windows.is_final(change.key.window, service.frontier());
    }
    let document =
        service.document(&change).and_then(|document| serde_json::to_string(&document).map_err(Problem::unavailable));
    match document {
        Ok(document) => Event::default().event("total").data(document),
        Err(problem) => resync(&problem.detail),
    }
}

/// Tells a listener that it has missed something.
fn resync(reason: &str) -> Event {
    Event::default().event("resync").data(json!({ "reason": reason }).to_string())
}

/// The batch that an event id of this process names.
fn sequence(id: &str, service: &ServeState) -> Option<u64> {
    let (process, sequence) = id.split_once('-')?;
    let is_ours = process.parse() == Ok(service.started.as_millisecond());
    sequence.parse().ok().filter(|_| is_ours)
}

impl ServeState {
    /// The status, as the stream sends it.
    #[must_use]
    pub fn status_json(&self) -> Arc<str> {
        serde_json::to_string(&self.status()).unwrap_or_default().into()
    }
}
