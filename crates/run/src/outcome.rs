//! What a run came to.

use std::time::Duration;

use mare_checkpoint::Tally;
use mare_dataflow::Plan;
use mare_engine::announcement::Reason;
use mare_engine::lateness::PartitionLateness;
use mare_engine::{Ledger, Run};
use mare_model::extent::HeldBack;
use mare_model::position::Partition;

/// The accounts of a process at the end of its run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was read, and what became of it.
    pub total: Tally,
    /// The same by partition.
    pub partitions: Vec<(Partition, Tally)>,
    /// The same for each view, of several.
    pub views: Vec<ViewOutcome>,
    /// Partitions of which so many events were late that it is no matter of stragglers.
    pub many_late: Vec<PartitionLateness>,
    /// Cancellations that have found no order, for the first view: they are among the late events.
    pub unmatched: u64,
    /// Documents written.
    pub written: u64,
    /// Documents that stood in the sink as complete, or more so.
    pub stale: u64,
    /// The newest checkpoint that this process has made: epoch, rows, bytes.
    pub checkpoint: Option<(u64, u64, u64)>,
    /// How long it took.
    pub elapsed: Duration,
    /// What was not read because a transaction is open, a sentence for each partition.
    pub held: Vec<String>,
    /// Why it ended, if it was asked to.
    pub reason: Option<Reason>,
}

/// What became of the records for one view of several.
#[derive(Clone, Debug)]
pub struct ViewOutcome {
    /// Its name.
    pub name: String,
    /// What became of them.
    pub total: Tally,
    /// The same by partition.
    pub partitions: Vec<(Partition, Tally)>,
}

impl ViewOutcome {
    fn of(name: &str, ledger: &Ledger) -> ViewOutcome {
        let partitions = ledger.accounts().map(|(partition, account)| (partition, account.tally())).collect();
        ViewOutcome { name: name.to_owned(), total: ledger.total(), partitions }
    }
}

impl Outcome {
    /// What `run` came to in `elapsed`.
    pub(super) fn of(run: &Run, elapsed: Duration) -> Self {
        let ledgers: Vec<_> = Ledger::of_views(&run.ledger).collect();
        let partitions = run.ledger.accounts().map(|(partition, account)| (partition, account.tally())).collect();
        let accounts = ledgers.iter().flat_map(|ledger| ledger.accounts());
        let lateness = accounts.map(|(partition, account)| account.lateness(partition));
        let views = run.plan.names().zip(&ledgers).map(|(name, ledger)| ViewOutcome::of(name, ledger));
        let newest = run.checkpointer.as_ref().and_then(|checkpointer| checkpointer.newest());
        Outcome {
            total: run.ledger.total(),
            partitions,
            views: views.collect(),
            unmatched: run.ledger.accounts().map(|(_, account)| account.unmatched()).sum(),
            many_late: lateness.filter(PartitionLateness::is_mass).collect(),
            written: run.sink.written(),
            stale: run.sink.stale(),
            checkpoint: newest.map(|manifest| (manifest.epoch.0, manifest.rows(), manifest.bytes())),
            elapsed,
            held: Vec::new(),
            reason: run.control.reason(),
        }
    }

    /// The same, with what was `held` back from a run of `plan`.
    pub(super) fn without(self, held: &[HeldBack], plan: &Plan) -> Self {
        let log = plan.source.describe().name;
        Outcome { held: held.iter().map(|held| held.describe(&log)).collect(), ..self }
    }
}
