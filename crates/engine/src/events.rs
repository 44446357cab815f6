//! Runs and epochs.

use std::time::Duration;

use jiff::Timestamp;
use tracing::{debug, info, trace, warn};

use crate::lateness::{Beyond, PartitionLateness};
use mare_metrics::events::InternalEvent;
use mare_metrics::list;
use mare_model::position::{Offset, Partition};
use mare_model::time::{Epoch, EventTime};

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::engine";

/// A run begins, in the process that leads.
#[derive(Debug)]
pub struct RunBegan {
    /// Its generation.
    pub generation: u64,
    /// The checkpoint that it goes on from.
    pub restored: Option<GoesOn>,
}

/// The checkpoint that a run goes on from.
#[derive(Debug)]
pub struct GoesOn {
    /// Its boundary.
    pub epoch: Epoch,
    /// When it was taken.
    pub taken: Timestamp,
    /// How many rows it has.
    pub rows: u64,
}

impl InternalEvent for RunBegan {
    fn emit(self) {
        debug!(target: TARGET, generation = self.generation, "the run has generation {}", self.generation);
        list::ENGINE_GENERATION.set(&[], self.generation as f64);
        let Some(GoesOn { epoch, taken, rows }) = self.restored else { return };
        let generation = self.generation;
        info!(
            target: TARGET,
            generation,
            epoch = epoch.0,
            rows,
            "going on from the checkpoint at epoch {}, taken {taken}, with {rows} rows",
            epoch.0
        );
        list::CHECKPOINT_NEWEST.set(&[], taken.as_duration().as_secs_f64());
        list::CHECKPOINT_ROWS.set(&[], rows as f64);
    }
}

/// So many events of a partition are late that it is no matter of stragglers.
#[derive(Debug)]
pub struct ManyLate<'a> {
    /// How many, and since when.
    pub lateness: &'a PartitionLateness,
}

impl InternalEvent for ManyLate<'_> {
    fn emit(self) {
        let PartitionLateness { partition, counted, late, jump, .. } = self.lateness;
        let offset = jump.map(|jump| jump.offset.0);
        warn!(target: TARGET, partition = partition.0, counted, late, offset, "{}", self.lateness.fault());
    }
}

/// A partition has promised a time that the clock has not come to.
#[derive(Debug)]
pub struct PromiseBeyond<'a> {
    /// Which one, and how far.
    pub beyond: &'a Beyond,
}

impl InternalEvent for PromiseBeyond<'_> {
    fn emit(self) {
        let Beyond { partition, promise, .. } = self.beyond;
        warn!(target: TARGET, partition = partition.0, %promise, "{}", self.beyond.fault());
    }
}

/// A partition has fallen silent: what is promised for it is about to be written down.
#[derive(Debug)]
pub struct PartitionSilent {
    /// Which one.
    pub partition: Partition,
    /// Where.
    pub offset: Offset,
    /// What is promised.
    pub promise: EventTime,
    /// How many more places of silence the worker may write down.
    pub room: usize,
}

impl InternalEvent for PartitionSilent {
    fn emit(self) {
        let PartitionSilent { partition, offset, promise, room } = self;
        let (partition, offset) = (partition.0, offset.0);
        info!(target: TARGET, partition, offset, %promise, "partition {partition} is silent: windows no longer wait for it, up to {promise}");
        if room == 0 {
            warn!(target: TARGET, "the journal is full: partitions that fall silent from now on hold windows open");
        }
    }
}

/// Another run has taken over.
#[derive(Debug)]
pub struct Superseded<'a> {
    /// In words; the process ends with them.
    pub why: &'a str,
}

impl InternalEvent for Superseded<'_> {
    fn emit(self) {
        debug!(target: TARGET, "superseded: {}", self.why);
        list::ENGINE_SUPERSEDED.add(&[], 1);
    }
}

/// A worker has sealed an epoch.
#[derive(Debug)]
pub struct EpochSealed {
    /// The worker.
    pub worker: usize,
    /// The epoch.
    pub epoch: Epoch,
    /// Records in it.
    pub records: u64,
    /// Since its first record came.
    pub open: Duration,
    /// Epochs of the worker on their way to the sink, this one included.
    pub in_flight: usize,
}

impl InternalEvent for EpochSealed {
    fn emit(self) {
        let EpochSealed { worker, epoch, records, open, in_flight } = self;
        let open_s = open.as_secs_f64();
        trace!(
            target: TARGET,
            worker,
            epoch = epoch.0,
            records,
            open_s,
            in_flight_epochs = in_flight,
            "worker {worker} sealed epoch {}: {records} records, open for {open:.1?}",
            epoch.0
        );
        list::ENGINE_EPOCH.observe(&[&worker], records as f64);
        list::ENGINE_EPOCH_OPEN.observe(&[&worker], open.as_secs_f64());
        list::ENGINE_IN_FLIGHT.set(&[&worker], in_flight as f64);
    }
}

/// All of an epoch that a worker has sealed is durable.
#[derive(Debug)]
pub struct EpochDurable {
    /// The worker.
    pub worker: usize,
    /// The epoch.
    pub epoch: Epoch,
    /// Since the seal, as the worker came to see it.
    pub after: Duration,
    /// Epochs of the worker that are still on their way to the sink.
    pub in_flight: usize,
}

impl InternalEvent for EpochDurable {
    fn emit(self) {
        let EpochDurable { worker, epoch, after, in_flight } = self;
        let after_s = after.as_secs_f64();
        trace!(
            target: TARGET,
            worker,
            epoch = epoch.0,
            after_s,
            in_flight_epochs = in_flight,
            "epoch {} of worker {worker} is durable, {after:.1?} after its seal",
            epoch.0
        );
        list::ENGINE_EPOCH_DURABLE.observe(&[&worker], after.as_secs_f64());
        list::ENGINE_IN_FLIGHT.set(&[&worker], in_flight as f64);
    }
}
