//! Memory of a backfill to standard output: with few windows, and with a great many that close while it reads.
//!
//! Settings: `MARE_BENCH_COUNT` (sales, 2,000,000), `MARE_BENCH_WORKERS` (3), `MARE_BENCH_ROUNDS` (3).

use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::succeed;

/// Over how many minutes the event times are spread: an hour, and thirty days. There is a window each minute.
const MINUTES: [u64; 2] = [60, 30 * 24 * 60];

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let (count, workers) = (setting("MARE_BENCH_COUNT", 2_000_000), setting("MARE_BENCH_WORKERS", 3));
    let rounds: usize = setting("MARE_BENCH_ROUNDS", 3);
    report.set("sales", count);
    report.set("workers", workers);
    report.set("rounds", rounds);
    report.begin()?;
    let mare = Mare::new(binary);
    for minutes in MINUTES {
        let sales = Sales { count, minutes, compression: "gzip".to_owned(), partitions: workers };
        sales.ensure(&mare);
        let run = FlagshipRun { topic: &sales.topic(), workers, sets: vec!["sink.stdout={}".to_owned()] };
        let peaks = (0..rounds).map(|_| succeed(mare.run(&run).arg("--until-end")).peak_mb());
        report.add(Figure::new(format!("{minutes} windows: peak resident"), "MB", peaks));
    }
    Ok(())
}
