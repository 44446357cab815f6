//! `mare checkpoint show`.

use std::collections::BTreeMap;

use bytesize::ByteSize;
use comfy_table::CellAlignment::Right;
use comfy_table::Table;
use console::Term;
use indicatif::HumanCount;
use jiff::Timestamp;
use serde::Serialize;

use super::which::Which;
use super::{Examined, State, age, examined, in_words, repository_of};
use crate::checkpoint::{Manifest, Part, PartitionState, Repository};
use crate::cli::hang::{columns, hung};
use crate::cli::output::{Printed, print, print_json, table};
use crate::cli::sheet::{Sheet, SheetCell};
use crate::cli::{DataflowArgs, Failure};
use crate::decode::Reject;
use crate::engine::clock::ahead;
use crate::engine::lateness::Beyond;
use crate::plain::plain;
use crate::position::{Offset, Partition};
use crate::time::{Epoch, EventTime};
use crate::view::ViewId;

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
    /// The same of each view, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    views: Vec<ViewAccounts<'a>>,
    parts: Vec<PartOf<'a>>,
    /// What there is to say of promises beyond the clock, and of an epoch that is.
    warnings: Vec<String>,
    /// The settings that a run must have to go on from it.
    shape: &'a BTreeMap<String, String>,
}

/// The accounts of a view, and where its documents went.
#[derive(Debug, Serialize)]
struct ViewAccounts<'a> {
    view: &'a str,
    sink: &'a str,
    partitions: Vec<Account<'a>>,
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
    filtered: u64,
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
            let views = views(manifest);
            print_json(&Description {
                warnings: words(manifest, max_ahead_ms),
                views: views.iter().map(|(view, manifest)| ViewAccounts::of(view, manifest)).collect(),
                ..Description::of(&repository, manifest, state, detail.as_deref())
            });
            return Ok(());
        }
        let columns = columns(&Term::stdout());
        print(format_args!("{}\n", head(&repository, manifest, &state_words, columns)));
        let views = views(manifest);
        if views.is_empty() {
            print(format_args!("{}\n", partitions(manifest).shown()));
        }
        for (name, of_view) in &views {
            print(format_args!("view {}, in {}", plain(name), plain(&of_view.sink)));
            print(format_args!("{}\n", partitions(of_view).shown()));
        }
        let words = words(manifest, max_ahead_ms);
        words.iter().for_each(|words| print(format_args!("{}\n", hung("", words, columns).join("\n"))));
        print(format_args!("{}\n", parts(manifest)));
        print(shape(manifest, columns));
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
            partitions: Account::all(manifest),
            views: Vec::new(),
            parts: manifest.parts.iter().map(part).collect(),
            warnings: Vec::new(),
            shape: &manifest.shape.0,
        }
    }
}

impl<'a> ViewAccounts<'a> {
    fn of(view: &'a str, manifest: &'a Manifest) -> Self {
        ViewAccounts { view, sink: &manifest.sink, partitions: Account::all(manifest) }
    }
}

/// What the manifest says of each view, by its name; nothing where there is one.
fn views(manifest: &Manifest) -> Vec<(&str, Manifest)> {
    let names = manifest.shape.0.get("views").map_or("", String::as_str).split(", ").filter(|name| !name.is_empty());
    names.zip(0..).map(|(name, view)| (name, manifest.of(ViewId(view)))).collect()
}

impl Account<'_> {
    fn all(manifest: &Manifest) -> Vec<Self> {
        manifest.partitions.iter().map(|(partition, state)| Account::of(*partition, state)).collect()
    }

    fn of(partition: Partition, state: &PartitionState) -> Self {
        let tally = &state.tally;
        let reasons = Reject::REASONS.iter().copied().zip(tally.dead).filter(|(_, dead)| *dead > 0);
        Account {
            partition,
            position: state.position,
            promise_ms: Some(state.promise.0).filter(|promise| *promise != EventTime::MIN.0),
            read: tally.read,
            counted: tally.counted,
            filtered: tally.filtered,
            late: tally.late,
            duplicate: tally.duplicate,
            dead: tally.dead_total(),
            dead_by_reason: reasons.collect(),
        }
    }
}

