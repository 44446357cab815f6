//! The log of a run: its records arrive bit by bit, and stay there for every life.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::chance::Chance;
use super::scenario::Life;
use crate::Peer;
use mare_checkpoint::Partitions;
use mare_model::fault::Fault;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Reached, Record, Waker};
use mare_source::{Log, Polled};

/// How many of a hundred polls a slow partition delivers in.
const SLOW_PERCENT: usize = 5;

/// How many of a hundred ends become known with the poll that reaches them, or with a later one.
const TOLD_PERCENT: usize = 60;

/// The partitions of a run.
#[derive(Clone)]
pub struct Topic(Rc<RefCell<Vec<PartitionLog>>>);

/// One partition.
struct PartitionLog {
    /// What is at each offset; `None` is no record.
    payloads: Vec<Option<Vec<u8>>>,
    /// How many offsets have arrived, and how many may.
    arrived: usize,
    limit: usize,
    /// Wakes the readers, by life, that have found nothing and wait for it.
    sleepers: BTreeMap<usize, Waker>,
}

impl Topic {
    /// Partitions in which nothing has arrived yet, and whose last `tail` records do not come before [`Topic::raise`].
    pub fn new(partitions: impl Iterator<Item = Vec<Option<Vec<u8>>>>, tail: usize) -> Topic {
        let lane = |payloads: Vec<Option<_>>| {
            let records = payloads.iter().enumerate().filter(|(_, payload)| payload.is_some());
            let limit = records.map(|(at, _)| at).nth_back(tail - 1).unwrap_or(0);
            PartitionLog { arrived: 0, limit, payloads, sleepers: BTreeMap::new() }
        };
        Topic(Rc::new(RefCell::new(partitions.map(lane).collect())))
    }

    /// How many offsets may arrive in each partition.
    pub fn limits(&self) -> Vec<usize> {
        self.0.borrow().iter().map(|lane| lane.limit).collect()
    }

    /// Behind the last offset that has arrived in partition `index`.
    pub fn arrived(&self, index: usize) -> Offset {
        Offset(self.0.borrow()[index].arrived as i64)
    }

    /// Lets up to `records` more come in each partition, and returns whether there are any.
    pub fn raise(&self, records: usize) -> bool {
        let mut raised = false;
        for lane in self.0.borrow_mut().iter_mut() {
            let limit = lane.behind(records);
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

    /// The partitions of the worker that `peer` is in `life`, read on from `from`, in batches of up to `max_batch`
    /// records.
    pub fn open(
        &self,
        peer: Peer,
        life: (usize, &Life),
        from: &Partitions,
        odds: (usize, &Chance),
        waker: Waker,
    ) -> SimLog {
        let ((life, Life { partitions, shift, bounded, slow, .. }), (max_batch, chance)) = (life, odds);
        let owned = (0..*partitions).filter(|partition| (partition + shift) % peer.peers == peer.index);
        let open: Vec<_> = owned.map(|partition| Partition(partition as i32)).collect();
        let position = |partition: &Partition| from.get(partition).map_or(0, |state| state.position.0 as usize);
        let reading = |partition: &Partition| {
            let (partition, next) = (*partition, position(partition));
            Reading { partition, next, untold: None, told: None }
        };
        let lanes = open.iter().map(reading).collect();
        let (bounded, slow, chance) = (*bounded, *slow, chance.clone());
        SimLog { topic: self.clone(), life, lanes, open, bounded, slow, max_batch, chance, waker }
    }
}

impl PartitionLog {
    /// The limit when so many more records may come, and the gaps behind them.
    fn behind(&self, records: usize) -> usize {
        let more = self.payloads.iter().enumerate().skip(self.limit).filter(|(_, payload)| payload.is_some());
        more.map(|(at, _)| at).nth(records).unwrap_or(self.payloads.len())
    }
}

/// What one worker reads of a [`Topic`], in batches of any size.
pub struct SimLog {
    topic: Topic,
    life: usize,
    lanes: Vec<Reading>,
    open: Vec<Partition>,
    /// Whether partitions end behind their last record.
    bounded: bool,
    /// The partition that seldom delivers.
    slow: usize,
    max_batch: usize,
    chance: Chance,
    waker: Waker,
}

/// A partition that is being read.
struct Reading {
    partition: Partition,
    /// The next offset.
    next: usize,
    /// An end that has been reached, and that the log does not know of yet: a client learns so from another answer.
    untold: Option<usize>,
    /// One that it has just learnt of.
    told: Option<usize>,
}

impl Reading {
    /// Visits a batch of `lane`, and returns whether there is nothing more to learn.
    fn read(&mut self, lane: &PartitionLog, batch: usize, chance: &Chance, visit: &mut impl FnMut(Record<'_>)) -> bool {
        let end = (self.next + batch).min(lane.arrived);
        for (offset, payload) in lane.payloads.iter().enumerate().take(end).skip(self.next) {
            let (partition, offset) = (self.partition, Offset(offset as i64));
            if payload.is_some() {
                visit(Record { partition, offset, ..Record::of_payload(payload.as_deref()) });
            }
        }
        if end == lane.arrived && self.next < end {
            self.untold = Some(end);
        }
        self.next = end;
        if self.untold.is_some() && chance.percent(TOLD_PERCENT) {
            self.told = self.untold.take();
        }
        end == lane.arrived && self.untold.is_none()
    }
}

impl Log for SimLog {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        let mut topic = self.topic.0.borrow_mut();
        let mut drained = true;
        for reading in &mut self.lanes {
            let index = reading.partition.0 as usize;
            let lane = &topic[index];
            let stalls = index == self.slow && !self.chance.percent(SLOW_PERCENT);
            let batch = if stalls { 0 } else { self.chance.within(0..=self.max_batch) };
            let is_read = reading.read(lane, batch, &self.chance, visit);
            drained &= is_read;
            if self.bounded && is_read && reading.next == lane.payloads.len() {
                self.open.retain(|open| *open != reading.partition);
            }
        }
        if drained {
            self.lanes.iter().for_each(|reading| {
                topic[reading.partition.0 as usize].sleepers.insert(self.life, self.waker.clone());
            });
        } else if self.chance.percent(50) {
            (self.waker)(); // as a real log does when records arrive right behind the poll
            return Ok(Polled::Drained);
        }
        Ok(if drained { Polled::Drained } else { Polled::Ready })
    }

    fn reached(&mut self, tell: &mut dyn FnMut(Reached)) {
        for Reading { partition, told, .. } in &mut self.lanes {
            let next = told.take().map(|end| Offset(end as i64));
            next.into_iter().for_each(|next| tell(Reached { partition: *partition, next, last: None }));
        }
    }

    fn owned(&self) -> Vec<Partition> {
        self.lanes.iter().map(|reading| reading.partition).collect()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}
