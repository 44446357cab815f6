//! `GET /api/v1/groups`: which groups there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use compact_str::CompactString;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{GroupShape, WindowShape, calendar};
use super::totals::range;
use crate::ask::{From, deadline};
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use mare_model::time::Window;
use mare_sink::figures::Figures;

/// Groups on a page, if nobody says how many.
const DEFAULT_LIMIT: usize = 100;
/// The most groups on a page.
const MAX_LIMIT: usize = 1_000;

/// A page of groups, in the order of their texts.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// What to pass as `after` for the next page; null if this is the last.
    pub next: Option<String>,
    /// How many groups there are, on all pages.
    pub of: u64,
    /// Whether there are more groups behind these: `next` is not null.
    pub cut: bool,
    /// Windows that start at or after this were looked at; null if that is all.
    pub from: Option<String>,
    /// Whether every document of the range was looked at. If not, there were too many to be read in time, and the
    /// oldest were left out, or the sink cannot be read.
    pub complete: bool,
    /// Where the documents are from.
    pub source: From,
}

/// A group that has documents.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// The group.
    pub group: GroupShape,
    /// How many documents of it were found, one a window.
    pub documents: u64,
    /// Its newest window.
    pub newest: WindowShape,
}

/// The groups that have documents
#[utoipa::path(
    get,
    path = "/api/v1/groups",
    params(
        ("from" = Option<String>, Query, format = DateTime, description = "Windows that start at or after this time; if it is not given, those that are in memory"),
        ("to" = Option<String>, Query, format = DateTime, description = "Windows that start before this time"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Groups on the page; 100 if it is not given"),
        ("after" = Option<String>, Query, description = "`next` of the page before: the text of its last group"),
    ),
    responses((status = 200, body = Groups), Refusal),
)]
pub async fn groups(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Groups>, Problem> {
    let params = Params::parse(query.as_deref(), &["from", "to", "limit", "after"])?;
    let mut range = range(&params, &service)?;
    if params.text("from").is_none() {
        range.from = service.newest_from().unwrap_or(range.from);
    }
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let mut found = BTreeMap::<CompactString, (u64, Window)>::new();
    let see = |change: Figures| {
        let (documents, newest) = found.entry(change.key.group).or_insert((0, change.key.window));
        *documents += 1;
        *newest = (*newest).max(change.key.window);
    };
    let extent = service.visit(&range, deadline(), see).await?;
    let of = found.len() as u64;
    let is_behind = |group: &CompactString| params.text("after").is_none_or(|after| **group > *after);
    let mut behind = found.into_iter().filter(|(group, _)| is_behind(group)).peekable();
    let groups: Vec<Group> = behind
        .by_ref()
        .take(limit)
        .map(|(text, (documents, newest))| Group {
            group: service.group(&text),
            documents,
            newest: service.window(newest),
        })
        .collect();
    let next = groups.last().filter(|_| behind.peek().is_some()).map(|last| last.group.text.clone());
    let (from, complete, source) = (calendar(service.up(range.from)), extent.complete, extent.from);
    let cut = next.is_some();
    Ok(Json(Groups { groups, next, of, cut, from, complete, source }))
}
