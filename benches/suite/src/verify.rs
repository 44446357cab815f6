//! What an audit costs: `mare verify` of the documents of a backfill in SQLite, which must pass; and whether its memory
//! grows with the topic.
//!
//! Settings: `MARE_BENCH_COUNT` (sales, 1,000,000; a quarter of them besides), `MARE_BENCH_ROUNDS` (3).

use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::scratch;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::{Usage, succeed};

/// How many partitions and workers the backfill has.
const WORKERS: usize = 3;

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let count: u64 = setting("MARE_BENCH_COUNT", 1_000_000);
    let rounds: usize = setting("MARE_BENCH_ROUNDS", 3);
    report.set("sales", count);
    report.set("rounds", rounds);
    report.begin()?;
    let mare = Mare::new(binary);
    let [quarter, whole] = [count / 4, count].map(|count| audits(&mare, count, rounds));
    let rate = whole.iter().map(|usage| count as f64 / usage.processor.as_secs_f64());
    report.add(Figure::new("rate", "events/s a core", rate).at_least(1_000_000.0));
    let wall = whole.iter().map(|usage| usage.rate(count));
    report.add(Figure::new("rate by the clock", "events/s", wall));
    report.add(Figure::new("peak resident, a quarter of the sales", "MB", quarter.iter().map(Usage::peak_mb)));
    report.add(Figure::new("peak resident", "MB", whole.iter().map(Usage::peak_mb)));
    let growth = whole.iter().zip(&quarter).map(|(whole, quarter)| whole.peak_mb() / quarter.peak_mb());
    report.add(Figure::new("peak resident, all / a quarter", "", growth).at_most(1.5));
    Ok(())
}

/// Audits of so many sales, one for each round.
///
/// # Panics
/// If one is not passed.
fn audits(mare: &Mare, count: u64, rounds: usize) -> Vec<Usage> {
    let sales = Sales { count, minutes: 60, compression: "none".to_owned(), partitions: WORKERS };
    sales.ensure(mare);
    let folder = scratch::folder();
    let sets = vec![format!("sink.sqlite.path={}", folder.path().join("sales.db").display())];
    let run = FlagshipRun { topic: &sales.topic(), workers: WORKERS, sets };
    succeed(mare.run(&run).arg("--until-end"));
    (0..rounds).map(|_| succeed(&mut mare.flagship("verify", &run))).collect()
}
