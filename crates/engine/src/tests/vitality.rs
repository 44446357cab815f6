//! A worker that is stuck is noticed, though every other thread of the process goes on; so is one that panics.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use timely::CommunicationConfig;

use super::memory::MemorySink;
use crate::announcement::Beginning;
use crate::{Control, Gauges, Ledger, Peer, Run, Vitality, run};
use mare_dataflow::fixture::{self, EVENTS};
use mare_letters as letters;
use mare_model::fault::Fault;
use mare_model::position::Partition;
use mare_model::record::{Record, Waker};
use mare_sink::{FencingToken, SinkError, SinkStatus, Writer};
use mare_source::{Log, Polled};

/// A log of one partition without records, whose reader gets stuck for as long as somebody holds the gate.
struct Gated {
    open: Vec<Partition>,
    gate: Arc<Mutex<()>>,
    stuck: Arc<AtomicBool>,
    polls: Arc<AtomicUsize>,
}

impl Log for Gated {
    fn poll(&mut self, _: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        if self.gate.try_lock().is_err() {
            self.stuck.store(true, Ordering::Release);
            drop(self.gate.lock().expect("not poisoned"));
        }
        self.polls.fetch_add(1, Ordering::Release);
        Ok(Polled::Drained)
    }

    fn owned(&self) -> Vec<Partition> {
        self.open.clone()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}

/// What the logs of both workers get, by worker.
struct Ends {
    gates: [Arc<Mutex<()>>; 2],
    polls: [Arc<AtomicUsize>; 2],
    stuck: Arc<AtomicBool>,
}

impl run::Endpoints<Gated> for Ends {
    fn log(&self, peer: Peer, _: &Beginning, _: Waker) -> Result<Gated, Fault> {
        let (gate, polls) = (Arc::clone(&self.gates[peer.index]), Arc::clone(&self.polls[peer.index]));
        Ok(Gated { open: vec![Partition(peer.index as i32)], gate, stuck: Arc::clone(&self.stuck), polls })
    }

    fn writer(&self, _: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(MemorySink::default()))
    }
}

/// The second worker cannot open its log, because of a defect.
struct Defective;

impl run::Endpoints<Gated> for Defective {
    fn log(&self, peer: Peer, _: &Beginning, _: Waker) -> Result<Gated, Fault> {
        assert_eq!(peer.index, 0, "a defect of the second worker");
        Ok(Gated { open: vec![Partition(0)], gate: Arc::default(), stuck: Arc::default(), polls: Arc::default() })
    }

    fn writer(&self, _: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(MemorySink::default()))
    }
}

fn run_under(control: &Arc<Control>) -> Run {
    Run {
        plan: Arc::new(fixture::plan(EVENTS, &[])),
        control: Arc::clone(control),
        gauges: Gauges::new(),
        ledger: Arc::new(Ledger::new(Vec::new())),
        sink: Arc::new(SinkStatus::default()),
        checkpointer: None,
        outboxes: letters::none(),
        observer: None,
    }
}

/// Waits until `condition` holds; a run that does not get there is stopped, so that its workers can be joined.
fn eventually(control: &Control, what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > Duration::from_secs(20) {
            control.stop();
            panic!("not within 20 s: {what}");
        }
        std::thread::yield_now();
    }
}

#[test]
fn one_stuck_worker_silences_the_process() {
    let control = Control::new();
    let run = run_under(&control);
    let gates: [Arc<Mutex<()>>; 2] = Default::default();
    let polls: [Arc<AtomicUsize>; 2] = Default::default();
    let stuck = Arc::new(AtomicBool::new(false));
    let ends = Ends { gates: gates.clone(), polls: polls.clone(), stuck: Arc::clone(&stuck) };
    assert_eq!(control.vitality(), Vitality::Starting);
    let fabric = CommunicationConfig::Process(2).try_build().expect("connected");
    let workers = run.start(fabric, Beginning::default(), ends).expect("started");
    eventually(&control, "both workers run", || control.vitality() == Vitality::Alive);

    let held = gates[1].lock().expect("not poisoned");
    eventually(&control, "the second worker is stuck", || {
        control.vitality();
        stuck.load(Ordering::Acquire)
    });
    let before = polls[0].load(Ordering::Acquire);
    let mut alive = 0;
    eventually(&control, "the first worker goes on", || {
        alive += usize::from(control.vitality() == Vitality::Alive);
        polls[0].load(Ordering::Acquire) > before + 100
    });
    drop(held);
    eventually(&control, "both workers run again", || control.vitality() == Vitality::Alive);
    control.stop();
    workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
    // Once, because of what the second worker had done before.
    assert!(alive <= 1, "with the second worker stuck, the process was found alive {alive} times");
}

#[test]
fn a_worker_that_panics_fails_the_run() {
    let control = Control::new();
    let fabric = CommunicationConfig::Process(2).try_build().expect("connected");
    let workers = run_under(&control).start(fabric, Beginning::default(), Defective).expect("started");
    eventually(&control, "the run has failed", || control.failure().is_some());
    let ended = workers.join();
    assert!(ended[0].is_ok() && ended[1].is_err(), "{ended:?}");
    assert!(control.failure().is_some_and(|fault| fault.what.contains("panicked")), "{:?}", control.failure());
}
