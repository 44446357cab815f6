//! One question to memory and sink: newest windows are answered from [`Live`](super::Live), older ones by the sink.
//!
//! Both give the same documents in the same order. Where the sink cannot be read, memory answers alone, and says
//! whether it knows everything.

use std::time::Duration;

use compact_str::CompactString;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use super::problem::Problem;
use super::service::ServeState;
use mare_model::time::EventTime;
use mare_sink::Query;
use mare_sink::figures::Figures;

/// How many documents are looked at for one page, when most are not wanted.
const MAX_LOOKED_AT: usize = 20_000;
/// How long another question to the sink may begin for one page; the last one may take [`PATIENCE`] more.
///
/// [`PATIENCE`]: super::readers::PATIENCE
pub(super) const ASKING: Duration = Duration::from_secs(8);
/// How long after a request came documents are read for its sum.
pub(super) const SUMMING: Duration = Duration::from_secs(18);
/// How many documents are read from the sink at a time, for a sum.
const PAGE: usize = 5_000;

/// Until when documents are read for the sum of a request that has just come.
#[must_use]
pub fn deadline() -> Instant {
    Instant::now() + SUMMING
}

/// Which documents are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Windows with a slot at or behind this.
    pub from: EventTime,
    /// Windows with a slot before this.
    pub to: EventTime,
    /// One group, or all.
    pub group: Option<CompactString>,
    /// Only final ones, only others, or both.
    pub is_final: Option<bool>,
}

/// Where an answer is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// From memory, as the sink has acknowledged it.
    Live,
    /// From the sink, as it is now.
    Sink,
}

/// Documents, in the order that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The documents; each says whether it is final.
    pub documents: Vec<Figures>,
    /// Behind which `_id` more may come.
    pub next: Option<String>,
    /// What the page is known of.
    pub extent: Coverage,
}

/// How much an answer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Where it is from.
    pub from: From,
    /// Whether nothing is missing.
    pub complete: bool,
    /// Documents in the sink that are not of this dataflow, and left out.
    pub foreign: u64,
}

/// What was found for one query.
struct Found {
    documents: Vec<Figures>,
    /// Where to go on; `None` if that was all.
    next: Option<(EventTime, String)>,
    extent: Coverage,
}

impl ServeState {
    /// One page of the documents in `range`. Of more than can be looked at in [`ASKING`] it has fewer than `limit`, and
    /// says where to go on.
    ///
    /// # Errors
    /// [`Problem::unavailable`] if it takes the sink, and that does not answer.
    pub async fn page(
        &self,
        range: &Range,
        newest_first: bool,
        mut after: Option<(EventTime, String)>,
        limit: usize,
    ) -> Result<Page, Problem> {
        let (range, is_final) = self.narrowed(range);
        let (mut documents, mut looked_at, began) = (Vec::new(), 0, Instant::now());
        loop {
            let query = Query { after, newest_first, ..range.query(limit + 1) };
            let found = self.find(query).await?;
            looked_at += found.documents.len();
            for document in found.documents {
                if is_final.is_some_and(|is_final| is_final != document.is_final) {
                    continue;
                }
                if documents.len() == limit {
                    let next = documents.last().map(|last: &Figures| self.layout.id(&last.key));
                    return Ok(Page { documents, next, extent: found.extent });
                }
                documents.push(document);
            }
            after = found.next;
            let enough = looked_at >= MAX_LOOKED_AT || began.elapsed() >= ASKING;
            if after.is_none() || enough {
                return Ok(Page { documents, next: after.map(|(_, id)| id), extent: found.extent });
            }
        }
    }

    /// Visits all documents in `range`, the newest windows first; of more than can be read `until` then the oldest are
    /// left out, and the answer is not complete.
    ///
    /// # Errors
    /// As for [`ServeState::page`]; [`Problem::unavailable`] too if nothing could be read until then.
    pub async fn visit(
        &self,
        range: &Range,
        until: Instant,
        mut visit: impl FnMut(Figures),
    ) -> Result<Coverage, Problem> {
        let (range, is_final) = self.narrowed(range);
        let (mut after, mut foreign, mut known) = (None, 0, None);
        loop {
            let query = Query { after, newest_first: true, ..range.query(PAGE) };
            let Ok(found) = timeout_at(until, self.find(query)).await else {
                let late = || Problem::unavailable("the sink has given nothing in time: ask again, or for less");
                return known.map(|extent| Coverage { complete: false, foreign, ..extent }).ok_or_else(late);
            };
            let found = found?;
            foreign += found.extent.foreign;
            let wanted = |document: &Figures| is_final.is_none_or(|is_final| is_final == document.is_final);
            found.documents.into_iter().filter(wanted).for_each(&mut visit);
            (after, known) = (found.next, Some(found.extent));
            if after.is_none() {
                return Ok(Coverage { foreign, ..found.extent });
            }
            yield_now().await; // others are answered meanwhile, whose documents are in memory too
        }
    }

