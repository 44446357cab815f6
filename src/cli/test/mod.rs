//! `mare test`: do dataflows do what their tests say? Nothing is connected.
//!
//! # Layout
//! * `mod`: the command
//! * [`text`]: what it prints for a person; [`json`]: for a program (both pure)

mod json;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use console::Term;

use super::check;
use super::hang::columns;
use super::output::{self, Printed};
use super::set::SetArgs;
use super::{Failure, logging};
use crate::dataflow::{LoadError, Plan};
use crate::rehearsal::{self, DataflowTest, Rehearsal};

/// Arguments of `mare test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare test dataflows/black_friday.toml dataflows/energy.toml")]
pub struct Args {
    /// The dataflow files, or files of their tests
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    set: SetArgs,
    /// How to print what came of them
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

/// A dataflow whose tests were run.
struct Tested {
    /// Its file.
    file: PathBuf,
    /// What came of each of its tests, or why none was run.
    outcome: Result<Performed, LoadError>,
}

/// A dataflow with its tests, and what came of each.
struct Performed {
    plan: Arc<Plan>,
    tests: Vec<(DataflowTest, Rehearsal)>,
}

impl Args {
    /// Runs the tests of each dataflow and says what came of them.
    ///
    /// # Errors
    /// If a test fails, a file is refused, or there is no test at all.
    pub fn run(self) -> Result<(), Failure> {
        let held = logging::hold();
        let tested = self.tested();
        let _unsaid = held.take(); // what became of each record is said in its place
        drop(held);
        self.conclude(&tested?)
    }

    /// Runs the tests of each dataflow.
    ///
    /// # Errors
    /// If the engine itself fails, which is a defect of ours.
    fn tested(&self) -> Result<Vec<Tested>, Failure> {
        self.dataflows().into_iter().map(|file| Tested::of(file, &self.set)).collect()
    }

    /// Says what came of them, and whether all is well.
    fn conclude(&self, tested: &[Tested]) -> Result<(), Failure> {
        match self.format {
            Printed::Json => output::print_json(&json::report(tested)),
            Printed::Table => tested.iter().for_each(Tested::say),
        }
        verdict(tested)
    }

    /// The dataflows, each once, whether it is named itself or by the file of its tests.
    fn dataflows(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = Vec::new();
        for file in &self.files {
            let file = rehearsal::dataflow_of(file).unwrap_or_else(|| file.clone());
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

impl Tested {
    /// Runs the tests of a dataflow.
    ///
    /// # Errors
    /// If the engine itself fails, which is a defect of ours.
    fn of(file: PathBuf, set: &SetArgs) -> Result<Tested, Failure> {
        let outcome = match tests(&file, set) {
            Ok((plan, tests)) => {
                let plan = Arc::new(plan);
                let performed =
                    tests.into_iter().map(|test| rehearsal::rehearse(&plan, &test).map(|came| (test, came)));
                let tests = performed.collect::<Result<_, _>>()?;
                Ok(Performed { plan, tests })
            }
            Err(refused) => Err(refused),
        };
        Ok(Tested { file, outcome })
    }

    /// Says it on standard output; why a file is refused, on standard error.
    fn say(&self) {
        match &self.outcome {
            Ok(performed) => {
                let (coloured, columns) = (console::colors_enabled(), columns(&Term::stdout()));
                output::print(text::text(&self.file, performed, coloured, columns));
            }
            Err(error) => check::say_refused(error),
        }
    }

    /// How many of its tests failed.
    fn failed(&self) -> usize {
        let tests = self.outcome.as_ref().map_or(&[][..], |performed| &performed.tests);
        tests.iter().filter(|(_, came)| !came.deviations.is_empty()).count()
    }

    /// How many tests it has.
    fn tests(&self) -> usize {
        self.outcome.as_ref().map_or(0, |performed| performed.tests.len())
    }
}

/// The plan of a dataflow, with its tests: those of its own file, then those of the one beside it.
fn tests(file: &Path, set: &SetArgs) -> Result<(Plan, Vec<DataflowTest>), LoadError> {
    let plan = set.load(file)?;
    let mut tests = rehearsal::load(file, &plan)?;
    let beside = rehearsal::beside(file);
    if beside.exists() {
        tests.extend(rehearsal::load(&beside, &plan)?);
    }
    Ok((plan, tests))
}

/// Whether all is well.
fn verdict(tested: &[Tested]) -> Result<(), Failure> {
    let refused = tested.iter().filter(|tested| tested.outcome.is_err()).count();
    let (failed, all): (usize, usize) =
        tested.iter().fold((0, 0), |(failed, all), each| (failed + each.failed(), all + each.tests()));
    match (refused, failed) {
        (0, 0) if all == 0 => Err(Failure::new("there is no test").remedy(
            "write some in tables `[[test]]`, in the dataflow's file or in `FLOW.test.toml` beside `FLOW.toml`; \
             docs/testing.md has an example",
        )),
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::new(format!("{failed} of {all} tests failed"))),
        (_, 0) => Err(Failure::new(format!("{refused} of {} dataflows refused", tested.len()))),
        _ => {
            let dataflows = tested.len();
            Err(Failure::new(format!("{failed} of {all} tests failed, and {refused} of {dataflows} dataflows refused")))
        }
    }
}

#[cfg(test)]
mod tests;
