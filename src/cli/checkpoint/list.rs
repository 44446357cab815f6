//! `mare checkpoint list`.

use bytesize::ByteSize;
use comfy_table::{CellAlignment, Table};
use indicatif::HumanCount;
use jiff::Timestamp;
use serde::Serialize;

use super::{Examined, State, age, examined, in_words, repository};
use crate::checkpoint::{Listed, Manifest, PartitionState, Repository};
use crate::cli::output::{Printed, print, print_json, table};
use crate::cli::{DataflowArgs, Failure};
use crate::position::{Partition, Positions};

/// How many partitions have their offsets in a line; of more, `show` has them.
const OFFSETS_MAX: usize = 6;

/// List the checkpoints, newest first, and read each to see whether it is whole
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint list dataflows/black_friday.toml")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

/// The checkpoints, newest first, as `docs/scripts.md` has them.
#[derive(Debug, Serialize)]
struct Listing {
    place: String,
    checkpoints: Vec<Line>,
}

/// A checkpoint; what only its manifest tells is null without one.
#[derive(Debug, Serialize)]
struct Line {
    epoch: u64,
    state: State,
    /// What is wrong with it.
    detail: Option<String>,
    taken: Option<Timestamp>,
    rows: Option<u64>,
    bytes: u64,
    /// Records read since the dataflow's first run.
    records: Option<u64>,
    /// The next offset of each partition.
    positions: Positions,
}

impl Args {
    /// Prints the checkpoints.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the store does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let repository = repository(&self.dataflow)?;
        let listed = repository.list()?;
        let listing = Listing {
            place: repository.place(),
            checkpoints: listed.iter().map(|listed| Line::of(&repository, listed)).collect(),
        };
        match self.format {
            Printed::Json => print_json(&listing),
            Printed::Table if listed.is_empty() => print(format_args!("no checkpoints in {}", listing.place)),
            Printed::Table => print(listing.table()),
        }
        Ok(())
    }
}

impl Listing {
    fn table(&self) -> Table {
        let mut table = table(["epoch", "age", "rows", "size", "records", "next offsets", "state"]);
        for line in &self.checkpoints {
            table.add_row(line.row());
        }
        for column in table.column_iter_mut().take(5) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

impl Line {
    /// Reads a checkpoint to see whether it is whole.
    fn of(repository: &Repository, listed: &Listed) -> Line {
        let (epoch, bytes) = (listed.epoch.0, listed.bytes);
        let Examined { state, detail, manifest } = examined(repository, listed);
        let records = |manifest: &Manifest| manifest.partitions.values().map(|partition| partition.tally.read).sum();
        let position = |(partition, state): (&Partition, &PartitionState)| (*partition, state.position);
        Line {
            epoch,
            state,
            detail,
            taken: manifest.map(|manifest| manifest.taken),
            rows: manifest.map(Manifest::rows),
            bytes,
            records: manifest.map(records),
            positions: manifest.map(|manifest| manifest.partitions.iter().map(position).collect()).unwrap_or_default(),
        }
    }

    fn row(&self) -> [String; 7] {
        let count =
            |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| HumanCount(number).to_string());
        [
            self.epoch.to_string(),
            self.taken.map_or_else(|| "-".to_owned(), age),
            count(self.rows),
            ByteSize::b(self.bytes).to_string(),
            count(self.records),
            self.offsets(),
            in_words(self.state, self.detail.as_deref()),
        ]
    }

    /// The next offset of each partition.
    fn offsets(&self) -> String {
        match self.positions.len() {
            0 => "-".to_owned(),
            many if many > OFFSETS_MAX => format!("of {many} partitions"),
            _ => {
                let offsets = self.positions.iter().map(|(partition, position)| format!("{partition}:{position}"));
                offsets.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::position::Offset;

    #[test]
    fn a_line_has_one_shape_for_programs_and_a_row_for_people() {
        let taken = Timestamp::from_second(1_764_331_200).unwrap();
        let positions = Positions::from([(Partition(0), Offset(7)), (Partition(1), Offset(0))]);
        let (state, detail) = (State::Whole, None);
        let whole =
            Line { epoch: 5, state, detail, taken: Some(taken), rows: Some(2), bytes: 9, records: Some(7), positions };
        let shape = json!({
            "epoch": 5, "state": "whole", "detail": null, "taken": "2025-11-28T12:00:00Z", "rows": 2, "bytes": 9, "records": 7,
            "positions": { "0": 7, "1": 0 },
        });
        assert_eq!(serde_json::to_value(&whole).unwrap(), shape);
        assert_eq!((whole.row()[5].as_str(), whole.row()[6].as_str()), ("0:7 1:0", "whole"));
        let (state, detail) = (State::Broken, Some("no manifest".to_owned()));
        let broken =
            Line { state, detail, taken: None, rows: None, records: None, positions: Positions::new(), ..whole };
        assert_eq!(broken.row(), ["5", "-", "-", "9 B", "-", "-", "broken: no manifest"]);
    }
}
