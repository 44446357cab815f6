//! The writer threads of a process: batches of its workers in, acknowledgements out, retries between.
//!
//! A worker of the dataflow never waits for a sink: it hands over a batch if there is room, keeps the capability of the
//! batch's epoch, and lets go of it when the ticket is acknowledged. So what is not acknowledged is not durable, and the
//! room is where backpressure begins: of each worker one batch is written and one waits.
//!
//! Each attempt at a batch first says what it shows and then writes it; both may be done again. So a writer that was
//! away for long, and whose sink another run has claimed meanwhile, hears of that before it writes anything.
//!
//! # Layout
//! * `mod`: [`Writers`], the threads, with the loop of one, and [`Delivery`], a worker's end
//! * `queue`: what is between them: what waits, and what is written together
//! * `retry`: trying again for as long as the sink is away

mod queue;
mod retry;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

use queue::{Load, Member, Queue, Task};
use retry::{GivenUp, Retrying};

use super::{SinkError, SinkStatus, Writer, Written};
use crate::events::BatchWritten;
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;

/// How long the threads may take to close their connections at the end; a database that is slow is not waited for.
const CLOSING: Duration = Duration::from_secs(2);

/// How often it is looked whether what a run has claimed is still there.
pub const LOOK: Duration = Duration::from_secs(5);

/// Totals to be made durable together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What the acknowledgement will name; it means nothing to the thread.
    pub ticket: u64,
    /// Newest totals, each key at most once.
    pub changes: Vec<Change>,
    /// How far the log has been taken in by the totals of this batch and of all before it.
    pub shows: Positions,
    /// What is to be in the journal before that.
    pub heartbeats: Vec<Heartbeat>,
}

/// What a thread says: the ticket of a batch that is durable, or why there will be none any more.
pub type Acknowledgement = Result<u64, SinkError>;

/// Where a worker's sink operator hands its batches: a writer thread, or in tests whatever plays one.
pub trait Deliver {
    /// Takes `batch` over if there is room.
    ///
    /// # Errors
    /// The batch itself if there is no room now, or ever.
    fn try_send(&self, batch: Batch) -> Result<(), Batch>;

    /// What has become of batches since the last call: the tickets that are durable, in order; behind them, once, the
    /// error after which there will be none any more.
    fn outcomes(&mut self) -> Vec<Acknowledgement>;

    /// Ends, when everything is durable that was handed over; waits a moment for connections to be closed.
    fn finish(self)
    where
        Self: Sized,
    {
    }
}

impl Deliver for Delivery {
    fn try_send(&self, batch: Batch) -> Result<(), Batch> {
        Delivery::try_send(self, batch)
    }

    fn outcomes(&mut self) -> Vec<Acknowledgement> {
        self.acknowledged().collect()
    }

    fn finish(mut self) {
        if self.leave() {
            self.writers.wait_for_closing(); // a thread that still looks for the sink has nothing to write
        }
    }
}

/// The threads that write for the workers of a process, each with a connection of its own.
///
/// They end when all workers have left, or when it is dropped.
pub struct Writers {
    /// What the workers hand over.
    queue: Arc<Queue>,
    /// Those that could be started.
    threads: Vec<JoinHandle<()>>,
}

/// What opens a connection for a thread.
type Open = dyn Fn() -> Result<Box<dyn Writer>, SinkError> + Send + Sync;

impl Writers {
    /// Starts a thread for each of so many workers.
    ///
    /// Each calls `open` first, so a sink that is away at start is waited for like one that goes away later.
    pub fn start(
        workers: usize,
        open: impl Fn() -> Result<Box<dyn Writer>, SinkError> + Send + Sync + 'static,
        status: &Arc<SinkStatus>,
    ) -> Arc<Writers> {
        Writers::start_with(workers, open, status, &patient())
    }

