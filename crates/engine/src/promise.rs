//! What a partition promises (its watermark): no event at or before it is waited for there. Pure.
//!
//! The promise is the k-th largest event time of the events counted in the partition, where k is `event.confirm`;
//! before there are k, it is what it was at first. With k = 1 one event suffices, and one event far ahead of its time
//! closes the windows between for everybody behind it in the partition. With k = 2 a second one must say the same.
//!
//! *Claim*: what is kept is enough, and the promise never falls.
//!
//! 1. `above` holds the k - 1 largest times counted, as far as they lie above the promise. A time that is counted goes
//!    in among them; when there are k, the smallest leaves, and is the promise if it is larger than that.
//! 2. So every time that ever left is at most as large as any that is held, and the largest of those that left is the
//!    k-th largest of all. The promise is the largest that left, or what it was at first.
//! 3. A time at or below the promise may be dropped at once: it would leave before any other, and change nothing.
//! 4. A heartbeat of the journal ([`mare_model::journal`]) raises the promise to what it says, as if it had been that
//!    at first: the promise is the larger of the k-th largest time and of the heartbeats before, and by 3 the times at
//!    or below it may be dropped.
//! 5. A record confirms a time once, however many events it has: they have one time, and what repeats it within a
//!    record is no second witness of it.
//! 6. By 2 the promise is a function of the times counted and the heartbeats before, whatever their order, and by 1 it
//!    only grows.

use mare_checkpoint::{Jump, PartitionState};
use mare_model::canary;
use mare_model::position::Offset;
use mare_model::record::Record;
use mare_model::schema::EventPlan;
use mare_model::time::{EventTime, Windows};

/// What a partition promises. It lives as long as the partition is read.
#[derive(Clone, Debug)]
pub struct Promise {
    /// How many events have to reach a time.
    confirm: usize,
    /// The promise itself.
    time: EventTime,
    /// The largest times counted, in descending order, that lie above it: fewer than `confirm`.
    above: Vec<EventTime>,
    /// The record that last went in among them.
    noted: Option<Offset>,
    /// The last event that made it grow by so much that the newest window before was closed at once.
    jump: Option<Jump>,
    /// From which step on that is so, in milliseconds.
    leap_ms: i64,
}

impl Promise {
    /// The promise of a partition that is in `state`.
    #[must_use]
    pub fn new(event: &EventPlan, windows: Windows, state: &PartitionState) -> Promise {
        let leap_ms = windows.open_ms_max();
        let PartitionState { promise: time, recent, jump, .. } = state.clone();
        let above = canary!(Confirm, recent, without: Vec::new());
        Promise { confirm: event.confirm, time, above, noted: None, jump, leap_ms }
    }

    /// The promise.
    #[inline]
    #[must_use]
    pub fn time(&self) -> EventTime {
        self.time
    }

    /// The times above it that wait to be confirmed, in descending order.
    #[must_use]
    pub fn above(&self) -> &[EventTime] {
        &self.above
    }

    /// The last event that made it grow by more than a window and its lateness.
    #[must_use]
    pub fn jump(&self) -> Option<Jump> {
        self.jump
    }

    /// Takes note of the time of an event that is counted, and returns whether the promise has grown.
    #[inline]
    pub fn note(&mut self, time: EventTime, record: &Record<'_>) -> bool {
        if time <= self.time {
            return false;
        }
        if self.confirm <= 1 {
            self.grow(time, record);
            return true;
        }
        if self.noted.replace(record.offset) == Some(record.offset) {
            return false;
        }
        let place = self.above.partition_point(|other| *other > time);
        self.above.insert(place, time);
        let confirmed = if self.above.len() < self.confirm { None } else { self.above.pop() };
        confirmed.into_iter().for_each(|time| self.grow(time, record));
        confirmed.is_some()
    }

    /// Raises it to what a heartbeat says, and returns whether it has grown.
    pub fn raise(&mut self, to: EventTime) -> bool {
        let grows = to > self.time;
        if grows {
            self.time = to;
            self.above.retain(|time| *time > to);
        }
        grows
    }

    #[inline]
    fn grow(&mut self, to: EventTime, record: &Record<'_>) {
        let from = self.time;
        self.time = to;
        self.above.retain(|time| *time > to);
        if to.0.saturating_sub(from.0) > self.leap_ms {
            self.leap(from, to, record);
        }
    }

