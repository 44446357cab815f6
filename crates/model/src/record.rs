//! What a record of a partitioned log is, and by what it is known again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::header::Headers;
use crate::position::{Offset, Partition};
use crate::time::EventTime;

/// One record, borrowed from the log's own buffer while it is visited.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it is from.
    pub partition: Partition,
    /// Its place there. Offsets of a partition grow, not always by one.
    pub offset: Offset,
    /// The log's own timestamp of the record, in milliseconds since the Unix epoch, if it has one.
    pub timestamp_ms: Option<i64>,
    /// Its key, by which its producer chose the partition.
    pub key: Option<&'a [u8]>,
    /// Its payload; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Headers<'a>,
}

/// How far a log has come in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The partition.
    pub partition: Partition,
    /// Where reading goes on: every record before it has been visited, and what else lies before it is no record.
    pub next: Offset,
    /// The newest record visited, if the log can be cut short and written anew.
    pub last: Option<LastRead>,
}

/// The last record read of a partition, by which a log is known that was cut short before it and written anew: another
/// record, or none of that leader's term, stands at its offset then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRead {
    /// The offset behind it.
    pub before: Offset,
    /// The number of the term of the leader that wrote it, if the brokers tell.
    pub epoch: Option<i32>,
    /// Its [`Record::checksum`]; `None` if that was not kept.
    pub checksum: Option<u32>,
}

impl<'a> Record<'a> {
    /// One of which nothing is known but its payload.
    #[must_use]
    pub fn of_payload(payload: Option<&'a [u8]>) -> Record<'a> {
        Record {
            partition: Partition(0),
            offset: Offset(0),
            timestamp_ms: None,
            key: None,
            payload,
            headers: Headers::NONE,
        }
    }

    /// The log's own timestamp, if it has one that is a time of the calendar; a log without timestamps says -1.
    #[must_use]
    pub fn own_time(&self) -> Option<EventTime> {
        let time = self.timestamp_ms.filter(|ms| *ms >= 0)?;
        jiff::Timestamp::from_millisecond(time).ok().map(|_| EventTime(time))
    }
}

impl Record<'_> {
    /// The record as the last one read, written in the leader's term `epoch`.
    #[must_use]
    pub fn last_read(&self, epoch: Option<i32>) -> LastRead {
        LastRead { before: Offset(self.offset.0 + 1), epoch, checksum: Some(self.checksum()) }
    }

    /// A checksum (CRC-32C) of its timestamp, key and payload. It is kept in checkpoints, so it stays as it is.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        let text = |sum, text: Option<&[u8]>| {
            let length = text.map_or(u64::MAX, |text| text.len() as u64); // nothing is not the empty text
            crc32c::crc32c_append(crc32c::crc32c_append(sum, &length.to_le_bytes()), text.unwrap_or_default())
        };
        let time = crc32c::crc32c(&self.timestamp_ms.unwrap_or(i64::MIN).to_le_bytes());
        text(text(time, self.key), self.payload)
    }
}

/// Called by a log, from any thread, when records have become ready after a poll that drained it.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_from_others_by_all_that_it_is() {
        let record = Record {
            partition: Partition(0),
            offset: Offset(7),
            timestamp_ms: Some(1_764_331_200_000),
            key: Some(b"k"),
            payload: Some(b"{}"),
            headers: Headers::NONE,
        };
        assert_eq!(record.checksum(), 886_796_037, "checkpoints have it");
        let others = [
            Record { timestamp_ms: Some(1_764_331_200_001), ..record },
            Record { timestamp_ms: None, ..record },
            Record { key: None, ..record },
            Record { key: Some(b""), ..record },
            Record { key: Some(b"k{"), payload: Some(b"}"), ..record },
            Record { payload: None, ..record },
            Record { payload: Some(b""), ..record },
        ];
        let mut sums: Vec<u32> = others.iter().chain([&record]).map(Record::checksum).collect();
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), 8);
        let elsewhere = Record { partition: Partition(1), offset: Offset(8), ..record };
        assert_eq!(elsewhere.checksum(), record.checksum(), "where it is is asked for apart");
    }
}
