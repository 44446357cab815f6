//! The topic read through, once: each record meets its fate, and what is known of records that are gone.

use std::collections::{BTreeMap, BTreeSet};

use super::VerifyError;
use super::recount::{Fate, Recount};
use super::topic::{Record, Span, Topic};
use crate::dataflow::Plan;
use crate::source::{Partition, Positions};
use crate::time::EventTime;

/// A topic that is read, or has been.
pub struct Reading<'a> {
    /// What became of the records.
    pub recount: Recount<'a>,
    /// Windows that start at or before this cannot be recomputed, because records are gone.
    pub cut: Option<EventTime>,
    /// What was to be read.
    pub spans: BTreeMap<i32, Span>,
    /// Partitions whose beginning is gone, until a record of them has been read.
    cuts: BTreeSet<i32>,
    max_ahead_ms: i64,
}

impl<'a> Reading<'a> {
    /// A reading of `topic` that keeps the totals of windows from `from` to before `to`; `shown` is what the sink shows of it.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        topic: &Topic,
        from: EventTime,
        to: EventTime,
        shown: Option<&Positions>,
    ) -> Reading<'a> {
        let spans = topic.spans.clone();
        let offsets = spans.keys().map(|partition| (*partition, shown_of(shown, *partition)));
        let recount = Recount::new(plan, from, to, offsets);
        let cuts = spans.iter().filter(|(_, span)| span.is_cut).map(|(partition, _)| *partition).collect();
        Reading { recount, cut: None, spans, cuts, max_ahead_ms: plan.event.max_ahead_ms }
    }

    /// Reads the topic, hands each record with its fate to `visit`, and tells `progress` how many of how many offsets are done.
    ///
    /// # Errors
    /// If it cannot be read to the end.
    pub fn read(
        &mut self,
        topic: &Topic,
        visit: &mut dyn FnMut(&Record<'_>, &Fate),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), VerifyError> {
        let (mut read, length) = (0, topic.length());
        topic.read(&mut |record| {
            if self.cuts.remove(&record.partition) {
                self.bound(record.timestamp_ms);
            }
            let fate = self.recount.take(record);
            visit(record, &fate);
            read += 1;
            progress(read, length);
        })?;
        // Of a partition of which nothing is left, nothing is known.
        if !self.cuts.is_empty() {
            self.bound(None);
        }
        Ok(())
    }

    /// Takes in that records are gone that were sent before `timestamp_ms`.
    fn bound(&mut self, timestamp_ms: Option<i64>) {
        let sent = timestamp_ms.filter(|sent| *sent >= 0);
        let latest = sent.map_or(EventTime::MAX, |sent| EventTime(sent.saturating_add(self.max_ahead_ms)));
        self.cut = Some(self.cut.map_or(latest, |cut| cut.max(latest)));
    }

    /// Whether a window cannot be recomputed.
    #[must_use]
    pub fn is_cut(&self, start: EventTime) -> bool {
        self.cut.is_some_and(|cut| start <= cut)
    }

    /// How many counted events the sink does not show.
    #[must_use]
    pub fn unshown(&self) -> u64 {
        self.recount.lanes.values().map(|lane| lane.beyond).sum()
    }
}

/// Up to which offset the sink shows a partition. Without a control document it shows all.
#[must_use]
pub fn shown_of(shown: Option<&Positions>, partition: i32) -> i64 {
    let Some(shown) = shown else { return i64::MAX };
    shown.get(&Partition(partition)).map_or(0, |offset| offset.0)
}
