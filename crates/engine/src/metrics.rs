//! What a run counts anyway, told to the metrics when somebody asks.
//!
//! # Counters never go down
//! A process that goes on with other partitions has a new [`Ledger`] for each run. Its counters are what earlier
//! ledgers came to in the end, and what the newest has come to so far. [`follow`] keeps the newest one at hand for
//! that, so that its last numbers are known when the next takes its place, whether anybody asked in between or not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::gauges::Gauges;
use super::ledger::{Account, Ledger};
use super::run::Run;
use mare_checkpoint::Tally;
use mare_decode::Reject;
use mare_metrics::list;
use mare_metrics::metric::MetricKind;
use mare_model::position::Partition;
use mare_model::time::EventTime;

/// The books of this process.
static BOOKS: Mutex<Books> = Mutex::new(Books::new());

/// What the runs of a process have counted.
#[derive(Debug)]
struct Books {
    /// The ledger of the newest run.
    ledger: Option<Arc<Ledger>>,
    /// What the runs before it came to, by the number of the view.
    before: BTreeMap<(usize, Partition), Tally>,
}

/// Notes that `run` is the one whose numbers count from now on. To be called when it begins.
pub fn follow(run: &Run) {
    let is_new = books().follow(&run.ledger);
    list::ENGINE_RUNS.add(&[], u64::from(is_new));
    list::ENGINE_RUN.set(&[&run.plan.name], 1.0);
    for metric in list::ALL {
        if metric.kind == MetricKind::Counter && metric.labels.is_empty() && !is_elsewhere(metric.name) {
            metric.add(&[], 0); // so that its first step is seen as one
        }
    }
}

/// Whether a counter is none of a run.
fn is_elsewhere(name: &str) -> bool {
    ["mare_producer_", "mare_process_"].iter().any(|subsystem| name.starts_with(subsystem))
}

/// Samples `run`.
pub fn sample(run: &Run) {
    follow(run);
    let names: Vec<_> = run.plan.names().collect();
    for ((view, partition), tally) in books().totals() {
        if view == 0 {
            counted(partition, &tally);
        }
        names.get(view).into_iter().for_each(|name| of_view(name, partition, &tally));
    }
    run.ledger.accounts().for_each(|(partition, account)| read(partition, account));
    engine(&run.gauges);
    list::SINK_WAITING.set(&[], run.sink.waiting() as f64);
    if let Some(settings) = run.plan.checkpoint.as_ref().filter(|_| run.checkpointer.is_some()) {
        list::CHECKPOINT_INTERVAL.set(&[], settings.every.as_secs_f64());
    }
}

/// What became of the records of a partition.
fn counted(partition: Partition, tally: &Tally) {
    let labels: [&dyn std::fmt::Display; 1] = [&partition];
    list::LEDGER_READ.reach(&labels, tally.read);
    list::LEDGER_COUNTED.reach(&labels, tally.counted);
    list::LEDGER_FILTERED.reach(&labels, tally.filtered);
    list::LEDGER_LATE.reach(&labels, tally.late);
    list::LEDGER_DUPLICATE.reach(&labels, tally.duplicate);
    list::LEDGER_ROUNDED.reach(&labels, tally.rounded);
    for (reason, dead) in Reject::REASONS.iter().zip(tally.dead) {
        list::LEDGER_DEAD.reach(&[&partition, reason], dead);
    }
}

/// The same for a view that has a name.
fn of_view(name: &str, partition: Partition, tally: &Tally) {
    let Tally { counted, filtered, late, duplicate, .. } = *tally;
    let outcomes = [
        ("counted", counted),
        ("filtered", filtered),
        ("late", late),
        ("duplicate", duplicate),
        ("dead", tally.dead_total()),
    ];
    outcomes.iter().for_each(|(outcome, count)| list::LEDGER_VIEW.reach(&[&name, &partition, outcome], *count));
}

/// How far a partition is read.
fn read(partition: Partition, account: &Account) {
    let labels: [&dyn std::fmt::Display; 1] = [&partition];
    list::KAFKA_POSITION.set(&labels, account.position().0 as f64);
    list::KAFKA_END.set(&labels, account.end().0 as f64);
    list::KAFKA_LAG.set(&labels, account.lag() as f64);
    list::KAFKA_HELD_BACK.set(&labels, account.held_back() as f64);
    list::LEDGER_LATE_BY_SILENCE.reach(&labels, account.late_by_silence());
    list::LEDGER_UNMATCHED.reach(&labels, account.unmatched());
    if let Some(promise) = seconds(account.promise()) {
        list::ENGINE_PROMISE.set(&labels, promise);
    }
}

fn engine(gauges: &Gauges) {
    list::ENGINE_ARRANGED.set(&[], gauges.arranged_updates() as f64);
    if let Some(frontier) = seconds(gauges.frontier()) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        list::ENGINE_FRONTIER.set(&[], frontier);
        list::ENGINE_FRONTIER_LAG.set(&[], now.as_secs_f64() - frontier);
    }
}

/// Seconds since the Unix epoch; nothing before the first event or behind the last.
fn seconds(time: EventTime) -> Option<f64> {
    (time != EventTime::MIN && time != EventTime::MAX).then_some(time.0 as f64 / 1_000.0)
}

fn books() -> MutexGuard<'static, Books> {
    BOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Books {
    const fn new() -> Self {
        Books { ledger: None, before: BTreeMap::new() }
    }

    /// Goes over to another ledger; whether it is one.
    fn follow(&mut self, ledger: &Arc<Ledger>) -> bool {
        let is_new = self.ledger.as_ref().is_none_or(|followed| !Arc::ptr_eq(followed, ledger));
        if is_new {
            self.before = self.totals();
            self.ledger = Some(Arc::clone(ledger));
        }
        is_new
    }

    /// What all runs have come to.
    fn totals(&self) -> BTreeMap<(usize, Partition), Tally> {
        let mut totals = self.before.clone();
        for (view, ledger) in self.ledger.iter().flat_map(Ledger::of_views).enumerate() {
            for (partition, account) in ledger.accounts() {
                totals.entry((view, partition)).or_default().add(&account.tally());
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::position::Offset;

    fn ledger(partitions: &[i32]) -> Arc<Ledger> {
        Arc::new(Ledger::new(partitions.iter().map(|partition| (Partition(*partition), Offset(0), Offset(0)))))
    }

    fn post(ledger: &Ledger, partition: i32, counted: u64) {
        let batch = Tally { counted, ..Tally::default() };
        ledger.account(Partition(partition)).expect("an account").post(&batch, Offset(0), EventTime(0));
    }

    #[test]
    fn the_next_run_counts_on_from_the_last_numbers_of_the_one_before() {
        let (mut books, one, two) = (Books::new(), ledger(&[0]), ledger(&[0, 1]));
        let counted =
            |books: &Books| books.totals().values().map(|tally| (tally.counted, tally.read)).collect::<Vec<_>>();
        assert!(books.follow(&one));
        post(&one, 0, 5);
        assert_eq!(counted(&books), [(5, 5)]);
        post(&one, 0, 2); // which nobody has asked for before the next run begins
        assert!(books.follow(&two));
        assert_eq!(counted(&books), [(7, 7), (0, 0)]);
        post(&two, 0, 1);
        post(&two, 1, 1);
        assert!(!books.follow(&two));
        assert_eq!(counted(&books), [(8, 8), (1, 1)]);
    }
}
