//! Sales at a steady rate, with the wall clock as event time, beside something that reads them.
//!
//! Now and then one of them has a category of its own, so its document appears when that one sale has become visible.
//! The clock runs from before the producer takes the sale until somebody who asks the sink finds the document.
//!
//! # Layout
//! * [`observer`]: where documents go, and who looks for them there
//! * [`producer`]: the sales
//! * [`timed`]: how long they take to become visible

pub mod observer;
pub mod producer;
pub mod timed;

use std::time::Duration;

use mare_bench_support::mare::Mare;
use mare_bench_support::report::Report;
use mare_bench_support::settings::setting;

/// How many partitions the topic has.
pub const PARTITIONS: usize = 3;

/// What every part needs.
#[derive(Clone)]
pub struct Stream {
    /// The binary.
    pub mare: Mare,
    /// How many workers a run has.
    pub workers: usize,
    /// Sales a second.
    pub rate: u64,
    /// How long is measured.
    pub time: Duration,
}

/// How long a part measures and how often, from `MARE_BENCH_SECONDS` and `MARE_BENCH_ROUNDS`.
pub fn length(report: &mut Report, seconds: u64) -> (Duration, usize) {
    let seconds = setting("MARE_BENCH_SECONDS", seconds);
    let rounds = setting("MARE_BENCH_ROUNDS", 3);
    report.set("seconds", seconds);
    report.set("rounds", rounds);
    (Duration::from_secs(seconds), rounds)
}
