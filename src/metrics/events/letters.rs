//! The brokers that take late events and dead letters.

use tracing::{info, warn};

use super::Event;
use crate::metrics::list;

/// No broker takes letters.
#[derive(Debug)]
pub struct LettersLost<'a> {
    /// The brokers.
    pub brokers: &'a str,
    /// The client's reason.
    pub reason: &'a str,
}

impl Event for LettersLost<'_> {
    fn emit(self) {
        warn!(
            server = self.brokers,
            cause = self.reason,
            "no broker of {} answers, letters wait until one does: {}",
            self.brokers,
            self.reason
        );
        list::LETTERS_OUTAGES.add(&[], 1);
    }
}

/// A broker takes letters again.
#[derive(Debug)]
pub struct LettersBack<'a> {
    /// The brokers.
    pub brokers: &'a str,
}

impl Event for LettersBack<'_> {
    fn emit(self) {
        info!(server = self.brokers, "{} answers again, letters go out", self.brokers);
    }
}
