//! `mare checkpoint show`.

use bytesize::ByteSize;
use comfy_table::CellAlignment::Right;
use comfy_table::Table;
use indicatif::HumanCount;
use jiff::Timestamp;

use super::which::Which;
use super::{age, repository_of, verified};
use crate::checkpoint::{Manifest, Repository};
use crate::cli::output::{print, table};
use crate::cli::{DataflowArgs, Failure};
use crate::engine::clock::ahead;
use crate::engine::lateness::Beyond;
use crate::time::{Epoch, EventTime};

/// Show all that a checkpoint says of itself
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint show dataflows/black_friday.toml newest")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// Which one: its epoch, or `newest`
    #[arg(default_value = "newest", value_name = "EPOCH")]
    which: Which,
}

impl Args {
    /// Prints what the manifest has: where it was taken, the accounts of the partitions, the parts, the shape.
    ///
    /// # Errors
    /// If there is no such checkpoint, or its manifest is broken.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        let repository = repository_of(&plan)?;
        let listed = self.which.find(&repository)?;
        let (manifest, verified) = verified(&repository, &listed)
            .map_err(|why| Failure::new(format!("the checkpoint at epoch {} is {why}", listed.epoch.0)))?;
        let state = verified.err().unwrap_or_else(|| "whole".to_owned());
        print(format_args!("{}\n", head(&repository, manifest, &state)));
        print(format_args!("{}\n", partitions(manifest)));
        let said = words(manifest, plan.event.max_ahead_ms);
        said.iter().for_each(|words| print(format_args!("{words}\n")));
        print(format_args!("{}\n", parts(manifest)));
        print(shape(manifest));
        Ok(())
    }
}

/// What is said once of the checkpoint.
fn head(repository: &Repository, manifest: &Manifest, state: &str) -> Table {
    let rows = [
        ("dataflow", manifest.dataflow.clone()),
        ("in", repository.place()),
        ("state", state.to_owned()),
        ("taken", format!("{}, {} ago", manifest.taken, age(manifest.taken))),
        ("generation", manifest.generation.to_string()),
        ("sink", manifest.sink.clone()),
        ("rows", HumanCount(manifest.rows()).to_string()),
        ("size", ByteSize::b(manifest.bytes()).to_string()),
    ];
    let mut table = table(["epoch", &manifest.epoch.0.to_string()]);
    table.add_rows(rows.map(|(name, value)| [name.to_owned(), value]));
    table
}

/// The accounts of the partitions, since the dataflow's first run.
fn partitions(manifest: &Manifest) -> Table {
    let headings = [
        "partition",
        "next offset",
        "promise",
        "by the clock",
        "read",
        "counted",
        "late",
        "duplicates",
        "dead letters",
    ];
    let clock = EventTime(Timestamp::now().as_millisecond());
    let mut table = table(headings);
    for (partition, state) in &manifest.partitions {
        let tally = &state.tally;
        let counts = [tally.read, tally.counted, tally.late, tally.duplicate, tally.dead_total()];
        let counts = counts.map(|count| HumanCount(count).to_string());
        let place = [partition.to_string(), state.position.to_string(), state.promise.to_string()];
        table.add_row(place.into_iter().chain(counts));
    }
    for column in table.column_iter_mut().filter(|column| column.index != 2) {
        column.set_cell_alignment(Right);
    }
    table
}

/// What there is to say of promises beyond the clock, and of a checkpoint that is itself.
fn words(manifest: &Manifest, max_ahead_ms: i64) -> Vec<String> {
    let clock = EventTime(Timestamp::now().as_millisecond());
    let beyond = manifest.partitions.iter().filter_map(|(partition, state)| {
        Beyond::of(*partition, state.promise, state.jump, clock, max_ahead_ms).map(|beyond| beyond.words())
    });
    beyond.chain(manifest.epoch.ahead_of(Epoch(clock.0.unsigned_abs())).map(ahead)).collect()
}

/// The parts, one of each worker.
fn parts(manifest: &Manifest) -> Table {
    let mut table = table(["part", "rows", "size", "crc32c"]);
    for part in &manifest.parts {
        let size = ByteSize::b(part.bytes).to_string();
        table.add_row([part.name.clone(), HumanCount(part.rows).to_string(), size, format!("{:08x}", part.checksum)]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(Right);
    }
    table
}

/// The settings that a run must have to go on from it.
fn shape(manifest: &Manifest) -> Table {
    let mut table = table(["setting", "as it was"]);
    table.add_rows(manifest.shape.0.iter().map(|(key, text)| [key, text]));
    table
}
