//! `GET /api/v1/day`: every total of one day of the dataflow's zone.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::{Map, Value as Number};
use utoipa::ToSchema;

use super::shapes::{GroupShape, json};
use super::top::addend;
use crate::ask::{From, Range, deadline};
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;
use crate::sums::Sum;
use mare_model::time::EventTime;
use mare_sink::document::{iso, number};

/// Groups, if nobody says how many.
const DEFAULT_LIMIT: usize = 50;
/// The most groups.
const MAX_LIMIT: usize = 1_000;

/// The sums of a day, over all of its windows and groups; of windows that overlap over those that follow one another.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Day {
    /// The day, by the calendar of the zone.
    #[schema(example = "2025-11-28", format = Date)]
    pub day: String,
    /// The zone of the dataflow's days.
    #[schema(example = "America/Sao_Paulo")]
    pub zone: String,
    /// The start of its first window: windows that start at or after this are summed.
    pub from: Option<String>,
    /// Windows that start before this are summed; null, as `from`, if there are no windows.
    pub to: Option<String>,
    /// Whether that is the day exactly. If not, no window begins at its midnight: a window counts where it starts; or
    /// there are no windows, and the sums are of all times.
    pub is_exact: bool,
    /// The sum of each total over all groups, by the names of the fields.
    #[schema(value_type = Object)]
    pub sums: Map<String, Number>,
    /// How many documents are in them.
    pub documents: u64,
    /// The field by which the groups are in order.
    pub by: String,
    /// The groups of the largest sums of that field, the largest first.
    pub groups: Vec<GroupSums>,
    /// How many groups there are, of those that were asked for.
    pub of: u64,
    /// How many groups there are at all.
    pub all: u64,
    /// Whether there are more groups than these.
    pub cut: bool,
    /// Whether every document of the day is in the sums. If not, they could not all be read in time, or at all.
    pub complete: bool,
    /// Whether this was found for an earlier question; who wants to be current asks again.
    pub kept: bool,
    /// Where the documents are from.
    pub source: From,
}

/// The sums of a group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct GroupSums {
    /// The group.
    pub group: GroupShape,
    /// The sum of each total, by the names of the fields.
    #[schema(value_type = Object)]
    pub sums: Map<String, Number>,
    /// How many documents are in them.
    pub documents: u64,
}

/// Every total of one day of the dataflow's zone, over all groups, and the groups of the largest
#[utoipa::path(
    get,
    path = "/api/v1/day",
    params(
        ("day" = Option<String>, Query, format = Date, description = "The day, such as 2025-11-28; that of the newest window if it is not given"),
        ("by" = Option<String>, Query, description = "The field by which the groups are in order: one that `status` calls a total or the version; the first total if it is not given"),
        ("like" = Option<String>, Query, description = "Only groups whose canonical text contains this, whatever the case; `sums` stay those of all"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Groups; 50 if it is not given"),
    ),
    responses((status = 200, body = Day), Refusal),
)]
pub async fn day(State(service): State<Arc<ServeState>>, RawQuery(query): RawQuery) -> Result<Json<Day>, Problem> {
    let until = deadline();
    let params = Params::parse(query.as_deref(), &["day", "by", "like", "limit"])?;
    let by = addend(&params, &service)?.name.to_owned();
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let day = match params.date("day")? {
        Some(day) => day,
        None => service.newest_day().await?,
    };
    let (from, to, is_exact) = service.windows_of(day)?;
    let (sums, kept) = service.sums(from, to, until).await?;
    let edge = |time| (!service.plan.view().windows.is_global()).then(|| iso(time));
    let place = service.totals().position(|total| total.name == by).unwrap_or_default();
    let most = |sum: &Sum| sum.units.get(place).copied().unwrap_or_default();
    let likes = params.likes();
    let mut groups: Vec<_> = sums.groups.iter().filter(|(group, _)| likes(group)).collect();
    groups.sort_unstable_by(|(group, sum), (other, more)| most(more).cmp(&most(sum)).then_with(|| group.cmp(other)));
    let of = groups.len();
    let groups = groups.into_iter().take(limit).map(|(group, sum)| GroupSums {
        group: service.group(group),
        sums: service.numbers(sum),
        documents: sum.documents,
    });
    Ok(Json(Day {
        day: day.to_string(),
        zone: service.zone(),
        from: edge(from),
        to: edge(to),
        is_exact,
        sums: service.numbers(&sums.all),
        documents: sums.all.documents,
        by,
        groups: groups.collect(),
        of: of as u64,
        all: sums.groups.len() as u64,
        cut: of > limit,
        complete: sums.extent.complete,
        kept,
        source: sums.extent.from,
    }))
}

impl ServeState {
    /// The day in which the newest window starts; today if there is none.
    async fn newest_day(&self) -> Result<Date, Problem> {
        let all = Range { from: EventTime::MIN, to: EventTime::MAX, group: None, is_final: None };
        let newest = self.page(&all, true, None, 1).await?.documents.pop();
        let newest = newest.and_then(|newest| self.plan.view().windows.slot(newest.key.window).timestamp());
        Ok(newest.unwrap_or_else(Timestamp::now).to_zoned(self.plan.zone().clone()).date())
    }

    /// From where to before where the windows of a day start, and whether they begin at its midnights.
    fn windows_of(&self, day: Date) -> Result<(EventTime, EventTime, bool), Problem> {
        let midnight = |day: Date| {
            let zoned = day.to_zoned(self.plan.zone().clone()).ok()?;
            Some(EventTime(zoned.start_of_day().ok()?.timestamp().as_millisecond()))
        };
        let next = day.checked_add(1.day()).ok();
        let edges = midnight(day).zip(next.and_then(midnight));
        let (from, to) = edges.ok_or_else(|| Problem::bad("the calendar ends with that day"))?;
        let tiles = self.tiles()?;
        if tiles.is_global() {
            return Ok((EventTime::MIN, EventTime::MAX, false));
        }
        let (first, end) = (tiles.slot_from(from), tiles.slot_from(to));
        Ok((first, end, (first, end) == (from, to)))
    }

    /// A sum as numbers, by the names of the totals.
    fn numbers(&self, sum: &Sum) -> Map<String, Number> {
        let numbers = self.totals().zip(&sum.units);
        numbers.map(|(total, units)| (total.name.to_owned(), json(&number(Some(*units), total.number)))).collect()
    }
}
