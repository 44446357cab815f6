//! `GET /api/v1/top`: the groups or windows with the largest sums.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use serde_json::Value as Number;
use utoipa::ToSchema;

use super::shapes::{GroupShape, WindowShape, calendar, json};
use super::totals::range;
use crate::ask::{From, deadline};
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::{Addend, ServeState};
use mare_model::time::EventTime;
use mare_sink::document::number;
use mare_sink::figures::Figures;

/// Rows, if nobody says how many.
const DEFAULT_LIMIT: usize = 10;
/// The most rows.
const MAX_LIMIT: usize = 1_000;

/// Sums over all windows of a group, which is what is found if nobody says what over.
const PER_GROUP: &str = "group";

/// Sums of one field, the largest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Top {
    /// The field that is summed.
    pub by: String,
    /// The rows.
    pub rows: Vec<Row>,
    /// The sum of all rows, those beyond the limit included; null if they are windows that overlap: an event is in
    /// several of them.
    #[schema(value_type = Option<f64>)]
    pub sum: Number,
    /// How many rows there are, those beyond the limit included.
    pub of: u64,
    /// Whether there are more rows than these.
    pub cut: bool,
    /// Windows that start at or after this are summed, the first one at it; null if that is all.
    pub from: Option<String>,
    /// Windows that start before this are summed; null if that is all.
    pub to: Option<String>,
    /// Whether every document of the range is in the sums. If not, there were too many to be read in time, and the
    /// oldest are left out, or the sink cannot be read.
    pub complete: bool,
    /// Where the documents are from.
    pub source: From,
}

/// One sum.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Row {
    /// The group, if it is a sum per group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupShape>,
    /// The window, if it is a sum per window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowShape>,
    /// The sum, exact.
    #[schema(value_type = f64)]
    pub value: Number,
    /// How many documents are in it.
    pub documents: u64,
}

/// Sums, each of so many documents, by what they are of.
struct Sums<K> {
    sums: HashMap<K, (i128, u64)>,
    /// Whether one of them does not fit.
    overflows: bool,
}

impl<K> Default for Sums<K> {
    fn default() -> Self {
        Sums { sums: HashMap::new(), overflows: false }
    }
}

/// The groups, or the windows, with the largest sums of one total
#[utoipa::path(
    get,
    path = "/api/v1/top",
    params(
        ("by" = Option<String>, Query, description = "The field to sum: one that `status` calls a total or the version; the first total if it is not given"),
        ("per" = inline(Option<Per>), Query, description = "What to sum over"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Rows; 10 if it is not given"),
        ("group" = Option<Vec<String>>, Query, description = "One group: its canonical text, or `field=value`, `field?` where it is null, once for each of its fields"),
        ("like" = Option<String>, Query, description = "Only groups whose canonical text contains this, whatever the case"),
        ("from" = Option<String>, Query, format = DateTime, description = "Windows that start at or after this time; if it is not given, those that are in memory"),
        ("to" = Option<String>, Query, format = DateTime, description = "Windows that start before this time"),
        ("final" = Option<bool>, Query, description = "Only final documents, or only others"),
    ),
    responses((status = 200, body = Top), Refusal),
)]
pub async fn top(State(service): State<Arc<ServeState>>, RawQuery(query): RawQuery) -> Result<Json<Top>, Problem> {
    let params = Params::parse(query.as_deref(), &["by", "per", "limit", "group", "like", "from", "to", "final"])?;
    let mut range = range(&params, &service)?;
    if params.text("from").is_none() {
        range.from = service.newest_from().unwrap_or(range.from);
    }
    let Addend { name, place, number: kind } = addend(&params, &service)?;
    let by = name.to_owned();
    let (limit, per) = (params.limit(DEFAULT_LIMIT, MAX_LIMIT)?, params.choice("per", &[PER_GROUP, "window"])?);
    let (mut groups, mut windows) = (Sums::default(), Sums::default());
    let (likes, all) = (params.likes(), service.plan.view().windows);
    let of_one = if per == PER_GROUP { service.tiles()? } else { all };
    let add = |figures: Figures| match (per, figures.number(place).unwrap_or_default()) {
        _ if !likes(&figures.key.group) => {}
        (PER_GROUP, _) if !all.is_tile(all.slot(figures.key.window)) => {}
        (PER_GROUP, units) => groups.add(units, figures.key.group),
        (_, units) => windows.add(units, figures.key.window),
    };
    let extent = service.visit(&range, deadline(), add).await?;
    let sum = groups.sum().zip(windows.sum()).map(|(groups, windows)| groups.saturating_add(windows));
    let sum = sum.ok_or_else(|| Problem::bad("the sum has more than 38 digits"))?;
    let of = (groups.sums.len() + windows.sums.len()) as u64;
    let row =
        |(units, documents)| Row { group: None, window: None, value: json(&number(Some(units), kind)), documents };
    let groups = groups.largest(limit).into_iter();
    let groups = groups.map(|(group, sum)| Row { group: Some(service.group(&group)), ..row(sum) });
    let windows = windows.largest(limit).into_iter();
    let windows = windows.map(|(window, sum)| Row { window: Some(service.window(window)), ..row(sum) });
    let rows = groups.chain(windows).collect();
    // As windows begin: what is summed is neither more nor less than what lies between.
    let up = |time| calendar(if time == EventTime::MIN { time } else { of_one.slot_from(time) });
    let (from, to) = (up(range.from), up(range.to));
    let sum = json(&number(Some(sum).filter(|_| !of_one.overlap()), kind));
    let (complete, source, cut) = (extent.complete, extent.from, of > limit as u64);
    Ok(Json(Top { by, rows, sum, of, cut, from, to, complete, source }))
}

/// What to sum over.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)] // it only describes
pub enum Per {
    /// All windows of a group.
    Group,
    /// All groups of a window.
    Window,
}

/// The field to sum.
pub(super) fn addend<'a>(params: &Params, service: &'a ServeState) -> Result<Addend<'a>, Problem> {
    let names: Vec<&str> = service.totals().map(|total| total.name).collect();
    let is_other = |by: &&str| service.layout.numbers().any(|field| field.name == **by) && !names.contains(by);
    if let Some(by) = params.text("by").filter(is_other) {
        let names = names.join(", ");
        return Err(Problem::bad(format!("by={by:?} does not add up over windows and groups; these do: {names}")));
    }
    let name = params.choice("by", &names)?;
    let addend = service.totals().find(|total| total.name == name);
    addend.ok_or_else(|| Problem::bad("this dataflow has no totals"))
}

impl<K: Hash + Ord> Sums<K> {
    /// Adds a document to the sum of `key`.
    fn add(&mut self, units: i128, key: K) {
        let (sum, documents) = self.sums.entry(key).or_default();
        *documents += 1;
        match sum.checked_add(units) {
            Some(added) => *sum = added,
            None => self.overflows = true,
        }
    }

    /// The sum of all; `None` if it, or one of them, does not fit.
    fn sum(&self) -> Option<i128> {
        let sum = self.sums.values().try_fold(0_i128, |sum, (units, _)| sum.checked_add(*units));
        sum.filter(|_| !self.overflows)
    }

    /// The largest first; equal ones in the order of what they are of.
    fn largest(self, limit: usize) -> Vec<(K, (i128, u64))> {
        let mut sums: Vec<_> = self.sums.into_iter().collect();
        sums.sort_unstable_by(|(left, (most, _)), (right, (more, _))| more.cmp(most).then_with(|| left.cmp(right)));
        sums.truncate(limit);
        sums
    }
}
