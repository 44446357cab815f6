//! What a run came to.

use std::time::Duration;

use indicatif::HumanCount;

use crate::engine::Run;
use crate::engine::ledger::Tally;
use crate::source::decode::Reject;

/// The accounts of a process at the end of its run.
#[derive(Clone, Debug)]
pub struct Summary {
    total: Tally,
    written: u64,
    stale: u64,
    elapsed: Duration,
}

impl Summary {
    /// What `run` came to in `elapsed`.
    #[must_use]
    pub fn of(run: &Run, elapsed: Duration) -> Self {
        Summary { total: run.ledger.total(), written: run.sink.written(), stale: run.sink.stale(), elapsed }
    }

    /// Prints it to standard error: standard output is for documents.
    pub fn print(&self) {
        eprintln!("{}", self.lines().join("\n"));
    }

    /// The accounts, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Tally { read, counted, late, rounded, .. } = self.total;
        let seconds = self.elapsed.as_secs_f64();
        let rate = HumanCount((read as f64 / seconds.max(1e-9)) as u64);
        let mut lines = vec![
            format!("read         {} events in {seconds:.1} s, {rate} events/s", HumanCount(read)),
            format!("counted      {}", HumanCount(counted)),
            format!("late         {}", HumanCount(late)),
            format!("dead letters {}{}", HumanCount(self.total.dead_total()), self.reasons()),
            format!(
                "documents    {} written, {} already as complete",
                HumanCount(self.written),
                HumanCount(self.stale)
            ),
        ];
        if rounded > 0 {
            lines.insert(2, format!("rounded      {} numbers with more digits than their scale", HumanCount(rounded)));
        }
        lines
    }

    /// ` (not_json 3, tombstone 1)`, or nothing.
    fn reasons(&self) -> String {
        let reasons = Reject::REASONS.iter().zip(self.total.dead).filter(|(_, dead)| *dead > 0);
        let reasons: Vec<String> = reasons.map(|(reason, dead)| format!("{reason} {}", HumanCount(dead))).collect();
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    }
}
