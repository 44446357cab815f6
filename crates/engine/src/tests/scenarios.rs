//! What must hold of every run.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use timely::CommunicationConfig;
use timely::communication::WorkerGuards;

use super::memory::{Feed, MemoryEnds, MemorySink};
use super::oracle::{Sale, WINDOW_MS, expect, expect_confirmed, payload, random_log};
use super::plan::plan;
use crate::announcement::Beginning;
use crate::checkpoint::Checkpointer;
use crate::{Control, Gauges, Ledger, Run};
use mare_dataflow::Plan;
use mare_letters::{self as letters, Outboxes};
use mare_model::position::{Offset, Partition};
use mare_sink::SinkStatus;

/// How long a condition may take to come true before a test fails. No test passes or fails by a shorter time.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Epochs as small as they come.
pub fn small_epochs() -> Plan {
    plan("0ms", "1ms")
}

/// Epochs that end with the run alone, for what only its end may seal.
fn endless_epochs() -> Plan {
    plan("60s", "60s")
}

/// A run that has been started, and its workers.
pub fn start(plan: Plan, feed: &Feed, sink: &MemorySink, cluster: CommunicationConfig) -> (Run, WorkerGuards<()>) {
    start_with(plan, feed, sink, cluster, letters::none())
}

/// As [`start`], with outboxes.
pub fn start_with(
    plan: Plan,
    feed: &Feed,
    sink: &MemorySink,
    cluster: CommunicationConfig,
    outboxes: Outboxes,
) -> (Run, WorkerGuards<()>) {
    start_from(Beginning::default(), None, plan, feed, sink, cluster, outboxes)
}

/// A run that goes on from somewhere, and its workers.
pub fn start_from(
    beginning: Beginning,
    checkpointer: Option<Arc<Checkpointer>>,
    plan: Plan,
    feed: &Feed,
    sink: &MemorySink,
    cluster: CommunicationConfig,
    outboxes: Outboxes,
) -> (Run, WorkerGuards<()>) {
    let partitions = (0..feed.topic.len()).map(|partition| Partition(partition as i32));
    let ledger = Ledger::new(partitions.map(|partition| (partition, Offset(0), Offset(0))));
    let (plan, control, gauges, ledger) = (Arc::new(plan), Control::new(), Gauges::new(), Arc::new(ledger));
    let status = Arc::new(SinkStatus::default());
    let run = Run { plan, control, gauges, ledger, sink: status, checkpointer, outboxes, observer: None };
    let ends = MemoryEnds { feed: feed.clone(), sink: sink.clone() };
    let workers = run.start(cluster.try_build().expect("connected"), beginning, ends).expect("started");
    (run, workers)
}

/// Runs `feed` to its end with `workers` workers.
fn finish(plan: Plan, feed: &Feed, sink: &MemorySink, workers: usize) -> Run {
    let (run, workers) = start(plan, feed, sink, CommunicationConfig::Process(workers));
    workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
    run
}

pub fn feed(log: &[Vec<Sale>], max_batch: usize, seed: u64) -> Feed {
    Feed::new(log.iter().map(|partition| partition.iter().map(payload).collect()).collect(), max_batch, seed)
}

/// Asserts that one or several processes of a run came to what `log` must come to.
pub fn check(runs: &[&Run], sink: &MemorySink, log: &[Vec<Sale>], which: &str) {
    let expected = expect_confirmed(log, runs[0].plan.event.confirm);
    let mut accounts = vec![(0, 0, 0); log.len()];
    for run in runs {
        for (account, (_, posted)) in accounts.iter_mut().zip(run.ledger.accounts()) {
            let tally = posted.state().tally;
            assert_eq!(tally.read, tally.counted + tally.late + tally.dead_total(), "{which}");
            *account = (account.0 + tally.counted, account.1 + tally.late, account.2 + tally.dead_total());
        }
    }
    assert_eq!(accounts, expected.accounts, "{which}: counted, late and dead by partition");
    let documents = sink.documents.lock().expect("not poisoned");
    let keys = documents.keys().chain(expected.documents.keys());
    let wrong = keys.filter(|key| documents.get(*key) != expected.documents.get(*key));
    let wrong: Vec<_> = wrong.map(|key| (key, documents.get(key), expected.documents.get(key))).take(5).collect();
    assert!(wrong.is_empty(), "{which}: documents and what they must be, the first that differ: {wrong:#?}");
}

/// How many events the documents hold.
pub fn written(sink: &MemorySink) -> u64 {
    sink.documents.lock().expect("not poisoned").values().map(|total| total.n.unsigned_abs()).sum()
}

/// Waits until `condition` holds; a run that does not get there is stopped, so that its workers can be joined.
pub fn eventually(run: &Run, what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > PATIENCE {
            run.control.stop();
            panic!("{what}: not within {PATIENCE:?}, with {} updates arranged", run.gauges.arranged_updates());
        }
        std::thread::yield_now();
    }
}

