//! An audit, from the first question to the verdict; the head of [the crate](crate) says why its steps prove what they
//! say.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::compare::{self, Judge, Mismatch, Wrong};
use super::gone::GoneRecords;
use super::reading::{RawReading, shown_of};
use super::recount::{Counts, Total};
use super::sessions::{self, gap_ms};
use super::topic::{self, RawSpan, RawTopic};
use super::totals::ExpectedTotals;
use super::windows;
use super::{VerifyError, lateness, witness};
use mare_dataflow::Plan;
use mare_model::extent::HeldBack;
use mare_model::position::Positions;
use mare_model::time::EventTime;
use mare_sink::document::FieldValue;
use mare_sink::read::{Query, Reader, StoredDocument, each};

/// How many documents are read at a time.
const PAGE: usize = 10_000;

/// How long a run that is at work may go without writing any document that it has promised, before they are held
/// against it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before such documents are read again.
const PAUSE: Duration = Duration::from_millis(250);

/// What to audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditScope {
    /// Windows told by an instant at or after this: their start; of those that grow the start of their last step.
    pub from: EventTime,
    /// Windows told by one before this.
    pub to: EventTime,
    /// Whether a run is at work, whatever it looks like.
    pub live: bool,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// What was read of each partition, and what became of it.
    pub partitions: BTreeMap<i32, (RawSpan, Counts)>,
    /// Documents that are as they must be.
    pub equal: u64,
    /// Documents, in the sink or recomputed, of windows that are open while a run is at work.
    pub open: u64,
    /// Documents, in the sink or recomputed, of windows that cannot be recomputed any more.
    pub unknown: u64,
    /// Documents that are not as they must be, by their windows.
    pub findings: Vec<Mismatch>,
    /// Why windows that are open were left out, if they were.
    pub live: Option<Incomparable>,
    /// The windows that start at or before this cannot be recomputed, if records are gone from the topic.
    pub cut: Option<EventTime>,
    /// Which records are gone.
    pub gone: Vec<GoneRecords>,
    /// What open transactions keep from being read.
    pub held: Vec<HeldBack>,
    /// Windows that close at or before this are certain.
    pub certain: EventTime,
    /// What there is to say of partitions of which many events are late.
    pub warnings: Vec<String>,
}

/// Why documents of open windows cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incomparable {
    /// It was said so.
    Told,
    /// The sink shows so many events less than the topic has.
    Behind(u64),
    /// The sink went on while it was read.
    Moving,
}

impl Audited {
    /// The names of all that can be wrong.
    pub const WRONG: [&'static str; 4] = ["differing", "missing", "extra", "unreadable"];

    /// How many documents are wrong in this way.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.findings.iter().filter(|finding| finding.wrong.name() == name).count() as u64
    }

    /// How many documents were compared.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.equal + self.findings.len() as u64
    }

    /// How many documents there are, in the sink or recomputed, of the windows that were asked for.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.compared() + self.open + self.unknown
    }

    /// Where records are gone that no document has ever shown.
    pub fn uncounted(&self) -> impl Iterator<Item = &GoneRecords> {
        self.gone.iter().filter(|gone| matches!(gone, GoneRecords::Uncounted { .. }))
    }

    /// Whether documents could be compared, every one of these is as it must be, and no record was lost before it was
    /// counted.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.findings.is_empty() && self.equal > 0 && self.uncounted().next().is_none()
    }
}

