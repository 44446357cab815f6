//! What becomes of each record, and the totals that follow.
//!
//! The rules, for the records of one partition in their order:
//! 1. A record that is no event is dead.
//! 2. An event that the dataflow does not want, by its condition, is filtered. Its time counts for the promise all the
//!    same.
//! 3. An event's window is closed when the promise of its own partition before it is at or beyond the window's end plus
//!    the lateness. Then it is late. The promise is the `event.confirm`-th largest of the event times counted or
//!    filtered before *in that partition*; with fewer, there is none. Where partitions were silent, see
//!    [`silence`](super::silence).
//! 4. With `dedup.by`, an event whose id has been counted in its partition and window is a duplicate, and changes
//!    nothing.
//!    If events may be cancelled, see [`cancellation`](super::cancellation).
//! 5. Every other event is counted: one more event, and what it adds to each measure, in its window and group.
//!
//! A record may have several events, each of which is judged so, in their order. They have one time, which counts once
//! for the promise.
//!
//! Windows are told by their slots ([`windows`](super::windows)). Where they overlap, an event is late if all of its
//! windows are closed, and is counted in those that are not; its id is one of the last of them. Where they are
//! [`sessions`], an event is late by the window from its time to the gap behind it, and its id is one
//! of the stretch that it lies in, from one multiple of the gap to the next.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::VerifyError;
use super::cancellation::{KnownOrders, TakenBack};
use super::event::{self, Event, EventReader};
use super::sessions::{self, SessionsOfGroups, gap_ms};
use super::silence::Ahead;
use super::summary::KeptValues;
use super::topic::RawRecord;
use super::totals::ExpectedTotals;
use super::windows::{close, longest_ms, of_ids, windows};
use mare_dataflow::Plan;
use mare_model::time::EventTime;
use mare_model::view::View;

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate<'a> {
    /// It is folded into the totals of its windows that the promise before it, this one, has not closed.
    Counted(Event<'a>, EventTime),
    /// The dataflow does not want it.
    Filtered(Event<'a>),
    /// Its window was closed by an event of this time.
    Late(Event<'a>, EventTime),
    /// It takes back what these orders have added.
    Cancels(Event<'a>, Vec<TakenBack>),
    /// It cancels an order, and nothing of its id is known: it is late.
    Unmatched(Event<'a>),
    /// It repeats what is counted.
    Duplicate(Event<'a>),
    /// It is no event, for this reason.
    Dead(&'static str),
}

/// The total of one window and group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many events.
    pub n: i64,
    /// What they come to by each measure; nothing if none of them had anything that counts there.
    pub measures: Vec<Option<i128>>,
    /// The values that matter to each summary.
    pub values: Vec<KeptValues>,
    /// Where its session ends, if its window is one.
    pub session_end: Option<EventTime>,
}

impl Total {
    /// Adds the event of a record to the total of a view.
    pub fn add(&mut self, event: &Event<'_>, record: &RawRecord<'_>, to: &View) {
        self.contribute(&event.adds, to);
        if self.n == 1 {
            self.values = to.summaries.iter().map(|of| KeptValues::none(*of)).collect();
        }
        for (values, (said, weight)) in self.values.iter_mut().zip(&event.says) {
            values.add(said, weight.as_ref(), event.time_ms, record);
        }
    }

    /// Adds what other events of the view come to.
    pub(super) fn join(&mut self, other: Total, of: &View) {
        self.n += other.n;
        for ((total, adds), measure) in self.measures.iter_mut().zip(other.measures).zip(&of.measures) {
            *total = event::together(*measure, *total, adds);
        }
        self.values.iter_mut().zip(other.values).for_each(|(values, others)| values.join(others));
    }

    /// One contribution more to the total of a view.
    pub(super) fn contribute(&mut self, adds: &[Option<i128>], to: &View) {
        self.n += 1;
        if self.n == 1 {
            self.measures = adds.to_vec();
            return;
        }
        for ((total, adds), measure) in self.measures.iter_mut().zip(adds).zip(&to.measures) {
            *total = event::together(*measure, *total, *adds);
        }
    }
}

/// How many events of a partition met which fate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub read: u64,
    /// Folded into totals.
    pub counted: u64,
    /// Not wanted.
    pub filtered: u64,
    /// Late.
    pub late: u64,
    /// Those of them that are cancellations which found nothing.
    pub unmatched: u64,
    /// Duplicates.
    pub duplicate: u64,
    /// No events, by reason.
    pub dead: BTreeMap<&'static str, u64>,
}

/// A promise that grew by more than a window and its lateness at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The offset of the event that did it.
    pub offset: i64,
    /// The promise before; [`EventTime::MIN`] if there was none.
    pub from: EventTime,
    /// The promise behind.
    pub to: EventTime,
    /// The record's own timestamp, if it has one.
    pub sent_ms: Option<i64>,
    /// How many events were counted from there on.
    pub counted: u64,
    /// How many were late.
    pub late: u64,
}

/// One partition.
#[derive(Debug)]
pub struct PartitionRecount {
    /// What became of its records.
    pub counts: Counts,
    /// What it promises: the k-th largest event time counted or filtered.
    pub promise: EventTime,
    /// The largest of these event times, in ascending order: k at most, of which the first is the promise when there
    /// are k.
    largest: Vec<EventTime>,
    /// Whether the time of the record in hand is among them, or was.
    is_timed: bool,
    /// The last event by which the promise grew by more than a window and its lateness, and what came of those behind
    /// it.
    pub jump: Option<Jump>,
    /// The same for the records below `shown`.
    pub promise_shown: EventTime,
    /// How many events are counted at `shown` and beyond.
    pub beyond: u64,
    /// The offset up to which the sink shows the partition.
    pub(super) shown: i64,
    /// The heartbeats behind what is read.
    pub(super) ahead: Ahead,
    /// The ids counted in each window that is open; of several that overlap, in the last.
    pub(super) ids: BTreeMap<i64, HashSet<String>>,
    /// The same where orders may be cancelled by their ids.
    pub(super) orders: KnownOrders,
}

/// Takes records in, and keeps the totals of the windows that are asked for.
#[derive(Debug)]
pub struct Recount<'a> {
    pub(super) plan: &'a Plan,
    /// Reads its events; shared, for they are taken in while it reads.
    events: Rc<EventReader<'a>>,
    /// Windows told by an instant from here on.
    pub(super) from: EventTime,
    /// And before here.
    pub(super) to: EventTime,
    /// The partitions.
    pub partitions: BTreeMap<i32, PartitionRecount>,
    /// The totals, by the slot of the window and the group. Those of sessions are there when all is read: of such that
    /// are certain.
    pub totals: ExpectedTotals,
    /// The sessions so far.
    pub(super) sessions: SessionsOfGroups,
    /// When each of them closes, certain or not, once all is read.
    pub closes: BTreeMap<(EventTime, String), EventTime>,
}

impl<'a> Recount<'a> {
    /// Nothing read yet of the partitions of `shown`: each with the offset up to which the sink shows it.
    ///
    /// # Errors
    /// If a table or an expression of the plan cannot be read.
    pub fn new(
        plan: &'a Plan,
        from: EventTime,
        to: EventTime,
        shown: impl IntoIterator<Item = (i32, i64)>,
    ) -> Result<Recount<'a>, VerifyError> {
        let partitions =
            shown.into_iter().map(|(partition, shown)| (partition, PartitionRecount::new(shown))).collect();
        let events = Rc::new(EventReader::new(plan)?);
        let (sessions, closes) = (SessionsOfGroups::default(), BTreeMap::new());
        Ok(Recount { plan, events, from, to, partitions, totals: ExpectedTotals::default(), sessions, closes })
    }

    /// Takes the next record of its partition in, and shows `visit` what becomes of each of its events, in their order.
    pub fn take<'r>(&mut self, record: &RawRecord<'r>, visit: &mut dyn FnMut(&Fate<'r>)) {
        let state = self.partitions.entry(record.partition).or_insert_with(|| PartitionRecount::new(i64::MAX));
        state.hear_through(self.plan, record.offset);
        state.is_timed = false;
        let events = Rc::clone(&self.events);
        events.read(record, &mut |event| visit(&self.event(record, event)));
    }

    /// Takes an event of a record in, or what is none for this reason.
    fn event<'r>(&mut self, record: &RawRecord<'r>, event: Result<Event<'r>, &'static str>) -> Fate<'r> {
        let state = self.partitions.entry(record.partition).or_insert_with(|| PartitionRecount::new(i64::MAX));
        state.counts.read += 1;
        let event = match event {
            Ok(event) => event,
            Err(reason) => {
                *state.counts.dead.entry(reason).or_default() += 1;
                return Fate::Dead(reason);
            }
        };
        if event.cancels && event.id.is_some() {
            return self.cancel(record, event);
        }
        if !event.is_wanted {
            state.counts.filtered += 1;
            state.note(self.plan, record, &event);
            return Fate::Filtered(event);
        }
        let promise = state.promise;
        let open = windows(self.plan, event.time_ms).filter(|slot| close(self.plan, *slot) > promise);
        let Some(last) = open.clone().last() else {
            state.counts.late += 1;
            state.jump.iter_mut().for_each(|jump| jump.late += 1);
            return Fate::Late(event, promise);
        };
        if !state.is_new(self.plan, record.offset, &event, (last, open.clone())) {
            state.counts.duplicate += 1;
            return Fate::Duplicate(event);
        }
        state.count(self.plan, record, &event);
        if let Some(gap_ms) = gap_ms(self.plan) {
            self.sessions.add(self.plan, gap_ms, &event, record);
            return Fate::Counted(event, promise);
        }
        for slot in open.filter(|slot| self.from <= *slot && *slot < self.to) {
            self.totals.add(slot, &event.group, |total| total.add(&event, record, self.plan.view()));
        }
        Fate::Counted(event, promise)
    }

    /// All is read: puts the sessions that are certain among the totals.
    pub(super) fn end_sessions(&mut self) {
        let Some(gap_ms) = gap_ms(self.plan) else { return };
        let certain = self.certain(false);
        for (key, end, total) in std::mem::take(&mut self.sessions).into_totals(gap_ms) {
            let close = sessions::close(self.plan, gap_ms, end);
            if self.from <= key.0 && key.0 < self.to {
                if close <= certain {
                    self.totals.insert(key.0, key.1.clone(), Total { session_end: Some(end), ..total });
                }
                self.closes.insert(key, close);
            }
        }
    }

    /// Every window that closes at or before this is closed for all partitions; with `shown`, at the offsets that the
    /// sink shows.
    #[must_use]
    pub fn certain(&self, shown: bool) -> EventTime {
        let promises = self.partitions.values().map(|state| if shown { state.promise_shown } else { state.promise });
        promises.min().unwrap_or(EventTime::MIN)
    }
}

