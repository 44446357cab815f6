//! `GET /api/v1/history`: how the run went over the last hour.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::history::{HistoryMark, STEP_S};
use crate::params::Params;
use crate::problem::{Problem, Refusal};
use crate::service::ServeState;

/// How this process went over the last hour, or since it began.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct History {
    /// Seconds that each point tells of.
    pub step_s: i64,
    /// At most 360 points, the oldest first. The last one may not be over; where nobody looked there is none.
    pub points: Vec<Point>,
}

/// Some seconds of a run. What is not a rate is the worst that there was.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Point {
    /// When they begin.
    pub at: String,
    /// Records read, a second.
    pub events_per_second: f64,
    /// Offsets still to be read, of the partitions of this process.
    pub lag: u64,
    /// How far the durable frontier was behind the clock, in seconds; negative if event times ran ahead of it, null if
    /// there was none.
    pub behind_s: Option<f64>,
    /// How long the oldest record had waited at most that was read and was not in the sink yet, in seconds.
    pub unwritten_s: f64,
    /// How long the last write to the sink took, in milliseconds.
    pub sink_latency_ms: f64,
    /// Whether Kafka or the sink was away.
    pub away: bool,
}

/// How the run went over the last hour: rate, lag, freshness, latency of the sink
#[utoipa::path(
    get,
    path = "/api/v1/history",
    params(("from" = Option<String>, Query, format = DateTime, description = "Points that begin at or after this time; all if it is not given")),
    responses((status = 200, body = History), Refusal),
)]
pub async fn history(
    State(service): State<Arc<ServeState>>,
    RawQuery(query): RawQuery,
) -> Result<Json<History>, Problem> {
    let params = Params::parse(query.as_deref(), &["from"])?;
    let from = params.time("from")?.map_or(i64::MIN, |from| from.0.div_euclid(1_000) + i64::from(from.0 % 1_000 != 0));
    let points = service.history.since(from).iter().map(Point::of).collect();
    Ok(Json(History { step_s: STEP_S, points }))
}

impl Point {
    fn of(mark: &HistoryMark) -> Point {
        let at = Timestamp::from_second(mark.step.saturating_mul(STEP_S)).unwrap_or_default();
        Point {
            at: at.to_string(),
            events_per_second: mark.per_second(),
            lag: mark.worst.lag,
            behind_s: mark.worst.behind_s,
            unwritten_s: mark.worst.unwritten_s,
            sink_latency_ms: mark.worst.sink_ms,
            away: mark.worst.is_away,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Site;
    use crate::history::Look;
    use mare_dataflow::fixture::documents as fixture;

    #[tokio::test]
    async fn points_are_told_from_a_time_on() {
        let site = Site::new(fixture::sales(), Vec::new());
        for (second, read) in [(0, 0), (10, 50), (20, 80)] {
            let look = Look { read, lag: 3, behind_s: Some(1.5), ..Look::default() };
            site.service.history.note(Timestamp::from_second(second).expect("a time"), look);
        }
        let (_, body) = site.get("/api/v1/history?from=1970-01-01T00:00:10.5Z").await;
        let point = r#"{"at":"1970-01-01T00:00:20Z","events_per_second":3.0,"lag":3,"behind_s":1.5,"unwritten_s":0.0,"sink_latency_ms":0.0,"away":false}"#;
        assert_eq!(body.to_string(), format!(r#"{{"step_s":10,"points":[{point}]}}"#));
        let (_, body) = site.get("/api/v1/history").await;
        assert_eq!(body["points"].as_array().map(Vec::len), Some(3));
    }
}
