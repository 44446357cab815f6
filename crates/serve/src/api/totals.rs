//! `GET /api/v1/totals`: documents, page by page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{Document, calendar};
use crate::ask::{From, Range};
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_model::time::EventTime;

/// Documents on a page, if nobody says how many.
const DEFAULT_LIMIT: usize = 100;
/// The most documents on a page.
pub const MAX_LIMIT: usize = 1_000;

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Totals {
    /// The documents.
    pub documents: Vec<Document>,
    /// What to pass as `after` for the next page; null if this is the last.
    pub next: Option<String>,
    /// Whether there may be more behind these: `next` is not null.
    pub cut: bool,
    /// Where they are from.
    pub source: From,
    /// Whether these are all documents that there are. If the sink cannot be read, a process only knows those that it
    /// has written itself since it began.
    pub complete: bool,
    /// If not complete: where the other processes answer for theirs.
    pub peers: Vec<String>,
    /// Documents of the sink that no run of this dataflow has written, and that are left out.
    pub foreign: u64,
    /// Windows that close at or before this are final.
    pub frontier: Option<String>,
}

/// Documents, page by page: what the sink holds
///
/// Newest windows come from memory, as the sink has acknowledged them, older ones from the sink.
#[utoipa::path(
    get,
    path = "/api/v1/totals",
    params(
        ("group" = Option<Vec<String>>, Query, description = "One group: its canonical text, or `field=value`, `field?` where it is null, once for each of its fields"),
        ("from" = Option<String>, Query, format = DateTime, description = "Windows that start at or after this time"),
        ("to" = Option<String>, Query, format = DateTime, description = "Windows that start before this time"),
        ("final" = Option<bool>, Query, description = "Only final documents, or only others"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Documents on the page; 100 if it is not given"),
        ("after" = Option<String>, Query, pattern = r"^.*\|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$|^.*\|all$", description = "`next` of the page before"),
        ("order" = inline(Option<Order>), Query, description = "Which windows come first; within a window, documents are in the order of their `_id`"),
    ),
    responses((status = 200, body = Totals), Refusal),
)]
pub async fn totals(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Totals>, Problem> {
    let known = ["group", "from", "to", "final", "limit", "after", "order"];
    let params = Params::parse(query.as_deref(), &known)?;
    let range = range(&params, &service)?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let newest_first = params.choice("order", &["newest", "oldest"])? == "newest";
    let page = service.page(&range, newest_first, params.after(service.plan.view().windows)?, limit).await?;
    let documents = page.documents.iter().map(|document| service.document(document)).collect::<Result<_, _>>()?;
    let complete = page.extent.complete;
    let peers = service.place.others().filter(|_| !complete).cloned().collect();
    let (source, foreign) = (page.extent.from, page.extent.foreign);
    let frontier = calendar(service.frontier());
    let cut = page.next.is_some();
    Ok(Json(Totals { documents, next: page.next, cut, source, complete, peers, foreign, frontier }))
}

/// Which windows come first.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)] // it only describes
pub enum Order {
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
}

/// The range that `params` name: everything, if nothing.
///
/// # Errors
/// [`Problem::bad`] if a parameter is not of its type.
pub fn range(params: &Params, service: &ServeState) -> Result<Range, Problem> {
    let has_times = ["from", "to"].iter().any(|name| params.text(name).is_some());
    if has_times && service.plan.view().windows.is_global() {
        return Err(Problem::bad("this dataflow has no windows: its totals are of all times. Ask without from and to"));
    }
    Ok(Range {
        from: params.time("from")?.unwrap_or(EventTime::MIN),
        to: params.time("to")?.unwrap_or(EventTime::MAX),
        group: params.group(&service.layout)?,
        is_final: params.flag("final")?,
    })
}
