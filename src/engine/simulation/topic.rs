//! The log of a run: its records arrive bit by bit, and stay there for every life.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::chance::Chance;
use super::scenario::Life;
use crate::checkpoint::Partitions;
use crate::engine::Place;
use crate::source::{Log, Offset, Partition, Polled, Record, SourceError, Waker};

/// How many of a hundred polls a slow partition delivers in.
const SLOW_PERCENT: usize = 5;

/// The partitions of a run.
#[derive(Clone)]
pub struct Topic(Rc<RefCell<Vec<Lane>>>);

/// One partition.
struct Lane {
    payloads: Vec<Vec<u8>>,
    /// How many of them have arrived, and how many may.
    arrived: usize,
    limit: usize,
    /// Wakes the readers, by life, that have found nothing and wait for it.
    sleepers: BTreeMap<usize, Waker>,
}

impl Topic {
    /// Partitions in which nothing has arrived yet, and whose last `tail` records do not come before [`Topic::raise`].
    pub fn new(partitions: impl Iterator<Item = Vec<Vec<u8>>>, tail: usize) -> Topic {
        let lane =
            |payloads: Vec<_>| Lane { arrived: 0, limit: payloads.len() - tail, payloads, sleepers: BTreeMap::new() };
        Topic(Rc::new(RefCell::new(partitions.map(lane).collect())))
    }

    /// How many records may arrive in each partition.
    pub fn limits(&self) -> Vec<usize> {
        self.0.borrow().iter().map(|lane| lane.limit).collect()
    }

    /// Lets up to `records` more come in each partition, and returns whether there are any.
    pub fn raise(&self, records: usize) -> bool {
        let mut raised = false;
        for lane in self.0.borrow_mut().iter_mut() {
            let limit = (lane.limit + records).min(lane.payloads.len());
            raised |= std::mem::replace(&mut lane.limit, limit) < limit;
        }
        raised
    }

    /// Whether every record that may come before those of partition `index` has arrived.
    pub fn is_full_before(&self, index: usize) -> bool {
        self.0.borrow()[..index].iter().all(|lane| lane.arrived == lane.limit)
    }

    /// Lets up to `records` more arrive in partition `index`, and returns how many there are now if there are more.
    pub fn arrive(&self, index: usize, records: usize) -> Option<usize> {
        let lane = &mut self.0.borrow_mut()[index];
        let arrived = (lane.arrived + records).min(lane.limit);
        let more = std::mem::replace(&mut lane.arrived, arrived) < arrived;
        if more {
            std::mem::take(&mut lane.sleepers).values().for_each(|wake| wake());
        }
        more.then_some(arrived)
    }

    /// The partitions of the worker at `place` in `life`, read on from `from`, in batches of up to `max_batch` records.
    pub fn open(
        &self,
        place: Place,
        life: (usize, &Life),
        from: &Partitions,
        odds: (usize, &Chance),
        waker: Waker,
    ) -> SimLog {
        let ((life, Life { partitions, shift, bounded, slow, .. }), (max_batch, chance)) = (life, odds);
        let owned = (0..*partitions).filter(|partition| (partition + shift) % place.peers == place.index);
        let open: Vec<_> = owned.map(|partition| Partition(partition as i32)).collect();
        let position = |partition| from.get(partition).map_or(0, |state| state.position.0 as usize);
        let lanes = open.iter().map(|partition| (*partition, position(partition))).collect();
        let (bounded, slow, chance) = (*bounded, *slow, chance.clone());
        SimLog { topic: self.clone(), life, lanes, open, bounded, slow, max_batch, chance, waker }
    }
}

/// What one worker reads of a [`Topic`], in batches of any size.
pub struct SimLog {
    topic: Topic,
    life: usize,
    /// Partitions, and the next record of each.
    lanes: Vec<(Partition, usize)>,
    open: Vec<Partition>,
    /// Whether partitions end behind their last record.
    bounded: bool,
    /// The partition that seldom delivers.
    slow: usize,
    max_batch: usize,
    chance: Chance,
    waker: Waker,
}

impl Log for SimLog {
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Result<Polled, SourceError> {
        let mut topic = self.topic.0.borrow_mut();
        let mut drained = true;
        for (partition, next) in &mut self.lanes {
            let index = partition.0 as usize;
            let lane = &mut topic[index];
            let stalls = index == self.slow && !self.chance.percent(SLOW_PERCENT);
            let batch = if stalls { 0 } else { self.chance.within(0..=self.max_batch) };
            let end = (*next + batch).min(lane.arrived);
            for (offset, payload) in lane.payloads.iter().enumerate().take(end).skip(*next) {
                let offset = Offset(offset as i64);
                visit(Record { partition: *partition, offset, timestamp_ms: None, key: None, payload: Some(payload) });
            }
            *next = end;
            drained &= end == lane.arrived;
            if self.bounded && end == lane.payloads.len() {
                self.open.retain(|open| open != partition);
            }
        }
        if drained {
            self.lanes.iter().for_each(|(lane, _)| {
                topic[lane.0 as usize].sleepers.insert(self.life, self.waker.clone());
            });
        } else if self.chance.percent(50) {
            (self.waker)(); // as a real log does when records arrive right behind the poll
            return Ok(Polled::Drained);
        }
        Ok(if drained { Polled::Drained } else { Polled::Ready })
    }

    fn owned(&self) -> Vec<Partition> {
        self.lanes.iter().map(|(partition, _)| *partition).collect()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}
