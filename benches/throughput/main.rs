//! How much of the bare Kafka client's speed is left when the same records are decoded, added up and written.
//!
//! Each round runs, one after the other, beginning with another one each time: the bare client, and `mare run
//! --until-end` into MongoDB and into SQLite. Each is a process of its own, timed from its start: the bare one to its
//! last record, Maré to its exit, with every document durable. So the start counts on both sides, the end only on ours.
//! The machine's load changes: the ratio within a round means more than any of its times.
//!
//! Settings: `MARE_BENCH_KAFKA`, `MARE_BENCH_MONGODB`, `MARE_BENCH_COUNT` (sales in the topic, 2,000,000),
//! `MARE_BENCH_MINUTES` (over which their event times are spread, 60), `MARE_BENCH_COMPRESSION` (of the producer, gzip;
//! its cost is the client's, on both sides), `MARE_BENCH_WORKERS` (3), `MARE_BENCH_ROUNDS` (5).

#[path = "../support/mod.rs"]
mod support;

mod bare;
mod contestant;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use contestant::{Contestant, Setup};
use support::settings::{brokers, mongodb, setting};
use support::topic::{PARTITIONS, Sales};

/// Names, to the process that shall be the bare client, the topic.
const BARE: &str = "MARE_BENCH_BARE";

fn main() {
    if let Ok(topic) = std::env::var(BARE) {
        println!("{}", bare::read(&brokers(), &topic, PARTITIONS));
        std::process::exit(0);
    }
    let sales = Sales {
        count: setting("MARE_BENCH_COUNT", 2_000_000),
        minutes: setting("MARE_BENCH_MINUTES", 60),
        compression: setting("MARE_BENCH_COMPRESSION", "gzip".to_owned()),
    };
    let setup = Setup {
        brokers: brokers(),
        mongodb: mongodb(),
        topic: sales.topic(),
        count: sales.count,
        workers: setting("MARE_BENCH_WORKERS", 3),
    };
    sales.ensure(&setup.brokers);
    let rounds: Vec<[f64; 3]> = (0..setting("MARE_BENCH_ROUNDS", 5)).map(|number| round(&setup, number)).collect();
    report(&setup, &rounds);
}

/// Seconds of each contestant, in the order of [`Contestant::ALL`]; which one begins depends on `number`.
fn round(setup: &Setup, number: usize) -> [f64; 3] {
    let mut seconds = [0.0; 3];
    for turn in 0..seconds.len() {
        let index = (number + turn) % seconds.len();
        seconds[index] = Contestant::ALL[index].time(setup).as_secs_f64();
    }
    println!("round {number}: bare {:.2} s, mongodb {:.2} s, sqlite {:.2} s", seconds[0], seconds[1], seconds[2]);
    seconds
}

/// Prints the table.
fn report(setup: &Setup, rounds: &[[f64; 3]]) {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "who",
        "seconds (min / median / max)",
        "events/s (median)",
        "rate / bare rate (min / median / max)",
    ]);
    for (index, contestant) in Contestant::ALL.iter().enumerate() {
        let seconds = spread(rounds.iter().map(|round| round[index]));
        let ratio = spread(rounds.iter().map(|round| round[0] / round[index]));
        table.add_row([
            contestant.name().to_owned(),
            format!("{:.2} / {:.2} / {:.2}", seconds[0], seconds[1], seconds[2]),
            format!("{:.0}", setup.count as f64 / seconds[1]),
            format!("{:.2} / {:.2} / {:.2}", ratio[0], ratio[1], ratio[2]),
        ]);
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{}: {} workers, {} rounds, {cores} cores", setup.topic, setup.workers, rounds.len());
    println!("{table}");
}

/// Minimum, median and maximum.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}
