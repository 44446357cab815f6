//! What a group costs: events of many groups, each touched once, from a log that makes them up to lines that nobody
//! reads. It needs no server, and what is measured is the engine, the decoder and the writer.
//!
//! Each line is a process of its own, so that its memory is its own. The first line, of few groups, is what the events
//! cost without their groups.
//!
//! `cargo bench -p mare-engine --bench groups`, or with `-- GROUPS [EVENTS]` one run of its own, for a profiler.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::{env, fs, io};

use mare_dataflow::{Plan, fixture};
use mare_engine::announcement::Beginning;
use mare_engine::run::Endpoints;
use mare_engine::{Control, Gauges, Ledger, Peer, Run};
use mare_model::fault::Fault;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Record, Waker};
use mare_sink::{FencingToken, SinkError, SinkStatus, Writer};
use mare_source::{Log, Polled};
use mare_stdout::JsonLines;
use timely::CommunicationConfig;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Groups and events of each line, the one to compare with first.
const LINES: [(u64, u64); 4] = [(8, 1_000_000), (1_000_000, 1_000_000), (8, 10_000_000), (10_000_000, 10_000_000)];
/// Rounds of each line; the least of each number is told.
const ROUNDS: usize = 3;
const WORKERS: usize = 2;
const PARTITIONS: i32 = 3;
/// Records of a partition a poll.
const BATCH: u64 = 2_000;

fn main() {
    let numbers: Vec<u64> = env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    match numbers[..] {
        [groups] => run(groups, groups),
        [groups, events, ..] => run(groups, events),
        [] => table(),
    }
}

/// Runs each line some times, and prints what a group costs beside its events.
fn table() {
    println!("| groups | events | CPU us an event | resident MiB | beside few groups: CPU us, bytes a group |");
    println!("|---|---|---|---|---|");
    for pair in LINES.chunks(2) {
        let few = least(pair[0]);
        let many = least(pair[1]);
        for ((groups, events), [cpu, kib]) in pair.iter().zip([few, many]) {
            let us = cpu * 1e6 / *events as f64;
            print!("| {groups} | {events} | {us:.2} | {:.0} |", kib / 1024.0);
            let beside = [(cpu - few[0]) * 1e6, (kib - few[1]) * 1024.0].map(|more| more / *groups as f64);
            if *groups > 8 { println!(" {:.2}, {:.0} |", beside[0], beside[1]) } else { println!(" |") }
        }
    }
}

/// The least CPU time in seconds, and the least memory in KiB, of some runs of a line.
fn least((groups, events): (u64, u64)) -> [f64; 2] {
    let run = || {
        let exe = env::current_exe().expect("a process knows its program");
        let output = Command::new(exe).args([groups, events].map(|number| number.to_string())).output();
        let text = String::from_utf8(output.expect("it runs").stdout).expect("numbers");
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        <[f64; 2]>::try_from(numbers).expect("two numbers")
    };
    (0..ROUNDS).map(|_| run()).reduce(|one, other| [one[0].min(other[0]), one[1].min(other[1])]).expect("a round")
}

/// Runs `events` of so many groups to their end, and prints the seconds of CPU time and the KiB that it took.
fn run(groups: u64, events: u64) {
    let plan = Arc::new(plan());
    let ends =
        (0..PARTITIONS).map(|partition| (Partition(partition), Offset(0), Offset(share(events, partition) as i64)));
    let control = Control::new();
    let run = Run {
        plan: Arc::clone(&plan),
        control: Arc::clone(&control),
        gauges: Gauges::new(),
        ledger: Arc::new(Ledger::new(ends)),
        sink: Arc::new(SinkStatus::default()),
        checkpointer: None,
        outboxes: mare_letters::none(),
        observer: None,
    };
    let fabric = CommunicationConfig::Process(WORKERS).try_build().expect("threads");
    let workers = run.start(fabric, Beginning::default(), Ends { plan, groups, events }).expect("workers");
    workers.join().into_iter().for_each(|worker| worker.expect("no worker panics"));
    assert!(control.failure().is_none(), "{:?}", control.failure());
    assert_eq!(run.ledger.total().counted, events);
    let (stat, status) = ["stat", "status"].map(|file| fs::read_to_string(format!("/proc/self/{file}"))).into();
    let ticks: u64 =
        stat.expect("Linux").split_whitespace().skip(13).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    let status = status.expect("Linux");
    let most =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|kib| kib.split_whitespace().next());
    println!("{} {}", ticks as f64 / 100.0, most.expect("the most that was resident"));
}

