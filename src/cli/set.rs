//! A dataflow file with `--set`, as most commands take it.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::dataflow::{self, LoadError, Overrides, Plan};

/// Which dataflow to take.
#[derive(Debug, clap::Args)]
pub struct DataflowArgs {
    /// The dataflow file
    file: PathBuf,
    #[command(flatten)]
    set: SetArgs,
}

/// What a dataflow file is taken with.
#[derive(Debug, Default, clap::Args)]
pub struct SetArgs {
    /// Overrides a key of the file, such as sink.mongodb.uri=mongodb://db:27017; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
}

impl DataflowArgs {
    /// The plan of the file with the overrides and the environment put in.
    ///
    /// # Errors
    /// If the file cannot be read or is refused; the failure shows each problem at its line.
    pub fn load(&self) -> Result<Plan, Failure> {
        let plan = self.set.load(&self.file);
        plan.map_err(|error| Failure::report(error.render(console::colors_enabled_stderr())))
    }
}

impl SetArgs {
    /// The flags again, for another command on the same file.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.set.iter().flat_map(|pair| ["--set".to_owned(), pair.clone()]).collect()
    }

    /// The plan of `file` with the overrides and the environment put in.
    ///
    /// # Errors
    /// If the file cannot be read or is refused.
    pub fn load(&self, file: &Path) -> Result<Plan, LoadError> {
        dataflow::load(file, &Overrides::new(self.set.iter()), &|name| std::env::var(name).ok())
    }
}
