//! What an event costs as something grows: groups, open windows, partitions, workers, processes. One table, and a
//! picture of each curve.
//!
//! Every point is a backfill of as many sales, a whole process from its start to its end, or all processes of a cluster
//! with the one that looks after them. The start of each process is in its figure: with few sales it is most of it.
//!
//! Settings: `MARE_BENCH_COUNT` (sales of each point, and so the most groups, 1,000,000), `MARE_BENCH_ROUNDS` (3),
//! `MARE_BENCH_PICTURES` (the folder of the pictures, target/bench/scale).
//!
//! # Layout
//! * [`point`]: one point of a curve, measured and checked
//! * [`picture`]: a curve as a picture (pure)

mod picture;
mod point;

use std::fs;
use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::Mare;
use mare_bench_support::report::{Report, pictures};
use mare_bench_support::settings::setting;
use mare_bench_support::statistics::Spread;
use mare_bench_support::usage::Usage;

use self::point::Setup;

/// Something that grows.
struct Curve {
    /// What grows.
    name: &'static str,
    /// How far, from the least on.
    points: &'static [u64],
    /// Measures a point.
    measure: fn(&Setup, u64) -> Usage,
    /// Whether a point is one process, whose memory is told; else that is the memory of who looks after them.
    is_one: bool,
}

const CURVES: [Curve; 5] = [
    Curve {
        name: "groups",
        points: &[1_000, 10_000, 100_000, 1_000_000, 10_000_000],
        measure: Setup::groups,
        is_one: true,
    },
    Curve { name: "windows", points: &[10, 100, 1_000, 10_000], measure: Setup::windows, is_one: true },
    Curve { name: "partitions", points: &[3, 30, 300], measure: Setup::partitions, is_one: true },
    Curve { name: "workers", points: &[1, 2, 4, 8, 16], measure: Setup::workers, is_one: true },
    Curve { name: "processes", points: &[1, 2, 4], measure: Setup::processes, is_one: false },
];

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared, or a picture cannot be written.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let count = setting("MARE_BENCH_COUNT", 1_000_000);
    let rounds: usize = setting("MARE_BENCH_ROUNDS", 3);
    let pictures = pictures("scale");
    report.set("sales", count);
    report.set("rounds", rounds);
    report.begin()?;
    let setup = Setup::new(Mare::new(binary), count);
    for curve in &CURVES {
        let points = curve.points.iter().copied().filter(|point| *point <= count);
        let points: Vec<(u64, Spread)> =
            points.map(|point| (point, curve.tell(report, &setup, point, rounds))).collect();
        let file = pictures.join(format!("{}.svg", curve.name));
        fs::create_dir_all(&pictures)
            .and_then(|()| fs::write(&file, picture::of(curve.name, "us an event", &points)))
            .map_err(|e| format!("{}: {e}", file.display()))?;
        println!("drawn in {}", file.display());
    }
    Ok(())
}

impl Curve {
    /// Measures a point in all rounds, and returns what an event costs there, in microseconds.
    fn tell(&self, report: &mut Report, setup: &Setup, point: u64, rounds: usize) -> Spread {
        let usages: Vec<Usage> = (0..rounds).map(|_| (self.measure)(setup, point)).collect();
        let cost = usages.iter().map(|usage| usage.micros_an_event(setup.count));
        let figure = Figure::new(format!("{} {}: processor time an event", point, self.name), "us", cost);
        println!("{} {}: {:.2} us an event", point, self.name, figure.spread.median);
        let spread = figure.spread;
        report.add(figure);
        if self.is_one {
            let peaks = usages.iter().map(Usage::peak_mb);
            report.add(Figure::new(format!("{} {}: peak resident", point, self.name), "MB", peaks));
        }
        spread
    }
}
