//! The benches that start the built binary: `cargo xtask bench NAME`, which lists them without a name.
//!
//! Each says on its first line what it measures with, and how that is set; prints figures with their spread over its
//! rounds; and fails if a document is not what it must be, never because something was slow.
//!
//! # Layout
//! * [`backfill`]: a topic read to its end, beside the bare client
//! * [`freshness`]: how soon sales are visible, beside the bare way
//! * [`live`]: what a run costs at several rates
//! * [`idle`]: what a run costs to which nothing comes
//! * [`memory`]: what a backfill keeps in memory, with few windows and with many
//! * [`groups`]: what a group costs that is touched once
//! * [`verify`]: what an audit costs
//! * [`instructions`]: what an event executes
//! * [`flames`]: where the time goes, function by function
//! * [`size`]: how large the binary is that is handed out
//! * [`scale`]: what an event costs as something grows
//! * [`stream`]: sales at a steady rate, and how soon they are visible
//! * [`documents`]: the flagship's documents, read back
//!
//! What they share is in `benches/support`.

mod backfill;
mod documents;
mod flames;
mod freshness;
mod groups;
mod idle;
mod instructions;
mod live;
mod memory;
mod scale;
mod size;
mod stream;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use mare_bench_support::report::Report;

/// Its name, and what runs it; `cargo xtask bench` lists them (`xtask/src/benches.rs`).
type Bench = (&'static str, fn(&Path, &mut Report) -> Result<(), String>);

const BENCHES: &[Bench] = &[
    ("backfill", backfill::bench),
    ("freshness", freshness::bench),
    ("live", live::bench),
    ("idle", idle::bench),
    ("memory", memory::bench),
    ("groups", groups::bench),
    ("verify", verify::bench),
    ("instructions", instructions::bench),
    ("flames", flames::bench),
    ("size", size::bench),
    ("scale", scale::bench),
];

/// Measures Maré beside something bare.
#[derive(Parser)]
struct Args {
    /// Which bench.
    name: String,
    /// Keep its figures under this name, in target/bench.
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Compare with the figures that were kept under this name.
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// The binary that is measured.
    #[arg(long, env = "MARE_BENCH_BINARY", value_name = "FILE")]
    binary: PathBuf,
}

fn main() -> ExitCode {
    if let Some(end) = bare() {
        return end;
    }
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// What this program does as the process that Maré is held against, if it is told to be that.
fn bare() -> Option<ExitCode> {
    (backfill::bare::told() || freshness::bare::told()).then_some(ExitCode::SUCCESS)
}

fn run(args: &Args) -> Result<(), String> {
    let names: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
    let found = BENCHES.iter().find(|(name, _)| *name == args.name);
    let (name, bench) = found.ok_or_else(|| format!("there is no bench {}, but {}", args.name, names.join(", ")))?;
    let mut report = Report::new(name, args.save.as_deref(), args.against.as_deref())?;
    report.measures(&args.binary);
    bench(&args.binary, &mut report)?;
    report.end()
}
