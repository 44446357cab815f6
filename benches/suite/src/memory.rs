//! Memory of a backfill to standard output: with few windows, and with a great many that close while it reads.
//!
//! Settings: `MARE_BENCH_COUNT` (sales, 2,000,000), `MARE_BENCH_WORKERS` (3), `MARE_BENCH_ROUNDS` (3).

use std::io::{BufRead, BufReader};
use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::scratch;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::{Usage, succeed};
use mare_test_support::oracle::{Oracle, assert_same};

use crate::documents::Lines;

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
        let oracle = Oracle::read(&mare.brokers, &sales.topic());
        let peaks = (0..rounds).map(|_| run(&mare, &sales, &oracle).peak_mb());
        report.add(Figure::new(format!("{minutes} windows: peak resident"), "MB", peaks));
    }
    Ok(())
}

/// A run to the end.
///
/// # Panics
/// If it fails, or its documents are not what the oracle says.
fn run(mare: &Mare, sales: &Sales, oracle: &Oracle) -> Usage {
    let output = scratch::file();
    let run = FlagshipRun { topic: &sales.topic(), workers: sales.partitions, sets: vec!["sink.stdout={}".to_owned()] };
    let usage = succeed(mare.run(&run).arg("--until-end").stdout(output.reopen().expect("the file twice")));
    let mut lines = Lines::default();
    for line in BufReader::new(output.reopen().expect("the file again")).lines() {
        lines.take(&line.expect("a line"));
    }
    assert_same(&lines.documents(), oracle, &sales.topic());
    usage
}
