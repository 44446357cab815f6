//! What the brokers say of each record, for the metrics.

use std::time::{Duration, SystemTime};

use metrics::{Counter, Histogram};

use crate::metrics::list;

/// What the brokers say of each record. Records are too many for an event each: their numbers are kept at hand, and the
/// log hears of them in the summary.
#[derive(Clone)]
pub struct DeliveryMeter {
    delivered: Counter,
    failed: Counter,
    delivery: Histogram,
}

impl DeliveryMeter {
    /// To be made once the recorder is [installed](crate::metrics::install), or it tells nobody.
    #[must_use]
    pub fn begin() -> Self {
        DeliveryMeter {
            delivered: list::PRODUCER_DELIVERED.counter(&[]),
            failed: list::PRODUCER_FAILED.counter(&[]),
            delivery: list::PRODUCER_DELIVERY.histogram(&[]),
        }
    }

    /// A record is acknowledged that was made at `made`, if that is known.
    pub fn delivered(&self, made: Option<SystemTime>) {
        self.delivered.increment(1);
        if let Some(took) = made.and_then(|made| made.elapsed().ok()) {
            self.delivery.record(took);
        }
    }

    /// So many records are given up.
    pub fn failed(&self, records: u64) {
        self.failed.increment(records);
    }
}

/// When a record was made whose timestamp, in milliseconds since the Unix epoch, is the wall clock's.
#[must_use]
pub fn made(timestamp_ms: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(timestamp_ms).ok()?))
}
