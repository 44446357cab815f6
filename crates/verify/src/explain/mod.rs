//! Where the numbers of one document come from: which records of which partitions, and which of them did not count.
//!
//! # Layout
//! * [`explain`]: finds out
//! * [`MeasuredTotal`] (`sum`): what contributions are measured by
//! * [`Reversal`] (`cancels`): what is taken back
//! * [`json`]: the answer as JSON; `target`: the document that is meant

mod cancels;
mod json;
mod sum;
mod target;

pub use cancels::Reversal;
pub use json::json;
pub use sum::MeasuredTotal;
use target::{Target, whole};

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use super::compare::{Difference, Judge, id};
use super::event::{Event, EventReader};
use super::gone::GoneRecords;
use super::reading::{RawReading, shown_of};
use super::recount::{Fate, Total};
use super::sessions::{self, gap_ms};
use super::topic::{RawRecord, RawTopic};
use super::{VerifyError, windows, witness};
use mare_dataflow::Plan;
use mare_model::position::Positions;
use mare_model::time::EventTime;
use mare_sink::read::{Query, Reader, StoredDocument, each};

/// How many of the largest contributions, and of the late events, are kept.
const KEPT: usize = 10;

/// Which document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey {
    /// The slot of its window; of a session any time in it.
    pub slot: EventTime,
    /// The canonical text of its group.
    pub group: String,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordPlace {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Which element of an array of its record it is, if it is one.
    pub element: Option<usize>,
}

/// What one partition has to do with the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionShare {
    /// How many of its events are counted.
    pub counted: u64,
    /// How many of these take others back.
    pub cancels: u64,
    /// The offsets of the first and the last of them.
    pub range: Option<(i64, i64)>,
    /// How many the dataflow does not want.
    pub filtered: u64,
    /// How many came too late.
    pub late: u64,
    /// How many repeat one that is counted.
    pub duplicate: u64,
    /// Records between the first and the last that are no events, by reason. Of which group they would have been,
    /// nobody knows.
    pub dead: BTreeMap<&'static str, u64>,
    /// The same behind the last counted event so far.
    pending: BTreeMap<&'static str, u64>,
    /// How many of the counted events the sink does not show yet.
    pub unshown: u64,
}

/// A counted event and what it adds to the first sum, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Where it stands.
    pub place: RecordPlace,
    /// Its event time.
    pub time: EventTime,
    /// What it adds.
    pub units: i128,
}

/// An event that came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Where it stands.
    pub place: RecordPlace,
    /// Its event time.
    pub time: EventTime,
    /// How far the event that closed the window lies behind the window's close, in milliseconds.
    pub by_ms: i64,
}

/// An event that would be one of the document's, but that its time lies too far beyond the record's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Where it stands.
    pub place: RecordPlace,
    /// Its event time.
    pub time: EventTime,
    /// The record's own timestamp.
    pub sent: EventTime,
}

/// All that is known of where a document comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The `_id` of the document.
    pub id: String,
    /// What each partition has to do with it, those that have.
    pub parts: BTreeMap<i32, PartitionShare>,
    /// The events that add most to the first sum, the largest first.
    pub largest: Vec<Contribution>,
    /// The first of those that take others back, in the order of their partitions.
    pub reversals: Vec<Reversal>,
    /// The first of the late events, in the order of their partitions.
    pub late: Vec<Late>,
    /// The first of the events whose time lies too far beyond their records.
    pub ahead: Vec<Ahead>,
    /// Its numbers, in the sink and recomputed.
    pub numbers: Vec<Difference>,
    /// What is wrong with the document in the sink, if no run writes such a one.
    pub unreadable: Option<String>,
    /// Whether all numbers are as they must be.
    pub is_equal: bool,
    /// Whether no event can come into the window any more.
    pub is_certain: bool,
    /// Whether records are gone that the window may have had.
    pub is_cut: bool,
    /// Which records are gone.
    pub gone: Vec<GoneRecords>,
    /// Whether the sink has the document.
    pub is_there: bool,
}

impl Explanation {
    /// How many counted events the sink does not show yet.
    #[must_use]
    pub fn unshown(&self) -> u64 {
        self.parts.values().map(|part| part.unshown).sum()
    }
}

/// One event of the document, or one that would have been.
pub struct Met<'a> {
    /// The record.
    pub record: &'a RawRecord<'a>,
    /// Which element of an array of the record it is, if it is one.
    pub element: Option<usize>,
    /// `counted`, `cancels`, `filtered`, `late` or `duplicate`.
    pub fate: &'static str,
}

