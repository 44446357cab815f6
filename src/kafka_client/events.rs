//! Brokers that do not answer, and do again.

use tracing::{info, warn};

use crate::metrics::events::InternalEvent;
use crate::metrics::list;

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::producer";

/// No broker answers the producer.
#[derive(Debug)]
pub struct ProducerLost<'a> {
    /// The client's reason.
    pub reason: &'a str,
}

impl InternalEvent for ProducerLost<'_> {
    fn emit(self) {
        warn!(target: TARGET, cause = self.reason, "Kafka is away, trying again until it is back: {}", self.reason);
        list::PRODUCER_OUTAGES.add(&[], 1);
    }
}

/// A broker answers the producer again.
#[derive(Debug)]
pub struct ProducerBack;

impl InternalEvent for ProducerBack {
    fn emit(self) {
        info!(target: TARGET, "Kafka is back");
    }
}
