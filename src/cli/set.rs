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

/// Which of its views is meant.
#[derive(Debug, Default, clap::Args)]
pub struct ViewArgs {
    /// The view that is meant, of a dataflow with several
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
}

impl ViewArgs {
    /// The plans of the views that are meant: the one that is named, or all.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn all(&self, plan: &Plan) -> Result<Vec<Plan>, Failure> {
        let Some(name) = &self.view else { return Ok(plan.views()) };
        let found = plan.find(name).map(|view| vec![plan.of(view)]);
        found.ok_or_else(|| {
            let failure = Failure::new(format!("there is no view `{name}`"));
            match plan.names().collect::<Vec<_>>() {
                names if names.is_empty() => failure.remedy("the dataflow has one, without a name: leave --view out"),
                names => failure.remedy(format!("its views are {}", names.join(", "))),
            }
        })
    }

    /// The plan of the one view that is meant.
    ///
    /// # Errors
    /// If there is none of this name, or there are several and none is named.
    pub fn one(&self, plan: &Plan) -> Result<Plan, Failure> {
        let mut views = self.all(plan)?;
        match views.len() {
            1 => Ok(views.remove(0)),
            several => Err(Failure::new(format!("the dataflow has {several} views"))
                .remedy(format!("say which with --view: {}", plan.names().collect::<Vec<_>>().join(", ")))),
        }
    }
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
