//! The topic read through, once: each record meets its fate, and what is known of records that are gone.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::VerifyError;
use super::gone::Gaps;
use super::recount::{Fate, Recount};
use super::sessions::gap_ms;
use super::topic::{RawRecord, RawSpan, RawTopic};
use super::windows;
use mare_dataflow::Plan;
use mare_model::position::{Partition, Positions};
use mare_model::time::EventTime;

/// A topic that is read, or has been.
pub struct RawReading<'a> {
    /// What became of the records.
    pub recount: Recount<'a>,
    /// The records that are gone, and the windows that cannot be recomputed without them.
    pub gaps: Gaps,
    /// What was to be read.
    pub spans: BTreeMap<i32, RawSpan>,
    plan: &'a Plan,
}

impl<'a> RawReading<'a> {
    /// A reading of `topic` that keeps the totals of windows from `from` to before `to`; `shown` is what the sink shows
    /// of it.
    ///
    /// # Errors
    /// If an expression of the plan cannot be read, or the journal beside its documents.
    pub fn new(
        plan: &'a Plan,
        topic: &RawTopic,
        from: EventTime,
        to: EventTime,
        shown: Option<&Positions>,
    ) -> Result<RawReading<'a>, VerifyError> {
        let spans = topic.spans.clone();
        let offsets = spans.keys().map(|partition| (*partition, shown_of(shown, *partition)));
        let mut recount = Recount::new(plan, from, to, offsets)?;
        // Behind the topic: what is declared from now on is of offsets behind its ends, or of windows that are open.
        recount.hear(&plan.journal()?);
        let gaps = Gaps::new(&spans, topic.is_compacted, shown, plan.event.max_ahead_ms);
        Ok(RawReading { recount, gaps, spans, plan })
    }

    /// Reads the topic, hands each event, by its record, with its fate to `visit`, and tells `progress` how many of how
    /// many offsets are done.
    ///
    /// # Errors
    /// If it cannot be read to the end, or `progress` has broken off.
    pub fn read(
        &mut self,
        topic: &RawTopic,
        visit: &mut dyn FnMut(&RawRecord<'_>, &Fate<'_>),
        progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<(), VerifyError> {
        let (mut read, length) = (0, topic.length());
        topic.read(&mut |record| {
            self.gaps.see(record);
            self.recount.take(record, &mut |fate| visit(record, fate));
            read += 1;
            progress(read, length)
        })?;
        self.gaps.end();
        self.recount.end(self.spans.iter().map(|(partition, span)| (*partition, span.end)));
        Ok(())
    }

    /// Windows that start at or before this cannot be recomputed.
    ///
    /// An order that is gone may be cancelled until the last of its windows is closed, by a record that is left and of
    /// which nobody knows then whether it was counted, and moved the promise.
    #[must_use]
    pub fn cut(&self) -> Option<EventTime> {
        let by_id = self.plan.retract.is_some() && self.plan.dedup.is_some();
        let closed =
            |cut: EventTime| windows::windows(self.plan, cut.0).last().map(|last| windows::close(self.plan, last));
        self.gaps.cut.map(|cut| if by_id { closed(cut).unwrap_or(cut) } else { cut })
    }

    /// Whether a window cannot be recomputed.
    #[must_use]
    pub fn is_cut(&self, slot: EventTime) -> bool {
        // A session may have begun before, with an event that is gone.
        let reach_ms = gap_ms(self.plan).unwrap_or(0);
        self.cut().is_some_and(|cut| windows::start(self.plan, slot).0 <= cut.0.saturating_add(reach_ms))
    }

    /// How many counted events the sink does not show.
    #[must_use]
    pub fn unshown(&self) -> u64 {
        self.recount.partitions.values().map(|state| state.beyond).sum()
    }
}

/// Up to which offset the sink shows a partition. Without a control document it shows all.
#[must_use]
pub fn shown_of(shown: Option<&Positions>, partition: i32) -> i64 {
    let Some(shown) = shown else { return i64::MAX };
    shown.get(&Partition(partition)).map_or(0, |offset| offset.0)
}