impl PartitionRecount {
    fn new(shown: i64) -> PartitionRecount {
        let (promise, promise_shown) = (EventTime::MIN, EventTime::MIN);
        let (counts, largest, ids) = (Counts::default(), Vec::new(), BTreeMap::new());
        let (ahead, orders, is_timed, jump) = (Ahead::new(), KnownOrders::default(), false, None);
        PartitionRecount {
            counts,
            promise,
            largest,
            is_timed,
            jump,
            promise_shown,
            beyond: 0,
            shown,
            ahead,
            ids,
            orders,
        }
    }

    /// Whether an event of these open windows, of which this is the last, is no duplicate; its id is known from now on.
    fn is_new(
        &mut self,
        plan: &Plan,
        offset: i64,
        event: &Event<'_>,
        (last, open): (EventTime, impl Iterator<Item = EventTime>),
    ) -> bool {
        match &event.id {
            None => true,
            Some(id) if plan.retract.is_none() => {
                let ids = self.ids.entry(of_ids(plan, last)).or_default();
                !ids.contains(&**id) && ids.insert(id.clone().into_owned())
            }
            Some(id) => self.orders.insert((last, id), offset, event, open),
        }
    }

    pub(super) fn count(&mut self, plan: &Plan, record: &RawRecord<'_>, event: &Event<'_>) {
        self.counts.counted += 1;
        self.note(plan, record, event);
        self.jump.iter_mut().for_each(|jump| jump.counted += 1);
        self.beyond += u64::from(record.offset >= self.shown);
    }

