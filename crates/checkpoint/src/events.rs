//! Checkpoints.

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;
use tracing::{debug, info, warn};

use crate::Manifest;
use mare_metrics::events::InternalEvent;
use mare_metrics::list;

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::checkpoint";

/// A checkpoint stands.
#[derive(Debug)]
pub struct CheckpointTaken<'a> {
    /// It.
    pub manifest: &'a Manifest,
    /// Whether it is the first of its run.
    pub is_first: bool,
}

impl InternalEvent for CheckpointTaken<'_> {
    fn emit(self) {
        let CheckpointTaken { manifest, is_first } = self;
        let (epoch, rows, bytes, took) = (manifest.epoch.0, manifest.rows(), manifest.bytes(), self.took());
        let took_s = took.as_secs_f64();
        if is_first {
            info!(
                target: TARGET,
                epoch,
                rows,
                bytes,
                took_s,
                "the first checkpoint of this run stands: epoch {epoch}, {rows} rows, {bytes} bytes"
            );
        } else {
            debug!(
                target: TARGET,
                epoch,
                rows,
                bytes,
                took_s,
                "checkpoint: epoch {epoch}, {rows} rows, {bytes} bytes, {took:.1?} after its boundary"
            );
        }
        list::CHECKPOINT_SUCCESSES.add(&[], 1);
        list::CHECKPOINT_DURATION.observe(&[], took.as_secs_f64());
        list::CHECKPOINT_NEWEST.set(&[], manifest.taken.as_duration().as_secs_f64());
        list::CHECKPOINT_ROWS.set(&[], rows as f64);
        list::CHECKPOINT_BYTES.set(&[], bytes as f64);
    }
}

impl CheckpointTaken<'_> {
    /// From its boundary, an instant of the ingest clock, until it was written.
    fn took(&self) -> Duration {
        let boundary = i64::try_from(self.manifest.epoch.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let took = boundary.map(|boundary| self.manifest.taken.duration_since(boundary));
        took.and_then(|took| Duration::try_from(took).ok()).unwrap_or_default()
    }
}

/// A checkpoint could not be written.
pub struct CheckpointFailed<'a> {
    /// Why.
    pub why: &'a dyn Display,
}

impl InternalEvent for CheckpointFailed<'_> {
    fn emit(self) {
        warn!(target: TARGET, "no checkpoint this time, the run goes on without: {}", self.why);
        list::CHECKPOINT_FAILURES.add(&[], 1);
    }
}