    /// The slot of the oldest window from which on memory knows everything, if it does.
    #[must_use]
    pub fn newest_from(&self) -> Option<EventTime> {
        let snapshot = self.live.snapshot();
        let oldest = snapshot.windows.first_key_value().map(|(slot, _)| *slot);
        snapshot.complete_from.map(|from| oldest.map_or(from, |oldest| oldest.max(from)))
    }

    /// `range` without its condition on finality, where the time says it all: a window is final once the durable
    /// frontier has passed its close. Where documents say it themselves, they are asked.
    fn narrowed(&self, range: &Range) -> (Range, Option<bool>) {
        let mut range = range.clone();
        if self.layout.final_field().is_some() {
            let is_final = range.is_final.take();
            return (range, is_final);
        }
        if self.plan.view().windows.are_sessions() {
            // All documents are final.
            if range.is_final.take() == Some(false) {
                range.to = range.from;
            }
            return (range, None);
        }
        let open_from = self.plan.view().windows.first_open(self.frontier()).unwrap_or(EventTime::MIN);
        match range.is_final.take() {
            Some(true) => range.to = range.to.min(open_from),
            Some(false) => range.from = range.from.max(open_from),
            None => {}
        }
        (range, None)
    }

    /// The documents of one query.
    async fn find(&self, query: Query) -> Result<Found, Problem> {
        let snapshot = self.live.snapshot();
        if let Some(documents) = snapshot.answer(&query) {
            return Ok(self.found(documents, &query, From::Live, true));
        }
        let (asked, layout) = (query.clone(), self.layout.clone());
        let read = self.readers.ask(move |reader| {
            let found = reader.find(&asked)?;
            let documents: Vec<Figures> =
                found.iter().filter_map(|found| layout.figures_of(found.document.as_ref().ok()?)).collect();
            let foreign = (found.len() - documents.len()) as u64;
            Ok((documents, foreign, asked.following(&found).and_then(|following| following.after)))
        });
        let Some((documents, foreign, next)) = read.await? else {
            let complete = snapshot.has_all_from(query.from);
            return Ok(self.found(snapshot.find(&query), &query, From::Live, complete));
        };
        let mut found = self.found(documents, &query, From::Sink, true);
        (found.extent.foreign, found.next) = (foreign, next);
        Ok(found)
    }

    /// `documents` as the answer to `query`, each with whether it is final.
    fn found(&self, mut documents: Vec<Figures>, query: &Query, from: From, complete: bool) -> Found {
        let frontier = self.frontier();
        if self.layout.final_field().is_none() {
            for document in &mut documents {
                document.is_final = self.plan.view().windows.is_final(document.key.window, frontier);
            }
        }
        let last = documents.last().filter(|_| documents.len() == query.limit);
        let next = last.map(|last| (self.layout.windows().slot(last.key.window), self.layout.id(&last.key)));
        Found { documents, next, extent: Coverage { from, complete, foreign: 0 } }
    }
}

impl Range {
    /// Every document in the range, the oldest first.
    fn query(&self, limit: usize) -> Query {
        Query { from: self.from, to: self.to, group: self.group.clone(), ..Query::all(limit) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::fixture::Site;
    use mare_dataflow::fixture::documents as fixture;

    /// What a sink has given in time is more than nothing.
    #[tokio::test]
    async fn a_sum_that_a_slow_sink_does_not_end_says_so_in_time() {
        let many = (0..6_000)
            .map(|window| window * 60_000)
            .map(|window| fixture::change(fixture::key("a", window), fixture::total(1, &[1])))
            .collect();
        let site = Site::new(fixture::sales(), many);
        let sum = async |answers: usize| {
            let (_stall, end) = mpsc::channel();
            *site.sink.stalls.lock().expect("whole") = Some((answers, end));
            let until = Instant::now() + Duration::from_secs(2);
            let range = Range { from: EventTime::MIN, to: EventTime::MAX, group: None, is_final: None };
            let mut seen = 0;
            let extent = site.service.visit(&range, until, |_| seen += 1).await;
            (seen, extent.map(|extent| extent.complete).map_err(|problem| problem.status))
        };
        assert_eq!(sum(9).await, (6_000, Ok(true)));
        assert_eq!(sum(1).await, (5_000, Ok(false)), "the newest of them");
        assert_eq!(sum(0).await, (0, Err(503)));
    }
}
