//! The rate line and the summary.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use console::Term;
use indicatif::HumanCount;
use tracing::info;

use super::DeliveryTally;
use crate::cli::{Failure, PerSecond, logging};
use crate::sales::SaleKind;

/// Says how far the production is: on a terminal always on the same line, elsewhere on a new one.
pub(super) struct RateLine {
    /// Standard error.
    term: Term,
    /// How many records there will be.
    count: Option<u64>,
    /// When the line was last printed, and how many records there were then.
    last: (Instant, u64),
}

impl RateLine {
    /// The line of a production of `count` records that starts now.
    pub fn new(count: Option<u64>) -> Self {
        RateLine { term: Term::stderr(), count, last: (Instant::now(), 0) }
    }

    /// Prints the line: `delivered` records so far. A terminal that cannot be written to is no reason to stop.
    pub fn print(&mut self, delivered: u64) {
        let rate = PerSecond::of(delivered.saturating_sub(self.last.1), self.last.0.elapsed());
        self.last = (Instant::now(), delivered);
        let of = self.count.map(|count| format!(" of {}", HumanCount(count))).unwrap_or_default();
        let line = format!("{}{of} records, {rate}/s", HumanCount(delivered));
        if logging::is_json() {
            return info!(delivered_records = delivered, records_per_second = rate.number(), "{line}");
        }
        let _printed = if self.term.is_term() {
            self.term.clear_line().and_then(|()| self.term.write_str(&line))
        } else {
            self.term.write_line(&line)
        };
    }
}

impl Drop for RateLine {
    /// Clears the line from a terminal.
    fn drop(&mut self) {
        if self.term.is_term() {
            let _cleared = self.term.clear_line();
        }
    }
}

/// What was produced.
#[derive(Debug)]
pub struct ProduceSummary {
    /// The topic.
    pub topic: String,
    /// Its partitions.
    pub partitions: u64,
    /// The seed of the records.
    pub seed: u64,
    /// From the first record to the last acknowledgement.
    pub elapsed: Duration,
    /// The counts of each thread.
    pub tallies: Vec<Arc<DeliveryTally>>,
}

impl ProduceSummary {
    /// Delivered records of a kind.
    #[must_use]
    pub fn of(&self, kind: SaleKind) -> u64 {
        self.tallies.iter().map(|tally| tally.of(kind)).sum()
    }

    /// Delivered records of all kinds.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.total()).sum()
    }

    /// Whether all records were delivered.
    ///
    /// # Errors
    /// If some were not, with the first reason.
    pub fn verdict(&self) -> Result<(), Failure> {
        let failures: Vec<_> = self.tallies.iter().map(|tally| tally.failures()).collect();
        let failed: u64 = failures.iter().map(|(failed, _)| failed).sum();
        match failures.into_iter().find_map(|(_, reason)| reason) {
            Some(reason) => Err(Failure::new(format!("{} records were not delivered: {reason}", HumanCount(failed)))),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ProduceSummary {
    /// One line, and a second one by kind if there is more than one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivered = self.delivered();
        write!(
            f,
            "produced {} records to {} ({} partitions) in {:.1} s, {}/s, seed {}",
            HumanCount(delivered),
            self.topic,
            self.partitions,
            self.elapsed.as_secs_f64(),
            PerSecond::of(delivered, self.elapsed),
            self.seed,
        )?;
        let kinds = SaleKind::ALL.into_iter().map(|kind| (kind, self.of(kind))).filter(|(_, count)| *count > 0);
        let kinds: Vec<_> = kinds.map(|(kind, count)| format!("{} {}", HumanCount(count), kind.label())).collect();
        if kinds.len() > 1 { write!(f, "\n  {}", kinds.join(", ")) } else { Ok(()) }
    }
}

/// Prints the summary on standard output; that nobody reads it is no error.
pub(super) fn print(summary: &ProduceSummary) {
    use std::io::Write;
    let _gone = writeln!(std::io::stdout(), "{summary}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> ProduceSummary {
        let tally = DeliveryTally::default();
        (0..1_500).for_each(|_| tally.delivered(SaleKind::OnTime));
        let tallies = vec![Arc::new(tally), Arc::default()];
        ProduceSummary { topic: "sales".into(), partitions: 3, seed: 9, elapsed: Duration::from_millis(500), tallies }
    }

    #[test]
    fn the_summary_names_kinds_only_if_there_are_several() {
        let summary = summary();
        assert_eq!(summary.to_string(), "produced 1,500 records to sales (3 partitions) in 0.5 s, 3,000/s, seed 9");
        summary.tallies.iter().for_each(|tally| tally.delivered(SaleKind::Late));
        assert!(summary.to_string().ends_with("\n  1,500 on time, 2 late"), "{summary}");
    }

    #[test]
    fn records_that_were_not_delivered_are_a_failure() {
        let summary = summary();
        assert_eq!(summary.verdict(), Ok(()));
        summary.tallies.iter().for_each(|tally| tally.failed(2, "too large"));
        assert_eq!(summary.verdict(), Err(Failure::new("4 records were not delivered: too large")));
    }
}
