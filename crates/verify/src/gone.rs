//! Records that documents show, or should, and that cannot be read any more. Pure.
//!
//! What is gone is known by its neighbours: records before one that is left were sent before it, and the time of an
//! event lies at most `event.max_ahead` behind the moment at which it was sent. Of what is gone behind the last record
//! nothing is known.

use std::collections::BTreeMap;
use std::fmt;

use super::topic::{RawRecord, RawSpan};
use mare_model::position::{Partition, Positions};
use mare_model::time::EventTime;

/// Where records are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoneRecords {
    /// The partition begins behind them: retention took them, or somebody deleted them.
    Before {
        /// The partition.
        partition: i32,
        /// Its first offset now.
        first: i64,
    },
    /// They are gone before any document has shown them: nothing will ever count them.
    Uncounted {
        /// The partition.
        partition: i32,
        /// Up to which offset documents show it.
        shown: i64,
        /// Its first offset now.
        first: i64,
    },
    /// Compaction took some from between others.
    Within {
        /// The partition.
        partition: i32,
        /// How many offsets have no record.
        offsets: u64,
    },
    /// The topic is another one of the same name: it was made anew, or is of another cluster.
    Another,
    /// The partition ends before them: it was cut short, or the topic was made anew.
    Behind {
        /// The partition.
        partition: i32,
        /// Behind its last offset now.
        end: i64,
        /// Up to which offset documents show it.
        shown: i64,
    },
}

impl fmt::Display for GoneRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GoneRecords::Before { partition, first } => {
                write!(f, "partition {partition} begins at offset {first}: retention took what was before, or somebody")
            }
            GoneRecords::Uncounted { partition, shown, first } => write!(
                f,
                "partition {partition} begins at offset {first}, and documents show it only up to {shown}: what lay between was \
                 never counted"
            ),
            GoneRecords::Within { partition, offsets } => {
                write!(f, "partition {partition} is compacted: {offsets} offsets have no record any more")
            }
            GoneRecords::Another => f.write_str(
                "the topic is not the one that was read: it was deleted and made anew, or is of another cluster",
            ),
            GoneRecords::Behind { partition, end, shown } => write!(
                f,
                "partition {partition} ends at offset {end}, and documents show it up to {shown}: it was cut short, or the topic \
                 was made anew"
            ),
        }
    }
}

/// Watches the records go by for those that are missing, and knows which windows may have lost events with them.
#[derive(Debug)]
pub struct Gaps {
    /// Windows that start at or before this may have lost events; `None` if nothing is gone.
    pub cut: Option<EventTime>,
    /// What is gone, but for what lies within.
    gone: Vec<GoneRecords>,
    /// The next offset of each partition, if every one has a record.
    next: BTreeMap<i32, i64>,
    /// Partitions whose beginning is gone, until a record of them has been read.
    beginnings: Vec<i32>,
    /// How many offsets within a partition have no record, in a topic that is compacted.
    within: BTreeMap<i32, u64>,
    is_compacted: bool,
    max_ahead_ms: i64,
}

impl Gaps {
    /// Before the first record. `shown` is what documents show.
    #[must_use]
    pub fn new(
        spans: &BTreeMap<i32, RawSpan>,
        is_compacted: bool,
        shown: Option<&Positions>,
        max_ahead_ms: i64,
    ) -> Gaps {
        let mut gaps = Gaps {
            cut: None,
            gone: Vec::new(),
            next: spans.iter().map(|(partition, span)| (*partition, span.start)).collect(),
            beginnings: Vec::new(),
            within: BTreeMap::new(),
            is_compacted,
            max_ahead_ms,
        };
        for (partition, span) in spans {
            gaps.look(
                *partition,
                *span,
                shown.and_then(|shown| shown.get(&Partition(*partition))).map(|shown| shown.0),
            );
        }
        // A partition that is not there has no record at all.
        let absent = shown.into_iter().flatten().filter(|(partition, _)| !spans.contains_key(&partition.0));
        for (partition, shown) in absent {
            gaps.look(partition.0, RawSpan { start: 0, end: 0, is_cut: false }, Some(shown.0));
        }
        gaps
    }

    /// Looks at the ends of a partition.
    fn look(&mut self, partition: i32, RawSpan { start: first, end, is_cut }: RawSpan, shown: Option<i64>) {
        if is_cut {
            self.beginnings.push(partition);
            self.gone.push(match shown {
                Some(shown) if 0 < shown && shown < first => GoneRecords::Uncounted { partition, shown, first },
                _ => GoneRecords::Before { partition, first },
            });
        }
        if let Some(shown) = shown.filter(|shown| *shown > end) {
            self.gone.push(GoneRecords::Behind { partition, end, shown });
            self.bound(None);
        }
    }

    /// Takes in that the log is not the one that was read.
    pub fn is_another(&mut self) {
        self.gone.push(GoneRecords::Another);
        self.bound(None);
    }

