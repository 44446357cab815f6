//! `mare checkpoint delete`.

use super::which::missing;
use super::{asked, repository};
use crate::checkpoint::Repository;
use crate::cli::output::print;
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
}

impl Args {
    /// Deletes, and says what.
    ///
    /// # Errors
    /// If there is no such checkpoint, nobody said yes, or the store does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let repository = repository(&self.dataflow)?;
        match self.epoch.map(Epoch) {
            Some(epoch) => one(&repository, epoch),
            None => all(&repository, self.yes),
        }
    }
}

fn one(repository: &Repository, epoch: Epoch) -> Result<(), Failure> {
    if !repository.delete(epoch)? {
        return Err(missing(repository, &format!(" at epoch {}", epoch.0)));
    }
    print(format_args!("deleted the checkpoint at epoch {}", epoch.0));
    Ok(())
}

/// Deletes from the oldest on, so that a run that begins meanwhile finds the newest, or none.
fn all(repository: &Repository, yes: bool) -> Result<(), Failure> {
    let listed = repository.list()?;
    let what = format!("{} checkpoints in {}", listed.len(), repository.place());
    if !listed.is_empty() && !yes && !asked(&format!("Delete {what}?"), &format!("{what} stay"))? {
        return Err(Failure::new("nothing was deleted"));
    }
    listed.iter().rev().try_for_each(|listed| repository.delete(listed.epoch).map(drop))?;
    print(format_args!("deleted {what}"));
    Ok(())
}
