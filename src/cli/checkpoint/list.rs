//! `mare checkpoint list`.

use bytesize::ByteSize;
use comfy_table::CellAlignment;
use indicatif::HumanCount;

use super::{age, repository, verified};
use crate::checkpoint::{Listed, Manifest, Repository};
use crate::cli::output::{print, table};
use crate::cli::{DataflowArgs, Failure};

/// How many partitions have their offsets in a line; of more, `show` has them.
const OFFSETS_MAX: usize = 6;

/// List the checkpoints, newest first, and read each to see whether it is whole
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint list dataflows/black_friday.toml")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
}

impl Args {
    /// Prints a table of the checkpoints.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the store does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let repository = repository(&self.dataflow)?;
        let listed = repository.list()?;
        if listed.is_empty() {
            print(format_args!("no checkpoints in {}", repository.place()));
            return Ok(());
        }
        let mut table = table(["epoch", "age", "rows", "size", "records", "next offsets", "state"]);
        for listed in &listed {
            table.add_row(row(&repository, listed));
        }
        for column in table.column_iter_mut().take(5) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        print(table);
        Ok(())
    }
}

/// The line of a checkpoint.
fn row(repository: &Repository, listed: &Listed) -> [String; 7] {
    let (epoch, size) = (listed.epoch.0.to_string(), ByteSize::b(listed.bytes).to_string());
    match verified(repository, listed) {
        Ok((manifest, verified)) => [
            epoch,
            age(manifest.taken),
            HumanCount(manifest.rows()).to_string(),
            size,
            HumanCount(records(manifest)).to_string(),
            offsets(manifest),
            verified.err().unwrap_or_else(|| "whole".to_owned()),
        ],
        Err(why) => [epoch, "-".into(), "-".into(), size, "-".into(), "-".into(), why],
    }
}

/// How many records have been read since the dataflow's first run.
fn records(manifest: &Manifest) -> u64 {
    manifest.partitions.values().map(|partition| partition.tally.read).sum()
}

/// The next offset of each partition.
fn offsets(manifest: &Manifest) -> String {
    let partitions = &manifest.partitions;
    if partitions.len() > OFFSETS_MAX {
        return format!("of {} partitions", partitions.len());
    }
    let offsets = partitions.iter().map(|(partition, state)| format!("{partition}:{}", state.position));
    offsets.collect::<Vec<_>>().join(" ")
}
