//! Letters in memory, delivered when a test says so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::mark::{Bundle, Marks};
use super::{Letter, LetterMark, Outbox, Outboxes};
use mare_model::position::{Offset, Partition};
use mare_model::record::Waker;

/// The topics of a dataflow's letters, shared by the outboxes of all its workers.
#[derive(Clone, Default)]
pub struct Mailbox {
    sent: Arc<Mutex<Vec<Sent>>>,
    /// Sent and not delivered yet, while deliveries are held back.
    held: Arc<Mutex<Vec<Arc<Bundle>>>>,
    holds: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
    wakers: Arc<Mutex<Vec<Waker>>>,
}

/// A letter as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// Where its record stands.
    pub partition: Partition,
    /// Its place there.
    pub offset: Offset,
    /// Why it was sent, in one word.
    pub reason: &'static str,
    /// The payload that it had.
    pub payload: Option<Vec<u8>>,
}

impl Mailbox {
    /// What has been sent so far, in the order of partitions and offsets.
    pub fn sent(&self) -> Vec<Sent> {
        let mut sent = lock(&self.sent).clone();
        sent.sort();
        sent
    }

    /// Holds deliveries back from now on.
    pub fn hold(&self) {
        self.holds.store(true, Ordering::Release);
    }

    /// Delivers what was held back, and everything from now on.
    pub fn deliver(&self) {
        self.holds.store(false, Ordering::Release);
        let held = std::mem::take(&mut *lock(&self.held));
        held.iter().for_each(|bundle| bundle.delivered());
    }

    /// Makes the outboxes full, or not any more.
    pub fn fill(&self, full: bool) {
        self.full.store(full, Ordering::Release);
        lock(&self.wakers).iter().for_each(|wake| wake());
    }

    /// The outboxes of the workers of a process.
    pub fn outboxes(&self) -> Outboxes {
        let mailbox = self.clone();
        Arc::new(move |waker| {
            lock(&mailbox.wakers).push(Arc::clone(&waker));
            Box::new(MemoryOutbox { mailbox: mailbox.clone(), marks: Marks::new(waker) })
        })
    }
}

struct MemoryOutbox {
    mailbox: Mailbox,
    marks: Marks,
}

impl Outbox for MemoryOutbox {
    fn send(&mut self, letter: Letter<'_>) {
        let (record, reason) = (letter.record, letter.reason());
        let payload = record.payload.map(<[u8]>::to_vec);
        lock(&self.mailbox.sent).push(Sent { partition: record.partition, offset: record.offset, reason, payload });
        let bundle = self.marks.add();
        let mut held = lock(&self.mailbox.held);
        if self.mailbox.holds.load(Ordering::Acquire) {
            held.push(bundle);
        } else {
            bundle.delivered();
        }
    }

    fn is_full(&self) -> bool {
        self.mailbox.full.load(Ordering::Acquire)
    }

    fn mark(&mut self) -> LetterMark {
        self.marks.mark()
    }

    fn is_delivered(&self, mark: LetterMark) -> bool {
        self.marks.is_delivered(mark)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}
