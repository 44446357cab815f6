//! A log and a sink in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::Peer;
use crate::announcement::Beginning;
use crate::run::Endpoints;
use mare_model::fault::Fault;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Record, Waker};
use mare_model::total::{Change, Key, Total};
use mare_sink::{FencingToken, SinkError, Writer, Written};
use mare_source::{Log, Polled};

/// Payloads by partition; an offset is the place of a payload.
pub type Topic = Arc<Vec<Vec<Vec<u8>>>>;

/// Some partitions of a [`Topic`], read in batches of random sizes, sometimes none, in random order.
pub struct MemoryLog {
    topic: Topic,
    /// Partitions and the next place in each.
    lanes: Vec<(Partition, usize)>,
    open: Vec<Partition>,
    max_batch: usize,
    random: SmallRng,
    waker: Waker,
    /// Keeps the log open behind its last record, until set.
    may_end: Arc<AtomicBool>,
    /// Records visited by all logs of the run.
    visited: Arc<AtomicUsize>,
}

/// What the logs of one run share.
#[derive(Clone)]
pub struct Feed {
    pub topic: Topic,
    pub max_batch: usize,
    pub seed: u64,
    pub may_end: Arc<AtomicBool>,
    pub visited: Arc<AtomicUsize>,
}

impl Feed {
    pub fn new(topic: Vec<Vec<Vec<u8>>>, max_batch: usize, seed: u64) -> Self {
        let may_end = Arc::new(AtomicBool::new(true));
        Feed { topic: Arc::new(topic), max_batch, seed, may_end, visited: Arc::default() }
    }

    /// The partitions of a worker, each from the place that `from` says.
    pub fn open(&self, peer: Peer, waker: Waker, from: impl Fn(Partition) -> usize) -> MemoryLog {
        let partitions = (0..self.topic.len()).map(|partition| Partition(partition as i32));
        let open: Vec<Partition> = partitions.filter(|partition| peer.owns(*partition)).collect();
        MemoryLog {
            topic: Arc::clone(&self.topic),
            lanes: open.iter().map(|partition| (*partition, from(*partition))).collect(),
            open,
            max_batch: self.max_batch,
            random: SmallRng::seed_from_u64(self.seed ^ peer.index as u64),
            waker,
            may_end: Arc::clone(&self.may_end),
            visited: Arc::clone(&self.visited),
        }
    }
}

impl Log for MemoryLog {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        for index in 0..self.lanes.len() {
            let (partition, next) = self.lanes[index];
            let payloads = &self.topic[partition.0 as usize];
            let end = (next + self.random.random_range(0..=self.max_batch)).min(payloads.len());
            for (offset, payload) in payloads.iter().enumerate().take(end).skip(next) {
                let offset = Offset(offset as i64);
                visit(Record { partition, offset, ..Record::of_payload(Some(payload)) });
            }
            self.visited.fetch_add(end - next, Ordering::Relaxed);
            self.lanes[index].1 = end;
        }
        let (topic, may_end) = (&self.topic, self.may_end.load(Ordering::Acquire));
        let lanes = &self.lanes;
        let is_read = |partition: &Partition| {
            lanes.iter().any(|(lane, next)| lane == partition && *next == topic[partition.0 as usize].len())
        };
        self.open.retain(|partition| !(may_end && is_read(partition)));
        if self.open.iter().all(is_read) {
            return Ok(Polled::Drained);
        }
        if self.random.random_bool(0.5) {
            (self.waker)(); // as a real log does when records arrive right behind the poll
            return Ok(Polled::Drained);
        }
        Ok(Polled::Ready)
    }

    fn owned(&self) -> Vec<Partition> {
        self.lanes.iter().map(|(partition, _)| *partition).collect()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}

/// Documents in memory, guarded like those of every sink, and the history of each document's `n`.
#[derive(Clone, Default)]
pub struct MemorySink {
    pub documents: Arc<Mutex<BTreeMap<Key, Total>>>,
    /// While set, every write answers that the sink is away.
    pub away: Arc<AtomicBool>,
    /// Every this many writes, one answers that the sink is away after it has written; 0 for never.
    pub lose_every: usize,
    pub writes: Arc<AtomicUsize>,
}

impl Writer for MemorySink {
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        if self.away.load(Ordering::Acquire) {
            return Err(SinkError::away("away"));
        }
        let mut written = Written::default();
        let mut documents = self.documents.lock().expect("not poisoned");
        for Change { key, total, .. } in changes {
            match documents.get(key) {
                Some(standing) if standing.n >= total.n => written.stale += 1,
                _ => {
                    documents.insert(key.clone(), total.clone());
                    written.written += 1;
                }
            }
        }
        let write = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
        if self.lose_every > 0 && write.is_multiple_of(self.lose_every) {
            return Err(SinkError::away("the acknowledgement was lost"));
        }
        Ok(written)
    }
}

/// The ends of a run in memory.
pub struct MemoryEnds {
    pub feed: Feed,
    pub sink: MemorySink,
}

impl Endpoints<MemoryLog> for MemoryEnds {
    fn log(&self, peer: Peer, beginning: &Beginning, waker: Waker) -> Result<MemoryLog, Fault> {
        let restored = |partition| Some(beginning.restored.as_ref()?.partitions.get(&partition)?.position.0);
        Ok(self.feed.open(peer, waker, |partition| restored(partition).unwrap_or_default() as usize))
    }

    fn writer(&self, _tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(self.sink.clone()))
    }
}
