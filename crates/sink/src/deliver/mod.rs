//! The writer thread of a worker: batches in through a bounded channel, acknowledgements out, retries between.
//!
//! A worker of the dataflow never waits for a sink: it hands over a batch if the thread has room, keeps the capability
//! of the batch's epoch, and lets go of it when the thread acknowledges the ticket. So what is not acknowledged is not
//! durable, and the room of the channel is where backpressure begins.
//!
//! Each attempt at a batch first says what it shows and then writes it; both may be done again. So a writer that was
//! away for long, and whose sink another run has claimed meanwhile, hears of that before it writes anything.
//!
//! # Layout
//! * `mod`: [`Delivery`], the worker's end, and the loop of the thread
//! * `retry`: trying again for as long as the sink is away

mod retry;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

pub use retry::Stopper;
use retry::{GivenUp, Retrying};

use super::{SinkError, SinkStatus, Writer, Written};
use crate::events::BatchWritten;
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;

/// How long the thread may take to close its connection at the end; a database that is slow is not waited for.
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

/// What the thread says: the ticket of a batch that is durable, or why there will be none any more.
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
        self.batches = None;
        self.stopper.stop(); // a thread that still looks for the sink has nothing to write
        let begun = Instant::now();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && begun.elapsed() < CLOSING {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A worker's end of its writer thread.
///
/// Dropping it tells the thread to give up at once and does not wait for it; [`Delivery::close`] lets it finish.
#[derive(Debug)]
pub struct Delivery {
    /// Batches to the thread; `None` once closed, which ends the thread behind the last batch.
    batches: Option<SyncSender<Batch>>,
    /// What the thread says.
    outcomes: Receiver<Acknowledgement>,
    /// Makes the thread give up.
    stopper: Stopper,
    /// Whether it is known why the thread ended or will end, so that its end says nothing new.
    explained: bool,
    /// Joined on an orderly close; `None` if it could not be started.
    thread: Option<JoinHandle<()>>,
}

impl Delivery {
    /// Starts the thread of a worker.
    ///
    /// The thread calls `open` first, so a sink that is away at start is waited for like one that goes away later. It
    /// calls `notify` after each outcome that it has put up for [`Delivery::acknowledged`], and when it ends.
    pub fn spawn(
        open: impl FnMut() -> Result<Box<dyn Writer>, SinkError> + Send + 'static,
        notify: impl Fn() + Send + 'static,
        status: Arc<SinkStatus>,
    ) -> Delivery {
        Self::spawn_with(open, notify, status, patient())
    }

    /// As [`Delivery::spawn`], with the delays of `backoff` between attempts instead of growing ones up to 5 seconds.
    pub fn spawn_with(
        open: impl FnMut() -> Result<Box<dyn Writer>, SinkError> + Send + 'static,
        notify: impl Fn() + Send + 'static,
        status: Arc<SinkStatus>,
        backoff: impl BackoffBuilder + Clone + 'static,
    ) -> Delivery {
        let (batches, inbox) = mpsc::sync_channel(1);
        let (outbox, outcomes) = mpsc::channel();
        let (stopper, spare) = (Stopper::default(), outbox.clone());
        let retry = Retrying { backoff, stopper: stopper.clone(), status };
        let body = move || {
            let wake = Wake(notify);
            // Both ends go before `wake` does, so that whoever is woken by the end finds them closed.
            let (outbox, inbox) = (outbox, inbox);
            serve(open, &inbox, |outcome| wake.say(&outbox, outcome), &retry);
        };
        let thread = thread::Builder::new().name("mare-sink".to_owned()).spawn(body);
        if let Err(error) = &thread {
            let fault = Fault::new(Domain::Machine, format!("cannot start the sink's thread: {error}"));
            let _ = spare.send(Err(SinkError::Refused(fault)));
        }
        Delivery { batches: Some(batches), outcomes, stopper, explained: false, thread: thread.ok() }
    }

    /// Hands `batch` to the thread if it has room: one batch waits while another is written.
    ///
    /// # Errors
    /// The batch itself if there is no room now, or ever (then [`Delivery::acknowledged`] has told why).
    pub fn try_send(&self, batch: Batch) -> Result<(), Batch> {
        let Some(batches) = &self.batches else { return Err(batch) };
        batches.try_send(batch).map_err(|refused| match refused {
            TrySendError::Full(batch) | TrySendError::Disconnected(batch) => batch,
        })
    }

    /// The tickets of the batches that have become durable since the last call, in order; behind them, once, the error
    /// that has ended the thread.
    pub fn acknowledged(&mut self) -> impl Iterator<Item = Result<u64, SinkError>> + '_ {
        std::iter::from_fn(|| match self.outcomes.try_recv() {
            Ok(outcome) => {
                self.explained |= outcome.is_err();
                Some(outcome)
            }
            Err(TryRecvError::Disconnected) if !self.explained && !self.stopper.is_told() => {
                self.explained = true;
                let what = "internal error: the sink's thread ended unexpectedly";
                Some(Err(SinkError::Refused(Fault::new(Domain::Ours, what))))
            }
            Err(_) => None,
        })
    }

    /// What makes the thread give up at once, to be called from elsewhere while [`Delivery::close`] waits.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Takes no more batches, waits until all that were handed over are durable, and returns their tickets as far as
    /// they were not yet collected. It waits for a sink that is away, unless a [`Stopper`] cuts that short.
    ///
    /// # Errors
    /// What has ended the thread before it could write everything, if [`Delivery::acknowledged`] has not told it yet.
    pub fn close(mut self) -> Result<Vec<u64>, SinkError> {
        self.batches = None;
        self.explained = self.thread.take().is_none_or(|thread| thread.join().is_ok());
        self.acknowledged().collect()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.stopper.stop();
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

/// Wakes the worker, at the latest when the thread ends, even by a panic.
struct Wake<N: Fn()>(N);

impl<N: Fn()> Wake<N> {
    /// Puts up `outcome` and wakes the worker. A worker that is gone does not care.
    fn say(&self, outbox: &Sender<Acknowledgement>, outcome: Acknowledgement) {
        let _ = outbox.send(outcome);
        (self.0)();
    }
}

impl<N: Fn()> Drop for Wake<N> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The life of the thread.
fn serve<B: BackoffBuilder + Clone>(
    open: impl FnMut() -> Result<Box<dyn Writer>, SinkError>,
    inbox: &Receiver<Batch>,
    say: impl Fn(Acknowledgement),
    retry: &Retrying<B>,
) {
    if let Err(GivenUp::Refused(error)) = write_all(open, inbox, &say, retry) {
        say(Err(error));
    }
}

/// Writes batch after batch until the worker closes the channel.
fn write_all<B: BackoffBuilder + Clone>(
    open: impl FnMut() -> Result<Box<dyn Writer>, SinkError>,
    inbox: &Receiver<Batch>,
    say: impl Fn(Acknowledgement),
    retry: &Retrying<B>,
) -> Result<(), GivenUp> {
    let mut writer = retry.until_done(open)?;
    while let Some(batch) = next(inbox, &mut *writer, LOOK)? {
        if retry.stopper.is_told() {
            return Err(GivenUp::Stopped);
        }
        let (written, latency) = retry.until_done(|| {
            let start = Instant::now();
            attempt(&mut *writer, &batch).map(|written| (written, start.elapsed()))
        })?;
        if !batch.changes.is_empty() {
            retry.status.wrote(written, latency);
            BatchWritten { written, latency }.emit();
        }
        say(Ok(batch.ticket));
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

/// The next batch, once there is one; `None` if there will be none any more. Meanwhile `writer` looks around, as often
/// as `every`.
fn next(inbox: &Receiver<Batch>, writer: &mut dyn Writer, every: Duration) -> Result<Option<Batch>, GivenUp> {
    loop {
        match inbox.recv_timeout(every) {
            Ok(batch) => return Ok(Some(batch)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => match writer.look() {
                Ok(()) | Err(SinkError::Away(_)) => {} // the next batch waits for it
                Err(refused) => return Err(GivenUp::Refused(refused)),
            },
        }
    }
}
