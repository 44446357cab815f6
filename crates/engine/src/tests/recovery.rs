//! Runs that end, in good order or not, and others that go on from their checkpoints with other numbers of workers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use timely::CommunicationConfig;

use super::memory::{Feed, MemorySink};
use super::oracle::random_log;
use super::scenarios::{check, eventually, feed, small_epochs, start_from};
use crate::Run;
use crate::announcement::{Beginning, Restored};
use crate::checkpoint::Checkpointer;
use crate::clock::{Clock, SystemClock};
use mare_checkpoint::manifest::Author;
use mare_checkpoint::store::memory::MemoryStore;
use mare_checkpoint::{Checkpointing, Repository};
use mare_dataflow::Plan;
use mare_letters as letters;
use mare_model::time::Epoch;

/// The test dataflow, with a checkpoint as often as they come.
fn plan() -> Plan {
    let checkpoint = Checkpointing { path: "unused".into(), every: Duration::from_millis(3), keep: 2 };
    Plan { checkpoint: Some(checkpoint), ..small_epochs() }
}

/// Goes on from the newest checkpoint in `store`.
fn go_on(store: &MemoryStore, feed: &Feed, sink: &MemorySink, workers: usize) -> (Run, impl FnOnce() + use<>) {
    go_on_with(plan(), Epoch::default(), store, feed, sink, workers)
}

/// The same for a dataflow, when there is a checkpoint of an epoch, too, that nothing can be made of.
fn go_on_with(
    plan: Plan,
    newest: Epoch,
    store: &MemoryStore,
    feed: &Feed,
    sink: &MemorySink,
    workers: usize,
) -> (Run, impl FnOnce() + use<>) {
    let repository = Repository::new(Arc::new(store.clone()), "test");
    let recovered = repository.recover(&plan.shape(), false).expect("a whole checkpoint, or none");
    let restored = recovered.manifest.map(|manifest| {
        let (epoch, partitions, parts) = (manifest.epoch, manifest.partitions, manifest.parts);
        Restored { epoch, partitions, parts }
    });
    let beginning =
        Beginning { after: recovered.newest.unwrap_or_default().max(newest), restored, ..Beginning::default() };
    let shape = plan.shape();
    let author = Author { dataflow: "test".into(), shape, sink: "memory".into(), generation: 1, ..Author::default() };
    let checkpointer = Arc::new(Checkpointer::new(repository, author, 2, |_| ()));
    let cluster = CommunicationConfig::Process(workers);
    let writes = Arc::clone(&checkpointer);
    let (run, workers) = start_from(beginning, Some(checkpointer), plan, feed, sink, cluster, letters::none());
    let join = move || {
        workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
        // A run that is abandoned leaves a thread behind that may still write a checkpoint, or remove an old one: that
        // may be what the next run has just chosen. A command has ended with its threads.
        while Arc::strong_count(&writes) > 2 {
            std::thread::yield_now();
        }
    };
    (run, join)
}

#[test]
fn runs_that_are_stopped_or_abandoned_go_on_with_any_number_of_workers() {
    for seed in mare_random::seeds(30) {
        let (log, sink, store) = (random_log(seed), MemorySink::default(), MemoryStore::default());
        let mut random = SmallRng::seed_from_u64(seed);
        let all: usize = log.iter().map(Vec::len).sum();
        let visited = Arc::default();
        for life in 0..4 {
            let feed = Feed { visited: Arc::clone(&visited), ..feed(&log, random.random_range(1..20), seed + life) };
            feed.may_end.store(false, Ordering::Release);
            let (run, join) = go_on(&store, &feed, &sink, random.random_range(1..=4));
            let some = visited.load(Ordering::Relaxed) + random.random_range(0..=all / 3);
            let done = |run: &Run| {
                run.ledger
                    .accounts()
                    .all(|(partition, account)| account.position().0 as usize == log[partition.0 as usize].len())
            };
            eventually(&run, "something is read", || visited.load(Ordering::Relaxed) >= some || done(&run));
            if random.random_bool(0.5) {
                run.control.stop()
            } else {
                run.control.abandon()
            }
            join();
        }
        let (run, join) = go_on(&store, &feed(&log, 50, seed), &sink, 2);
        join();
        check(&[&run], &sink, &log, &format!("seed {seed}"));
    }
}

#[test]
fn a_run_that_went_on_from_the_end_reads_nothing_again() {
    let (log, sink, store) = (random_log(4), MemorySink::default(), MemoryStore::default());
    let (first, join) = go_on(&store, &feed(&log, 50, 4), &sink, 3);
    join();
    let (again, join) = go_on(&store, &feed(&log, 50, 4), &sink, 1);
    join();
    check(&[&again], &sink, &log, "the second run");
    assert_eq!((again.ledger.total().read, again.sink.written()), (0, 0));
    assert!(first.ledger.total().read > 0);
}

/// The epochs go on from there, and the boundaries with them: they are multiples of the clock's time, and would not
/// come for a day.
#[test]
fn checkpoints_are_taken_behind_one_of_a_clock_that_was_a_day_ahead() {
    let (log, sink, store) = (random_log(4), MemorySink::default(), MemoryStore::default());
    let mut plan = plan();
    plan.checkpoint.as_mut().expect("checkpoints").every = Duration::from_secs(1);
    let ahead = Epoch(SystemClock.epoch().0 + 86_400_000);
    let feed = feed(&log, 50, 4);
    feed.may_end.store(false, Ordering::Release);
    let (run, join) = go_on_with(plan, ahead, &store, &feed, &sink, 2);
    let newest = || run.checkpointer.as_ref().and_then(|checkpointer| checkpointer.newest());
    eventually(&run, "a checkpoint is taken", || newest().is_some());
    assert!(newest().is_some_and(|manifest| manifest.epoch > ahead));
    run.control.stop();
    join();
}