/// What is said once of the checkpoint.
fn head(repository: &Repository, manifest: &Manifest, state: &str, columns: Option<usize>) -> String {
    let rows = [
        ("epoch", manifest.epoch.0.to_string()),
        ("dataflow", plain(&manifest.dataflow).into_owned()),
        ("in", plain(&repository.place()).into_owned()),
        ("state", plain(state).into_owned()),
        ("taken", format!("{}, {} ago", manifest.taken, age(manifest.taken))),
        ("generation", manifest.generation.to_string()),
        ("sink", plain(&manifest.sink).into_owned()),
        ("rows", HumanCount(manifest.rows()).to_string()),
        ("size", ByteSize::b(manifest.bytes()).to_string()),
    ];
    pairs(&rows, columns)
}

/// A line for each name and its value, or more where a terminal has no room for it.
fn pairs(rows: &[(&str, String)], columns: Option<usize>) -> String {
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = rows.iter().flat_map(|(name, value)| hung(&format!(" {name:<longest$}  "), value, columns));
    lines.collect::<Vec<_>>().join("\n")
}

/// The accounts of the partitions, since the dataflow's first run.
fn partitions(manifest: &Manifest) -> Sheet {
    let headings =
        ["partition", "next offset", "promise", "read", "counted", "filtered", "late", "duplicates", "dead letters"];
    // What was read is the sum of the others.
    let mut sheet = Sheet { spare: vec![3, 5, 7], ..Sheet::new(headings) };
    for (partition, state) in &manifest.partitions {
        let tally = &state.tally;
        let counts = [tally.read, tally.counted, tally.filtered, tally.late, tally.duplicate, tally.dead_total()];
        let place = [SheetCell::Number(partition.to_string()), SheetCell::Text(state.position.to_string())];
        let promise = SheetCell::Text(state.promise.to_string());
        sheet.rows.push(place.into_iter().chain([promise]).chain(counts.map(SheetCell::count)).collect());
    }
    sheet
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
fn shape(manifest: &Manifest, columns: Option<usize>) -> String {
    let settings = manifest.shape.0.iter().map(|(key, text)| (key.as_str(), plain(text).into_owned()));
    pairs(&[("setting", "as it was".to_owned())].into_iter().chain(settings).collect::<Vec<_>>(), columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Tally;
    use crate::checkpoint::manifest::{Author, Content};

    #[test]
    fn the_accounts_of_a_large_topic_fit_a_terminal() {
        let tally = Tally { read: 1_234_567, counted: 1_034_567, late: 100_000, duplicate: 99_999, ..Tally::default() };
        let (position, promise) = (Offset(1_234_567), EventTime(1_764_331_199_640));
        let state = PartitionState { promise, tally, ..PartitionState::unread(position) };
        let content = Content { partitions: [(Partition(11), state)].into(), ..Content::default() };
        let manifest = Author::default().manifest(Epoch(1), Timestamp::UNIX_EPOCH, content);
        let table = partitions(&manifest).fitted(80);
        let lines: Vec<_> = table.lines().map(console::strip_ansi_codes).collect();
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= 80), "{table}");
        assert!(
            lines[2].contains(" 11  1234567  2025-11-28T11:59:59.64Z  1,034,567  100,000 "),
            "a row for each: {table}"
        );
    }

    #[test]
    fn a_long_value_hangs_below_its_beginning() {
        let rows = [("in", "a long place of many words".to_owned()), ("state", "whole".to_owned())];
        assert_eq!(pairs(&rows, None), " in     a long place of many words\n state  whole");
        let narrow = " in     a long place\n        of many words\n state  whole";
        assert_eq!(pairs(&rows, Some(22)), narrow);
    }
}
