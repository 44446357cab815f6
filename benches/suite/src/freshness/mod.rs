//! How long after it was produced a sale is visible in its document, beside somebody who reads, adds up and writes with
//! nothing in between.
//!
//! Each round, beginning with another one each time: the bare way into MongoDB, and `mare run` into MongoDB with one
//! worker and with three, into SQLite and to standard output with three.
//!
//! Settings: `MARE_BENCH_RATE` (1,000 sales/s), `MARE_BENCH_SECONDS` (10, for each), `MARE_BENCH_ROUNDS` (3).

pub mod bare;

use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::Mare;
use mare_bench_support::report::Report;
use mare_bench_support::servers;
use mare_bench_support::settings::setting;

use crate::stream::observer::Place;
use crate::stream::timed::{self, Measured};
use crate::stream::{Stream, length};

/// Who makes sales visible: what the table says, where, and with how many workers; the bare way has none.
const CONTESTANTS: [(&str, Place, usize); 5] = [
    ("bare into MongoDB", Place::MongoDb, 0),
    ("into MongoDB, 1 worker", Place::MongoDb, 1),
    ("into MongoDB, 3 workers", Place::MongoDb, 3),
    ("into SQLite, 3 workers", Place::Sqlite, 3),
    ("to standard output, 3 workers", Place::Stdout, 3),
];
/// Which of them is held against the first, and against the one in front of it.
const JUDGED: usize = 2;

/// What each contestant came to in one round.
type Round = [Measured; CONTESTANTS.len()];

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let rate = setting("MARE_BENCH_RATE", 1_000);
    report.set("rate", rate);
    let (time, rounds) = length(report, 10);
    report.begin()?;
    servers::mongodb();
    let stream = Stream { mare: Mare::new(binary), workers: 0, rate, time };
    let rounds: Vec<Round> = (0..rounds).map(|number| round(&stream, number)).collect();
    tell(report, &rounds);
    Ok(())
}

/// One round; which contestant begins depends on `number`.
fn round(stream: &Stream, number: usize) -> Round {
    let mut measured = [const { None }; CONTESTANTS.len()];
    for turn in 0..measured.len() {
        let index = (number + turn) % measured.len();
        let (name, place, workers) = CONTESTANTS[index];
        let stream = Stream { workers, ..stream.clone() };
        let one = if workers == 0 { bare::run(&stream) } else { timed::run(&stream, place) };
        println!("round {number}: {name}: p50 {:.1} ms, p99 {:.1} ms", one.delay_ms(0.5), one.delay_ms(0.99));
        measured[index] = Some(one);
    }
    measured.map(|one| one.expect("each has had its turn"))
}

/// What the rounds come to.
fn tell(report: &mut Report, rounds: &[Round]) {
    for (share, told, most) in [(0.5, "p50", 2.0), (0.99, "p99", 3.0)] {
        for (index, (name, ..)) in CONTESTANTS.iter().enumerate() {
            let delays = rounds.iter().map(|round| round[index].delay_ms(share));
            report.add(Figure::new(format!("{name}: {told}"), "ms", delays));
        }
        let ratio =
            |other: usize| rounds.iter().map(move |round| round[JUDGED].delay_ms(share) / round[other].delay_ms(share));
        report.add(Figure::new(format!("MongoDB, 3 workers / bare: {told}"), "", ratio(0)).at_most(most));
        report.add(Figure::new(format!("MongoDB, 3 workers / 1: {told}"), "", ratio(JUDGED - 1)));
    }
    for (index, (name, ..)) in CONTESTANTS.iter().enumerate() {
        let share = rounds.iter().map(|round| 100.0 * round[index].processor);
        report.add(Figure::new(format!("{name}: processor"), "% of a core", share));
    }
}