/// How many of `events` are in a partition.
fn share(events: u64, partition: i32) -> u64 {
    let (partitions, partition) = (PARTITIONS as u64, partition as u64);
    events / partitions + u64::from(partition < events % partitions)
}

/// The flagship, by windows of an hour and by the id of the sale.
fn plan() -> Plan {
    let text = r#"
        name = "groups"
        [source.kafka]
        brokers = "unused:1"
        topic = "unused"
        [event]
        time = "timestamp"
        [event.fields]
        id_pedido = "string"
        valor = "decimal(2)"
        [window]
        tumbling = "1h"
        lateness = "2m"
        [totals]
        group_by = ["id_pedido"]
        faturamento_total = "sum(valor)"
        volume_vendas = "count(id_pedido)"
        [sink.stdout]
        "#;
    fixture::plan(text, &[])
}

struct Ends {
    plan: Arc<Plan>,
    groups: u64,
    events: u64,
}

impl Endpoints<MadeUpLog> for Ends {
    fn log(&self, peer: Peer, _: &Beginning, _: Waker) -> Result<MadeUpLog, Fault> {
        let owned = (0..PARTITIONS).map(Partition).filter(|partition| peer.owns(*partition));
        let lanes = owned.map(|partition| (partition, 0, share(self.events, partition.0)));
        let lanes: Vec<_> = lanes.collect();
        let open = lanes.iter().map(|(partition, ..)| *partition).collect();
        Ok(MadeUpLog { lanes, open, groups: self.groups, events: self.events, payload: String::new() })
    }

    fn writer(&self, _: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(JsonLines::new(self.plan.layout(), io::sink())))
    }
}

/// Sales of ten minutes that are made up when they are read.
struct MadeUpLog {
    /// Partitions, the next offset of each and its end.
    lanes: Vec<(Partition, u64, u64)>,
    open: Vec<Partition>,
    groups: u64,
    events: u64,
    payload: String,
}

impl MadeUpLog {
    /// Makes the payload of the `nth` event.
    fn make(&mut self, nth: u64) {
        let (group, ms) = (mixed(nth % self.groups), nth * 600_000 / self.events);
        let (minute, second, cents) = (ms / 60_000, ms / 1000 % 60, group % 100_000);
        self.payload.clear();
        let id = [group >> 32, group >> 16 & 0xffff, group >> 4 & 0xfff, group & 0xfff, mixed(group) >> 16];
        let _ = write!(
            self.payload,
            r#"{{"id_pedido":"{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}","categoria":"Gamer","#,
            id[0], id[1], id[2], id[3], id[4],
        );
        let _ = write!(
            self.payload,
            r#""valor":{}.{:02},"timestamp":"2025-11-28T12:{minute:02}:{second:02}.{:03}Z"}}"#,
            cents / 100,
            cents % 100,
            ms % 1000,
        );
    }
}

/// A number that looks like none of its neighbours, of each number another one.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

impl Log for MadeUpLog {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        for lane in 0..self.lanes.len() {
            let (partition, next, end) = self.lanes[lane];
            let until = end.min(next + BATCH);
            for offset in next..until {
                self.make(offset * PARTITIONS as u64 + partition.0 as u64);
                let record = Record::of_payload(Some(self.payload.as_bytes()));
                visit(Record { partition, offset: Offset(offset as i64), ..record });
            }
            self.lanes[lane].1 = until;
        }
        let lanes = &self.lanes;
        self.open.retain(|partition| lanes.iter().any(|(lane, next, end)| lane == partition && next < end));
        Ok(if self.open.is_empty() { Polled::Drained } else { Polled::Ready })
    }

    fn owned(&self) -> Vec<Partition> {
        self.lanes.iter().map(|(partition, ..)| *partition).collect()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}
