//! The brokers that take late events and dead letters.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{info, warn};

use mare_metrics::events::InternalEvent;
use mare_metrics::list;
use mare_model::position::{Offset, Partition};

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::letters";

/// Letters let go by now.
static LET_GO: AtomicU64 = AtomicU64::new(0);

/// No broker takes letters.
#[derive(Debug)]
pub struct LettersLost<'a> {
    /// The brokers.
    pub brokers: &'a str,
    /// The client's reason.
    pub reason: &'a str,
}

impl InternalEvent for LettersLost<'_> {
    fn emit(self) {
        warn!(
            target: TARGET,
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

impl InternalEvent for LettersBack<'_> {
    fn emit(self) {
        info!(target: TARGET, server = self.brokers, "{} answers again, letters go out", self.brokers);
    }
}

/// A topic takes a letter in no form, not even without its record.
pub struct LetterRefused<'a> {
    /// The topic of the letter.
    pub topic: &'a str,
    /// Where its record stands in the topic that is read.
    pub place: (Partition, Offset),
    /// What the brokers say.
    pub reason: &'a dyn Display,
}

impl InternalEvent for LetterRefused<'_> {
    /// Each is counted, and there may be many: the log names the first ones, then each thousandth.
    fn emit(self) {
        let LetterRefused { topic, place: (partition, offset), reason } = self;
        list::LETTERS_REFUSED.add(&[], 1);
        let before = LET_GO.fetch_add(1, Ordering::Relaxed);
        if before < 10 || before.is_multiple_of(1_000) {
            warn!(
                target: TARGET,
                "topic {topic} takes no letter of partition {partition} offset {offset}, not even without its record: {reason}; it is \
                 let go, {} by now; see what the topic demands (max.message.bytes, cleanup.policy, message.timestamp.*, a schema)",
                before + 1
            );
        }
    }
}