/// Explains the document of `target`. `visit` is handed each of its events, and `progress` hears how many records were
/// read, of how many, and may break off. `patience` is for what can be done without, see [`RawTopic::open`].
///
/// # Errors
/// If the topic or the sink cannot be read, or `progress` has broken off.
pub fn explain(
    plan: &Plan,
    reader: &mut dyn Reader,
    target: &DocumentKey,
    patience: Duration,
    visit: &mut dyn FnMut(Met<'_>),
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Explanation, VerifyError> {
    let checkpointed = witness::checkpointed(plan);
    let shown = witness::shown(reader.shown()?.as_ref(), &checkpointed.positions);
    let topic = RawTopic::open(plan, &checkpointed.begins, patience)?;
    let target = &whole(plan, &topic, target, shown.as_ref(), progress)?;
    let behind = EventTime(target.key.slot.0.saturating_add(1));
    let mut reading = RawReading::new(plan, &topic, target.key.slot, behind, shown.as_ref())?;
    if checkpointed.is_of_another(&topic.id) {
        reading.gaps.is_another();
    }
    let mut collector = Collector::new(plan, target, shown)?;
    reading.read(
        &topic,
        &mut |record, fate| {
            if let Some((element, fate)) = collector.take(record, fate) {
                visit(Met { record, element, fate });
            }
        },
        progress,
    )?;
    let found = find(plan, reader, &target.key)?;
    collector.conclude(&reading, found.as_ref())
}

/// The document that stands in the sink.
fn find(plan: &Plan, reader: &mut dyn Reader, target: &DocumentKey) -> Result<Option<StoredDocument>, VerifyError> {
    let (wanted, to) = (id(plan, target.slot, &target.group), EventTime(target.slot.0.saturating_add(1)));
    let query = Query { from: target.slot, to, group: Some(target.group.as_str().into()), ..Query::all(100) };
    let mut it = None;
    each(reader, query, &mut |found| {
        if found.id == wanted {
            it = Some(found);
        }
        it.is_none()
    })?;
    Ok(it)
}

/// Gathers what has to do with one document while the topic goes by.
struct Collector<'a> {
    plan: &'a Plan,
    events: EventReader<'a>,
    target: &'a Target,
    sum: Option<MeasuredTotal>,
    shown: Option<Positions>,
    parts: BTreeMap<i32, PartitionShare>,
    largest: Vec<Contribution>,
    reversals: Vec<Reversal>,
    late: Vec<Late>,
    ahead: Vec<Ahead>,
}

impl<'a> Collector<'a> {
    fn new(plan: &'a Plan, target: &'a Target, shown: Option<Positions>) -> Result<Collector<'a>, VerifyError> {
        let (parts, largest, reversals) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (late, ahead) = (Vec::new(), Vec::new());
        let (events, sum) = (EventReader::new(plan)?, MeasuredTotal::first(plan));
        Ok(Collector { plan, events, target, sum, shown, parts, largest, reversals, late, ahead })
    }

    /// Takes an event in, and returns which element of its record it is, and its fate, if it is, or would have been,
    /// one of the document's.
    fn take(&mut self, record: &RawRecord<'_>, fate: &Fate<'_>) -> Option<(Option<usize>, &'static str)> {
        let (event, name) = match fate {
            Fate::Dead(reason) => {
                self.dead(record.partition, reason);
                if *reason == "future_time" {
                    self.ahead(record);
                }
                return None;
            }
            Fate::Counted(event, promise) if event.cancels && !self.is_closed(*promise) => {
                return self.cancels_itself(record, event);
            }
            // If late, it counts in others of its windows, and not in this one.
            Fate::Counted(event, promise) => (event, if self.is_closed(*promise) { "late" } else { "counted" }),
            Fate::Filtered(event) => (event, "filtered"),
            Fate::Cancels(event, orders) => return self.cancels(record, event, orders),
            Fate::Late(event, _) | Fate::Unmatched(event) => (event, "late"),
            Fate::Duplicate(event) => (event, "duplicate"),
        };
        if event.group != self.target.key.group || !self.is_in_window(event.time_ms) {
            return None;
        }
        let place = place(record, event);
        let time = EventTime(event.time_ms);
        let is_shown = record.offset < shown_of(self.shown.as_ref(), record.partition);
        let part = self.parts.entry(record.partition).or_default();
        match fate {
            Fate::Counted(_, closed_by) | Fate::Late(_, closed_by) if name == "late" => {
                part.late += 1;
                let by_ms = closed_by.0 - self.late_from(time).0;
                if self.late.len() < KEPT {
                    self.late.push(Late { place, time, by_ms });
                }
            }
            Fate::Unmatched(_) => part.late += 1,
            Fate::Counted(..) => {
                part.count(record.offset, is_shown);
                if let Some(sum) = &self.sum {
                    let units = event.adds.get(sum.measure).copied().flatten().unwrap_or_default();
                    self.contribute(Contribution { place, time, units });
                }
            }
            Fate::Filtered(_) => part.filtered += 1,
            _ => part.duplicate += 1,
        }
        Some((event.place, name))
    }

    /// Whether an event of this time belongs into the window.
    fn is_in_window(&self, time_ms: i64) -> bool {
        match (gap_ms(self.plan), self.target.session_end) {
            // What is late may have been in it with its gap.
            (Some(gap_ms), Some(end)) => time_ms < end.0 && self.target.key.slot.0 < time_ms.saturating_add(gap_ms),
            _ => windows::windows(self.plan, time_ms).any(|slot| slot == self.target.key.slot),
        }
    }

    /// Whether a promise closes the window.
    fn is_closed(&self, promise: EventTime) -> bool {
        self.target.session_end.is_none() && windows::close(self.plan, self.target.key.slot) <= promise
    }

    /// From which promise on an event of the document is late that has this time.
    fn late_from(&self, time: EventTime) -> EventTime {
        windows::close(self.plan, if self.target.session_end.is_some() { time } else { self.target.key.slot })
    }

    /// A record that is no event, behind an event of the document or not.
    fn dead(&mut self, partition: i32, reason: &'static str) {
        if let Some(part) = self.parts.get_mut(&partition).filter(|part| part.range.is_some()) {
            *part.pending.entry(reason).or_default() += 1;
        }
    }

    /// A record whose event time lies too far beyond its own timestamp. Without that it has no bound, and so tells what
    /// it is.
    fn ahead(&mut self, record: &RawRecord<'_>) {
        let mut events = Vec::new();
        self.events.read(&RawRecord { timestamp_ms: None, ..*record }, &mut |event| events.extend(event));
        for event in events {
            let is_of_it = event.is_wanted && event.group == self.target.key.group && self.is_in_window(event.time_ms);
            if is_of_it && self.ahead.len() < KEPT {
                let (time, sent) = (EventTime(event.time_ms), EventTime(record.timestamp_ms.unwrap_or_default()));
                self.ahead.push(Ahead { place: place(record, &event), time, sent });
            }
        }
    }

    fn contribute(&mut self, contribution: Contribution) {
        let place = self.largest.partition_point(|other| other.units >= contribution.units);
        if place < KEPT {
            self.largest.insert(place, contribution);
            self.largest.truncate(KEPT);
        }
    }

    fn conclude(self, reading: &RawReading<'_>, found: Option<&StoredDocument>) -> Result<Explanation, VerifyError> {
        let Target { key: DocumentKey { slot, group }, session_end } = self.target;
        let (slot, group) = (*slot, group.clone());
        let session_close = session_end.zip(gap_ms(self.plan)).map(|(end, gap)| sessions::close(self.plan, gap, end));
        let total: Option<&Total> = reading.recount.totals.get(slot, &group);
        let judge = Judge::new(self.plan, reading.recount.certain(false))?;
        let document = found.and_then(|found| found.document.as_ref().ok());
        let is_equal = match found {
            Some(found) => judge.judge(found, total).is_none(),
            None => total.is_none(),
        };
        Ok(Explanation {
            id: id(self.plan, slot, &group),
            parts: self.parts,
            largest: self.largest,
            reversals: self.reversals,
            late: self.late,
            ahead: self.ahead,
            numbers: judge.fields(Some(slot), document, total),
            unreadable: found.and_then(|found| found.document.as_ref().err()).cloned(),
            is_equal,
            is_certain: session_close.unwrap_or(windows::close(self.plan, slot)) <= judge.certain,
            is_cut: reading.is_cut(slot),
            gone: reading.gaps.gone(),
            is_there: found.is_some(),
        })
    }
}

/// Where an event of a record stands.
fn place(record: &RawRecord<'_>, event: &Event<'_>) -> RecordPlace {
    RecordPlace { partition: record.partition, offset: record.offset, element: event.place }
}

impl PartitionShare {
    /// Counts the event at `offset`.
    fn count(&mut self, offset: i64, is_shown: bool) {
        self.counted += 1;
        self.unshown += u64::from(!is_shown);
        self.range = Some(self.range.map_or((offset, offset), |(first, _)| (first, offset)));
        for (reason, count) in std::mem::take(&mut self.pending) {
            *self.dead.entry(reason).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests;
