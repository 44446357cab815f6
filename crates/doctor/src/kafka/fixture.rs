//! Partitions and records for the tests of checks.

use super::sample::{NewestRecords, RecordHead};
use mare_model::extent::Span;
use mare_model::position::{Offset, Partition};
use mare_model::time::EventTime;

/// A partition that holds the offsets from `first` to before `until`.
pub(super) fn span(partition: i32, first: i64, until: i64) -> Span {
    let (partition, first) = (Partition(partition), Offset(first));
    Span { partition, first, start: first, until: Some(Offset(until)) }
}

/// A good record, of a time and an event time in milliseconds.
pub(super) fn look(partition: i32, offset: i64, timestamp_ms: Option<i64>, time: Option<i64>) -> RecordHead {
    let (partition, offset) = (Partition(partition), Offset(offset));
    RecordHead { partition, offset, timestamp_ms, time: time.map(EventTime), is_dead: false }
}

/// What was read of `spans`.
pub(super) fn sample(spans: Vec<Span>, looks: Vec<RecordHead>) -> NewestRecords {
    NewestRecords { spans, read: looks.len() as u64, looks, ..NewestRecords::default() }
}
