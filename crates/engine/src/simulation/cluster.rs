//! The workers of a cluster, all in one thread, and the links between them.
//!
//! # How they come to stand in one thread
//! The allocators of a process shake hands when they are built: each sends its queues to every other, then waits for
//! theirs in order, which would wait for ever in one thread. But behind each queue that it has got, and the first one
//! is that of worker 0, an allocator asks for a buffer through a function of ours. The first such call of worker `i`
//! builds worker `i + 1` before it returns. So the last worker is built when all the others have sent, and then each of
//! them finds all its queues.
//!
//! The allocators serialise what they send, like those of a cluster of processes; a link keeps its order and is
//! independent of every other, as a connection is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use timely::bytes::arc::Bytes;
use timely::communication::Allocator;
use timely::communication::allocator::zero_copy::bytes_exchange::QueueEntry;
use timely::communication::allocator::zero_copy::bytes_slab::BytesRefill;
use timely::communication::allocator::zero_copy::spill::{BytesFetch, SpillPolicy};
use timely::communication::allocator::{Process, ProcessBuilder};
use timely::worker::Worker;

use crate::run::worker_config;

/// Bytes of a buffer: more than any message of a run has.
const BUFFER_BYTES: usize = 1 << 18;

thread_local! {
    /// Allocators to be built, the next one last.
    static WAITING: RefCell<Vec<ProcessBuilder>> = const { RefCell::new(Vec::new()) };
    /// Allocators that are built.
    static BUILT: RefCell<Vec<Process>> = const { RefCell::new(Vec::new()) };
}

/// The links into each worker from each other, and which of them are held up.
#[derive(Clone)]
pub struct Links(Arc<Vec<AtomicBool>>);

impl Links {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Holds link `index` up, or lets it go.
    pub fn hold(&self, index: usize, held: bool) {
        self.0[index].store(held, Relaxed);
    }
}

/// The workers of a cluster of `peers`, none of which has made a step, and the links between them.
pub fn cluster(peers: usize) -> (Vec<Worker>, Links) {
    let links = Links(Arc::new((0..peers * peers).map(|_| AtomicBool::new(false)).collect()));
    let made = AtomicUsize::new(0);
    let gates = links.clone();
    // Worker by worker, each makes the queues of its links; that from itself is never held.
    let spill = Arc::new(move || {
        let index = made.fetch_add(1, Relaxed);
        let gate = Gate { links: gates.clone(), index: (index / peers != index % peers).then_some(index) };
        (Box::new(Pass) as Box<dyn SpillPolicy>, Box::new(gate) as Box<dyn SpillPolicy>)
    });
    let buffer = Arc::new(|bytes: usize| {
        build_next();
        Box::new(vec![0_u8; bytes.min(BUFFER_BYTES)]) as Box<dyn std::ops::DerefMut<Target = [u8]> + Send>
    });
    let refill = BytesRefill { logic: buffer, limit: None };
    let mut waiting = ProcessBuilder::new_bytes_vector(peers, refill, Some(spill));
    waiting.reverse();
    WAITING.set(waiting);
    build_next();
    let mut built = BUILT.take();
    built.reverse();
    let worker = |process| Worker::new(worker_config(), Allocator::Process(process), None);
    (built.into_iter().map(worker).collect(), links)
}

/// Builds the next allocator, and within it all the others.
fn build_next() {
    if let Some(next) = WAITING.with_borrow_mut(Vec::pop) {
        let built = next.build();
        BUILT.with_borrow_mut(|all| all.push(built));
    }
}

/// The sending end of a link: it does nothing.
struct Pass;

impl SpillPolicy for Pass {
    fn apply(&mut self, _queue: &mut VecDeque<QueueEntry>) {}
}

/// The receiving end of a link: while the link is held, what is in the queue stays there.
struct Gate {
    links: Links,
    index: Option<usize>,
}

impl SpillPolicy for Gate {
    fn apply(&mut self, queue: &mut VecDeque<QueueEntry>) {
        let held = self.index.is_some_and(|index| self.links.0[index].load(Relaxed));
        for entry in std::mem::take(queue) {
            match entry {
                QueueEntry::Bytes(bytes) if held => queue.push_back(QueueEntry::Paged(Box::new(Held(bytes)))),
                QueueEntry::Paged(paged) if !held => {
                    let bytes = paged.fetch().unwrap_or_else(|_| unreachable!("what is held can always be had"));
                    queue.extend(bytes.into_iter().map(QueueEntry::Bytes));
                }
                entry => queue.push_back(entry),
            }
        }
    }
}

/// What has come over a link that is held.
struct Held(Bytes);

impl BytesFetch for Held {
    fn fetch(self: Box<Self>) -> Result<Vec<Bytes>, Box<dyn BytesFetch>> {
        Ok(vec![self.0])
    }
}
