//! `mare check`: is this a good dataflow? Nothing is connected.

use super::{DataflowArgs, Failure, output};

/// Arguments of `mare check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare check dataflows/black_friday.toml")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
}

impl Args {
    /// Checks the dataflow and says so.
    ///
    /// # Errors
    /// Every problem of the file, at its line, with the remedy.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        output::print(format_args!("{}: {} is a good dataflow", self.dataflow.file().display(), plan.name));
        Ok(())
    }
}
