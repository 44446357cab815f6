//! What a run costs to which nothing comes.
//!
//! Settings: `MARE_BENCH_WORKERS` (16, over three partitions), `MARE_BENCH_SECONDS` (20, for each round),
//! `MARE_BENCH_ROUNDS` (3).

use std::path::Path;
use std::time::Duration;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::running::Running;
use mare_bench_support::settings::setting;
use mare_test_support::kafka::Topic;

use crate::stream::{PARTITIONS, length};

/// What the start has cost is over by then.
const START: Duration = Duration::from_secs(3);

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let workers = setting("MARE_BENCH_WORKERS", 16);
    report.set("workers", workers);
    let (time, rounds) = length(report, 20);
    report.begin()?;
    let mare = Mare::new(binary);
    let topic = Topic::create(&mare.brokers, "mare-bench-idle", PARTITIONS as i32);
    let run = FlagshipRun { topic: &topic.name, workers, sets: vec!["sink.stdout={}".to_owned()] };
    let running = Running::start(mare.run(&run), "  run ");
    std::thread::sleep(START);
    let shares: Vec<f64> = (0..rounds).map(|_| 100.0 * running.processor_share(|| std::thread::sleep(time))).collect();
    report.add(Figure::new("processor", "% of a core", shares).at_most(0.3));
    report.add(Figure::new("resident", "MB", [running.resident_mb()]));
    running.stop();
    topic.delete();
    Ok(())
}