    /// Sees a record.
    pub fn see(&mut self, record: &RawRecord<'_>) {
        let next = self.next.insert(record.partition, record.offset + 1).unwrap_or(record.offset);
        let is_first = self.beginnings.contains(&record.partition);
        self.beginnings.retain(|partition| *partition != record.partition);
        // Without compaction an offset without a record is the mark of a transaction, or was aborted with one.
        let missing = if self.is_compacted { record.offset.abs_diff(next) } else { 0 };
        if missing > 0 {
            *self.within.entry(record.partition).or_default() += missing;
        }
        if is_first || missing > 0 {
            self.bound(record.timestamp_ms);
        }
    }

    /// All records have been seen.
    pub fn end(&mut self) {
        // Of a partition of which nothing is left, nothing is known.
        if !self.beginnings.is_empty() {
            self.bound(None);
        }
    }

    /// What is gone, by partition.
    #[must_use]
    pub fn gone(&self) -> Vec<GoneRecords> {
        let within = self
            .within
            .iter()
            .map(|(partition, offsets)| GoneRecords::Within { partition: *partition, offsets: *offsets });
        self.gone.iter().copied().chain(within).collect()
    }

    /// Takes in that records are gone that were sent before `timestamp_ms`, or at any time.
    fn bound(&mut self, timestamp_ms: Option<i64>) {
        let sent = timestamp_ms.filter(|sent| *sent >= 0);
        let latest = sent.map_or(EventTime::MAX, |sent| EventTime(sent.saturating_add(self.max_ahead_ms)));
        self.cut = Some(self.cut.map_or(latest, |cut| cut.max(latest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::header::Headers;
    use mare_model::position::Offset;

    fn gaps(span: RawSpan, is_compacted: bool, shown: Option<i64>, records: &[(i64, i64)]) -> Gaps {
        let shown = shown.map(|shown| [(Partition(0), Offset(shown))].into_iter().collect());
        let mut gaps = Gaps::new(&[(0, span)].into(), is_compacted, shown.as_ref(), 1_000);
        for (offset, timestamp) in records {
            gaps.see(&RawRecord {
                partition: 0,
                offset: *offset,
                timestamp_ms: Some(*timestamp),
                key: None,
                payload: None,
                headers: Headers::NONE,
            });
        }
        gaps.end();
        gaps
    }

    const WHOLE: RawSpan = RawSpan { start: 0, end: 9, is_cut: false };
    const CUT: RawSpan = RawSpan { start: 5, end: 9, is_cut: true };

    #[test]
    fn what_is_gone_is_bounded_by_the_record_behind_it() {
        for (span, is_compacted, records, cut) in [
            (WHOLE, true, &[(0, 10), (1, 20)][..], None),
            (WHOLE, true, &[(0, 10), (3, 20), (4, 30)], Some(1_020)),
            (WHOLE, true, &[(2, 15), (3, 20)], Some(1_015)),
            (WHOLE, false, &[(0, 10), (3, 20)], None),
            (CUT, false, &[(5, 40), (6, 50)], Some(1_040)),
            (CUT, false, &[], Some(i64::MAX)),
        ] {
            let found = gaps(span, is_compacted, None, records).cut;
            assert_eq!(found, cut.map(EventTime), "{span:?} {is_compacted} {records:?}");
        }
    }

    #[test]
    fn what_documents_show_and_the_log_does_not_have_is_said() {
        let said = |span, is_compacted, shown, records: &[(i64, i64)]| gaps(span, is_compacted, shown, records).gone();
        assert_eq!(said(WHOLE, false, Some(9), &[(0, 1)]), []);
        assert_eq!(said(CUT, false, Some(7), &[]), [GoneRecords::Before { partition: 0, first: 5 }]);
        assert_eq!(said(CUT, false, Some(3), &[]), [GoneRecords::Uncounted { partition: 0, shown: 3, first: 5 }]);
        assert_eq!(
            said(CUT, false, Some(0), &[]),
            [GoneRecords::Before { partition: 0, first: 5 }],
            "nothing was shown yet"
        );
        assert_eq!(said(WHOLE, false, Some(12), &[]), [GoneRecords::Behind { partition: 0, end: 9, shown: 12 }]);
        assert_eq!(gaps(WHOLE, false, Some(12), &[(0, 1)]).cut, Some(EventTime::MAX));
        let shown =
            [(Partition(0), Offset(1)), (Partition(1), Offset(0)), (Partition(2), Offset(4))].into_iter().collect();
        let fewer = Gaps::new(&[(0, WHOLE)].into(), false, Some(&shown), 0);
        let absent = [GoneRecords::Behind { partition: 2, end: 0, shown: 4 }];
        assert_eq!((fewer.gone(), fewer.cut), (absent.to_vec(), Some(EventTime::MAX)), "a topic of fewer partitions");
        assert_eq!(said(WHOLE, true, None, &[(1, 1), (4, 2)]), [GoneRecords::Within { partition: 0, offsets: 3 }]);
    }
}
