//! A dataflow file with `--set`, as `run` and `check` take it.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::dataflow::{self, Overrides, Plan};

/// Which dataflow to take.
#[derive(Debug, clap::Args)]
pub struct DataflowArgs {
    /// The dataflow file
    file: PathBuf,
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
        let environment = |name: &str| std::env::var(name).ok();
        let overrides = Overrides::new(self.set.iter());
        dataflow::load(&self.file, &overrides, &environment)
            .map_err(|error| Failure::report(error.render(console::colors_enabled_stderr())))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }
}
