//! `mare checkpoint show`.

use std::collections::BTreeMap;

use bytesize::ByteSize;
use comfy_table::CellAlignment::Right;
use comfy_table::Table;
use indicatif::HumanCount;
use jiff::Timestamp;
use serde::Serialize;

use super::which::Which;
use super::{Examined, State, age, examined, in_words, repository_of};
use crate::checkpoint::{Manifest, Part, PartitionState, Repository};
use crate::cli::output::{Printed, print, print_json, table};
use crate::cli::{DataflowArgs, Failure};
use crate::engine::clock::ahead;
use crate::engine::lateness::Beyond;
use crate::source::decode::Reject;
use crate::source::{Offset, Partition};
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
    /// How to print it
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

/// A checkpoint, as `docs/scripts.md` has it: a shape of its own, whatever the manifest's format is.
#[derive(Debug, Serialize)]
struct Description<'a> {
    epoch: u64,
    dataflow: &'a str,
    place: String,
    state: State,
    /// What is wrong with it.
    detail: Option<&'a str>,
    /// Version of the manifest's format.
    version: u32,
    taken: Timestamp,
    generation: u64,
    sink: &'a str,
    rows: u64,
    bytes: u64,
    partitions: Vec<Account<'a>>,
    parts: Vec<PartOf<'a>>,
    /// What there is to say of promises beyond the clock, and of an epoch that is.
    warnings: Vec<String>,
    /// The settings that a run must have to go on from it.
    shape: &'a BTreeMap<String, String>,
}

/// What became of the records of a partition before `position`, since the dataflow's first run.
#[derive(Debug, Serialize)]
struct Account<'a> {
    partition: Partition,
    position: Offset,
    /// In milliseconds since the Unix epoch; null if it promises nothing yet.
    promise_ms: Option<i64>,
    read: u64,
    counted: u64,
    late: u64,
    duplicate: u64,
    dead: u64,
    /// Those by reason.
    dead_by_reason: BTreeMap<&'a str, u64>,
}

#[derive(Debug, Serialize)]
struct PartOf<'a> {
    part: &'a str,
    rows: u64,
    bytes: u64,
    crc32c: u32,
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
        let Examined { state, detail, manifest } = examined(&repository, &listed);
        let max_ahead_ms = plan.event.max_ahead_ms;
        let state_words = in_words(state, detail.as_deref());
        let manifest = manifest
            .ok_or_else(|| Failure::new(format!("the checkpoint at epoch {} is {state_words}", listed.epoch.0)))?;
        if self.format == Printed::Json {
            print_json(&Description {
                warnings: words(manifest, max_ahead_ms),
                ..Description::of(&repository, manifest, state, detail.as_deref())
            });
            return Ok(());
        }
        print(format_args!("{}\n", head(&repository, manifest, &state_words)));
        print(format_args!("{}\n", partitions(manifest)));
        words(manifest, max_ahead_ms).iter().for_each(|words| print(format_args!("{words}\n")));
        print(format_args!("{}\n", parts(manifest)));
        print(shape(manifest));
        Ok(())
    }
}

impl<'a> Description<'a> {
    fn of(repository: &Repository, manifest: &'a Manifest, state: State, detail: Option<&'a str>) -> Self {
        let part =
            |part: &'a Part| PartOf { part: &part.name, rows: part.rows, bytes: part.bytes, crc32c: part.checksum };
        Description {
            epoch: manifest.epoch.0,
            dataflow: &manifest.dataflow,
            place: repository.place(),
            state,
            detail,
            version: manifest.version,
            taken: manifest.taken,
            generation: manifest.generation,
            sink: &manifest.sink,
            rows: manifest.rows(),
            bytes: manifest.bytes(),
            partitions: manifest.partitions.iter().map(|(partition, state)| Account::of(*partition, state)).collect(),
            parts: manifest.parts.iter().map(part).collect(),
            warnings: Vec::new(),
            shape: &manifest.shape.0,
        }
    }
}

impl Account<'_> {
    fn of(partition: Partition, state: &PartitionState) -> Self {
        let tally = &state.tally;
        let reasons = Reject::REASONS.iter().copied().zip(tally.dead).filter(|(_, dead)| *dead > 0);
        Account {
            partition,
            position: state.position,
            promise_ms: Some(state.promise.0).filter(|promise| *promise != EventTime::MIN.0),
            read: tally.read,
            counted: tally.counted,
            late: tally.late,
            duplicate: tally.duplicate,
            dead: tally.dead_total(),
            dead_by_reason: reasons.collect(),
        }
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
    let headings = ["partition", "next offset", "promise", "read", "counted", "late", "duplicates", "dead letters"];
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
        Beyond::of(*partition, state.promise, state.jump, clock, max_ahead_ms).map(|beyond| beyond.fault().to_string())
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
