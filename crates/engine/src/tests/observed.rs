//! Who watches sees what the sink holds: never more, in the end everything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use timely::CommunicationConfig;

use super::memory::{MemoryEnds, MemorySink};
use super::oracle::random_log;
use super::scenarios::{feed, small_epochs};
use crate::announcement::Beginning;
use crate::{Control, Gauges, Ledger, Observer, Run};
use mare_letters as letters;
use mare_model::position::{Offset, Partition};
use mare_model::total::{Change, Key, Total};
use mare_sink::SinkStatus;

/// Holds each change against the sink as it hears of it.
struct Watcher {
    sink: MemorySink,
    seen: Mutex<BTreeMap<Key, Total>>,
    /// Changes that were not durable yet, or older than one before.
    wrong: Mutex<Vec<Change>>,
}

impl Observer for Watcher {
    fn durable(&self, changes: Vec<Change>) {
        let documents = self.sink.documents.lock().expect("not poisoned");
        let mut seen = self.seen.lock().expect("not poisoned");
        for change in changes {
            let is_durable = documents.get(&change.key).is_some_and(|document| document.n >= change.total.n);
            let before = seen.insert(change.key.clone(), change.total.clone());
            if !is_durable || before.is_some_and(|before| before.n > change.total.n) {
                self.wrong.lock().expect("not poisoned").push(change);
            }
        }
    }
}

#[test]
fn who_watches_sees_what_is_durable_and_all_of_it() {
    for seed in mare_random::seeds(20) {
        let (log, sink) = (random_log(seed), MemorySink { lose_every: 3, ..MemorySink::default() });
        let watcher = Arc::new(Watcher { sink: sink.clone(), seen: Mutex::default(), wrong: Mutex::default() });
        let partitions = (0..log.len()).map(|partition| (Partition(partition as i32), Offset(0), Offset(0)));
        let run = Run {
            plan: Arc::new(small_epochs()),
            control: Control::new(),
            gauges: Gauges::new(),
            ledger: Arc::new(Ledger::new(partitions)),
            sink: Arc::new(SinkStatus::default()),
            checkpointer: None,
            outboxes: letters::none(),
            observer: Some(Arc::clone(&watcher) as Arc<dyn Observer>),
        };
        let ends = MemoryEnds { feed: feed(&log, 20, seed), sink: sink.clone() };
        let fabric = CommunicationConfig::Process(2).try_build().expect("connected");
        let workers = run.start(fabric, Beginning::default(), ends).expect("started");
        workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
        assert_eq!(*watcher.wrong.lock().expect("not poisoned"), [], "seed {seed}");
        let documents = sink.documents.lock().expect("not poisoned");
        assert_eq!(*watcher.seen.lock().expect("not poisoned"), *documents, "seed {seed}");
        assert_eq!((run.gauges.has_caught_up(2), run.gauges.epochs_in_flight()), (true, 0), "seed {seed}");
    }
}
