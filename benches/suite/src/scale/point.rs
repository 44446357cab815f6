//! One point of a curve, measured and checked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Command;
use std::rc::Rc;

use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::scratch;
use mare_bench_support::topic::{Grouped, Sales};
use mare_bench_support::usage::{Usage, succeed};
use mare_test_support::oracle::{Oracle, assert_same};

use crate::documents::of_sqlite;
use crate::groups;

/// How many workers there are where something else grows.
const WORKERS: usize = 2;
/// How many partitions, where something else grows: some for each of the most workers.
const PARTITIONS: usize = 16;
/// Over how many minutes event times are spread, where something else grows.
const MINUTES: u64 = 60;

/// What the points have in common.
pub struct Setup {
    mare: Mare,
    /// How many sales each has.
    pub count: u64,
    /// What the documents of a topic must be, once it has been asked.
    oracles: RefCell<HashMap<String, Rc<Oracle>>>,
}

/// A point: what differs from others.
struct Point {
    minutes: u64,
    partitions: usize,
    /// Workers of each process.
    workers: usize,
    /// Processes of a cluster, if it is one.
    processes: Option<u64>,
    /// What is overridden of the dataflow.
    set: Option<String>,
}

const COMMON: Point = Point { minutes: MINUTES, partitions: PARTITIONS, workers: WORKERS, processes: None, set: None };

impl Setup {
    /// Points of so many sales.
    pub fn new(mare: Mare, count: u64) -> Setup {
        Setup { mare, count, oracles: RefCell::default() }
    }

    /// The sales are of so many groups, to standard output.
    pub fn groups(&self, groups: u64) -> Usage {
        let grouped = Grouped { count: self.count, groups };
        grouped.ensure(&self.mare);
        groups::run(&self.mare, WORKERS, grouped)
    }

    /// So many windows are open in the end: each minute one, and events may be as late as all of them are long.
    pub fn windows(&self, windows: u64) -> Usage {
        self.measure(&Point { minutes: windows, set: Some(format!("window.lateness={windows}m")), ..COMMON })
    }

    /// The topic has so many partitions.
    pub fn partitions(&self, partitions: u64) -> Usage {
        self.measure(&Point { partitions: few(partitions), ..COMMON })
    }

    /// The run has so many workers.
    pub fn workers(&self, workers: u64) -> Usage {
        self.measure(&Point { workers: few(workers), ..COMMON })
    }

    /// The run is a cluster of so many processes, with a worker each.
    pub fn processes(&self, processes: u64) -> Usage {
        self.measure(&Point { workers: 1, processes: Some(processes), ..COMMON })
    }

    /// Runs into SQLite.
    ///
    /// # Panics
    /// If the run fails, or its documents are not what the oracle says.
    fn measure(&self, point: &Point) -> Usage {
        let Point { minutes, partitions, .. } = *point;
        let sales = Sales { count: self.count, minutes, compression: "none".to_owned(), partitions };
        let oracle = self.oracle(&sales);
        let folder = scratch::folder();
        let file = folder.path().join("sales.db");
        let usage = succeed(&mut self.command(point, &sales.topic(), format!("sink.sqlite.path={}", file.display())));
        assert_same(&of_sqlite(&file), &oracle, &sales.topic());
        usage
    }

    /// The run of a point.
    fn command(&self, point: &Point, topic: &str, sink: String) -> Command {
        let sets = [sink].into_iter().chain(point.set.clone()).collect();
        let run = FlagshipRun { topic, workers: point.workers, sets };
        let Some(processes) = point.processes else {
            let mut command = self.mare.run(&run);
            command.arg("--until-end");
            return command;
        };
        let mut command = self.mare.flagship("cluster", &run);
        command.args(["--fresh", "--until-end", "-w", &point.workers.to_string(), "-n", &processes.to_string()]);
        command
    }

    /// What the documents of `sales` must be, which are there then.
    fn oracle(&self, sales: &Sales) -> Rc<Oracle> {
        let topic = sales.topic();
        let known = self.oracles.borrow().get(&topic).cloned();
        known.unwrap_or_else(|| {
            sales.ensure(&self.mare);
            let oracle = Rc::new(Oracle::read(&self.mare.brokers, &topic));
            self.oracles.borrow_mut().insert(topic, Rc::clone(&oracle));
            oracle
        })
    }
}

fn few(number: u64) -> usize {
    usize::try_from(number).expect("few")
}
