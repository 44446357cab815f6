//! The sums of every total over a range of windows, group by group, over all documents that there are.
//!
//! The dashboard asks for them every second, and finding them may take long: so an answer is given again for ten times
//! as long as it took to find. It says of itself that it is, and who wants to be current asks again. One at a time is
//! being found.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compact_str::CompactString;
use tokio::sync::Mutex;
use tokio::time;

use super::ask::{Coverage, Range};
use super::problem::Problem;
use super::service::ServeState;
use mare_model::time::EventTime;
use mare_sink::figures::Figures;

/// For how many times as long as an answer took to find it is given again.
const AGAIN: u32 = 10;

/// The sums of some documents, by the totals of the layout; in their units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// One for each total.
    pub units: Vec<i128>,
    /// How many documents are in it.
    pub documents: u64,
}

/// What was found for a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// All of it.
    pub all: Sum,
    /// Each group.
    pub groups: HashMap<CompactString, Sum>,
    /// How much is known.
    pub extent: Coverage,
}

/// The last answer.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Answer>>);

#[derive(Clone, Debug)]
struct Answer {
    range: (EventTime, EventTime),
    sums: Arc<Sums>,
    /// Until when it is given again.
    until: Instant,
}

impl ServeState {
    /// The sums of the [tiles](ServeState::tiles) that start from `from` to before `to`, as far as they can be read
    /// `until` then, and whether they were found for an earlier question.
    ///
    /// # Errors
    /// As for [`ServeState::visit`], and if one of them does not fit into 38 digits.
    pub async fn sums(
        &self,
        from: EventTime,
        to: EventTime,
        until: time::Instant,
    ) -> Result<(Arc<Sums>, bool), Problem> {
        let mut kept = self.sums.0.lock().await;
        let is_good = |answer: &&Answer| answer.range == (from, to) && Instant::now() < answer.until;
        if let Some(answer) = kept.as_ref().filter(is_good) {
            return Ok((Arc::clone(&answer.sums), true));
        }
        let asked = Instant::now();
        let sums = Arc::new(self.find_sums(from, to, until).await?);
        let took: Duration = asked.elapsed();
        let until = Instant::now() + took.saturating_mul(AGAIN);
        *kept = Some(Answer { range: (from, to), sums: Arc::clone(&sums), until });
        Ok((sums, false))
    }

    async fn find_sums(&self, from: EventTime, to: EventTime, until: time::Instant) -> Result<Sums, Problem> {
        let places: Vec<usize> = self.totals().map(|total| total.place).collect();
        let zero = Sum { units: vec![0; places.len()], documents: 0 };
        let (mut all, mut groups, mut fits) = (zero.clone(), HashMap::<CompactString, Sum>::new(), true);
        let (range, windows) = (Range { from, to, group: None, is_final: None }, self.plan.view().windows);
        let extent = self
            .visit(&range, until, |change| {
                if !windows.is_tile(windows.slot(change.key.window)) {
                    return;
                }
                let group = groups.entry(change.key.group.clone()).or_insert_with(|| zero.clone());
                fits &= group.add(&change, &places) && all.add(&change, &places);
            })
            .await?;
        if fits { Ok(Sums { all, groups, extent }) } else { Err(Problem::bad("the sum has more than 38 digits")) }
    }
}

impl Sum {
    /// Adds a document, and returns whether it still fits.
    fn add(&mut self, figures: &Figures, places: &[usize]) -> bool {
        self.documents += 1;
        self.units.iter_mut().zip(places).all(|(sum, place)| {
            let added = sum.checked_add(figures.number(*place).unwrap_or_default());
            *sum = added.unwrap_or(*sum);
            added.is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::fixture::Site;
    use mare_dataflow::fixture::documents as fixture;
    use mare_engine::Observer;

    /// What does not add up is in the documents alone, with null where no event had it, from memory as from the sink.
    #[tokio::test]
    async fn what_does_not_add_up_is_never_added_up() {
        let sample = mare_sink::fixture::deliveries();
        let of = |minute: i64, measures: [Option<i128>; 4]| {
            fixture::change(fixture::key("a", minute * 60_000), fixture::total_in(&sample, 2, &measures))
        };
        let both = vec![of(0, [Some(-1_005), Some(7), None, None]), of(1, [None, None, Some(3), Some(3)])];
        for is_loaded in [false, true] {
            let site = Site::new(fixture::deliveries(), both.clone());
            if is_loaded {
                site.service.live.durable(both.clone());
                site.service.live.is_complete_from(EventTime::MIN);
            }
            let (_, body) = site.get("/api/v1/totals?order=oldest").await;
            let shown: Vec<_> = (0..2).map(|at| body["documents"][at]["document"].to_string()).collect();
            let window = |from: &str, until: &str| format!(r#"{{"from":"{from}","until":"{until}","city":"a","#);
            let first = window("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z");
            let second = window("1970-01-01T00:01:00Z", "1970-01-01T00:02:00Z");
            let first = first + r#""lightest":-1.005,"heaviest":0.007,"soonest":null,"latest":null,"n":2}"#;
            let second = second + r#""lightest":null,"heaviest":null,"soonest":3,"latest":3,"n":2}"#;
            assert_eq!(shown, [first, second], "loaded: {is_loaded}");
            let (_, body) = site.get("/api/v1/day?day=1970-01-01").await;
            assert_eq!((&body["sums"], &body["by"]), (&json!({ "n": 4 }), &json!("n")));
            for path in ["/api/v1/top?by=heaviest", "/api/v1/day?by=heaviest"] {
                let (status, body) = site.get(path).await;
                let why = body["detail"].as_str().unwrap_or_default();
                let expected = "by=\"heaviest\" does not add up over windows and groups; these do: n";
                assert_eq!((status, why), (StatusCode::BAD_REQUEST, expected));
            }
        }
    }
}