    /// Takes in the time of an event that is counted or filtered.
    fn note(&mut self, plan: &Plan, record: &RawRecord<'_>, event: &Event<'_>) {
        if !std::mem::replace(&mut self.is_timed, true) {
            self.promise(plan, record, EventTime(event.time_ms));
        }
        if record.offset < self.shown {
            self.promise_shown = self.promise;
        }
        self.forget(plan);
    }

    /// The promise behind an event of this time.
    fn promise(&mut self, plan: &Plan, record: &RawRecord<'_>, time: EventTime) {
        self.largest.push(time);
        self.largest.sort_unstable();
        if self.largest.len() > plan.event.confirm {
            self.largest.remove(0);
        }
        if self.largest.len() < plan.event.confirm {
            return;
        }
        let (from, to) = (self.promise, self.largest[0].max(self.promise));
        self.promise = to;
        let is_far = |before: i64| {
            to.0.saturating_sub(before) > longest_ms(plan).saturating_add(plan.view().windows.lateness_ms)
        };
        let sent_ms = record.timestamp_ms.filter(|sent_ms| *sent_ms >= 0);
        if is_far(if from == EventTime::MIN { sent_ms.unwrap_or(i64::MAX) } else { from.0 }) {
            self.jump = Some(Jump { offset: record.offset, from, to, sent_ms, counted: 0, late: 0 });
        }
    }
}

#[cfg(test)]
mod tests;
