//! The writers of a process: one queue for the batches of its workers, and as many threads, each with a connection of
//! its own, as there are workers.
//!
//! # What is written together
//! A small batch costs a sink hardly more than its round trip. So small ones are written as one: all that wait when a
//! thread has time for them, while those that come meanwhile wait for the next time. A large one goes alone, to the
//! first thread that has time, so large ones are written side by side.
//!
//! # Why that is as good as one by one
//! 1. Workers never share a key, so each key is in it once at most.
//! 2. What it shows is, by partition, the furthest of what its parts show. All writers of a run raise one control
//!    document anyway, and positions that admit more than a document shows are on the safe side of the fence.
//! 3. A worker's batches stay in order: none is begun while one of the same worker is under way.
//! 4. It is durable as a whole or done again as a whole, and its parts are acknowledged behind it, each to its worker.

use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::retry::Stopper;
use super::{Acknowledgement, Batch};
use crate::{SinkError, fence};

/// Up to how many changes a batch is small.
const SMALL: usize = 256;

/// Up to how many changes are written together.
const TOGETHER: usize = 1_000;

/// A worker, as the threads know it.
pub(super) struct Member {
    /// Tells it apart from the others.
    index: usize,
    /// What has become of its batches.
    outbox: Sender<Acknowledgement>,
    /// Wakes the worker.
    notify: Box<dyn Fn() + Send + Sync>,
}

impl Member {
    /// Puts up `outcome`, for the worker to find when it wakes. A worker that is gone does not care.
    fn put_up(&self, outcome: Acknowledgement) {
        let _ = self.outbox.send(outcome);
    }

    /// Tells the worker that there will be nothing any more.
    fn fail(&self, error: &SinkError) {
        self.put_up(Err(error.clone()));
        (self.notify)();
    }
}

/// What the workers and the threads share.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Called when there may be something to do for a thread.
    called: Condvar,
    /// Called when something is done.
    settled: Condvar,
    /// Ends waits for a sink that is away.
    pub(super) stopper: Stopper,
}

struct State {
    /// Nobody has begun these; in the order in which they came.
    waiting: VecDeque<(Arc<Member>, Batch)>,
    /// The workers of which something is under way.
    under_way: BTreeSet<usize>,
    /// Whether small batches are under way.
    has_small: bool,
    /// Who is to hear of a failure.
    members: Vec<Arc<Member>>,
    /// How many workers have not left, of those that have joined or will.
    present: usize,
    /// Why nothing is taken any more, if that is so.
    failed: Option<SinkError>,
}

/// What a thread is to write.
pub(super) struct Load {
    /// All of it as one batch.
    pub(super) batch: Batch,
    /// Whose it is, and under which tickets.
    parts: Vec<(Arc<Member>, u64)>,
    is_small: bool,
}

/// What a thread is to do.
pub(super) enum Task {
    Write(Load),
    /// It has waited for so long that it is time to look around.
    Look,
    End,
}

impl Queue {
    /// Of so many workers, none of which has joined yet.
    pub(super) fn new(workers: usize) -> Queue {
        let state = State {
            waiting: VecDeque::new(),
            under_way: BTreeSet::new(),
            has_small: false,
            members: Vec::new(),
            present: workers,
            failed: None,
        };
        let (called, settled) = (Condvar::new(), Condvar::new());
        Queue { state: Mutex::new(state), called, settled, stopper: Stopper::default() }
    }

    /// A worker joins, and hears what has failed before.
    pub(super) fn join(&self, outbox: Sender<Acknowledgement>, notify: Box<dyn Fn() + Send + Sync>) -> Arc<Member> {
        let mut state = self.state();
        let member = Arc::new(Member { index: state.members.len(), outbox, notify });
        state.members.push(Arc::clone(&member));
        if let Some(error) = &state.failed {
            member.fail(error);
        }
        member
    }

    /// Takes a batch over, if none of the same worker waits.
    ///
    /// # Errors
    /// The batch itself if there is no room now, or ever.
    pub(super) fn offer(&self, member: &Arc<Member>, batch: Batch) -> Result<(), Batch> {
        let mut state = self.state();
        if state.failed.is_some() || self.stopper.is_told() || state.waits(member.index) {
            return Err(batch);
        }
        state.waiting.push_back((Arc::clone(member), batch));
        self.called.notify_one();
        Ok(())
    }

