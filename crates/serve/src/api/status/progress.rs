//! Partitions, frontier, sink and checkpoints as JSON.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shapes::calendar;
use crate::live::snapshot::Snapshot;
use mare_checkpoint::{Manifest, Tally};
use mare_decode::Reject;
use mare_engine::{Gauges, Run, ledger};
use mare_metrics::Absence;
use mare_model::time::{EventTime, Windows};
use mare_sink::SinkStatus;

/// What became of records: `read` is the sum of `counted`, `filtered`, `late`, `duplicate` and `dead`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    /// Records read.
    pub read: u64,
    /// Events folded into totals.
    pub counted: u64,
    /// Events that the dataflow does not want, by its condition.
    pub filtered: u64,
    /// Events that came after their window's close.
    pub late: u64,
    /// Events that had been counted before.
    pub duplicate: u64,
    /// Records that are no event.
    pub dead: u64,
    /// Those by reason, as far as there are any.
    pub dead_by_reason: BTreeMap<&'static str, u64>,
    /// Numbers that had more digits than their scale, among the counted events.
    pub rounded: u64,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// The next offset to read.
    pub position: i64,
    /// The offset behind its newest record, as of the last look.
    pub end: i64,
    /// How many offsets lie between: at least as many as there are records to come.
    pub lag: u64,
    /// How many of these an open transaction keeps from being read.
    pub held_back: u64,
    /// What it promises, the largest event time counted in it (or the k-th largest): what closes windows for it.
    pub promise: Option<String>,
    /// What became of its records since this process began.
    pub account: Account,
}

/// A server that does not answer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Away {
    /// Since when, by the clock of the process.
    pub since: String,
    /// How long that is, in seconds.
    pub for_s: f64,
    /// Why, as whoever looked last has found.
    #[schema(example = "connection refused at localhost:9092")]
    pub why: String,
}

/// Where a run goes on that has begun with a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Resumed {
    /// The epoch of the checkpoint, in milliseconds of the ingest clock.
    pub epoch: u64,
    /// The same as a time: everything that was learnt before it is in the checkpoint.
    pub through: String,
    /// What had become of the records of this process's partitions by then, in all runs before.
    pub account: Account,
}

/// The durable frontier.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Frontier {
    /// Every window that closes at or before this is final, and in the sink; null before anything was read, and at the
    /// end.
    pub event_time: Option<String>,
    /// The start of the first window that is not final; null as the event time is, and before one is final.
    pub first_open: Option<String>,
    /// How far it is behind the clock, in seconds; negative if event times run ahead of it.
    pub behind_s: Option<f64>,
    /// How long the oldest record has been waiting at most that was read and is not in the sink yet, in seconds; 0 if
    /// there is none.
    pub unwritten_s: f64,
}

/// What the writers of a process have done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Sink {
    /// Whether the sink answers.
    pub reachable: bool,
    /// Since when it does not, and why; null if it does.
    pub away: Option<Away>,
    /// Documents inserted or replaced.
    pub written: u64,
    /// Documents of which the sink had a version that was as complete or more.
    pub stale: u64,
    /// Attempts that found the sink away.
    pub retries: u64,
    /// How long the last write took, in milliseconds.
    pub latency_ms: f64,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Checkpoint {
    /// Its epoch, in milliseconds of the ingest clock.
    pub epoch: u64,
    /// When it was taken.
    pub taken: String,
    /// How long ago that is, in seconds.
    pub age_s: f64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
}

/// What is in memory of the newest windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Memory {
    /// Windows.
    pub windows: u64,
    /// Documents.
    pub documents: u64,
    /// Whether it is known from which window on every document is here.
    pub is_complete: bool,
    /// From windows that start at this on, every document is here; null if that is all of them, or not known.
    pub complete_from: Option<String>,
}

impl Account {
    /// The account of `tally`.
    #[must_use]
    pub fn of(tally: &Tally) -> Self {
        let by_reason = Reject::REASONS.into_iter().zip(tally.dead).filter(|(_, dead)| *dead > 0);
        Account {
            read: tally.read,
            counted: tally.counted,
            filtered: tally.filtered,
            late: tally.late,
            duplicate: tally.duplicate,
            dead: tally.dead_total(),
            dead_by_reason: by_reason.collect(),
            rounded: tally.rounded,
        }
    }
}

impl Partition {
    /// The state of a partition.
    #[must_use]
    pub fn of((partition, account): (mare_model::position::Partition, &ledger::Account)) -> Self {
        let (position, lag) = (account.position().0, account.lag());
        Partition {
            partition: partition.0,
            position,
            end: position.saturating_add_unsigned(lag),
            lag,
            held_back: account.held_back(),
            promise: calendar(account.promise()),
            account: Account::of(&account.tally()),
        }
    }
}

impl Frontier {
    /// The frontier of the run that has these gauges and windows; `event` is its event time.
    #[must_use]
    pub fn of(gauges: Option<&Gauges>, windows: Windows, event: EventTime) -> Self {
        Frontier {
            event_time: calendar(event),
            first_open: windows.first_open(event).and_then(calendar),
            behind_s: event.timestamp().map(seconds_since),
            unwritten_s: gauges.map_or(0.0, unwritten_s),
        }
    }
}

impl Sink {
    /// What `status` has counted.
    #[must_use]
    pub fn of(status: &SinkStatus) -> Self {
        Sink {
            reachable: !status.is_away(),
            away: status.absence().as_ref().map(Away::of),
            written: status.written(),
            stale: status.stale(),
            retries: status.retries(),
            latency_ms: status.latency().as_secs_f64() * 1_000.0,
        }
    }
}

impl Away {
    /// What `absence` says, by the calendar.
    #[must_use]
    pub fn of(absence: &Absence) -> Self {
        let lasts = SignedDuration::try_from(absence.lasts()).unwrap_or_default();
        let since = Timestamp::now().checked_sub(lasts).unwrap_or(Timestamp::MIN);
        let since = since.round(Unit::Millisecond).unwrap_or(since);
        Away { since: since.to_string(), for_s: lasts.as_millis() as f64 / 1_000.0, why: absence.why.clone() }
    }
}

impl Resumed {
    /// What `run` has resumed, if it goes on from a checkpoint.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        let (epoch, before) = (run.gauges.restored()?, run.ledger.before().unwrap_or_default());
        let through = i64::try_from(epoch.0).ok().map(EventTime).and_then(calendar)?;
        Some(Resumed { epoch: epoch.0, through, account: Account::of(&before) })
    }
}

/// How long the oldest record has waited at most that was read and is not durable yet, in seconds.
#[must_use]
pub fn unwritten_s(gauges: &Gauges) -> f64 {
    let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default();
    gauges.waiting_since().map_or(0.0, |since| now.saturating_sub(since.0) as f64 / 1_000.0)
}

impl Checkpoint {
    /// What `manifest` says.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Checkpoint {
            epoch: manifest.epoch.0,
            taken: manifest.taken.to_string(),
            age_s: seconds_since(manifest.taken),
            bytes: manifest.bytes(),
            rows: manifest.rows(),
        }
    }
}

impl Memory {
    /// What `snapshot` holds.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        Memory {
            windows: snapshot.windows.len() as u64,
            documents: snapshot.windows.values().map(|shelf| shelf.documents() as u64).sum(),
            is_complete: snapshot.complete_from.is_some(),
            complete_from: snapshot.complete_from.and_then(calendar),
        }
    }
}

/// Seconds from `then` until now, to the millisecond.
fn seconds_since(then: Timestamp) -> f64 {
    Timestamp::now().as_millisecond().saturating_sub(then.as_millisecond()) as f64 / 1_000.0
}