/// Audits the documents of `plan`. `progress` hears how many records were read, of how many.
///
/// # Errors
/// If the topic or the sink cannot be read.
pub fn audit(
    plan: &Plan,
    reader: &mut dyn Reader,
    bounds: AuditScope,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Audited, VerifyError> {
    // STEP 1: what the sink shows, and what the topic holds: whatever comes later is not looked at.
    let checkpointed = witness::checkpointed(plan);
    let before = reader.shown()?;
    let topic = RawTopic::open(plan, &checkpointed.begins, topic::PATIENCE)?;
    // STEP 2: what the documents must be.
    let shown = witness::shown(before.as_ref(), &checkpointed.positions);
    let mut reading = RawReading::new(plan, &topic, bounds.from, bounds.to, shown.as_ref())?;
    if checkpointed.is_of_another(&topic.id) {
        reading.gaps.is_another();
    }
    reading.read(&topic, &mut |_, _| {}, &mut |read, length| {
        progress(read, length);
        ControlFlow::Continue(())
    })?;
    // STEP 3: what they are.
    let mut comparison = Comparison::new(plan, reading)?;
    comparison.documents(reader, bounds)?;
    let after = reader.shown()?;
    // STEP 4: what the sink did meanwhile, and so what can be held against it.
    let live = comparison.live(bounds, before.as_ref(), after.as_ref());
    let mut verdict = Audited { held: topic.held, ..comparison.verdict(live) };
    // STEP 5: a run at work may have promised more than it had written when it was asked.
    let mut end = Instant::now() + PATIENCE;
    while live.is_some() && verdict.findings.iter().any(|finding| finding.slot.is_some()) && Instant::now() < end {
        thread::sleep(PAUSE);
        let before = verdict.findings.clone();
        comparison.again(reader, &mut verdict, end)?;
        if verdict.findings != before {
            end = Instant::now() + PATIENCE;
        }
    }
    Ok(verdict)
}

/// Holds documents against totals.
struct Comparison<'a> {
    plan: &'a Plan,
    reading: RawReading<'a>,
    judge: Judge<'a>,
    /// Totals whose document has not been found yet.
    left: ExpectedTotals,
    /// The totals of the documents in `findings`, by `_id`: these may be looked at again.
    suspects: BTreeMap<String, Total>,
    /// Equal documents of windows that are certain at the offsets that the sink shows, and of others.
    equal: [u64; 2],
    unknown: u64,
    findings: Vec<Mismatch>,
}

