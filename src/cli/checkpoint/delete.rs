//! `mare checkpoint delete`.

use serde::Serialize;

use super::repository;
use super::which::missing;
use crate::checkpoint::Repository;
use crate::checks::counted;
use crate::cli::ask::asked;
use crate::cli::output::{Printed, print, print_json};
use crate::cli::{DataflowArgs, Failure};
use crate::time::Epoch;

/// Delete a checkpoint, or all of them
///
/// The next run goes on from the newest one that is left, or reads the topic from source.kafka.start on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint delete dataflows/black_friday.toml 1764331200000")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// The epoch of the checkpoint to delete
    #[arg(required_unless_present = "all")]
    epoch: Option<u64>,
    /// Delete all of them
    #[arg(long, conflicts_with = "epoch")]
    all: bool,
    /// Do not ask before all of them are deleted
    #[arg(long, requires = "all")]
    yes: bool,
    /// How to print what was deleted
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

/// What was deleted, as `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Deleted {
    place: String,
    epochs: Vec<u64>,
}

impl Args {
    /// Deletes, and says what.
    ///
    /// # Errors
    /// If there is no such checkpoint, nobody said yes, or the store does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let repository = repository(&self.dataflow)?;
        let epochs = match self.epoch.map(Epoch) {
            Some(epoch) => one(&repository, epoch)?,
            None => all(&repository, self.yes)?,
        };
        match (self.format, self.epoch) {
            (Printed::Json, _) => print_json(&Deleted { place: repository.place(), epochs }),
            (Printed::Table, Some(epoch)) => print(format_args!("deleted the checkpoint at epoch {epoch}")),
            (Printed::Table, None) => print(format_args!("deleted {}", what(epochs.len(), &repository))),
        }
        Ok(())
    }
}

fn one(repository: &Repository, epoch: Epoch) -> Result<Vec<u64>, Failure> {
    if !repository.delete(epoch)? {
        return Err(missing(repository, &format!(" at epoch {}", epoch.0)));
    }
    Ok(vec![epoch.0])
}

/// Deletes from the oldest on, so that a run that begins meanwhile finds the newest, or none.
fn all(repository: &Repository, yes: bool) -> Result<Vec<u64>, Failure> {
    let listed = repository.list()?;
    let what = what(listed.len(), repository);
    if !listed.is_empty() && !yes && !asked(&format!("Delete {what}?"), &format!("{what} stay"))? {
        return Err(Failure::new("nothing was deleted"));
    }
    let oldest_first = listed.iter().rev();
    oldest_first.map(|listed| repository.delete(listed.epoch).map(|_| listed.epoch.0).map_err(Failure::from)).collect()
}

fn what(count: usize, repository: &Repository) -> String {
    format!("{} in {}", counted(count, "checkpoint"), repository.place())
}