    /// What a thread does next; it waits for that for as long as `patience`.
    pub(super) fn task(&self, patience: Duration) -> Task {
        let mut state = self.state();
        loop {
            if state.failed.is_some() || self.stopper.is_told() {
                return Task::End;
            }
            if let Some(load) = state.pick() {
                if !state.waiting.is_empty() {
                    self.called.notify_one(); // some of it may be for another thread
                }
                return Task::Write(load);
            }
            let waited = self.called.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
            if waited.1.timed_out() {
                return Task::Look;
            }
            state = waited.0;
        }
    }

    /// What was to be written is durable, which each of its workers is told.
    pub(super) fn done(&self, load: &Load) {
        let mut state = self.state();
        for (member, ticket) in &load.parts {
            member.put_up(Ok(*ticket));
            state.under_way.remove(&member.index);
        }
        state.has_small &= !load.is_small;
        drop(state);
        self.settled.notify_all();
        load.parts.iter().for_each(|(member, _)| (member.notify)());
    }

    /// Nothing will be written any more, which all workers are told.
    pub(super) fn fail(&self, error: &SinkError) {
        let mut state = self.state();
        if state.failed.is_some() {
            return;
        }
        state.members.iter().for_each(|member| member.fail(error));
        state.failed = Some(error.clone());
        self.called.notify_all();
        self.settled.notify_all();
    }

    /// A worker has nothing more to be written, or does not want it written. Returns whether it was the last: then the
    /// threads give up at once.
    pub(super) fn leave(&self, member: &Member) -> bool {
        let mut state = self.state();
        state.waiting.retain(|(of, _)| of.index != member.index);
        state.present = state.present.saturating_sub(1);
        let is_last = state.present == 0;
        drop(state);
        if is_last {
            self.end();
        }
        is_last
    }

    /// Has the threads give up at once.
    pub(super) fn end(&self) {
        self.stopper.stop();
        let _state = self.state(); // whoever has looked just before waits by now
        self.called.notify_all();
        self.settled.notify_all();
    }

    /// Waits until all that a worker has handed over is durable, or nothing is written any more.
    pub(super) fn settle(&self, member: &Member) {
        let is_open = |state: &mut State| {
            let has_more = state.waits(member.index) || state.under_way.contains(&member.index);
            has_more && state.failed.is_none() && !self.stopper.is_told()
        };
        drop(self.settled.wait_while(self.state(), is_open).unwrap_or_else(PoisonError::into_inner));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a batch of that worker waits.
    fn waits(&self, worker: usize) -> bool {
        self.waiting.iter().any(|(member, _)| member.index == worker)
    }

    /// What can be begun: the small batches, if none are under way, else the first large one.
    fn pick(&mut self) -> Option<Load> {
        let (mut chosen, mut changes) = (Vec::new(), 0);
        for (at, (member, batch)) in self.waiting.iter().enumerate() {
            let (length, is_free) = (batch.changes.len(), !self.under_way.contains(&member.index));
            if is_free && !self.has_small && length <= SMALL && changes + length <= TOGETHER {
                changes += length;
                chosen.push(at);
            }
        }
        let is_small = !chosen.is_empty();
        if chosen.is_empty() {
            let is_next = |(member, batch): &(Arc<Member>, Batch)| {
                batch.changes.len() > SMALL && !self.under_way.contains(&member.index)
            };
            chosen.extend(self.waiting.iter().position(is_next));
        }
        let parts: Vec<_> = chosen.into_iter().rev().filter_map(|at| self.waiting.remove(at)).collect();
        self.under_way.extend(parts.iter().map(|(member, _)| member.index));
        self.has_small |= is_small;
        Load::of(parts, is_small)
    }
}

impl Load {
    /// These batches as one; `None` if there are none.
    fn of(parts: Vec<(Arc<Member>, Batch)>, is_small: bool) -> Option<Load> {
        let mut parts = parts.into_iter();
        let (member, first) = parts.next()?;
        let mut load = Load { parts: vec![(member, first.ticket)], batch: first, is_small };
        for (member, Batch { ticket, changes, shows, heartbeats }) in parts {
            load.parts.push((member, ticket));
            load.batch.changes.extend(changes);
            fence::raise(&mut load.batch.shows, &shows);
            load.batch.heartbeats.extend(heartbeats);
        }
        Some(load)
    }
}
