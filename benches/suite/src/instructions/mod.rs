//! What an event executes: whole backfills into SQLite with one worker under callgrind, one of a fifth of the sales and
//! one of all. The difference is divided by that of the sales, so that what the start costs is not in it. Two counts of
//! one build differ by a tenth of a per cent, so this tells what a change costs where a clock cannot.
//!
//! Settings: `MARE_BENCH_COUNT` (sales, 250,000), `MARE_BENCH_COMPRESSION` (of the producer, gzip).

mod counts;

use std::path::Path;
use std::process::{Command, Stdio};

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::Report;
use mare_bench_support::scratch;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::Sales;
use mare_bench_support::usage::succeed;
use mare_test_support::oracle::{Oracle, assert_same};

use self::counts::Counts;
use crate::documents::of_sqlite;

/// Runs it.
///
/// # Errors
/// If valgrind is missing, or what it measures cannot be compared.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let count: u64 = setting("MARE_BENCH_COUNT", 250_000);
    let compression = setting("MARE_BENCH_COMPRESSION", "gzip".to_owned());
    report.set("sales", count);
    report.set("compression", &compression);
    report.begin()?;
    let is_there = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success());
    if !is_there {
        return Err("valgrind does not start here: on Debian and its kin `sudo apt-get install valgrind`".to_owned());
    }
    let mare = Mare::new(binary);
    let few = count / 5;
    let [start, all] = [few, count].map(|count| {
        let sales = Sales { count, minutes: 60, compression: compression.clone(), partitions: 3 };
        counted(&mare, &sales)
    });
    let (start, all) = (start?, all?);
    let an_event = |value: fn(&Counts) -> u64| {
        let more = value(&all) as f64 - value(&start) as f64;
        [more / (count - few) as f64]
    };
    report.add(Figure::new("all", "instructions an event", an_event(|counts| counts.all)));
    report.add(Figure::new("the engine", "instructions an event", an_event(|counts| counts.engine)));
    report.add(Figure::new("unpacking", "instructions an event", an_event(|counts| counts.unpacking)));
    report.add(Figure::new("everything else", "instructions an event", an_event(Counts::rest)));
    report.add(Figure::new("the start", "million instructions", [start_of(&start, &all, few, count)]));
    Ok(())
}

/// What is executed for no sale, in millions.
fn start_of(start: &Counts, all: &Counts, few: u64, count: u64) -> f64 {
    let an_event = (all.all as f64 - start.all as f64) / (count - few) as f64;
    (start.all as f64 - an_event * few as f64) / 1e6
}

/// What a backfill of `sales` executes.
///
/// # Errors
/// If the counts cannot be read.
///
/// # Panics
/// If the run fails, or its documents are not what the oracle says.
fn counted(mare: &Mare, sales: &Sales) -> Result<Counts, String> {
    sales.ensure(mare);
    println!("counting what {} sales execute", sales.count);
    let folder = scratch::folder();
    let (file, out) = (folder.path().join("sales.db"), folder.path().join("callgrind.out"));
    let topic = sales.topic();
    let run = FlagshipRun { topic: &topic, workers: 1, sets: vec![format!("sink.sqlite.path={}", file.display())] };
    let plain = mare.flagship("run", &run);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())]);
    valgrind.arg(plain.get_program()).args(plain.get_args()).args(["-w", "1", "--until-end", "--no-checkpoint"]);
    valgrind.env("KAFKA_BROKERS", &mare.brokers).env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::null());
    succeed(&mut valgrind);
    assert_same(&of_sqlite(&file), &Oracle::read(&mare.brokers, &topic), "under callgrind");
    let mut annotate = Command::new("callgrind_annotate");
    let said = annotate.args(["--auto=no", "--threshold=100"]).arg(&out).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&said.stdout);
    Counts::of(&text).ok_or_else(|| format!("callgrind_annotate has said something else:\n{text}"))
}