#[test]
fn documents_and_the_late_set_are_a_function_of_the_log() {
    for seed in mare_random::seeds(40) {
        let log = random_log(seed);
        for (workers, max_batch) in [(1, 1000), (1, 3), (2, 17), (3, 50), (4, 5)] {
            let (feed, sink) = (feed(&log, max_batch, seed), MemorySink::default());
            let mut plan = if seed % 4 == 3 { endless_epochs() } else { small_epochs() };
            plan.event.confirm = 1 + seed as usize % 3;
            let run = finish(plan, &feed, &sink, workers);
            check(&[&run], &sink, &log, &format!("seed {seed}, {workers} workers, batches of {max_batch}"));
        }
    }
}

#[test]
fn the_logs_of_the_property_have_late_and_dead_events() {
    let accounts: Vec<_> = (0..40).flat_map(|seed| expect(&random_log(seed)).accounts).collect();
    assert!(accounts.iter().filter(|(_, late, dead)| *late > 0 && *dead > 0).count() > 20);
}

#[test]
fn a_lost_acknowledgement_neither_loses_nor_doubles() {
    let log = random_log(3);
    let sink = MemorySink { lose_every: 2, ..MemorySink::default() };
    let run = finish(small_epochs(), &feed(&log, 20, 3), &sink, 2);
    check(&[&run], &sink, &log, "the run");
    assert!(run.sink.retries() > 0);
}

#[test]
fn a_second_run_changes_no_document() {
    let (log, sink) = (random_log(5), MemorySink::default());
    finish(small_epochs(), &feed(&log, 100, 5), &sink, 3);
    let before = sink.documents.lock().expect("not poisoned").clone();
    let again = finish(small_epochs(), &feed(&log, 7, 6), &sink, 2);
    assert_eq!(*sink.documents.lock().expect("not poisoned"), before);
    assert_eq!(again.sink.written(), 0);
}

#[test]
fn two_processes_agree_with_one() {
    for seed in [1, 2] {
        let (log, sink) = (random_log(seed), MemorySink::default());
        let feed = feed(&log, 11, seed);
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let address = |listener: TcpListener| listener.local_addr().expect("bound").to_string();
        let addresses = listeners.map(address).to_vec();
        let runs = std::thread::scope(|scope| {
            let process = |process| {
                let (addresses, feed, sink) = (addresses.clone(), &feed, &sink);
                let (threads, report, zerocopy) = (2, false, false);
                let cluster = CommunicationConfig::Cluster { threads, process, addresses, report, zerocopy };
                scope.spawn(move || {
                    let (run, workers) = start(small_epochs(), feed, sink, cluster);
                    workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
                    run
                })
            };
            [process(0), process(1)].map(|process| process.join().expect("no process panics"))
        });
        check(&[&runs[0], &runs[1]], &sink, &log, &format!("seed {seed}"));
    }
}

#[test]
fn closed_windows_leave_the_arrangement() {
    let windows = 3_000;
    let partition = |_| (0..windows * 10).map(|event| Some(("a".to_owned(), 1, event * WINDOW_MS / 10))).collect();
    let log: Vec<Vec<Sale>> = (0..2).map(partition).collect();
    let (feed, sink) = (feed(&log, 100, 0), MemorySink::default());
    feed.may_end.store(false, Ordering::Release);
    let (run, workers) = start(small_epochs(), &feed, &sink, CommunicationConfig::Process(2));
    let all = log.iter().map(Vec::len).sum::<usize>() as u64;
    eventually(&run, "every event is written", || written(&sink) == all);
    // Three windows are open. A quiet stream also keeps what closed since the last merge; a leak would keep everything.
    let few = windows as u64 / 10;
    eventually(&run, "closed windows leave", || run.gauges.arranged_updates() <= few);
    assert!(run.gauges.arranged_updates() > 0, "the open windows are there");
    run.control.stop();
    drop(workers);
    check(&[&run], &sink, &log, "the run");
}

#[test]
fn a_sink_that_is_away_bounds_how_far_the_source_reads() {
    let partition = (0..1_000).map(|event| Some(("a".to_owned(), 1, event))).collect();
    let (log, sink) = (vec![partition], MemorySink::default());
    let feed = feed(&log, 10, 0);
    sink.away.store(true, Ordering::Release);
    let (run, workers) = start(small_epochs(), &feed, &sink, CommunicationConfig::Thread);
    eventually(&run, "the sink is found away", || run.sink.retries() > 4);
    let visited = feed.visited.load(Ordering::Relaxed);
    sink.away.store(false, Ordering::Release);
    drop(workers);
    assert!(visited < 1_000, "{visited} records were read although nothing could be written");
    check(&[&run], &sink, &log, "the run");
}

#[test]
fn stopping_writes_what_has_been_read() {
    let (log, sink) = (random_log(9), MemorySink::default());
    let feed = feed(&log, 3, 9);
    feed.may_end.store(false, Ordering::Release);
    let (run, workers) = start(endless_epochs(), &feed, &sink, CommunicationConfig::Process(3));
    let any = || run.ledger.total().read > 0;
    eventually(&run, "something is read", any);
    run.control.stop();
    drop(workers);
    assert_eq!(written(&sink), run.ledger.total().counted);
}
