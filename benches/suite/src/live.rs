//! What a live run costs at several rates and numbers of workers, and how soon sales are visible, to standard output.
//!
//! Settings: `MARE_BENCH_SECONDS` (10, for each), `MARE_BENCH_ROUNDS` (3).

use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::Mare;
use mare_bench_support::report::Report;

use crate::stream::observer::Place;
use crate::stream::timed::{self, Measured};
use crate::stream::{Stream, length};

/// A rate and a number of workers, and what is aimed at.
struct Case {
    /// Sales a second.
    rate: u64,
    workers: usize,
    /// Processor time at most, in per cent of a core.
    processor: Option<f64>,
    /// The delay that one of a hundred sales may exceed, in milliseconds.
    p99_ms: Option<f64>,
}

const CASES: [Case; 5] = [
    Case { rate: 1_000, workers: 1, processor: Some(6.0), p99_ms: None },
    Case { rate: 1_000, workers: 2, processor: None, p99_ms: None },
    Case { rate: 1_000, workers: 3, processor: None, p99_ms: None },
    Case { rate: 500, workers: 16, processor: Some(10.0), p99_ms: None },
    Case { rate: 5_000, workers: 3, processor: None, p99_ms: Some(15.0) },
];

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let (time, rounds) = length(report, 10);
    report.begin()?;
    let mare = Mare::new(binary);
    let mut measured = CASES.each_ref().map(|_| Vec::new());
    for number in 0..rounds {
        for (case, measured) in CASES.iter().zip(&mut measured) {
            let stream = Stream { mare: mare.clone(), workers: case.workers, rate: case.rate, time };
            let one = timed::run(&stream, Place::Stdout);
            println!("round {number}: {}: {:.1} % of a core", case.name(), 100.0 * one.processor);
            measured.push(one);
        }
    }
    CASES.iter().zip(&measured).for_each(|(case, measured)| case.tell(report, measured));
    Ok(())
}

impl Case {
    fn name(&self) -> String {
        format!("{} sales/s, workers: {}", self.rate, self.workers)
    }

    /// What the rounds come to.
    fn tell(&self, report: &mut Report, rounds: &[Measured]) {
        let figure = |what: &str, unit, value: &dyn Fn(&Measured) -> f64| {
            Figure::new(format!("{}: {what}", self.name()), unit, rounds.iter().map(value))
        };
        let aimed = |figure: Figure, most: Option<f64>| most.map_or(figure.clone(), |most| figure.at_most(most));
        let processor = figure("processor", "% of a core", &|one| 100.0 * one.processor);
        report.add(aimed(processor, self.processor));
        report.add(figure("p50", "ms", &|one| one.delay_ms(0.5)));
        report.add(aimed(figure("p99", "ms", &|one| one.delay_ms(0.99)), self.p99_ms));
        report.add(figure("resident", "MB", &|one| one.resident_mb));
    }
}
