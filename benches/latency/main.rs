//! How long after it was produced a sale is visible in its document, and what a run costs while nothing comes.
//!
//! * Live: sales at a steady rate, with the wall clock as event time, beside `mare run`. Now and then one of them has a
//!   category of its own, so its document appears when that one sale has become visible. The clock runs from before
//!   the producer takes the sale until somebody who asks the sink finds the document.
//! * Idle: processor time and memory of a run to which nothing comes.
//! * Backfill: memory while a great many windows close, beside the same number of sales in few windows.
//!
//! Settings: `MARE_BENCH_KAFKA`, `MARE_BENCH_MONGODB`, `MARE_BENCH_WORKERS` (3), `MARE_BENCH_RATE` (1,000 sales/s),
//! `MARE_BENCH_SECONDS` (15; of each part), `MARE_BENCH_COUNT` (sales of a backfill, 2,000,000).

#[path = "../support/mod.rs"]
mod support;

mod backfill;
mod live;
mod observer;
mod producer;
mod running;

use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use observer::Place;
use running::Running;
use support::settings::{brokers, mongodb, setting};
use support::topic;

/// The topic that sales go to live; runs begin at its end.
const TOPIC: &str = "mare-bench-live";

/// What every part needs.
pub struct Setup {
    /// Bootstrap servers.
    pub brokers: String,
    /// The MongoDB server's uri.
    pub mongodb: String,
    /// How many workers a run has.
    pub workers: usize,
    /// Sales a second.
    pub rate: u64,
    /// How long a part measures.
    pub time: Duration,
}

fn main() {
    let setup = Setup {
        brokers: brokers(),
        mongodb: mongodb(),
        workers: setting("MARE_BENCH_WORKERS", 3),
        rate: setting("MARE_BENCH_RATE", 1_000),
        time: Duration::from_secs(setting("MARE_BENCH_SECONDS", 15)),
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{} workers, {} sales/s, {cores} cores", setup.workers, setup.rate);
    topic::empty(&setup.brokers, TOPIC);
    live(&setup);
    idle(&setup);
    backfill::report(&setup, setting("MARE_BENCH_COUNT", 2_000_000));
}

/// An empty table with these headings.
fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(headings);
    table
}

/// Prints how long sales take to become visible in each sink.
fn live(setup: &Setup) {
    let mut table =
        table(["visible in", "sales timed", "p50 ms", "p90 ms", "p99 ms", "max ms", "processor", "resident MiB"]);
    for place in Place::ALL {
        let measured = live::measure(setup, place);
        let delay = |share| format!("{:.1}", measured.delay(share).as_secs_f64() * 1e3);
        table.add_row([
            place.name().to_owned(),
            measured.delays.len().to_string(),
            delay(0.5),
            delay(0.9),
            delay(0.99),
            delay(1.0),
            format!("{:.1} %", 100.0 * measured.processor),
            format!("{:.0}", measured.resident_mib),
        ]);
    }
    println!("{table}");
}

/// Prints what a run costs while nothing comes.
fn idle(setup: &Setup) {
    let sets = ["source.kafka.start=latest".to_owned(), "sink.stdout={}".to_owned()];
    let mut running = Running::start(setup, TOPIC, &sets);
    std::thread::sleep(Duration::from_secs(3)); // what the start has cost is over by then
    let processor = running.processor_share(|| std::thread::sleep(setup.time));
    let mut table = table(["idle for", "processor", "resident MiB"]);
    table.add_row([
        format!("{} s", setup.time.as_secs()),
        format!("{:.2} %", 100.0 * processor),
        format!("{:.0}", running.resident_mib()),
    ]);
    running.stop();
    println!("{table}");
}
