//! Samples of the records that no total has: the last few of each reason, for a person to look at.
//!
//! Keeping them is cheap whatever comes: of each batch of a partition only the first few of a reason are looked at, and
//! of a record only its beginning is copied.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use mare_letters::Letter;
use mare_model::position::{Offset, Partition};
use mare_model::time::EventTime;

/// How many samples of one reason are kept.
pub const KEPT: usize = 20;
/// How many bytes of a record are kept.
pub const BYTES: usize = 200;
/// How many records of one reason are looked at in one batch of a partition.
pub(super) const PER_BATCH: u64 = 3;

/// The last records of each reason, shared by the workers of a process.
#[derive(Debug, Default)]
pub struct Samples(Mutex<BTreeMap<&'static str, VecDeque<Sample>>>);

/// A record that no total has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Why, in one word: `late`, or one of [`Reject::REASONS`](mare_decode::Reject::REASONS).
    pub reason: &'static str,
    /// Why, in a sentence.
    pub detail: String,
    /// Where the record is.
    pub partition: Partition,
    /// Its place there.
    pub offset: Offset,
    /// The log's own timestamp of the record, if it has one.
    pub timestamp: Option<EventTime>,
    /// Size of its payload in bytes; `None` if it has none.
    pub size: Option<usize>,
    /// The first [`BYTES`] bytes of its payload, as far as they are text.
    pub beginning: String,
}

impl Samples {
    /// Takes a letter in; the oldest of its reason makes room for it.
    #[cold]
    pub fn add(&self, letter: &Letter<'_>) {
        let sample = Sample::of(letter);
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = samples.entry(sample.reason).or_default();
        // The events of a record are late together.
        if kept.back() == Some(&sample) {
            return;
        }
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(sample);
    }

    /// All samples, by reason, the newest of each first.
    #[must_use]
    pub fn all(&self) -> Vec<Sample> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.values().flat_map(|kept| kept.iter().rev().cloned()).collect()
    }
}

impl Sample {
    fn of(letter: &Letter<'_>) -> Sample {
        let record = letter.record;
        let payload = record.payload.unwrap_or_default();
        let beginning = payload.get(..BYTES).unwrap_or(payload);
        Sample {
            reason: letter.reason(),
            detail: letter.detail(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp_ms.map(EventTime),
            size: record.payload.map(<[u8]>::len),
            beginning: String::from_utf8_lossy(beginning).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_decode::Reject;
    use mare_model::record::Record;

    fn record(offset: i64, payload: Option<&[u8]>) -> Record<'_> {
        Record { partition: Partition(2), offset: Offset(offset), timestamp_ms: Some(7), ..Record::of_payload(payload) }
    }

    #[test]
    fn the_newest_of_each_reason_are_kept() {
        let samples = Samples::default();
        for offset in 0..25 {
            samples.add(&Letter::dead(record(offset, None), &Reject::Tombstone));
        }
        samples.add(&Letter::dead(record(99, Some(b"{")), &Reject::NotJson("it ends".into())));
        let all = samples.all();
        let offsets: Vec<_> = all.iter().map(|sample| (sample.reason, sample.offset.0)).collect();
        let tombstones = (5..25).rev().map(|offset| ("tombstone", offset));
        assert_eq!(offsets, std::iter::once(("not_json", 99)).chain(tombstones).collect::<Vec<_>>());
        assert_eq!((all[0].size, all[0].beginning.as_str(), all[1].size), (Some(1), "{", None));
    }

    #[test]
    fn of_a_long_record_only_the_beginning_is_kept() {
        let long = "é".repeat(BYTES);
        let sample = Sample::of(&Letter::dead(record(0, Some(long.as_bytes())), &Reject::Tombstone));
        assert_eq!((sample.size, sample.beginning.as_str()), (Some(2 * BYTES), &long[..BYTES]));
    }
}
