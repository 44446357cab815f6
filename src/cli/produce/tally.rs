//! Counts by kind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::sales::SaleKind;

/// How many records of each kind were delivered, and how many were not. Written by one thread, read by anybody.
#[derive(Debug, Default)]
pub struct DeliveryTally {
    /// Delivered records, by [`SaleKind::code`].
    delivered: [AtomicU64; SaleKind::ALL.len()],
    /// Records that were given up.
    failed: AtomicU64,
    /// Why the first of those was.
    first_failure: Mutex<Option<String>>,
}

impl DeliveryTally {
    /// Counts a delivered record.
    pub fn delivered(&self, kind: SaleKind) {
        if let Some(count) = self.delivered.get(kind.code()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts `records` that were given up because of `reason`.
    pub fn failed(&self, records: u64, reason: impl ToString) {
        if records > 0 && self.failed.fetch_add(records, Ordering::Relaxed) == 0 {
            *self.first_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_string());
        }
    }

    /// Delivered records of a kind.
    #[must_use]
    pub fn of(&self, kind: SaleKind) -> u64 {
        self.delivered.get(kind.code()).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Delivered records of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.delivered.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How many records were given up, and why the first of them was.
    #[must_use]
    pub fn failures(&self) -> (u64, Option<String>) {
        let reason = self.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.failed.load(Ordering::Relaxed), reason)
    }
}