impl<'a> Comparison<'a> {
    fn new(plan: &'a Plan, mut reading: RawReading<'a>) -> Result<Comparison<'a>, VerifyError> {
        let judge = Judge::new(plan, reading.recount.certain(false))?;
        let left = std::mem::take(&mut reading.recount.totals);
        let (suspects, findings) = (BTreeMap::new(), Vec::new());
        Ok(Comparison { plan, reading, judge, left, suspects, equal: [0; 2], unknown: 0, findings })
    }

    /// Reads all documents.
    fn documents(&mut self, reader: &mut dyn Reader, bounds: AuditScope) -> Result<(), VerifyError> {
        let query = Query { from: bounds.from, to: bounds.to, any_order: true, ..Query::all(PAGE) };
        each(reader, query, &mut |found| {
            self.take(found);
            true
        })?;
        for (slot, group, total) in std::mem::take(&mut self.left).into_totals() {
            if self.reading.is_cut(slot) {
                self.unknown += 1;
                continue;
            }
            let missing = self.judge.missing(slot, &group, &total);
            self.suspects.insert(missing.id.clone(), total);
            self.findings.push(missing);
        }
        self.findings.sort_by(|one, other| (one.slot, &one.id).cmp(&(other.slot, &other.id)));
        Ok(())
    }

    /// Takes in a document that was found.
    fn take(&mut self, found: StoredDocument) {
        let total = key(self.plan, &found).and_then(|(slot, group)| self.left.remove(slot, group));
        if found.slot.is_some_and(|slot| self.reading.is_cut(slot)) {
            self.unknown += 1;
            return;
        }
        match self.judge.judge(&found, total.as_ref()) {
            None => self.equal[usize::from(!self.is_certain(found.slot, &found.id))] += 1,
            Some(wrong) => {
                self.suspects.extend(total.map(|total| (found.id.clone(), total)));
                self.findings.push(Mismatch { slot: found.slot, id: found.id, wrong });
            }
        }
    }

    /// Whether no event can come into the window any more, at the offsets that the sink shows.
    fn is_certain(&self, slot: Option<EventTime>, id: &str) -> bool {
        slot.is_none_or(|slot| self.close(slot, id) <= self.reading.recount.certain(true))
    }

    /// When the window of a document closes. Of a session of which the topic has nothing it is when there can be none.
    fn close(&self, slot: EventTime, id: &str) -> EventTime {
        let Some(gap_ms) = gap_ms(self.plan) else { return windows::close(self.plan, slot) };
        let group = id.rsplit_once('|').map_or("", |(group, _)| group).to_owned();
        let known = self.reading.recount.closes.get(&(slot, group)).copied();
        known.unwrap_or_else(|| sessions::close(self.plan, gap_ms, EventTime(slot.0 + gap_ms)))
    }

    /// Whether a run is at work, or was stopped on its way.
    fn live(&self, bounds: AuditScope, before: Option<&Positions>, after: Option<&Positions>) -> Option<Incomparable> {
        let is_ahead = |(partition, span): (&i32, &RawSpan)| after.is_some() && shown_of(after, *partition) > span.end;
        match self.reading.unshown() {
            0 if before != after || self.reading.spans.iter().any(is_ahead) => Some(Incomparable::Moving),
            0 => bounds.live.then_some(Incomparable::Told),
            unshown => Some(Incomparable::Behind(unshown)),
        }
    }

    fn verdict(&mut self, live: Option<Incomparable>) -> Audited {
        let [certain, open] = self.equal;
        let (equal, open) = if live.is_some() { (certain, open) } else { (certain + open, 0) };
        let partitions = self.reading.recount.partitions.iter();
        let partitions = partitions.filter_map(|(partition, state)| {
            Some((*partition, (*self.reading.spans.get(partition)?, state.counts.clone())))
        });
        let mut verdict = Audited {
            partitions: partitions.collect(),
            equal,
            open,
            unknown: self.unknown,
            findings: Vec::new(),
            live,
            cut: self.reading.cut(),
            gone: self.reading.gaps.gone(),
            held: Vec::new(),
            certain: self.reading.recount.certain(live.is_some()),
            warnings: self.warnings(),
        };
        for finding in std::mem::take(&mut self.findings) {
            match live {
                Some(_) if !self.is_certain(finding.slot, &finding.id) => verdict.open += 1,
                Some(_) if only_awaits_its_end(&finding.wrong) => verdict.equal += 1,
                _ => verdict.findings.push(finding),
            }
        }
        verdict
    }

    /// What there is to say of partitions of which many events are late.
    fn warnings(&self) -> Vec<String> {
        let (clock, max_ahead_ms) = (Timestamp::now(), self.plan.event.max_ahead_ms);
        let partitions = self.reading.recount.partitions.iter();
        partitions.flat_map(|(partition, state)| lateness::warnings(*partition, state, clock, max_ahead_ms)).collect()
    }

    /// Reads the documents of the findings again, window by window until `end`, and takes those back that are as they
    /// must be by now.
    fn again(&self, reader: &mut dyn Reader, verdict: &mut Audited, end: Instant) -> Result<(), VerifyError> {
        let mut left = Vec::new();
        let mut window: (Option<EventTime>, BTreeMap<String, StoredDocument>) = (None, BTreeMap::new());
        for finding in std::mem::take(&mut verdict.findings) {
            let (Some(slot), true) = (finding.slot, Instant::now() < end) else {
                left.push(finding);
                continue;
            };
            if window.0 != Some(slot) {
                window = (Some(slot), documents_of(reader, slot)?);
            }
            match self.look_again(&finding, window.1.get(&finding.id)) {
                Some(wrong) => left.push(Mismatch { wrong, ..finding }),
                None => verdict.equal += 1,
            }
        }
        verdict.findings = left;
        Ok(())
    }

    fn look_again(&self, finding: &Mismatch, now: Option<&StoredDocument>) -> Option<Wrong> {
        let wrong = match (now, self.suspects.get(&finding.id)) {
            (Some(found), total) => self.judge.judge(found, total),
            (None, Some(_)) => Some(finding.wrong.clone()),
            (None, None) => None, // what was too many is gone
        };
        wrong.filter(|wrong| !only_awaits_its_end(wrong))
    }
}

/// Whether all that is wrong is that the document does not say yet that it is final, which a run at work does later.
fn only_awaits_its_end(wrong: &Wrong) -> bool {
    let awaits = |found: &Option<FieldValue>, expected: &Option<FieldValue>| {
        (found, expected) == (&Some(FieldValue::Boolean(false)), &Some(FieldValue::Boolean(true)))
    };
    matches!(wrong, Wrong::Differs(fields) if fields.iter().all(|field| awaits(&field.found, &field.expected)))
}

/// The documents of one window.
fn documents_of(reader: &mut dyn Reader, slot: EventTime) -> Result<BTreeMap<String, StoredDocument>, VerifyError> {
    let to = EventTime(slot.0.saturating_add(1));
    let mut documents = BTreeMap::new();
    each(reader, Query { from: slot, to, ..Query::all(PAGE) }, &mut |found| {
        documents.insert(found.id.clone(), found);
        true
    })?;
    Ok(documents)
}

/// The window and group that a document's `_id` says, whatever else it holds.
fn key<'a>(plan: &Plan, found: &'a StoredDocument) -> Option<(EventTime, &'a str)> {
    let (group, name) = found.id.rsplit_once('|')?;
    let slot = windows::named(plan, name)?;
    (compare::id(plan, slot, group) == found.id).then_some((slot, group))
}