    /// As [`Writers::start`], with the delays of `backoff` between attempts instead of growing ones up to 5 seconds.
    pub fn start_with(
        workers: usize,
        open: impl Fn() -> Result<Box<dyn Writer>, SinkError> + Send + Sync + 'static,
        status: &Arc<SinkStatus>,
        backoff: &(impl BackoffBuilder + Clone + 'static),
    ) -> Arc<Writers> {
        let (queue, open): (_, Arc<Open>) = (Arc::new(Queue::new(workers)), Arc::new(open));
        let start = |_| {
            let (queue, open) = (Arc::clone(&queue), Arc::clone(&open));
            let (backoff, stopper) = (backoff.clone(), queue.stopper.clone());
            let retry = Retrying { backoff, stopper, status: Arc::clone(status) };
            thread::Builder::new().name("mare-sink".to_owned()).spawn(move || serve(&*open, &queue, &retry))
        };
        let threads = (0..workers).map(start).collect::<Vec<_>>();
        if let Some(error) = threads.iter().find_map(|thread| thread.as_ref().err()) {
            let fault = Fault::new(Domain::Machine, format!("cannot start the sink's thread: {error}"));
            queue.fail(&SinkError::Refused(fault));
        }
        Arc::new(Writers { queue, threads: threads.into_iter().flatten().collect() })
    }

    /// A worker's end. `notify` is called after each outcome that is put up for [`Delivery::acknowledged`].
    pub fn join(self: &Arc<Writers>, notify: impl Fn() + Send + Sync + 'static) -> Delivery {
        let (outbox, outcomes) = mpsc::channel();
        let member = self.queue.join(outbox, Box::new(notify));
        Delivery { writers: Arc::clone(self), member, outcomes, has_left: false }
    }

    /// Waits a moment for connections to be closed.
    fn wait_for_closing(&self) {
        let begun = Instant::now();
        while !self.threads.iter().all(JoinHandle::is_finished) && begun.elapsed() < CLOSING {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.queue.end();
    }
}

/// A worker's end of the threads that write for it.
///
/// Dropping it gives up what is not begun and does not wait; [`Delivery::close`] has it written.
pub struct Delivery {
    writers: Arc<Writers>,
    /// This worker, as the threads know it.
    member: Arc<Member>,
    /// What the threads say.
    outcomes: Receiver<Acknowledgement>,
    has_left: bool,
}

impl Delivery {
    /// The end of a worker that has a thread of its own.
    pub fn spawn(
        open: impl Fn() -> Result<Box<dyn Writer>, SinkError> + Send + Sync + 'static,
        notify: impl Fn() + Send + Sync + 'static,
        status: &Arc<SinkStatus>,
    ) -> Delivery {
        Writers::start(1, open, status).join(notify)
    }

    /// Hands `batch` over if there is room: one batch waits while another is written.
    ///
    /// # Errors
    /// The batch itself if there is no room now, or ever (then [`Delivery::acknowledged`] has told why).
    pub fn try_send(&self, batch: Batch) -> Result<(), Batch> {
        self.writers.queue.offer(&self.member, batch)
    }

    /// The tickets of the batches that have become durable since the last call, in order; behind them, once, the error
    /// behind which there will be none any more.
    pub fn acknowledged(&mut self) -> impl Iterator<Item = Acknowledgement> + '_ {
        self.outcomes.try_iter()
    }

    /// What makes the threads give up at once, to be called from elsewhere while [`Delivery::close`] waits.
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let queue = Arc::clone(&self.writers.queue);
        move || queue.end()
    }

    /// Waits until all batches that were handed over are durable, and returns their tickets as far as they were not yet
    /// collected. It waits for a sink that is away, unless a [`Delivery::stopper`] cuts that short.
    ///
    /// # Errors
    /// What has failed before everything could be written, if [`Delivery::acknowledged`] has not told it yet.
    pub fn close(mut self) -> Result<Vec<u64>, SinkError> {
        self.writers.queue.settle(&self.member);
        self.acknowledged().collect()
    }

    /// Leaves the threads, whatever waits. Returns whether it was the last to do so.
    fn leave(&mut self) -> bool {
        let leaves = !std::mem::replace(&mut self.has_left, true);
        leaves && self.writers.queue.leave(&self.member)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Delays that grow from a tenth of a second to between 2.5 and 5 seconds, so that many workers do not knock together.
fn patient() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_millis(2_500))
        .without_max_times()
        .with_jitter()
}

/// Tells the workers if a thread ends by a panic.
struct Fallen<'a>(&'a Queue);

impl Drop for Fallen<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let what = "internal error: the sink's thread ended unexpectedly";
            self.0.fail(&SinkError::Refused(Fault::new(Domain::Ours, what)));
        }
    }
}

/// The life of a thread.
fn serve<B: BackoffBuilder + Clone>(open: &Open, queue: &Queue, retry: &Retrying<B>) {
    let _fallen = Fallen(queue);
    if let Err(GivenUp::Refused(error)) = write_all(open, queue, retry) {
        queue.fail(&error);
    }
}

/// Writes what there is until there will be nothing more.
fn write_all<B: BackoffBuilder + Clone>(open: &Open, queue: &Queue, retry: &Retrying<B>) -> Result<(), GivenUp> {
    let mut writer = retry.until_done(open)?;
    while let Some(load) = next(queue, &mut *writer, LOOK)? {
        let (written, latency) = retry.until_done(|| {
            let start = Instant::now();
            attempt(&mut *writer, &load.batch).map(|written| (written, start.elapsed()))
        })?;
        if !load.batch.changes.is_empty() {
            retry.status.wrote(written, latency);
            BatchWritten { written, latency }.emit();
        }
        queue.done(&load);
    }
    Ok(())
}

/// One attempt at `batch`.
pub fn attempt(writer: &mut dyn Writer, batch: &Batch) -> Result<Written, SinkError> {
    writer.show(&batch.shows)?;
    if !batch.heartbeats.is_empty() {
        writer.declare(&batch.heartbeats)?;
    }
    writer.write(&batch.changes)
}

/// What is to be written next, once there is something; `None` if there will be nothing any more. Meanwhile `writer`
/// looks around, as often as `every`.
fn next(queue: &Queue, writer: &mut dyn Writer, every: Duration) -> Result<Option<Load>, GivenUp> {
    loop {
        match queue.task(every) {
            Task::Write(load) => return Ok(Some(load)),
            Task::End => return Ok(None),
            Task::Look => match writer.look() {
                Ok(()) | Err(SinkError::Away(_)) => {} // the next batch waits for it
                Err(refused) => return Err(GivenUp::Refused(refused)),
            },
        }
    }
}
