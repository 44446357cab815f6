//! What a backfill costs beside the bare Kafka client, which reads the same records and counts them.
//!
//! Each round runs, one after the other, beginning with another one each time: the bare client, and `mare run
//! --until-end` into SQLite and into MongoDB. Each is a process of its own, measured from its start: the bare one to
//! its last record, Maré to its exit, with every document durable. So the start counts on both sides, the end on ours.
//! The machine's load changes: the ratio within a round means more than any of its times.
//!
//! Settings: `MARE_BENCH_COUNT` (sales in the topic, 4,000,000), `MARE_BENCH_MINUTES` (over which their event times are
//! spread, 60), `MARE_BENCH_COMPRESSION` (of the producer, none; its cost is the client's, on both sides),
//! `MARE_BENCH_WORKERS` (3: workers, bare clients and partitions), `MARE_BENCH_ROUNDS` (5).

pub mod bare;
mod contestant;

use std::path::Path;

use mare_bench_support::figure::Figure;
use mare_bench_support::report::Report;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::Usage;

use contestant::{Contestant, Setup};

/// What each contestant has cost in one round, in the order of [`Contestant::ALL`].
type Round = [Usage; Contestant::ALL.len()];

/// Runs it.
///
/// # Errors
/// If what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let workers = setting("MARE_BENCH_WORKERS", 3);
    let sales = Sales {
        count: setting("MARE_BENCH_COUNT", 4_000_000),
        minutes: setting("MARE_BENCH_MINUTES", 60),
        compression: setting("MARE_BENCH_COMPRESSION", "none".to_owned()),
        partitions: workers,
    };
    let rounds: usize = setting("MARE_BENCH_ROUNDS", 5);
    report.set("sales", sales.count);
    report.set("minutes", sales.minutes);
    report.set("compression", &sales.compression);
    report.set("workers", workers);
    report.set("rounds", rounds);
    report.begin()?;
    let setup = Setup::prepare(binary, sales);
    let rounds: Vec<Round> = (0..rounds).map(|number| round(&setup, number)).collect();
    tell(report, setup.sales.count, &rounds);
    Ok(())
}

/// One round; which contestant begins depends on `number`.
fn round(setup: &Setup, number: usize) -> Round {
    let mut usages = [None; Contestant::ALL.len()];
    for turn in 0..usages.len() {
        let index = (number + turn) % usages.len();
        usages[index] = Some(Contestant::ALL[index].measure(setup));
    }
    let usages = usages.map(|usage| usage.expect("each has had its turn"));
    let told = |(contestant, usage): (&Contestant, &Usage)| {
        let (elapsed, processor) = (usage.elapsed.as_secs_f64(), usage.processor.as_secs_f64());
        format!("{} {elapsed:.2} s, {processor:.2} s of processor", contestant.name())
    };
    println!("round {number}: {}", Contestant::ALL.iter().zip(&usages).map(told).collect::<Vec<_>>().join("; "));
    usages
}

/// What the rounds come to.
fn tell(report: &mut Report, events: u64, rounds: &[Round]) {
    for (index, contestant) in Contestant::ALL.iter().enumerate() {
        let name = contestant.name();
        let of = |value: &dyn Fn(&Usage) -> f64| rounds.iter().map(|round| value(&round[index])).collect::<Vec<_>>();
        let cost = of(&|usage| usage.micros_an_event(events));
        report.add(Figure::new(format!("{name}: processor time an event"), "us", cost));
        report.add(Figure::new(format!("{name}: rate"), "events/s", of(&|usage| usage.rate(events))));
        let peak = Figure::new(format!("{name}: peak resident"), "MB", of(&Usage::peak_mb));
        if let Contestant::Bare = contestant {
            report.add(peak);
            continue;
        }
        report.add(peak.at_most(150.0));
        let to_bare =
            |value: fn(&Usage) -> f64| rounds.iter().map(move |round| value(&round[index]) / value(&round[0]));
        let cost = to_bare(|usage| usage.processor.as_secs_f64());
        report.add(Figure::new(format!("{name}: processor time / bare"), "", cost).at_most(1.25));
        let rate = to_bare(|usage| usage.elapsed.as_secs_f64().recip());
        report.add(Figure::new(format!("{name}: rate / bare"), "", rate).at_least(0.85));
    }
}
