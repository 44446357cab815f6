//! Batches, and a sink that is away.

use std::time::Duration;

use tracing::{debug, info, trace, warn};

use crate::Written;
use mare_metrics::events::InternalEvent;
use mare_metrics::list;

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::sink";

/// A sink has taken a batch.
#[derive(Debug)]
pub struct BatchWritten {
    /// What became of its documents.
    pub written: Written,
    /// How long the attempt took that succeeded.
    pub latency: Duration,
}

impl InternalEvent for BatchWritten {
    fn emit(self) {
        let BatchWritten { written: Written { written, stale }, latency } = self;
        let latency_s = latency.as_secs_f64();
        trace!(
            target: TARGET,
            written_documents = written,
            stale_documents = stale,
            latency_s,
            "{written} documents written, {stale} already as complete, in {latency:.1?}"
        );
        list::SINK_WRITTEN.add(&[], written);
        list::SINK_STALE.add(&[], stale);
        list::SINK_WRITE.observe(&[], latency.as_secs_f64());
    }
}

/// The sink is away, as the first of the process found out.
#[derive(Debug)]
pub struct SinkAway<'a> {
    /// In words; they name the sink.
    pub why: &'a str,
}

impl InternalEvent for SinkAway<'_> {
    fn emit(self) {
        warn!(target: TARGET, cause = self.why, "{}; retrying until it is back", self.why);
        list::SINK_OUTAGES.add(&[], 1);
    }
}

/// An attempt has found the sink away.
#[derive(Debug)]
pub struct SinkRetry<'a> {
    /// In words; they name the sink.
    pub why: &'a str,
}

impl InternalEvent for SinkRetry<'_> {
    fn emit(self) {
        debug!(target: TARGET, "{}", self.why);
        list::SINK_RETRIES.add(&[], 1);
    }
}

/// The sink is back, for all writers of the process.
#[derive(Debug)]
pub struct SinkBack {
    /// How long it was away.
    pub after: Duration,
}

impl InternalEvent for SinkBack {
    fn emit(self) {
        info!(target: TARGET, away_s = self.after.as_secs_f64(), "the sink is back after {:.1?}", self.after);
    }
}