    /// Takes note of a jump. The first event of a partition is one if it lies so far beyond its own record.
    #[cold]
    fn leap(&mut self, from: EventTime, to: EventTime, record: &Record<'_>) {
        let sent = record.timestamp_ms.filter(|sent| *sent >= 0).map(EventTime);
        let is_ahead = sent.is_some_and(|sent| to.0.saturating_sub(sent.0) > self.leap_ms);
        if from > EventTime::MIN || is_ahead {
            self.jump = Some(Jump { offset: record.offset, from, to, sent });
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use mare_dataflow::fixture;
    use mare_model::position::{Offset, Partition};

    const WINDOWS: Windows = Windows::tumbling(60_000, 120_000);

    fn promise(confirm: usize, state: &PartitionState) -> Promise {
        let mut event = fixture::plan(include_str!("../../../dataflows/black_friday.toml"), &[]).event;
        event.confirm = confirm;
        Promise::new(&event, WINDOWS, state)
    }

    fn record(offset: i64, sent: i64) -> Record<'static> {
        Record { partition: Partition(0), offset: Offset(offset), timestamp_ms: Some(sent), ..Record::of_payload(None) }
    }

    #[test]
    fn the_promise_is_the_kth_largest_time_whatever_is_restored_between() {
        for seed in mare_random::seeds(200) {
            let mut random = SmallRng::seed_from_u64(seed);
            let confirm = random.random_range(1..=5);
            let floor = EventTime(if random.random() { i64::MIN } else { random.random_range(0..50) });
            let mut state = PartitionState { promise: floor, ..PartitionState::unread(Offset(0)) };
            let mut promise = promise(confirm, &state);
            let (mut all, mut floor) = (Vec::new(), floor);
            for offset in 0..60 {
                if random.random_ratio(1, 10) {
                    let (before, heartbeat) = (promise.time(), EventTime(random.random_range(0..100)));
                    floor = floor.max(heartbeat);
                    assert_eq!(promise.raise(heartbeat), heartbeat > before, "seed {seed} offset {offset}");
                }
                let time = EventTime(random.random_range(0..100));
                let before = promise.time();
                let has_grown = promise.note(time, &record(offset, 0));
                all.push(time);
                all.sort_unstable_by(|one, other| other.cmp(one));
                let kth = all.get(confirm - 1).copied().unwrap_or(EventTime::MIN).max(floor);
                assert_eq!((promise.time(), has_grown), (kth, kth > before), "seed {seed} offset {offset}");
                assert!(promise.above().len() < confirm && promise.above().iter().all(|time| *time > kth));
                if random.random_ratio(1, 8) {
                    state.promise = promise.time();
                    state.recent = promise.above().to_vec();
                    promise = self::promise(confirm, &state);
                }
            }
        }
    }

    #[test]
    fn a_jump_is_told_by_its_place_and_its_size() {
        let (noon, minute) = (1_764_331_200_000, 60_000);
        let state = PartitionState::unread(Offset(0));
        let mut one = promise(1, &state);
        one.note(EventTime(noon), &record(0, noon));
        one.note(EventTime(noon + 3 * minute), &record(1, noon));
        assert_eq!(one.jump(), None, "no further than a window and its lateness");
        one.note(EventTime(noon + 62 * minute), &record(2, noon + 3 * minute));
        let words = one.jump().expect("a jump").words();
        for part in
            ["offset 2", "59m ahead", "2025-11-28T12:03:00Z to 2025-11-28T13:02:00Z", "sent at 2025-11-28T12:03:00Z"]
        {
            assert!(words.contains(part), "{part} is not in: {words}");
        }
        let mut first = promise(1, &state);
        first.note(EventTime(noon + 59 * minute), &record(7, noon));
        let words = first.jump().expect("a jump").words();
        assert!(words.contains("offset 7") && words.contains("59m ahead of"), "{words}");
        let mut two = promise(2, &state);
        for (offset, at) in [(0, 0), (1, 59), (2, 1), (3, 2)] {
            two.note(EventTime(noon + at * minute), &record(offset, noon));
        }
        assert_eq!((two.time().0, two.jump()), (noon + 2 * minute, None));
    }
}
