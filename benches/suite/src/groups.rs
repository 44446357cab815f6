//! What a group costs that is touched once: each sale has a category of its own, to standard output, beside as many
//! sales of 1,000 categories.
//!
//! Settings: `MARE_BENCH_GROUPS` (1,000,000), `MARE_BENCH_WORKERS` (2), `MARE_BENCH_ROUNDS` (3).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::scratch;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Grouped;
use mare_bench_support::usage::{Usage, succeed};
use serde::Deserialize;

/// How many groups are few.
const FEW: u64 = 1_000;

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let (groups, workers) = (setting("MARE_BENCH_GROUPS", 1_000_000), setting("MARE_BENCH_WORKERS", 2));
    let rounds: usize = setting("MARE_BENCH_ROUNDS", 3);
    report.set("groups", groups);
    report.set("workers", workers);
    report.set("rounds", rounds);
    report.begin()?;
    let mare = Mare::new(binary);
    let cases = [FEW, groups].map(|of| Grouped { count: groups, groups: of });
    cases.iter().for_each(|case| case.ensure(&mare));
    let mut measured = Vec::new();
    for number in 0..rounds {
        let both = cases.map(|case| run(&mare, workers, case));
        let [few, many] = both.map(|usage| usage.micros_an_event(groups));
        println!("round {number}: {few:.2} us an event of {FEW} groups, {many:.2} us of {groups}");
        measured.push(both);
    }
    tell(report, groups, &measured);
    Ok(())
}

/// What the rounds come to.
fn tell(report: &mut Report, groups: u64, rounds: &[[Usage; 2]]) {
    let cost = |which: usize| rounds.iter().map(move |round| round[which].micros_an_event(groups));
    report.add(Figure::new(format!("{FEW} groups: processor time an event"), "us", cost(0)));
    report.add(Figure::new("a group an event: processor time an event", "us", cost(1)).at_most(2.0));
    let ratio = cost(1).zip(cost(0)).map(|(many, few)| many / few);
    report.add(Figure::new(format!("a group an event / {FEW} groups"), "", ratio).at_most(1.5));
    let bytes = rounds.iter().map(|[few, many]| {
        let more = many.peak_bytes.saturating_sub(few.peak_bytes);
        more as f64 / (groups - FEW) as f64 - Grouped::NAME_BYTES as f64
    });
    report.add(Figure::new("resident beside its name", "bytes a group", bytes).at_most(250.0));
    report.add(Figure::new("peak resident", "MB", rounds.iter().map(|round| round[1].peak_mb())));
}

/// A run to the end, whose lines are checked.
///
/// # Panics
/// If a group does not come to what it must.
pub fn run(mare: &Mare, workers: usize, grouped: Grouped) -> Usage {
    let lines = scratch::file();
    let output = lines.reopen().expect("the file twice");
    // All sales are of one hour: as many windows as one.
    let sets = ["sink.stdout={}", "window.tumbling=1h"].map(str::to_owned).to_vec();
    let run = FlagshipRun { topic: &grouped.topic(), workers, sets };
    let usage = succeed(mare.run(&run).arg("--until-end").stdout(Stdio::from(output)));
    check(lines.reopen().expect("the file again"), &grouped);
    usage
}

/// What is read of a line.
#[derive(Deserialize)]
struct Line<'a> {
    categoria: &'a str,
    faturamento_total: f64,
    volume_vendas: u64,
}

/// # Panics
/// If the newest line of a group is not what it must come to, or there is none.
fn check(lines: File, grouped: &Grouped) {
    let expected = grouped.expected();
    let mut found = vec![(0, 0); expected.len()];
    for line in BufReader::new(lines).lines() {
        let line = line.expect("a line");
        let line: Line<'_> = serde_json::from_str(&line).expect("a document");
        let group: usize = line.categoria.rsplit('-').next().and_then(|digits| digits.parse().ok()).expect("a group");
        assert_eq!(line.categoria, Grouped::name(group as u64));
        if line.volume_vendas > found[group].0 {
            found[group] = (line.volume_vendas, (line.faturamento_total * 100.0).round() as u64);
        }
    }
    let wrong = found.iter().zip(&expected).position(|(found, expected)| found != expected);
    if let Some(group) = wrong {
        panic!("group {group} has come to {:?} sales and cents, and must to {:?}", found[group], expected[group]);
    }
}
